#!/usr/bin/env bash
# nbtlab run: what it says of scenarios and with which status, as text and as JSON; that equal seeds
# give equal captures, in which tshark finds nothing malformed; and that it ends in order when it is
# interrupted.
#
# usage: test_run.sh ROOT BUILD
set -euo pipefail
cd "$1"
run=("$2/nbtlab" run)
work=$(mktemp -d "${TMPDIR:-/tmp}/nbtlab-test-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$*"
    exit 1
}

# status WANTED COMMAND...: its exit status; what it prints goes to said and complained.
status() {
    local got=0
    "${@:2}" >"$work/said" 2>"$work/complained" || got=$?
    ((got == $1)) || fail "${*:2}: status $got, not $1: $(cat "$work/said" "$work/complained")"
}

says() {
    grep -qE -- "$2" "$work/$1" || fail "$1 has no $2: $(cat "$work/$1")"
}

cat >"$work/good.scn" <<'TEXT'
scenario good "one after the other"
network lan subnet=10.0.0.0/24 delay=1ms jitter=1ms loss=20%
computer A address=10.0.0.1 services=none
computer B address=10.0.0.2 services=none
program P1 on=A
program P2 on=B
at 1s P1 add FRED<20>
await 10s done P1 add FRED<20> NRC_GOODRET
at +1s P2 add FRED<20>
end +3s
expect done P2 add FRED<20> NRC_INUSE share=90% because="all three refusals can be lost"
allow two-owners because="all three refusals can be lost"
TEXT
sed 's/ share=.*//' "$work/good.scn" >"$work/strict.scn"
sed 's/on=A/on=C/' "$work/good.scn" >"$work/wrong.scn"
sed '1a only live "its clock is the wall'"'"'s"' "$work/good.scn" >"$work/live.scn"

status 0 "${run[@]}" "$work/good.scn"
says said ': held: seed 1, 1 expectations, [0-9]+ messages in [0-9.]+ s, simulated in [0-9.]+ s$'
status 0 "${run[@]}" --seeds 1..1000 "$work/good.scn"
says said ':11: held on 9[0-9]{2} of 1000 seeds; not on [0-9]+, [0-9]+'
status 3 "${run[@]}" --seeds 1..1000 "$work/strict.scn"
says said ': failed: seeds 1\.\.1000'
says said ':11: expect done P2 add FRED<20> NRC_INUSE'
seed=$(sed -n 's/^to see it again: .* --seed \([0-9]*\) .*/\1/p' "$work/said")
status 3 "${run[@]}" --seed "$seed" "$work/strict.scn"
status 3 "${run[@]}" "$work/good.scn" "$work/strict.scn" --seed "$seed"
status 2 "${run[@]}" "$work/wrong.scn"
says complained ':5:[0-9]+: .*C'
status 2 "${run[@]}" "$work/live.scn"
says complained "cannot be simulated: its clock is the wall's"
sed 's/^only live .*/only live/' "$work/live.scn" >"$work/live-so.scn"
status 2 "${run[@]}" "$work/live-so.scn"
says complained 'cannot be simulated: it says `only live`$'
status 7 "${run[@]}" "$work/none.scn"
status 7 "${run[@]}" --capture "$work/none/x.pcap" "$work/good.scn"
for args in '--seeds 5..1' '--seeds 1' '--seed x' '--capture x --seeds 1..2' '--verbose --seeds 1..2' ''; do
    # shellcheck disable=SC2086
    status 2 "${run[@]}" $args ${args:+"$work/good.scn"}
done

sed '/^allow/d' fixtures/scenarios/lost-refusal.scn >"$work/two.scn"
status 3 "${run[@]}" "$work/two.scn"
says said ': two-owners: at the end FRED<20> is owned by OWNER and by NEWCOMER$'

status 0 "${run[@]}" --verbose "$work/good.scn"
says said ' A > all: registration-request FRED<20> '

status 3 "${run[@]}" --json --seeds 1..1000 "$work/strict.scn"
python3 - "$work/said" <<'TEXT' || fail "this JSON is not what it should be: $(cat "$work/said")"
import json, sys
o = json.load(open(sys.argv[1]))
x, = o["expectations"]
assert o["held"] is False and o["seeds"] == 1000 and o["interrupted"] is False
assert o["awaits"] == {"failed": 0, "seeds": []} and x["line"] == 11 and x["held"] is False
assert "expect done P2 add FRED<20> NRC_INUSE" in o["told"]
assert 0 < x["failed"] < 100 and len(x["seeds"]) == min(8, x["failed"])
TEXT

for name in good session-lost netbios-then-netbios; do
    file=$work/good.scn
    [[ $name == good ]] || file=fixtures/scenarios/$name.scn
    status 0 "${run[@]}" --seed 7 --capture "$work/a.pcap" "$file"
    status 0 "${run[@]}" --seed 7 --capture "$work/b.pcap" "$file"
    cmp "$work/a.pcap" "$work/b.pcap" || fail "$name: the same seed, another capture"
    tshark -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -r "$work/a.pcap" >"$work/all" 2>"$work/complained" || fail "$name: tshark: $(cat "$work/complained")"
    (($(wc -l <"$work/all") > 3)) || fail "$name: tshark sees hardly anything"
    tshark -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE -r "$work/a.pcap" \
        -Y '_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0 ||
            tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment' >"$work/bad" 2>"$work/complained" ||
        fail "$name: tshark: $(cat "$work/complained")"
    [[ ! -s $work/bad ]] || fail "$name: tshark finds fault with: $(cat "$work/bad")"
done

# The catalogue, on a few of the thousand seeds on which it holds.
mapfile -t catalogue < <(grep -L '^only live' fixtures/scenarios/*.scn)
status 0 "${run[@]}" --seeds 1..3 "${catalogue[@]}"
((${#catalogue[@]} > 50 && $(grep -c ': held: seeds 1\.\.3, ' "$work/said") == ${#catalogue[@]})) ||
    fail "not all of the catalogue was run: $(cat "$work/said")"

# Progress is a line a second where there is no terminal. After the first the run is interrupted.
coproc long { exec "${run[@]}" --seeds 1..1000000000 "$work/good.scn" 2>&1 >"$work/said"; }
read -r line <&"${long[0]}"
[[ $line =~ ^good:\ [0-9]+\ of\ 1000000000\ seeds ]] || fail "this is no progress: $line"
pid=$long_PID got=0
kill -INT "$pid"
wait "$pid" || got=$?
((got == 19)) || fail "an interrupted run ends with $got"
says said '\(interrupted\)$'
echo 'as it should be'
