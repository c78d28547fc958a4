#!/usr/bin/python3
"""Captures that nbtreplay --anonymise wrote, held against what they were made of.

usage: anonymise.py BUILD FILE...

Of each: there are as many packets, of the same lengths and times; no name, address, scope or word of
before is left, as text, in 16-bit characters, in either case, or encoded as RFC 1001 14.1 has it;
what nbtdump says, line by line, with --lint, in --explain, --names and --stats, is the same but for names
and addresses, and those stand for each other one to one; and tshark finds the checksums of IP, UDP,
TCP and ICMP as right or wrong as they were.
"""
import collections
import ipaddress
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
KEY = "a key of these tests"

# Words that are everybody's: protocols', and those that all systems have.
USUAL = {
    "SMBSERVER", "MSBROWSE", "MAILSLOT", "BROWSE", "LANMAN", "NETLOGON", "NTLOGON", "MESSNGR",
    "GETDC", "TEMP",
}
CHECKSUMS = ["ip", "udp", "tcp", "icmp"]
IP = re.compile(r"\d+\.\d+\.\d+\.\d+")
MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
faults = 0


def fault(path, what):
    global faults
    faults += 1
    print(f"FAILED: {path.name}: {what}")


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, check=False)


def nbtdump(path, *options):
    done = run(BUILD / "nbtdump", "-r", path, "--time=relative", *options)
    said = (done.stdout + done.stderr).decode("latin-1")
    return done.returncode, said.replace(str(path), "FILE")


def packets(path):
    """Of a pcap file: time, length on the wire, octets of each."""
    b = path.read_bytes()
    order = "<" if b[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    found, at = [], 24
    while at + 16 <= len(b):
        seconds, fraction, n, wire = struct.unpack_from(order + "IIII", b, at)
        if at + 16 + n > len(b):
            break
        found.append(((seconds, fraction), wire, b[at + 16 : at + 16 + n]))
        at += 16 + n
    return found


# ---- Nothing is left --------------------------------------------------------------------------------


def half_ascii(text):
    return b"".join(bytes((65 + (c >> 4), 65 + (c & 15))) for c in text)


def names_in(octets):
    """The encoded names, decoded without their suffix, and the labels of their scopes."""
    for found in re.finditer(rb"\x20([A-P]{32})", octets):
        letters = found[1]
        name = bytes(letters[i] - 65 << 4 | letters[i + 1] - 65 for i in range(0, 32, 2))
        yield name[:15].rstrip(b" \0")
        at = found.end()
        while at < len(octets) and 0 < octets[at] < 64 and at + octets[at] < len(octets):
            yield octets[at + 1 : at + 1 + octets[at]]
            at += 1 + octets[at]


def words_in(octets):
    """Runs of letters and digits, and those of 16-bit characters."""
    for found in re.finditer(rb"[A-Za-z0-9]{6,}", octets):
        yield found[0]
    for found in re.finditer(rb"(?:[A-Za-z0-9]\0){4,}", octets):
        yield found[0][::2]


def behind_headers(octets):
    """What is behind IP and TCP in a frame of Ethernet; of anything else, all but the first part."""
    tcp = octets[12:14] == b"\x08\0" and octets[23:24] == b"\6" and len(octets) > 46
    return octets[34 + 4 * (octets[46] >> 4) :] if tcp else octets[42:]


def words_of(packed):
    """Not of headers, where a sequence number may happen to be letters."""
    words = set()
    for _, _, octets in packed:
        names = (w for n in names_in(octets) for w in re.findall(rb"[A-Za-z0-9]{3,}", n))
        for word in [*words_in(behind_headers(octets)), *names]:
            text = word.decode("ascii").upper()
            # Encoded names are looked at decoded; of a piece of one, spaces and a suffix may be left.
            if not re.fullmatch(r"[A-P]{32,}|[A-P]?(CA)+[A-P]{0,2}", text):
                words.add(text)
    return words - USUAL


def stays(ip):
    a = ipaddress.ip_address(ip)
    everybody = ip in ("169.254.255.255", "192.168.255.255", "10.255.255.255", "172.31.255.255")
    return everybody or a.is_loopback or a.is_multicast or int(a) >> 24 == 0 or int(a) >> 28 == 15


def test_nothing_left(path, before, after):
    left = b"\n".join(octets for _, _, octets in after)
    upper = left.upper()
    for word in sorted(words_of(before)):
        plain = word.encode("ascii")
        wide = b"".join(bytes((c, 0)) for c in plain)
        for what, octets in (("text", plain), ("16-bit text", wide)):
            if octets in upper:
                fault(path, f"{word} is left as {what}")
        for spelt in {plain, word.lower().encode("ascii"), word.capitalize().encode("ascii")}:
            if len(plain) > 2 and half_ascii(spelt) in left:
                fault(path, f"{word} is left, encoded")


def test_addresses(path, after, addresses, now):
    left = b"\n".join(octets for _, _, octets in after)
    for address in sorted(addresses):
        if IP.fullmatch(address):
            if address in now and not stays(address):
                fault(path, f"the address {address} is left")
        elif address != "00:00:00:00:00:00" and not int(address[:2], 16) & 1:
            if bytes.fromhex(address.replace(":", "")) in left:
                fault(path, f"the hardware address {address} is left")


# ---- All is said as before --------------------------------------------------------------------------

WORD = re.compile(r"\d+\.\d+\.\d+\.\d+|[^\s,;()\"=>|]+")
DATA = re.compile(r"(\bdata=|\braw=|\buser=|octet \d+ of \d+, )(\"(?:[^\"\\]|\\.)*\"|\S+)")


def alike(one, other):
    """Whether one word may stand for the other: an address for an address, a name for a name."""
    for form in (IP, MAC):
        if form.search(one) or form.search(other):
            return form.sub("", one) == form.sub("", other)
    shape = [re.sub(r"[0-9]", "0", re.sub(r"[A-Za-z\x80-\xff]", "A", w)) for w in (one, other)]
    return len(one) == len(other) and (shape[0] == shape[1] or "\\" in one)


def words_said(path, made, view):
    said = []
    for of in (path, made):
        status, text = nbtdump(of, *view)
        said.append([str(status), *WORD.findall(DATA.sub(r"\1", text))])
    return said


def test_said(path, made, addresses):
    there, back = {}, {}
    for one, other in addresses:
        there[one], back[other] = other, one
    for view in (["--lint"], ["--explain"]):
        words, now = words_said(path, made, view)
        title = " ".join(["nbtdump", *view])
        for one, other in zip(words, now):
            known, of = there.setdefault(one, other), back.setdefault(other, one)
            if known != other or of != one or not (one == other or alike(one, other)):
                fault(path, f"{title} says {other} for {one} (and {known} for {of})")
                return
        if len(words) != len(now):
            fault(path, f"{title} says {len(now)} words, not {len(words)}")
    for view in (["--names"], ["--stats"]):  # in the order of the names, which are others
        words, now = words_said(path, made, view)
        if view == ["--stats"]:  # of names that are as frequent it has the first ones
            words, now = ([w for w in said if "<" not in w] for said in (words, now))
        should, does = (collections.Counter(w) for w in ([there.get(w, w) for w in words], now))
        for word, n in ((should - does) + (does - should)).items():
            fault(path, f"nbtdump {view[0]} does not say {word} as often as it should, by {n}")
            return


# ---- Checksums --------------------------------------------------------------------------------------


def shows(paths, counts, to):
    """Of each file: what tshark says of the checksums of each packet, the addresses in front, and
    all addresses. It takes long to start, and so reads all files as one."""
    fields = [*(f"{p}.checksum.status" for p in CHECKSUMS), "eth.src", "eth.dst",
              "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "ip.src", "ip.dst", "nbns.addr",
              "nbdgm.src.ip", "nbns.unit_id"]
    on = [a for p in CHECKSUMS[:3] for a in ("-o", f"{p}.check_checksum:TRUE")]
    args = [a for f in fields for a in ("-e", f)]
    run("mergecap", "-a", "-F", "pcapng", "-w", to, *paths)
    out = run("tshark", "-n", "-r", to, *on, "-T", "fields", *args).stdout.decode()
    rows = [line.split("\t") for line in out.splitlines()]
    if len(rows) != sum(counts):
        sys.exit(f"tshark shows {len(rows)} packets, not {sum(counts)}")
    for n in counts:
        own, rows = rows[:n], rows[n:]
        sums = [row[: len(CHECKSUMS)] for row in own]
        heads = [field.split(",")[0] for row in own for field in row[len(CHECKSUMS) :][:6]]
        text = "\n".join("\t".join(row) for row in own)
        yield sums, heads, set(IP.findall(text) + MAC.findall(text))


def test_checksums(path, before, after):
    for number, (one, other) in enumerate(zip(before, after), 1):
        # ICMP quotes datagrams whose data is zeros now, and of IPv6 only the header is read.
        zeros = one[3] != "" or one[0] == ""
        if one != other and not (zeros and one[0] == other[0] and one[3] == other[3]):
            fault(path, f"checksums of packet {number}: {other}, not {one}")
            return


def make(path, made, plain):
    """The capture made anonymous, and as pcap, whatever it was before; the packets of both."""
    done = run(BUILD / "nbtreplay", path, "--anonymise", made, "--key", KEY)
    if done.returncode:
        fault(path, f"exit status {done.returncode}: {done.stderr.decode()}")
    run("editcap", "-F", "pcap", path, plain)
    before, after = packets(plain), packets(made)
    if [p[:2] + (len(p[2]),) for p in before] != [p[:2] + (len(p[2]),) for p in after]:
        sys.exit(f"{path}: times or lengths of packets are others")
    return before, after


def test_all(files, to):
    mades = [to / f"made{i}.pcap" for i in range(len(files))]
    plains = [to / f"plain{i}.pcap" for i in range(len(files))]
    packed = [make(*paths) for paths in zip(files, mades, plains)]
    counts = [len(before) for before, _ in packed]
    shown = zip(shows(plains, counts, to / "plain"), shows(mades, counts, to / "made"))
    for path, made, (before, after), (first, second) in zip(files, mades, packed, shown):
        sums, heads, addresses = first
        sums_now, heads_now, addresses_now = second
        test_nothing_left(path, before, after)
        test_addresses(path, after, addresses, addresses_now)
        test_said(path, made, zip(heads, heads_now))
        test_checksums(path, sums, sums_now)


def main():
    files = [pathlib.Path(f) for f in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as to:
        test_all(files, pathlib.Path(to))
    print(f"{len(files)} captures made anonymous, {faults} faults")
    sys.exit(1 if faults or not files else 0)


main()
