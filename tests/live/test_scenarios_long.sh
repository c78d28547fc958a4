#!/usr/bin/env bash
# nbtlab run --live: the scenario of the catalogue that takes ten minutes.
. "$(dirname "$0")/lib.sh"
check 'a session is lost once the keep-alives find nobody' \
    exits 0 "$BIN/nbtlab" run --live "$ROOT/fixtures/scenarios/session-lost.scn"
finish
