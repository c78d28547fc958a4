#!/usr/bin/python3
"""Every capture as a scenario (nbtreplay --to-scenario), run, and what was said then held against it.

usage: to_scenario.py ROOT BUILD [--update]

Each capture is converted three ways: with its hosts as computers, name servers and their programs,
and with either side of it as hosts that send what they sent (the rows of fixtures/replays/INDEX.tsv).
The scenario is checked and run, and must hold: every expectation, on the seed it was made with. Then
every message of the capture is looked for in the run's own, by sender, receiver, kind, name and
return code; repetitions aside, which are a stack's affair. What is missing must be what nbtreplay
said it leaves out.

fixtures/replays/scenarios.tsv has the figures: how many expectations hold, how many messages are sent
by steps because our stack says something else, what is left out, and how many kinds of messages come
that the capture does not have. --update writes it anew.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT, BUILD = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
UPDATE = "--update" in sys.argv
TABLE = ROOT / "fixtures/replays/scenarios.tsv"
HEAD = "capture\tas\texpectations\tby steps\tleft out over TCP\tleft out\tmore"
EPOCH = 1767225600  # when simulated captures begin
SEGMENTS = {"rc-udp-" + word for word in ("open", "opened", "data", "close", "ack", "nak", "reset")}
failures = 0


def fail(what):
    global failures
    failures += 1
    print("FAILED", what)


def messages(path, since=0.0):
    """How often each thing was said, and how often at all, with repetitions."""
    lines = subprocess.run([BUILD / "nbtdump", "-r", path, "--json"], capture_output=True, check=True).stdout
    first, every = collections.Counter(), collections.Counter()
    for line in lines.splitlines():
        m = json.loads(line)
        if "kind" not in m or "service" not in m or "transport" not in m or m["time"] < since:
            continue
        if m["kind"] in SEGMENTS:
            continue  # how often something is sent again is chance
        tcp = m["transport"] == "tcp" or m["service"] == "rc"
        if tcp and m["service"] == "rc" and ":139" in m["src"] + m["dst"]:
            continue  # the session message that carried it is there, too
        if tcp and m["service"] not in ("session", "rc"):
            ends = "over a stream"
        else:
            ends = tuple(re.sub(r":\d+$", "", m[k]) if tcp else m[k] for k in ("src", "dst"))
        name = m.get("name") or m.get("called") or m.get("destination") or {}
        key = (ends, m["kind"], name.get("hex") if isinstance(name, dict) else name, m.get("rcode") or m.get("verdict"),
               m.get("data") if m["kind"] == "rc-keys" or m["service"] in ("session", "datagram") else None)
        every[key] += 1
        first[key] += not m.get("repeats_frame")
    return first, every


def number(pattern, text):
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def convert(work, name, sides, profile, server):
    out, pcap = work / "x.scn", work / "x.pcap"
    capture = ROOT / f"fixtures/captures/{name}.pcap"
    label = f"{name} as {sides or 'nobody'}"
    made = subprocess.run(
        [BUILD / "nbtreplay", capture, "--to-scenario", out, "--profile", profile, "--server", server]
        + (["--as", sides] if sides else []), capture_output=True, text=True)
    if made.returncode:
        return fail(f"{label}: {made.stderr}")
    ran = subprocess.run([BUILD / "nbtlab", "run", "--capture", pcap, out], capture_output=True, text=True, errors="replace")
    if ran.returncode:
        return fail(f"{label}: {ran.stdout}{ran.stderr}")
    text = out.read_text(errors="surrogateescape")
    begins = re.search(r"The capture begins at ([\d.]+) s", text)
    lead = float(begins[1]) if begins else 0
    by_steps = number(r"(\d+) messages are sent by steps", made.stderr)
    tcp = number(r"without (\d+) messages over TCP", made.stderr)
    others = number(r"over TCP, and (\d+) others", made.stderr)
    was, was_all = messages(capture)
    _, came = messages(pcap, EPOCH + lead)
    missing = was - came
    if missing.total() > tcp + others:
        fail(f"{label}: {missing.total()} messages are missing, and {tcp + others} were said to be left out: "
             + "; ".join(map(str, list(missing)[:5])))
    more = len(set(came) - set(was_all))
    expects = len(re.findall(r"^expect ", text, re.M))
    return f"{name}\t{sides or '-'}\t{expects}\t{by_steps}\t{tcp}\t{others}\t{more}", was.total()


def main():
    rows, said, last = [], 0, None
    with tempfile.TemporaryDirectory() as work:
        for row in (ROOT / "fixtures/replays/INDEX.tsv").read_text().splitlines()[1:]:
            name, side, profile, server = row.split("\t")
            for sides in ([] if name == last else [None]) + [side]:
                got = convert(pathlib.Path(work), name, sides, profile, server)
                if got:
                    rows.append(got[0])
                    said += got[1]
            last = name
    now = "\n".join([HEAD] + rows) + "\n"
    if UPDATE:
        TABLE.write_text(now)
    else:
        was = TABLE.read_text().splitlines()
        for line in sorted(set(now.splitlines()) ^ set(was)):
            fail(("is, but was not: " if line not in was else "was, but is not: ") + line.replace("\t", " | "))
    print(f"{len(rows)} scenarios hold, and say {said} messages again; {failures} failures")
    return failures > 0 or not rows


sys.exit(main())
