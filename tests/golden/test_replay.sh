#!/usr/bin/env bash
# Every capture of fixtures/captures, played against our own stack in virtual time: each of its sides
# once. What differs from what others' programs did is in fixtures/replays/CAPTURE.ADDRESS.txt, which
# the rows of INDEX.tsv there say how to get.
#
#     tests/golden/test_replay.sh . build/dev --update       writes the expected texts anew
set -u
ROOT=$(realpath "$1")
BIN=$(realpath "$2")
UPDATE=${3-}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$ROOT/fixtures/replays" || exit 1
shopt -s nullglob
passed=0 failed=0

fail() {
    printf 'FAILED %s\n' "$*"
    ((failed += 1))
}

# Ids are drawn; long data says nothing here.
replay() {
    timeout 60 "$BIN/nbtreplay" "$ROOT/fixtures/captures/$1.pcap" --emulator --as "$2" --profile "$3" --server "$4" --seed 1 2>&1
    printf 'exit status %d\n' $?
}

while IFS=$'\t' read -r capture as profile server; do
    [[ $capture != capture ]] || continue
    replay "$capture" "$as" "$profile" "$server" | sed -E 's/ id=0x[0-9a-f]{4}//g' | cut -c1-240 >"$TMP/text"
    expected=$capture.$as.txt
    if [[ $UPDATE == --update ]]; then
        cp "$TMP/text" "$expected"
    elif ! diff "$expected" "$TMP/text" >"$TMP/diff"; then
        fail "$capture as $as is not played as in $expected (if the new text is right, --update):"
        head -n 10 "$TMP/diff"
        continue
    fi
    grep -qE '^exit status [03]$' "$TMP/text" || { fail "$capture as $as: $(tail -n 1 "$TMP/text")"; continue; }
    ((passed += 1))
done <INDEX.tsv

# A capture needs a row for each side.
for file in "$ROOT"/fixtures/captures/*.pcap; do
    name=$(basename "$file" .pcap)
    [[ $(grep -c "^$name	" INDEX.tsv) -ge 2 ]] || fail "$name has not two rows in INDEX.tsv"
done
for file in *.txt; do
    row=${file%.txt}
    as=$(grep -oE '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(,[0-9.]+)*$' <<<"$row")
    grep -q "^${row%."$as"}	$as	" INDEX.tsv || fail "$file has no row in INDEX.tsv"
done
printf '%d replays as expected, %d failures\n' "$passed" "$failed"
((failed == 0 && passed > 0))
