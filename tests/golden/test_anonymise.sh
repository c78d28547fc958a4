#!/usr/bin/env bash
# nbtreplay --anonymise over every capture of fixtures: see anonymise.py. And how files are written:
# as a whole or not at all, in the form that the name asks for.
set -u
ROOT=$(realpath "$1")
BIN=$(realpath "$2")
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
shopt -s nullglob dotglob
NBTREPLAY=$BIN/nbtreplay
SOME=$ROOT/fixtures/captures/samba-lookups.pcap
failed=0

files=("$ROOT"/fixtures/captures/*.pcap)
/usr/bin/python3 -B "$ROOT/tests/golden/anonymise.py" "$BIN" "${files[@]}" || failed=1

check() {
    local title=$1
    shift
    "$@" && return
    printf 'FAILED %s\n' "$title"
    failed=1
}

# shown FILE: what nbtdump says of it.
shown() {
    "$BIN/nbtdump" -r "$1"
}

forms() {
    local name
    "$NBTREPLAY" "$SOME" --anonymise "$TMP/x.pcap" --key k || return
    gzip -c "$SOME" >"$TMP/in.gz"
    for name in x.pcapng x.pcap.gz x.pcapng.gz; do
        "$NBTREPLAY" "$TMP/in.gz" --anonymise "$TMP/$name" --key k &&
            diff <(shown "$TMP/x.pcap") <(shown "$TMP/$name") || return
    done
    [[ $(file -b "$TMP/x.pcapng.gz") == gzip* ]] &&
        "$NBTREPLAY" - --anonymise - --key k <"$SOME" | cmp - "$TMP/x.pcap"
}

keys() {
    local hex=000102030405060708090A0B0C0D0E0F
    "$NBTREPLAY" "$SOME" --anonymise "$TMP/1.pcap" && "$NBTREPLAY" "$SOME" --anonymise "$TMP/2.pcap" &&
        ! cmp -s "$TMP/1.pcap" "$TMP/2.pcap" || return
    "$NBTREPLAY" "$SOME" --anonymise "$TMP/1.pcap" --key $hex &&
        "$NBTREPLAY" "$SOME" --anonymise "$TMP/2.pcap" --key ${hex,,} &&
        cmp "$TMP/1.pcap" "$TMP/2.pcap" && ! "$NBTREPLAY" "$SOME" --anonymise "$TMP/3.pcap" --key ''
}

# What was there before stays, and nothing else is left behind.
whole() {
    mkdir "$TMP/w" && echo before >"$TMP/w/out.pcap" && mkfifo "$TMP/slow"
    "$NBTREPLAY" "$TMP/slow" --anonymise "$TMP/w/out.pcap" 2>"$TMP/err" &
    local pid=$! left
    exec 9>"$TMP/slow"
    head -c 5000 "$SOME" >&9
    until left=("$TMP"/w/.nbtlab-*) && ((${#left[@]})); do
        read -rt 0.05 <> <(:)
    done
    kill -INT $pid
    wait $pid
    local status=$?
    exec 9>&-
    left=("$TMP"/w/*)
    ((status == 1 && ${#left[@]} == 1)) && grep -q stopped "$TMP/err" && [[ $(<"$TMP/w/out.pcap") == before ]]
}

damaged() {
    head -c 5000 "$SOME" >"$TMP/cut.pcap"
    "$NBTREPLAY" "$TMP/cut.pcap" --anonymise "$TMP/cut-too.pcap" --key k 2>"$TMP/err"
    (($? == 2)) && grep -q 'has what is before' "$TMP/err" &&
        (($(shown "$TMP/cut-too.pcap" 2>/dev/null | wc -l) > 10))
}

refused() {
    cp "$SOME" "$TMP/same.pcap"
    "$NBTREPLAY" "$TMP/same.pcap" --anonymise "$TMP/same.pcap" 2>"$TMP/err"
    (($? == 2)) && cmp "$SOME" "$TMP/same.pcap" && grep -q 'is being read' "$TMP/err"
}

# The sanitizer keeps what is freed for a while, which is not ours. A capture three hundred times as long takes no more memory, but for what a busy minute holds.
flat() {
    local i n=300 one many
    head -c 24 "$SOME" >"$TMP/long.pcap"
    tail -c +25 "$SOME" >"$TMP/body"
    for ((i = 0; i < n; i++)); do cat "$TMP/body"; done >>"$TMP/long.pcap"
    one=$(peak "$SOME") many=$(peak "$TMP/long.pcap")
    ((one > 0 && many < one + 40000)) || { echo "   $one KiB for one, $many KiB for $n" && return 1; }
}

peak() {
    ASAN_OPTIONS=quarantine_size_mb=1 /usr/bin/python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$NBTREPLAY" "$1" --anonymise "$TMP/peak.pcap" --key k 2>/dev/null
}

check 'pcap, pcapng, gzipped and not, pipes' forms
check 'equal keys replace alike, no key is random' keys
check 'stopped half-way, the old file is there and no other' whole
check 'a damaged capture is written as far as it goes' damaged
check 'what is read is not written over' refused
check 'memory is flat' flat
((failed == 0)) && echo "all is as it should be"
exit $failed
