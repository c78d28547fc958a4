#!/usr/bin/env bash
# What nbtreplay says for other programs: --json, --tap and --junit. Of two replays all of it is in
# fixtures/replays/forms/; of every other one (the rows of fixtures/replays/INDEX.tsv), each form can be
# read by whoever reads such (Python's json, prove, xmllint), and all of them count the same.
#
#     tests/golden/test_replay_forms.sh . build/dev --update       writes the expected texts anew
set -u
ROOT=$(realpath "$1")
BIN=$(realpath "$2")
UPDATE=${3-}
command -v xmllint prove >/dev/null || exit 77
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
command -v xmllint prove >/dev/null || exit 77
cd "$ROOT/fixtures/replays" || exit 1
passed=0 failed=0

fail() {
    printf 'FAILED %s\n' "$*"
    ((failed += 1))
}

# replay CAPTURE AS PROFILE SERVER FORM: into $TMP/json or tap, and $TMP/xml. Gives the exit status.
replay() {
    (cd "$ROOT" && timeout 60 "$BIN/nbtreplay" "fixtures/captures/$1.pcap" --emulator --as "$2" --profile "$3" --server "$4" \
        --seed 1 "--$5" --junit "$TMP/xml") >"$TMP/$5" 2>"$TMP/err"
}

# Ids are drawn.
plain() { sed -E 's/ id=0x[0-9a-f]{4}//g'; }

# counts: the three forms against each other, and what each of them must be.
counts() {
    python3 - "$TMP" <<'CHECK'
import json, re, subprocess, sys
import xml.etree.ElementTree as tree
tmp = sys.argv[1]
lines = [json.loads(line) for line in open(tmp + "/json")]
assert all("verdict" in m for m in lines[:-1]) and set(lines[-1]) == {"summary"}, "json: objects of results, then the summary"
sums = lines[-1]["summary"]
for word in ("sent", "matched", "late", "different", "missing", "unexpected"):
    n = sum(m["verdict"] == word for m in lines[:-1])
    assert n == sums[word], f"json: {n} {word}, and the summary has {sums[word]}"
assert sums["expected"] == sum(sums[w] for w in ("matched", "late", "different", "missing", "unneeded")), f"json: {sums}"
tap = open(tmp + "/tap").read().splitlines()
assert tap[0] == "TAP version 13", tap[0]
tests = [line for line in tap if re.match(r"(not )?ok \d+ - ", line)]
assert [int(re.search(r"ok (\d+)", line)[1]) for line in tests] == list(range(1, len(tests) + 1)), "tap: numbers"
assert f"1..{len(tests)}" in (tap[-1], tap[1]), "tap: the plan"
bad = sum(line.startswith("not ok") for line in tests)
suite = tree.parse(tmp + "/xml").getroot().find("testsuite")
cases = suite.findall("testcase")
assert int(suite.get("tests")) == len(cases) == len(tests), f"junit: {suite.get('tests')} of {len(cases)}, tap {len(tests)}"
assert int(suite.get("failures")) == sum(c.find("failure") is not None for c in cases) == bad, "junit: failures"
wrong = sums["late"] + sums["different"] + sums["missing"] + sums["unexpected"] + sums["not_sent"]
assert bad == wrong, f"tap: {bad} are not ok, json has {wrong}"
CHECK
}

while IFS=$'\t' read -r capture as profile server; do
    [[ $capture != capture ]] || continue
    replay "$capture" "$as" "$profile" "$server" json
    first=$?
    replay "$capture" "$as" "$profile" "$server" tap
    second=$?
    ((first == second && (first == 0 || first == 3))) || { fail "$capture as $as: status $first, $second: $(cat "$TMP/err")"; continue; }
    xmllint --noout "$TMP/xml" 2>"$TMP/err" || { fail "$capture as $as: xmllint: $(head -n 3 "$TMP/err")"; continue; }
    prove --exec cat "$TMP/tap" >"$TMP/proved" 2>&1
    grep -qE 'Parse errors|No plan|Bad plan' "$TMP/proved" && { fail "$capture as $as: prove: $(grep -m1 -A2 Parse "$TMP/proved")"; continue; }
    counts 2>"$TMP/err" || { fail "$capture as $as: $(tail -n 1 "$TMP/err")"; continue; }
    ((passed += 1))
    [[ -e forms/$capture.$as.json || $UPDATE == --update && $capture.$as =~ ^(challenge|sessions).10.0.0.6$ ]] || continue
    for form in json tap xml; do
        plain <"$TMP/$form" >"$TMP/text"
        if [[ $UPDATE == --update ]]; then
            mkdir -p forms && cp "$TMP/text" "forms/$capture.$as.$form"
        else
            diff "forms/$capture.$as.$form" "$TMP/text" >"$TMP/diff" || { fail "$capture as $as is not told as in forms/ as $form:"; head -n 6 "$TMP/diff"; }
        fi
    done
done <INDEX.tsv
printf '%d replays in three forms, %d failures\n' "$passed" "$failed"
((failed == 0 && passed > 70))
