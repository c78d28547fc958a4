#!/usr/bin/env bash
# What nbtlab explore finds in fixtures/scenarios/worlds is what fixtures/scenarios/findings/INDEX.tsv says, the
# shortest ways are the scenarios beside it, to the octet, and each of them, run, comes to what was found.
#
# usage: test_explore.sh ROOT BUILD [--update]
#   --update   writes the findings anew
set -euo pipefail
cd "${1?usage: test_explore.sh ROOT BUILD [--update]}"
nbtlab=$(realpath "${2?}")/nbtlab
update=${3-}
folder=fixtures/scenarios
work=$(mktemp -d "${TMPDIR:-/tmp}/nbtlab-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
faults=0
rows=0

fault() {
    echo "$*"
    faults=$((faults + 1))
}

# One row: the search, what it says, and the finding.
explore() {
    local world=$1 options=$2 wanted=$3 finding=$4 status=0 end found=$work/found.scn
    local -a words=()
    [[ $options == - ]] || read -ra words <<<"$options"
    rm -f "$found"
    "$nbtlab" explore --json "${words[@]}" -o "$found" "$folder/worlds/$world.scn" >"$work/json" 2>"$work/err" ||
        status=$?
    end=$(jq -r 'if .end == "found" then .wrong elif .end == "exhausted" then "none" else .end end' "$work/json")
    if [[ $end != "$wanted" ]]; then
        fault "$world $options: $end instead of $wanted $(<"$work/err")"
    elif [[ $status != $([[ $wanted == none ]] && echo 0 || echo 3) ]]; then
        fault "$world $options: exit status $status $(<"$work/err")"
    fi
    [[ $finding != - ]] || return 0
    [[ $update != --update ]] || cp "$found" "$folder/findings/$finding.scn"
    cmp "$found" "$folder/findings/$finding.scn" || fault "$world $options: the way is not that of $finding.scn"
    "$nbtlab" run "$folder/findings/$finding.scn" >"$work/run" 2>&1 ||
        fault "$finding.scn does not come to what was found: $(<"$work/run")"
}

while IFS=$'\t' read -r world options wanted finding; do
    [[ $world != \#* ]] || continue
    rows=$((rows + 1))
    explore "$world" "$options" "$wanted" "$finding"
done <$folder/findings/INDEX.tsv

for file in "$folder"/findings/*.scn; do
    grep -q $'\t'"$(basename "$file" .scn)\$" $folder/findings/INDEX.tsv || fault "$file: INDEX.tsv does not have it"
done
for file in "$folder"/worlds/*.scn; do
    grep -q "^$(basename "$file" .scn)"$'\t' $folder/findings/INDEX.tsv || fault "$file: INDEX.tsv does not have it"
done

# A bound that is reached, an interrupt that comes, a scenario that cannot be explored.
status=0
"$nbtlab" explore --states 100 "$folder/worlds/consoles.scn" >"$work/out" || status=$?
[[ $status == 19 ]] || fault "--states 100: exit status $status"
timeout --preserve-status -s INT 1 "$nbtlab" explore --losses 3 --duplicates 9 --delay 900ms \
    "$folder/worlds/three-claims.scn" --look-for completion-twice >"$work/out" 2>"$work/err" || status=$?
[[ $status == 19 ]] && grep -q interrupted "$work/out" || fault "an interrupt: exit status $status $(<"$work/out")"
status=0
"$nbtlab" explore "$folder/gateway-that-echoes.scn" >"$work/out" 2>"$work/err" || status=$?
[[ $status == 2 ]] && grep -q '^[^ ]*:[0-9]*:[0-9]*: ' "$work/err" || fault "an await of a message: exit status $status $(<"$work/err")"

echo "$rows explorations, $faults faults"
exit $((faults > 0))
