#!/usr/bin/env bash
# What nbtdump -w writes of the messages that were chosen gives the same messages when it is read
# again, with the same choice: fragments are put together, and streams are found, from what is there.
# Without the choice, a stream may show more of itself, but nothing is missing.
set -u
ROOT=$(realpath "$1")
BIN=$(realpath "$2")
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
export TZ=UTC
shopt -s nullglob
passed=0 failed=0

# Lines without the numbers of packets, which are others now, and without what streams lack.
messages() {
    sed -E 's/^[0-9]+ //; s/(answers [0-9]+ after [0-9.-]+ s|repeats [0-9]+)(; )?//g; s/ # *$//' |
        grep -v ' # [0-9]* octets of the stream were not captured$'
}

# same CAPTURE OPTION...
same() {
    "$BIN/nbtdump" -r "$@" | messages >"$TMP/want"
    "$BIN/nbtdump" -r "$@" -w "$TMP/some.pcapng" || return 1
    "$BIN/nbtdump" -r "$TMP/some.pcapng" "${@:2}" | messages >"$TMP/got"
    diff "$TMP/want" "$TMP/got" >"$TMP/diff" || return 1
    "$BIN/nbtdump" -r "$TMP/some.pcapng" | messages >"$TMP/all"
    ! diff "$TMP/want" "$TMP/all" | grep '^<' >"$TMP/diff"
}

for file in "$ROOT"/fixtures/captures/*.pcap "$ROOT"/fixtures/captures/*.pcapng; do
    for choice in '--kind=session-message' '--kind=keep-alive,positive' '--name=*<20>'; do
        if same "$file" "$choice"; then
            ((passed += 1))
        else
            ((failed += 1))
            printf 'FAILED %s %s\n' "${file##*/}" "$choice"
            head -n 5 "$TMP/diff"
        fi
    done
done
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
