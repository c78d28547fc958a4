#!/usr/bin/env bash
# The manners of nbtdump at a terminal, and that all its options are in all places: see dump_manners.py.
#
# usage: dump_manners_test.sh ROOT BUILD
set -euo pipefail
root=${1?usage: dump_manners_test.sh ROOT BUILD} build=${2?usage: dump_manners_test.sh ROOT BUILD}
exec python3 -B "$root/tests/rules/dump_manners.py" "$root" "$build"
