#!/usr/bin/python3
"""
Every value that tshark shows of a NetBIOS message, beside nbtdump's.

    tshark_fields.py NBTDUMP TABLE CAPTURE...

tshark's PDML holds what its -V prints (`showname`, or `show` where there is no field's name), so
that is what is read; nbtdump's side is its --json. Looked for are
  - a value of tshark's that is not nbtdump's,
  - a field of tshark's that this program does not know,
  - a value of nbtdump's that tshark does not show,
  - a message that only one of them has.
Each must be a row of TABLE: field, when, section of the RFC, what tshark does. "When" is the name
of a function of `WHEN` below; last comes a capture that needs the row, and if that is among the
captures here and does not, it is an error too.

Exit status: 0 none, 1 differences, which are printed.
"""
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

from tshark_smb import check_smb

PROTOCOLS = ("nbns", "nbdgm", "nbss")


# -- what tshark shows, as values

def number(text):
    """'Questions: 1', '.010 1... = Opcode: Registration (5)', 'Type: NB (32)', 'Flags: 0x00'"""
    text = text.split(" = ")[-1].split(": ", 1)[-1]
    found = re.search(r"\((0x[0-9a-fA-F]+|\d+)\)$", text) or re.match(r"(0x[0-9a-fA-F]+|\d+)", text)
    return int(found.group(1), 0) if found else text


def bit(text):
    """'.... ..0. .... .... = Truncated: ...'"""
    return "1" in text.split(" = ")[0]


def seconds(text):
    """'Time to live: 3 days, 5 minutes, 1 second'"""
    units = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
    parts = re.findall(r"(\d+) (day|hour|minute|second)s?", text)
    return sum(int(n) * units[unit] for n, unit in parts)


def after_colon(text):
    return text.split(": ", 1)[1]


def hexadecimal(text):
    return re.sub("[^0-9a-f]", "", after_colon(text).lower())


def mac(text):
    """'Unit ID: 00:0c:29_0d:06:56 (00:0c:29:0d:06:56)'"""
    return text.split(" ")[-1].strip("()")


def name(text):
    """'Name: FRED<20>.SITE (Server service)': what stands before the words for the suffix."""
    shown = after_colon(text)
    if shown.startswith("Illegal"):
        return shown
    return re.sub(r"(<[0-9a-f]{2}>(\..*)?) \([^()]*(\([^()]*\))?[^()]*\)$", r"\1", shown)


# -- what nbtdump has, in the same form

def shown_name(n):
    """As tshark writes a name: what is not printable as <xx>, then the suffix, then the scope."""
    raw = bytes.fromhex(n["hex"]) if n.get("hex") else b""
    if not raw:
        return "." + n["scope"]
    text = "".join(chr(c) if 0x20 <= c <= 0x7E else "<%02x>" % c for c in raw[:15])
    text = text.rstrip(" ") or text # of a name of spaces, tshark cuts off none
    return "%s<%02x>" % (text, raw[15]) + ("." + n["scope"] if n["scope"] else "")


def ip_of(ep):
    return ep.split(":")[0]


def port_of(ep):
    """nbtdump leaves a port of 0 out."""
    return int((ep + ":0").split(":")[1])


# tshark's field: how to read it, nbtdump's key
HEADER = {
    "nbns.id": (number, "id"),
    "nbns.flags": (number, "flags"),
    "nbns.flags.response": (bit, "response"),
    "nbns.flags.opcode": (number, "opcode"),
    "nbns.flags.authoritative": (bit, "aa"),
    "nbns.flags.truncated": (bit, "tc"),
    "nbns.flags.recdesired": (bit, "rd"),
    "nbns.flags.recavail": (bit, "ra"),
    "nbns.flags.broadcast": (bit, "broadcast"),
    "nbns.flags.rcode": (number, "rcode"),
    "nbns.count.queries": (number, "qdcount"),
    "nbns.count.answers": (number, "ancount"),
    "nbns.count.auth_rr": (number, "nscount"),
    "nbns.count.add_rr": (number, "arcount"),
}
RECORD = {
    "nbns.name": (name, "name"),
    "nbns.type": (number, "type"),
    "nbns.class": (number, "class"),
    "nbns.ttl": (seconds, "ttl"),
    "nbns.data_length": (number, "rdata.length"),
    "nbns.data": (hexadecimal, "rdata"),
    "nbns.number_of_names": (number, "num_names"),
}
# The bits of a flag word that lies in a record: opcode and NM_FLAGS of what a WACK is about.
ABOUT = {
    "nbns.flags": (number, 0xFFFF, 0),
    "nbns.flags.response": (bit, 0x8000, 15),
    "nbns.flags.opcode": (number, 0x7800, 11),
    "nbns.flags.authoritative": (bit, 0x0400, 10),
    "nbns.flags.truncated": (bit, 0x0200, 9),
    "nbns.flags.recdesired": (bit, 0x0100, 8),
    "nbns.flags.recavail": (bit, 0x0080, 7),
    "nbns.flags.broadcast": (bit, 0x0010, 4),
    "nbns.flags.rcode": (number, 0x000F, 0),
}
ADDRESS = {
    "nbns.nb_flags": (number, "flags"),
    "nbns.nb_flags.group": (bit, "group"),
    "nbns.nb_flags.ont": (number, "node"),
    "nbns.addr": (after_colon, "ip"),
}
NODE_NAME = {
    "nbns.netbios_name": (name, "name"),
    "nbns.name_flags": (number, "flags"),
    "nbns.name_flags.group": (bit, "group"),
    "nbns.name_flags.ont": (number, "node"),
    "nbns.name_flags.drg": (bit, "deregistering"),
    "nbns.name_flags.cnf": (bit, "conflict"),
    "nbns.name_flags.act": (bit, "active"),
    "nbns.name_flags.prm": (bit, "permanent"),
}
STATISTICS = {
    "nbns.unit_id": (mac, "unit_id"),
    "nbns.jumpers": (number, "jumpers"),
    "nbns.test_result": (number, "test_result"),
    "nbns.version_number": (number, "version_number"),
    "nbns.period_of_statistics": (number, "period_of_statistics"),
    "nbns.num_crcs": (number, "number_of_crcs"),
    "nbns.num_alignment_errors": (number, "number_alignment_errors"),
    "nbns.num_collisions": (number, "number_of_collisions"),
    "nbns.num_send_aborts": (number, "number_send_aborts"),
    "nbns.num_good_sends": (number, "number_good_sends"),
    "nbns.num_good_receives": (number, "number_good_receives"),
    "nbns.numretransmits": (number, "number_retransmits"),
    "nbns.num_no_resource_conditions": (number, "number_no_resource_conditions"),
    "nbns.numcommand_blocks": (number, "number_free_command_blocks"),
    "nbns.numpending_sessions": (number, "number_pending_sessions"),
    "nbns.max_num_pending_sessions": (number, "max_number_pending_sessions"),
    "nbns.max_total_sessions_possible": (number, "max_total_sessions_possible"),
    "nbns.session_data_packet_size": (number, "session_data_packet_size"),
}
OTHER = {
    "nbdgm.type": (number, "type"),
    "nbdgm.flags": (number, "flags"),
    "nbdgm.next": (bit, "more"),
    "nbdgm.first": (bit, "first"),
    "nbdgm.node_type": (number, "node"),
    "nbdgm.dgram_id": (number, "id"),
    "nbdgm.src.ip": (after_colon, "source.ip"),
    "nbdgm.src.port": (number, "source.port"),
    "nbdgm.dgram_len": (number, "length"),
    "nbdgm.pkt_offset": (number, "offset"),
    "nbdgm.source_name": (name, "from"),
    "nbdgm.destination_name": (name, "name"),
    "nbdgm.error_code": (number, "error"),
    "nbss.type": (number, "type"),
    "nbss.flags": (number, "flags"),
    "nbss.flags.e": (bit, "flags.e"),
    "nbss.length": (number, "length"),
    "nbss.called_name": (name, "name"),
    "nbss.calling_name": (name, "from"),
    "nbss.error_code": (number, "error"),
    "nbss.retarget_ip_address": (after_colon, "retarget.ip"),
    "nbss.retarget_port": (number, "retarget.port"),
}


def value_of(thing, key):
    """What nbtdump has under a key of the tables above, as tshark would show it."""
    if key.endswith((".ip", ".port")):
        ep = thing.get(key.split(".")[0])
        return ep and (ip_of(ep) if key.endswith(".ip") else port_of(ep))
    if key == "flags.e":
        return bool(thing["flags"] & 1) if "flags" in thing else None
    if key == "rdata.length":
        return len(thing["rdata"]) // 2
    if key == "num_names":
        return int(thing["rdata"][:2] or "0", 16)
    v = thing.get(key)
    if isinstance(v, dict):
        return shown_name(v)
    return v


# -- when a row of the table applies

def domain_name(m, thing):
    """A name without the 16 octets of NetBIOS."""
    n = thing.get("name") or m.get("name")
    return bool(n) and not n.get("hex")


def wrong_for_its_type(m, thing):
    return m["service"] == "session" and (
        bool(m.get("malformed")) or (m["kind"] == "session-keep-alive" and m["length"] > 0))


WHEN = {
    "request": lambda m, thing: m.get("response") is False,
    "tcp-137": lambda m, thing: m["service"] == "name" and m["transport"] == "tcp",
    "shorter than an id": lambda m, thing: bool(m.get("malformed")) and len(m["raw"]) < 4,
    "wrong for its type": wrong_for_its_type,
    "session": lambda m, thing: m["service"] == "session",
    "session message": lambda m, thing: m["kind"] == "session-message",
    "session message of no octets": lambda m, thing:
        m["kind"] == "session-message" and m["length"] == 0,
    "wack of type NULL": lambda m, thing: m["kind"] == "wack" and thing.get("type") == 10,
    "long scope": lambda m, thing: len(thing["name"]["scope"]) > 200,
    "2^31 seconds or more": lambda m, thing: thing["ttl"] >= 1 << 31,
    "too few names": lambda m, thing: int(thing["rdata"][:2], 16) > len(thing["names"]),
    "record that is not counted": lambda m, thing: thing is not m and m["ancount"] == 0,
    "message that pops up": lambda m, thing: "messenger" in (m.get("mailslot") or m),
    "election": lambda m, thing: m["mailslot"]["browse"]["opcode"] == 8,
    "behind the last field": lambda m, thing: "rest" in m["mailslot"]["browse"],
    "LAN Manager's request": lambda m, thing:
        m["mailslot"]["browse"]["opcode_word"] == "lm-announcement-request",
    "user data": lambda m, thing: m["service"] == "datagram" and "data" in m,
    "domain name": domain_name,
    "type NBSTAT": lambda m, thing: thing is not m,
}


class Table:
    def __init__(self, path):
        self.path = path
        self.rows = []
        self.used = Counter()
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("#") or not line.strip():
                    continue
                field, when, section, what, seen_in = line.rstrip("\n").split("\t")
                if when not in WHEN:
                    sys.exit("%s: there is no condition \"%s\"" % (path, when))
                self.rows.append((field, when, section, what, seen_in))

    def allows(self, field, m, thing):
        for row in self.rows:
            wanted = row[0] == field or row[0][-1] == "*" and field.startswith(row[0][:-1])
            if wanted and WHEN[row[1]](m, thing):
                self.used[row] += 1
                return True
        return False

    def unused(self, captures):
        """Rows that none of these captures needed, and one of them should."""
        names = {os.path.basename(c) for c in captures}
        return [r for r in self.rows if not self.used[r] and r[4] in names]


# -- one message beside the other

class Pair:
    """Walks tshark's fields of one message; what it has compared is struck off nbtdump's list."""

    def __init__(self, table, m, complain):
        self.table = table
        self.m = m
        self.complain = complain
        self.left = set()
        self.record = -1
        self.address = self.node_name = 0

    def leaves(self, thing, path=""):
        for key, v in thing.items():
            if isinstance(v, dict) and "hex" not in v:
                self.leaves(v, path + key + ".")
            elif isinstance(v, list):
                for i, element in enumerate(v):
                    here = "%s%s[%d]" % (path, key, i)
                    if isinstance(element, dict):
                        self.leaves(element, here + ".")
                    else:
                        self.left.add(here)
            elif v is not None:
                self.left.add(path + key)

    def differs(self, field, thing, text):
        if not self.table.allows(field, self.m, thing):
            self.complain("%s: %s" % (field, text))

    def check(self, tables, field, text, thing, path):
        for table in tables:
            if field not in table:
                continue
            read, key = table[field]
            ours, theirs = value_of(thing, key), read(text)
            self.left.discard(path + key.split(".")[0])
            if ours != theirs:
                self.differs(field, thing, "\"%s\", nbtdump has %s" % (text, ours))
            return
        self.differs(field, thing, "\"%s\": this is compared with nothing" % text)

    def check_about(self, field, text, record, path):
        read, mask, shift = ABOUT[field]
        ours = (record.get("about_flags", -1) & mask) >> shift
        self.left.discard(path + "about_flags")
        if "about_flags" not in record or ours != int(read(text)):
            self.differs(field, record, "\"%s\", nbtdump has %s" % (
                text, record.get("about_flags")))

    def node_names(self, field, text, record, path):
        """The name of an entry comes before its flags; nbtdump's entry is a name with flags."""
        if field == "nbns.netbios_name":
            self.node_name += 1
        names = record.get("names", [])
        if not 0 < self.node_name <= len(names):
            self.differs(field, record, "\"%s\": nbtdump has no such entry" % text)
            return
        entry = names[self.node_name - 1]
        here = "%snames[%d]." % (path, self.node_name - 1)
        if field == "nbns.netbios_name":
            whole = entry if "hex" in entry else entry["name"]
            if shown_name(dict(whole, scope="")) != name(text):
                self.differs(field, record, "\"%s\", nbtdump has %s" % (text, whole["hex"]))
            for key in ("name", "text", "suffix", "hex", "service", "scope"):
                self.left.discard(here + key)
            return
        self.check([NODE_NAME], field, text, entry, here)

    def addresses(self, field, text, record, path):
        """Flags come before the address."""
        entries = record.get("addresses", [])
        if self.address >= len(entries):
            self.differs(field, record, "\"%s\": nbtdump has no such address" % text)
            return
        here = "%saddresses[%d]." % (path, self.address)
        self.check([ADDRESS], field, text, entries[self.address], here)
        if field == "nbns.addr":
            self.address += 1

    def in_record(self, field, text, record, path):
        if field in ABOUT:
            self.check_about(field, text, record, path)
        elif field in NODE_NAME:
            self.node_names(field, text, record, path)
        elif field in ADDRESS:
            self.addresses(field, text, record, path)
        elif field in STATISTICS:
            statistics = record.get("statistics")
            if statistics is None:
                self.differs(field, record, "\"%s\": nbtdump has no statistics" % text)
            else:
                self.check([STATISTICS], field, text, statistics, path + "statistics.")
        else:
            self.check([RECORD], field, text, record, path)

    def sections(self, element):
        """A section of a name packet: Queries, Answers, ..., each with its records."""
        for entry in element:
            if element.get("show") == "Queries":
                thing, path = self.m.get("question"), "question."
            else:
                self.record += 1
                self.address = self.node_name = 0
                records = self.m.get("records", [])
                thing = records[self.record] if self.record < len(records) else None
                path = "records[%d]." % self.record
            for field in entry.iter("field"):
                if field is entry or not field.get("name") or field.get("name").startswith("_ws."):
                    continue # _ws: tshark's remarks
                text = field.get("showname") or field.get("show")
                if thing is None:
                    self.differs(field.get("name"), self.m,
                                 "\"%s\": nbtdump has no such record" % text)
                else:
                    self.in_record(field.get("name"), text, thing, path)

    def walk(self, element):
        for field in element:
            if field.tag != "field":
                continue
            key, text = field.get("name"), field.get("showname") or field.get("show")
            if not key:
                self.sections(field)
                continue
            self.check([HEADER, OTHER], key, text, self.m, "")
            self.walk(field)

    def octets(self, field, start):
        """What nbtdump does not take apart: the octets behind a value of tshark's are in `raw`."""
        at, shown = 2 * (int(field.get("pos")) - start), field.get("value") or ""
        here = self.m["raw"][at:at + len(shown)]
        if "unmaskedvalue" not in field.attrib and shown != here:
            self.differs(field.get("name"), self.m, "%s at %d, where nbtdump has %s" % (
                shown, at // 2, here))

    def malformed(self, element):
        """
        nbtdump takes a malformed packet apart as far as its header and its question go, and where
        these are whole: there, values are compared. Of the rest, octets.
        """
        start = int(element.get("pos"))
        for field in element:
            key = field.get("name")
            known = HEADER.get(key) or OTHER.get(key)
            if not key and field.get("show") == "Queries" and self.m.get("question"):
                self.sections(field)
            elif known and value_of(self.m, known[1]) is not None:
                self.check([HEADER, OTHER], key, field.get("showname"), self.m, "")
                self.walk(field)
            else:
                for inside in field.iter("field"):
                    self.octets(inside, start)

    # Not shown by tshark, and nothing that a packet says: what nbtdump makes of it.
    OURS = re.compile(
        r"(frame|time|src|dst|src_mac|dst_mac|transport|service|kind|raw|note|after|exact"
        r"|answers_frame|repeats_frame|transaction|host|conflict|malformed\..*"
        r"|(.*\.)?(opcode_word|rcode_word|type_word|node_type|error_word|service))$")

    def compare(self, element, slots):
        if self.m.get("malformed"):
            self.malformed(element)
            return
        self.leaves(self.m)
        self.walk(element)
        self.left -= check_smb(self.m, slots, self.differs)
        if self.m["service"] == "name": # the name that it is about stands in the question or record
            self.left.discard("name")
        for leaf in sorted(self.left):
            if self.OURS.match(leaf):
                continue
            path = re.sub(r"\[(\d+)\]", "", leaf)
            found = re.match(r"records\[(\d+)\]", leaf)
            thing = self.m["records"][int(found.group(1))] if found else self.m
            if path == "records.rdata" and ("addresses" in thing or "names" in thing or
                                            "about_flags" in thing):
                continue # what it means has been compared
            self.differs("silent:" + path, thing, "tshark does not show it")


# -- one capture

def messages_of_nbtdump(nbtdump, capture):
    ours = {}
    run = subprocess.run([nbtdump, "--json", "-r", capture], stdout=subprocess.PIPE, check=False)
    if run.returncode != 0:
        sys.exit("%s: nbtdump ended with status %d" % (capture, run.returncode))
    for line in run.stdout.splitlines():
        m = json.loads(line)
        ours.setdefault(m["frame"], []).append(m)
    return ours


def ports(packet):
    """The protocols around a message, and the ports of the innermost UDP or TCP."""
    found, icmp = (None, ()), False
    for proto in packet.findall("proto"):
        if proto.get("name") == "icmp":
            icmp = True
        if proto.get("name") in ("udp", "tcp"):
            text = proto.get("showname") or ""
            both = re.search(r"Src Port: (\d+), Dst Port: (\d+)", text)
            found = proto.get("name"), tuple(int(p) for p in both.groups()) if both else ()
    return found + (icmp,)


def messages_of_tshark(capture):
    """
    Frame by frame: the messages, and whether there is more that belongs to NetBIOS: octets that
    tshark found no message in, or what ICMP quotes. Port 445, and other ports that tshark guesses
    at, are no business of nbtdump's.
    """
    run = subprocess.Popen(["tshark", "-n", "-r", capture, "-T", "pdml", "-J", "nbns nbdgm nbss smb mailslot browser"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for _, packet in ElementTree.iterparse(run.stdout):
        if packet.tag != "packet":
            continue
        frame = int(packet.find("proto/field[@name='num']").get("show"))
        transport, numbers, icmp = ports(packet)
        wanted = {"udp": {137, 138}, "tcp": {139}}.get(transport, set())
        found = [p for p in packet.findall("proto") if p.get("name") in PROTOCOLS]
        if found and wanted & set(numbers):
            messages = [] if icmp else [p for p in found if is_message(p)]
            slots = [p for p in packet.findall("proto") if p.get("name") in ("smb", "mailslot", "browser")]
            yield frame, [(p, slots) for p in messages]
        packet.clear()
    if run.wait() != 0:
        sys.exit("%s: tshark ended with status %d" % (capture, run.returncode))


def is_message(proto):
    """tshark marks octets that belong to no message that it knows."""
    fields = [f.get("name") for f in proto]
    return fields != ["nbss.continuation_data"] and fields != []


def compare_frame(table, mine, yours, complain):
    """The messages of one frame. Those that only nbtdump has are each a row of the table."""
    if len(mine) > len(yours):
        mine = [m for m in mine if not table.allows("(message)", m, m)]
    if len(mine) != len(yours):
        complain("tshark has %s, nbtdump %s" % (
            [p.get("name") for p, _ in yours], [m["kind"] for m in mine]))
        return 0
    for m, (proto, slots) in zip(mine, yours):
        Pair(table, m, complain).compare(proto, slots)
    return len(mine)


def compare(nbtdump, table, capture):
    trouble, compared = [], 0
    ours = messages_of_nbtdump(nbtdump, capture)
    theirs = dict(messages_of_tshark(capture))
    for frame in sorted(set(ours) | set(theirs)):
        def complain(text, frame=frame):
            trouble.append("frame %d: %s" % (frame, text))

        if frame not in ours:
            complain("nbtdump passes it over in silence")
        # Notes are no messages, and remote control is nbtlab's own: tshark cannot know it.
        mine = [m for m in ours.get(frame, []) if m["service"] not in (None, "rc")]
        compared += compare_frame(table, mine, theirs.get(frame, []), complain)
    return trouble, compared


def main():
    nbtdump, table, captures = sys.argv[1], Table(sys.argv[2]), sys.argv[3:]
    failed, total = False, 0
    for capture in captures:
        trouble, compared = compare(nbtdump, table, capture)
        total += compared
        for line in trouble[:12]:
            print("%s: %s" % (os.path.basename(capture), line))
        if len(trouble) > 12:
            print("%s: and %d more" % (os.path.basename(capture), len(trouble) - 12))
        failed = failed or bool(trouble)
    for row in table.unused(captures):
        print("%s: the row \"%s, %s\" is not needed in %s any more" % (
            table.path, row[0], row[1], row[4]))
        failed = True
    print("%d messages in %d captures compared field by field, %d differences as in the table" % (
        total, len(captures), sum(table.used.values())))
    return 1 if failed else 0


sys.exit(main())
