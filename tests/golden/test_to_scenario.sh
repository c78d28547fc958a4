#!/usr/bin/env bash
# nbtreplay --to-scenario: every capture becomes a scenario that nbtlab takes and that holds, and
# running it gives the capture's messages again (to_scenario.py); with all of its hosts as hosts that
# send what they sent, octet by octet, in order.
#
# usage: test_to_scenario.sh ROOT BUILD [--update]
set -euo pipefail
cd "$1"
bin=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/nbtlab-test-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$*"
    exit 1
}

# said FILE: from, to and text of each datagram, a line each, as it stands in the file.
said() {
    python3 - "$bin/nbtdump" "$1" <<'TEXT'
import json, re, subprocess, sys
def lines(*options):
    out = subprocess.run([sys.argv[1], "-r", sys.argv[2], *options], capture_output=True, text=True, errors="replace")
    return out.stdout.splitlines()
for line, fields in zip(lines(), lines("--json"), strict=True):
    if json.loads(fields).get("transport") == "udp" and "kind" in json.loads(fields):
        print(re.sub(r"^\d+ \S+ |(?<=\S) # .*$", "", line))
TEXT
}

python3 tests/golden/to_scenario.py . "$bin" ${3-}

# senders FILE: all who sent datagrams in it, but where somebody has sessions or is controlled.
senders() {
    python3 - "$bin/nbtdump" "$1" <<'TEXT'
import json, subprocess, sys
out = subprocess.run([sys.argv[1], "-r", sys.argv[2], "--json"], capture_output=True).stdout
lines = [json.loads(line) for line in out.splitlines()]
calls = {m[end].split(":")[0] for m in lines if m.get("service") in ("session", "rc") for end in ("src", "dst")}
said = {m["src"].split(":")[0] for m in lines if m.get("transport") == "udp" and "kind" in m}
print(",".join(sorted(said)) if not calls & said else "")
TEXT
}

# Left out are those whose end the capture does not have.
messages=0
for file in fixtures/captures/*.pcap; do
    name=$(basename "$file" .pcap)
    as=$(senders "$file")
    [[ $as ]] || continue
    "$bin/nbtreplay" "$file" --as "$as" --to-scenario "$work/$name.scn" 2>"$work/left" ||
        fail "$name: $(cat "$work/left")"
    "$bin/nbtlab" run --capture "$work/$name.pcap" "$work/$name.scn" >"$work/ran" 2>&1 ||
        fail "$name: $(cat "$work/ran")"
    said "$file" >"$work/was"
    said "$work/$name.pcap" >"$work/is"
    unsaid=$(sed -n 's/.* TCP, and \([0-9]*\) others that no step can send.*/\1/p' "$work/left")
    differ=$(diff "$work/was" "$work/is") || true
    (($(grep -c '^>' <<<"$differ") == 0 && $(grep -c '^<' <<<"$differ") == ${unsaid:-0})) ||
        fail "$name: the capture (<), the run (>), ${unsaid:-0} left out: $differ"
    messages=$((messages + $(wc -l <"$work/is")))
done
((messages > 1000)) || fail "only $messages messages"

# controls FILE: what is said in it of remote control over TCP, and how often, but for the screens,
# which change as long as they are looked at, and for goodbyes: who was refused says one if he hears of it
# before the connection is closed.
controls() {
    "$bin/nbtdump" -r "$1" | grep -E ':(176|270)[0-9]' |
        sed -E 's/:[0-9]+ / /g; s/^[0-9]+ \S+ (.*) (rc-[a-z]+) .*(verdict=[a-z-]+|data=.*|).*/\1 \2 \3/' |
        grep -vE 'rc-(screen|bye)' | sort | uniq -c
}

# Remote control over TCP that a scenario has: viewers that are let in and ones that are not are
# viewers again, with the same end.
while read -r name ends left; do
    "$bin/nbtlab" run --capture "$work/was.pcap" "fixtures/scenarios/$name.scn" >/dev/null
    "$bin/nbtreplay" "$work/was.pcap" --to-scenario "$work/rc.scn" 2>/dev/null
    "$bin/nbtlab" run --capture "$work/is.pcap" "$work/rc.scn" >"$work/ran" || fail "$name: $(cat "$work/ran")"
    differ=$(diff <(controls "$work/was.pcap") <(controls "$work/is.pcap")) || true
    (($(grep -c '^>' <<<"$differ") == 0 && $(grep -c '^<' <<<"$differ") == left)) ||
        fail "$name, remote control, the capture (<), the run (>): $differ"
    for end in ${ends//,/ }; do
        [[ $end == nobody ]] || grep -Eq "^expect R[0-9]+-viewer (ended $end|$end via=tcp) " "$work/rc.scn" ||
            fail "$name: no viewer is expected to be $end: $(grep viewer "$work/rc.scn")"
    done
done <<'ROWS'
tcp-only connected 0
busy-client connected,client-busy 0
busy-client-insisted connected,client-busy,session-lost 0
no-permitted-viewer no-rights 0
permission-refused-logged permission-denied 0
control-logged connected,done 0
grant-remembered connected 0
remedy-tolerant connected 0
chat-logged nobody 6
ROWS
grep -q 'Left out: remote control of 10.0.0.11 by 10.0.0.1:49152; it is not for control' "$work/rc.scn" ||
    fail "chat-logged: $(grep about "$work/rc.scn")"

# To standard output it is the same; what cannot be written or read is said.
"$bin/nbtreplay" fixtures/captures/conflict.pcap --to-scenario "$work/conflict.scn"
"$bin/nbtreplay" fixtures/captures/conflict.pcap --to-scenario - | cmp - "$work/conflict.scn"
got=0
"$bin/nbtreplay" fixtures/captures/conflict.pcap --to-scenario "$work/none/x.scn" 2>"$work/left" || got=$?
((got == 7)) && grep -q 'x.scn cannot be written: No such file' "$work/left" || fail "status $got: $(cat "$work/left")"
got=0
"$bin/nbtreplay" fixtures/captures/conflict.pcap --as 10.0.0.99 --to-scenario "$work/x.scn" 2>"$work/left" || got=$?
((got == 2)) && grep -q 'nothing that 10.0.0.99 said; it has: 10.0.0.1 (' "$work/left" ||
    fail "nobody: status $got: $(cat "$work/left")"
head -c 700 fixtures/captures/conflict.pcap >"$work/cut.pcap"
got=0
"$bin/nbtreplay" "$work/cut.pcap" --to-scenario "$work/cut.scn" 2>"$work/left" || got=$?
((got == 2)) && "$bin/nbtlab" check "$work/cut.scn" >"$work/ran" ||
    fail "a damaged file: status $got: $(cat "$work/left" "$work/ran")"
"$bin/nbtreplay" fixtures/captures/conflict.pcap --as 10.0.0.1 --to-scenario "$work/as.scn"
"$bin/nbtlab" run "$work/as.scn" >"$work/ran" || fail "as 10.0.0.1: $(cat "$work/ran")"
got=0
"$bin/nbtreplay" "$work/conflict.scn" --to-scenario "$work/x.scn" 2>"$work/left" || got=$?
((got == 2)) && [[ ! -e $work/x.scn ]] || fail "no capture: status $got: $(cat "$work/left")"
echo "$messages messages, as they were"
