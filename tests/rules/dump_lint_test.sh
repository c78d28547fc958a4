#!/usr/bin/env bash
# nbtdump --lint, --as and --error as a whole: exit statuses, and that nbtd's own packets are as the
# RFCs have them.
#
# usage: dump_lint_test.sh ROOT BUILD
set -euo pipefail
cd "$1"
dump=$2/nbtdump
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
faults=0

fault() {
    echo "$*"
    faults=$((faults + 1))
}

# exits STATUS ARGUMENT...: what nbtdump gives for them; its words are in $work/out and $work/err.
exits() {
    local want=$1 status=0
    shift
    "$dump" "$@" >"$work/out" 2>"$work/err" || status=$?
    ((status == want)) || fault "nbtdump $*: exit status $status, not $want: $(cat "$work/err")"
}

# Samba has a hand in one of them.
for capture in fixtures/captures/reproduce-*.pcap; do
    [[ $capture == *samba* ]] && continue
    exits 0 --lint --as rfc -r "$capture"
    ! grep -E '^[0-9]+ lint |refused as' "$work/out" || fault "$capture: nbtd does not follow the RFCs"
done

capture=fixtures/captures/malformed.pcap
exits 3 --lint -r $capture
grep -qE '^[0-9]+ lint bad-pointer rfc,windows .*\(RFC1002 4\.1\)$' "$work/out" || fault 'no bad-pointer'
! grep -q 'refused as' "$work/out" || fault 'lenient refuses something'
exits 0 --as rfc -r $capture
grep -q '# refused as rfc: question-class (RFC1002 4.2.1.2)$' "$work/out" || fault 'nothing is refused as rfc'
! grep -q ' lint ' "$work/out" || fault '--as says what --lint says'
exits 3 --lint --as windows --json -r $capture
grep -q '"refused":"question-class","lint":\[{"word":"question-class","against":\["rfc","windows"\],' "$work/out" ||
    fault 'JSON has no refusal'
exits 0 -r $capture
! grep -q 'refused' "$work/out" || fault 'something is refused unasked'

exits 2 --as nobody -r $capture
exits 2 --lint --stats -r $capture
exits 2 --lint -w "$work/w.pcap" -r $capture

exits 0 --error 0x16
grep -q 'NRC_INUSE' "$work/out" || fault '--error 0x16 does not know NRC_INUSE'
exits 0 --error rcode 6
exits 0 --error 4320 0000: 00 00 04 00 01 00 54 00 0008: 00 00 00 00 e0 10 00 c0 0028: e7 1a 65 16
grep -q '22\.101\.26\.231 sent the name release' "$work/out" || fault '--error reads no data'
exits 2 --error 99999
(($(wc -l <"$work/err") == 1)) || fault "an unknown number takes more than a line: $(cat "$work/err")"
exits 2 --error 4320 -r $capture
exit $((faults > 0))
