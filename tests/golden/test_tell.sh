#!/usr/bin/env bash
# What nbtlab run tells of expectations that failed, and the drawing of --ladder, to the letter:
# tell.scn beside this file has one of each kind, tell.txt what is to be said.
#
# usage: test_tell.sh ROOT BUILD [--update]
set -euo pipefail
cd "$1/tests/golden"
work=$(mktemp -d "${TMPDIR:-/tmp}/nbtlab-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
got=0
"$2/nbtlab" run --ladder tell.scn >"$work/said" 2>"$work/complained" || got=$?
((got == 3)) && [[ ! -s $work/complained ]] || {
    echo "status $got: $(cat "$work/complained")"
    exit 1
}
sed -i 's/, simulated in [0-9.]* s$//' "$work/said"
if [[ ${3-} == --update ]]; then
    cp "$work/said" tell.txt
elif ! diff tell.txt "$work/said"; then
    echo "tests/golden/tell.txt says otherwise (<) than nbtlab (>); where nbtlab is right: $0 ROOT BUILD --update"
    exit 1
fi
echo 'as it should be'
