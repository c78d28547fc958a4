#!/usr/bin/python3
"""The forms of nbtdump's output that are for programs, and the one that has every octet.

usage: dump_forms.py ROOT BUILD

Of every capture in fixtures/ and $NBTLAB_CAPTURES, and of one made of the packets that the fuzz
targets begin with: each line is one object without repeated keys that fits the schema. The schema
itself is valid, closed, has a description for every key, the kinds of the .def tables, and no key
that is never printed. --ek says the same. And in what -x prints, every octet of a message is beside
its field once, but those behind the trouble of a malformed one.
"""
import datetime
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import jsonschema

# Nothing in the captures has these: keys, as paths.
RARE = set()

faults = 0


def fault(text):
    global faults
    faults += 1
    if faults <= 20:
        print(text)


# ---- The schema -----------------------------------------------------------------------------------


def resolved(schema, node):
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def described_paths(schema, node, path=()):
    """Each key that may be printed, as the path to it."""
    node = resolved(schema, node)
    for choice in node.get("oneOf", []):
        yield from described_paths(schema, choice, path)
    if "items" in node:
        yield from described_paths(schema, node["items"], path)
    for key, value in node.get("properties", {}).items():
        yield path + (key,)
        if not value.get("description") and not resolved(schema, value).get("description"):
            fault(f"schema: {'.'.join(path + (key,))} has no description")
        yield from described_paths(schema, value, path + (key,))
    if "properties" in node and node.get("additionalProperties") is not False:
        fault(f"schema: {'.'.join(path) or 'the line'} lets in any key")


def kinds_of_tables(root):
    ns = re.findall(r'^NBT_NS_KIND\(\w+, "([^"]+)"', (root / "nbt/kinds.def").read_text(), re.M)
    codes = (root / "nbt/codes.def").read_text()
    others = re.findall(r'^NBT_(?:DGM|SSN)_TYPE\(\w+, \w+, "([^"]+)"', codes, re.M)
    types = (root / "rc/channel.h").read_text().partition("#define RC_MSG_TYPES(X)")[2].partition("\n\n")[0]
    rc = ["rc-" + word for word in re.findall(r'X\(\w+, "([^"]+)"\)', types)]
    segments = (root / "rc/udp.h").read_text().partition("#define RC_UDP_KINDS(X)")[2].partition("\n\n")[0]
    rc += ["rc-udp-" + word for word in re.findall(r'X\(\w+, \d+, "([^"]+)"\)', segments)]
    malformed = ["name-packet", "datagram-packet", "session-packet", "rc-message", "rc-segment"]
    return set(ns + others + rc + ["malformed-" + what for what in malformed])


def check_schema(root, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    kinds = set(schema["properties"]["kind"]["enum"]) - {None}
    for kind in kinds ^ kinds_of_tables(root):
        fault(f"schema: kind {kind} is in the tables or in the schema, not in both")
    return set(described_paths(schema, schema))


# ---- Captures ---------------------------------------------------------------------------------------


def ipv4(proto, payload, number):
    source = 0x0A000000 + number
    head = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(payload), 0, 0, 64, proto, 0, source, 0x0A0A0A0A)
    return head + payload


def udp(port, payload, number):
    return ipv4(17, struct.pack(">HHHH", port, port, 8 + len(payload), 0) + payload, number)


def tcp(port, payload, number, flags, seq):
    return ipv4(6, struct.pack(">HHIIBBHHH", 1024, port, seq, 0, 0x50, flags, 8192, 0, 0) + payload, number)


def corpus_packets(root):
    """Each input of a fuzz target from a sender of its own, as what that target reads."""
    number = 0
    for folder, port in (("ns", 137), ("dgm", 138), ("ssn", 139), ("channel", 1761)):
        for file in sorted((root / "fixtures/fuzz" / folder).iterdir()):
            payload = file.read_bytes()
            if len(payload) > 60000:
                continue
            number += 1
            if port == 1761:
                payload = struct.pack(">H", len(payload)) + payload
            if port in (139, 1761):
                yield tcp(port, b"", number, 0x02, 0)  # SYN
                yield tcp(port, payload, number, 0x18, 1)
            else:
                yield udp(port, payload, number)


def write_corpus(root, path):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))  # raw IP
        for i, packet in enumerate(corpus_packets(root)):
            f.write(struct.pack("<IIII", 1700000000 + i, i, len(packet), len(packet)) + packet)


def captures(root):
    folders = [root / "fixtures/fuzz/capture", root / "fixtures/captures"]
    if os.environ.get("NBTLAB_CAPTURES"):
        folders.append(pathlib.Path(os.environ["NBTLAB_CAPTURES"]))
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in (".md", ".tsv", ".txt", ".xz"):
                yield path


# ---- Lines ------------------------------------------------------------------------------------------


def object_without_repeats(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key is repeated among {', '.join(keys)}")
    return dict(pairs)


def printed_paths(value, path=()):
    if isinstance(value, list):
        for element in value:
            yield from printed_paths(element, path)
    elif isinstance(value, dict):
        for key, member in value.items():
            yield path + (key,)
            yield from printed_paths(member, path + (key,))


def check_capture(program, path, validator, used):
    """Returns how many lines there were."""
    command = [program, "--json", "--lint", "--as", "rfc", "-r", path]  # all keys there are
    run = subprocess.run(command, capture_output=True, check=False)
    if run.returncode not in (0, 2, 3):  # 2: it is damaged, or no capture at all; 3: it has faults
        fault(f"{path}: exit status {run.returncode}: {run.stderr.decode(errors='replace')[:500]}")
    lines = run.stdout.splitlines()
    for line in lines:
        try:
            value = json.loads(line, object_pairs_hook=object_without_repeats)
        except ValueError as why:
            fault(f"{path}: {why}: {line[:200]}")
            continue
        used.update(printed_paths(value))
        for error in validator.iter_errors(value):
            fault(f"{path}: frame {value.get('frame')}: {error.json_path}: {error.message[:200]}")
    return len(lines)


def check_bulk(program, path):
    """--ek says the same as --json, in pairs of lines."""
    plain = subprocess.run([program, "--json", "-r", path], capture_output=True, check=False).stdout
    bulk = subprocess.run([program, "--ek", "-r", path], capture_output=True, check=False).stdout
    lines = bulk.splitlines()
    for action, document, line in zip(lines[::2], lines[1::2], plain.splitlines(), strict=True):
        value = json.loads(document, object_pairs_hook=object_without_repeats)
        timestamp = value.pop("@timestamp")
        if json.loads(action) != {"index": {"_index": "nbt-" + timestamp[:10]}}:
            fault(f"{path}: --ek: {action} does not fit {timestamp}")
        if value != json.loads(line):
            fault(f"{path}: --ek: frame {value['frame']} is not what --json prints")
        when = datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()
        if abs(when - value["time"]) > 1e-6:
            fault(f"{path}: --ek: frame {value['frame']}: {timestamp} is not {value['time']}")


def check_octets(program, path):
    run = subprocess.run([program, "-q", "-x", "-r", path], capture_output=True, check=False)
    message, at = b"", 0
    for line in run.stdout.splitlines():
        row = re.match(rb"    ([0-9a-f]{5}) ((?: [0-9a-f]{2}){1,16}) {2,}(\S.*)$", line)
        if not row:
            message, at = line, 0
            continue
        if int(row[1], 16) != at:
            fault(f"{path}: -x: octets are missing, or there twice: {message} {line}")
        if row[3].startswith(b"(not read)") and b" malformed-" not in message:
            fault(f"{path}: -x: octets without a field: {message} {line}")
        at = int(row[1], 16) + len(row[2]) // 3


def main():
    root, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    schema = json.loads(
        (root / "capture/fields.schema.json").read_text(), object_pairs_hook=object_without_repeats
    )
    known = check_schema(root, schema)
    validator = jsonschema.Draft202012Validator(schema)
    used, files, lines = set(), 0, 0
    with tempfile.TemporaryDirectory(prefix="nbtlab-json-") as folder:
        corpus = pathlib.Path(folder) / "corpus.pcap"
        write_corpus(root, corpus)
        check_bulk(build / "nbtdump", corpus)
        for path in [corpus, *captures(root)]:
            lines += check_capture(build / "nbtdump", path, validator, used)
            check_octets(build / "nbtdump", path)
            files += 1
    for path in sorted(known - used - RARE):
        fault(f"schema: {'.'.join(path)} is never printed; if that is right, it belongs in RARE")
    print(f"{lines} lines of {files} captures, {len(known)} keys; {faults} faults")
    return faults > 0


if __name__ == "__main__":
    sys.exit(main())
