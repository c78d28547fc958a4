#!/usr/bin/env bash
# tools/bench: what it measures with is the same for the same seed, and nbtdump sees all of it; a
# short measurement runs to its end. No figure is judged here.
#
# usage: bench_test.sh ROOT BUILD
set -euo pipefail
cd "$1"
bin=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/nbtlab-test-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$*"
    exit 1
}

make=("$bin/tests/bench.capture")
said=$("${make[@]}" "$work/a.pcap" 5000 7 250 2>&1)
"${make[@]}" - 5000 7 250 2>/dev/null | cmp - "$work/a.pcap" || fail 'the same seed, other bytes'
"${make[@]}" "$work/b.pcap" 5000 8 250 2>/dev/null
! cmp -s "$work/a.pcap" "$work/b.pcap" || fail 'another seed, the same bytes'

"$bin/nbtdump" -r "$work/a.pcap" >"$work/lines"
messages=$(wc -l <"$work/lines") malformed=$(grep -c ' malformed-name-packet ' "$work/lines")
[[ $said == "packets 5000 messages $messages malformed $malformed" ]] ||
    fail "made: $said; nbtdump shows $messages messages, $malformed malformed"
((malformed > 0)) || fail 'nothing is malformed'
"$bin/nbtdump" --stats -r "$work/a.pcap" >"$work/stats"
grep -qE "^$messages messages of [0-9]+ octets in [0-9.]+ seconds, $malformed of them malformed\$" \
    "$work/stats" || fail "nbtdump --stats counts otherwise: $(head -1 "$work/stats")"
for kind in wack multihomed-registration status-response negative-session-response; do
    grep -q " $kind " "$work/lines" || fail "there is no $kind"
done

tools/bench dump --bin "$bin" --packets 2000 --runs 1 --slow 100 >"$work/table" 2>"$work/said" ||
    fail "tools/bench dump fails: $(cat "$work/said")"
for row in 'libpcap, only counting' 'nbtdump --json' 'nbtdump --stats' 'tcpdump -n' 'tshark -n -T ek' 'gzip -dc' \
    'nbtdump, 10000 hosts'; do
    grep -qE "^$row +[0-9.]+ " "$work/table" || fail "no figures for $row:
$(cat "$work/table")"
done
grep -qE '^lines: .* (met|MISSED), [0-9.]+ of the aim$' "$work/table" || fail 'no aim is judged'

tools/bench simulate --bin "$bin" --most 300 --day 28800 --seeds 20 --losses 1 --runs 1 >"$work/table" \
    2>"$work/said" || fail "tools/bench simulate fails: $(cat "$work/said")"
for row in 'broadcast, 4 computers' 'broadcast, 300 computers' 'boot, 300 computers' 'server, 300 computers' \
    'seeds, 4 computers' 'explore, 3 computers'; do
    grep -qE "^$row +[0-9.]+ " "$work/table" || fail "no figures for $row:
$(cat "$work/table")"
done
grep -qE '^explore: .* (met|MISSED), [0-9.]+ of the aim$' "$work/table" || fail 'no aim of simulate is judged'

# The echo, our server and nmbd in namespaces of their own, if this user may have such.
names_status=0
tools/bench names --bin "$bin" --sizes 200 --length 20 --runs 1 >"$work/table" 2>"$work/said" || names_status=$?
if ((names_status == 4)); then
    echo 'no namespaces here: tools/bench names does not run'
else
    ((names_status == 0)) || fail "tools/bench names fails: $(cat "$work/said")"
    for row in 'echo' 'nbtd, held' 'nbtd, absent' 'nbtd, refresh' 'nbtd, register' 'nmbd, held' 'nmbd, register'; do
        grep -qE "^$row, 200 +[0-9]+ " "$work/table" || fail "no figures for $row:
$(cat "$work/table")"
    done
    grep -qE '^200 names: .* (met|MISSED), [0-9.]+ of the aim' "$work/table" || fail 'no aim of names is judged'
    tools/bench datagrams --bin "$bin" --length 20 --runs 1 >"$work/table" 2>"$work/said" ||
        fail "tools/bench datagrams fails: $(cat "$work/said")"
    for row in echo relay receive send; do
        grep -qE "^$row +[1-9][0-9]* " "$work/table" || fail "no figures for $row:
$(cat "$work/table")"
    done
fi
# The same for sessions, without smbd.
sessions_status=0
tools/bench sessions --bin "$bin" --setups 50 --smbd-setups 0 --mib 1 --idle 20 --runs 1 >"$work/table" 2>"$work/said" ||
    sessions_status=$?
if ((sessions_status == 4)); then
    echo 'no namespaces here: tools/bench sessions does not run'
else
    ((sessions_status == 0)) || fail "tools/bench sessions fails: $(cat "$work/said")"
    for row in 'set-ups, bare loop' 'set-ups, nbtd' '64 octets, bare TCP' '65535 octets, control blocks'; do
        grep -qE "^$row +[0-9.]+ " "$work/table" || fail "no figures for $row:
$(cat "$work/table")"
    done
    grep -qE '^20 idle sessions: .* 20 have heard a keep-alive$' "$work/table" || fail "not all hear a keep-alive:
$(cat "$work/table")"
fi
echo "$said; the measurements run"
