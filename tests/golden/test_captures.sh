#!/usr/bin/env bash
# What nbtdump makes of the captures of fixtures/captures: the expected text beside each, line by
# line; where there is an X.explain.txt (or X.names.txt, ...), what --explain says; and written again
# they have the same packets.
#
#     tests/golden/test_captures.sh . build/dev --update     writes the expected texts anew, of options
#                                                            those that are there
set -u
ROOT=$(realpath "$1")
BIN=$(realpath "$2")
UPDATE=${3-}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$ROOT/fixtures/captures" || exit 1
export TZ=UTC
shopt -s nullglob
passed=0 failed=0

fail() {
    printf 'FAILED %s\n' "$*"
    ((failed += 1))
}

# text_of FILE [OPTION...]: with what it complains about, and its exit status if that is not 0.
text_of() {
    local file=$1 status
    shift
    "$BIN/nbtdump" -r "$file" --time=relative "$@" 2>&1
    status=$?
    ((status == 0)) || printf 'exit status %d\n' "$status"
}

# expected FILE TEXT: TEXT is in the file TMP/text now; --update puts it there.
expected() {
    if [[ $UPDATE == --update ]]; then
        cp "$TMP/text" "$2"
    elif ! diff "$2" "$TMP/text" >"$TMP/diff"; then
        fail "$1 is not shown as in $2 (if the new text is right, --update):"
        head -n 10 "$TMP/diff"
        return 1
    fi
}

# Written and read again, the lines differ in their numbers at most: -w keeps NetBIOS's packets only.
without_numbers() {
    cut -d' ' -f3- "$1" | sed 's/ # .*//'
}

same_again() {
    "$BIN/nbtdump" -r "$1" -w "$TMP/again.pcap" && text_of "$TMP/again.pcap" >"$TMP/again.txt" &&
        diff <(without_numbers "$TMP/text") <(without_numbers "$TMP/again.txt") >"$TMP/diff" &&
        "$BIN/nbtdump" -r "$TMP/again.pcap" -w "$TMP/third.pcap" && cmp "$TMP/again.pcap" "$TMP/third.pcap"
}

for file in *.pcap; do
    name=${file%.pcap}
    good=yes
    for text in "$name".*.txt; do
        option=${text#"$name".}
        text_of "$file" "--${option%.txt}" >"$TMP/text"
        expected "$file" "$text" || good=
    done
    text_of "$file" >"$TMP/text"
    expected "$file" "$name.txt" || good=
    [[ $good ]] || continue
    if ! same_again "$file"; then
        fail "$file, written and read again, is another:"
        head -n 10 "$TMP/diff"
        continue
    fi
    if [[ -f $name.script ]] && ! { "$BIN/tests/capture_of" "$name.script" "$TMP/made.pcap" &&
        cmp "$TMP/made.pcap" "$file"; }; then
        fail "$file is not what its script says; fixtures/captures/make $name makes it again"
        continue
    fi
    grep -q "^$file	" INDEX.tsv || { fail "$file has no line in INDEX.tsv"; continue; }
    ((passed += 1))
done
for file in *.txt; do
    [[ -f ${file%%.*}.pcap ]] || fail "$file belongs to no capture"
done
while IFS=$'\t' read -r file rest; do
    [[ $file == file || -f $file ]] || fail "INDEX.tsv has a line for $file, which is not there"
done <INDEX.tsv
printf '%d captures as expected, %d failures\n' "$passed" "$failed"
((failed == 0 && passed > 0))
