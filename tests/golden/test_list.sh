#!/usr/bin/env bash
# nbtlab list: what it says of scenarios and of what is none; and that it finds the catalogue where it
# is installed.
#
# usage: test_list.sh ROOT BUILD
set -euo pipefail
cd "$1"
nbtlab=$2/nbtlab
work=$(mktemp -d "${TMPDIR:-/tmp}/nbtlab-test-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$*"
    exit 1
}

# status WANTED COMMAND...: its exit status; what it prints goes to said and complained.
status() {
    local got=0
    "${@:2}" >"$work/said" 2>"$work/complained" || got=$?
    ((got == $1)) || fail "${*:2}: status $got, not $1: $(cat "$work/said" "$work/complained")"
}

# said TEXT: exactly that.
said() {
    diff <(printf '%s\n' "$1") "$work/said" || fail 'it does not say so'
}

complains() {
    grep -qE -- "$1" "$work/complained" || fail "no complaint $1: $(cat "$work/complained")"
}

mkdir "$work/some"
cp fixtures/scenarios/lost-refusal.scn "$work/some/b.scn"
cp fixtures/scenarios/refresh-keeps.scn "$work/some/c.scn"
cat >"$work/some/a.scn" <<'TEXT'
scenario on-the-wire "what only a real clock does"
only live "its clock is the wall's"
computer A address=10.0.0.1
TEXT
echo 'no scenario' >"$work/some/notes.txt"
status 0 "$nbtlab" list "$work/some"
said 'on-the-wire                     ?  what only a real clock does
                                   only live
lost-refusal                8.5 s  the owner'\''s refusals are lost
                                   RFC 1002 5.1.1.1
refresh-keeps              30.0 d  a name that is refreshed lives on
                                   RFC 1002 5.1.2.2; KB Q154409'

status 0 "$nbtlab" list --json "$work/some/a.scn" "$work/some/b.scn"
python3 - "$work/said" <<'TEXT' || fail "this JSON is not what it should be: $(cat "$work/said")"
import json, sys
a, b = [json.loads(line) for line in open(sys.argv[1])]
assert a["name"] == "on-the-wire" and a["only"] == "live" and a["lasts_us"] is None
assert a["sources"] == [] and a["about"] == [] and a["hosts"] == 1 and a["expectations"] == 0
assert b["name"] == "lost-refusal" and "only" not in b and b["sources"] == ["RFC 1002 5.1.1.1"]
assert 8000000 < b["lasts_us"] < 9000000 and len(b["about"]) > 0 and b["expectations"] == 1
TEXT

sed 's/^computer/computr/' "$work/some/b.scn" >"$work/some/bad.scn"
status 3 "$nbtlab" list "$work/some"
complains '/bad.scn:[0-9]+:1: computr: no line begins so'
grep -q '^refresh-keeps' "$work/said" || fail 'what comes behind a bad file is not listed'
mkdir "$work/empty"
status 3 "$nbtlab" list "$work/empty"
complains '/empty: no scenario is there; name a folder that has scenario files'
status 7 "$nbtlab" list "$work/nowhere"
complains '/nowhere: No such file or directory; name a folder'

# The catalogue, in the tree and installed, is the same.
status 0 "$nbtlab" list
cp "$work/said" "$work/in-tree"
status 0 "$nbtlab" list --json
files=(fixtures/scenarios/*.scn)
(($(wc -l <"$work/said") == ${#files[@]})) || fail "not all of the catalogue is listed: $(cat "$work/said")"
mkdir -p "$work/bin" "$work/share/nbtlab"
cp "$nbtlab" "$work/bin"
status 7 "$work/bin/nbtlab" list
complains 'the catalogue is not beside the programs in .*/bin; install it'
cp -r fixtures/scenarios "$work/share/nbtlab"
status 0 "$work/bin/nbtlab" list
diff "$work/in-tree" "$work/said" || fail 'the installed catalogue is another'
grep -q 'DIRECTORY fixtures/scenarios' CMakeLists.txt || fail 'the catalogue is not installed'
echo 'as it should be'
