#!/usr/bin/env bash
# nbtreplay --anonymise over captures of real systems: see anonymise.py.
set -u
ROOT=$(realpath "$1")
BIN=$(realpath "$2")
shopt -s nullglob
files=("${NBTLAB_CAPTURES:-$ROOT/../shared/captures}"/*/*.pcap)
((${#files[@]})) || exit 77
exec /usr/bin/python3 -B "$ROOT/tests/golden/anonymise.py" "$BIN" "${files[@]}"
