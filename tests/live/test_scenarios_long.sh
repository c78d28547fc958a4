#!/usr/bin/env bash
# nbtlab run --live: the scenarios of the catalogue that take minutes.
. "$(dirname "$0")/lib.sh"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
check 'a session is lost once the keep-alives find nobody' \
    exits 0 "$BIN/nbtlab" run --live "$ROOT/fixtures/scenarios/session-lost.scn"
check 'a security context is lost once it was idle for a minute' \
    exits 0 "$BIN/nbtlab" run --live "$ROOT/fixtures/scenarios/context-lost.scn"
finish
