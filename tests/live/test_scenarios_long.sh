#!/usr/bin/env bash
# nbtlab run --live: the scenario of the catalogue that takes three minutes.
. "$(dirname "$0")/lib.sh"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
check 'a session is lost once the keep-alives find nobody' \
    exits 0 "$BIN/nbtlab" run --live "$ROOT/fixtures/scenarios/session-lost.scn"
finish
