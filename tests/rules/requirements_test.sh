#!/usr/bin/env bash
# Tests requirements.sh and requirements_state.sh on small trees of its own making, in a temporary
# folder: each kind of fault must be refused by name, and a good tree must pass.
#
# usage: requirements_test.sh
# No line here may look like a citation, so the trees' "rows" lines are written by shell_cites.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
root=$tmp/tree
table=$root/fixtures/requirements.tsv
failed=0

# The good tree: every row is "not yet" but three that are cited and one that is not ours.
fresh() {
    rm -rf "$root"
    mkdir -p "$root/fixtures" "$root/tests/unit/nbt" "$root/tests/live"
    awk 'BEGIN {
        print "number\tsource\tstate\trequirement\tnote"
        n = split("A38 B57 C41 D43 E67 F43 G49 H87", group, " ")
        for (g = 1; g <= n; g++)
            for (i = 1; i <= substr(group[g], 2) + 0; i++)
                print substr(group[g], 1, 1) i "\tRFC1002 4\tnot yet\tIt works.\t"
    }' >"$table"
    set_field A1 3 "done"
    set_field A2 3 "done"
    set_field C14 3 "done"
    set_field D21 3 'not ours'
    set_field D21 5 'not built'
    cat >"$root/tests/unit/nbt/test_name.c" <<'EOF'
#define NBT_TEST(rows, fn) { rows, fn }
#define NBT_TEST_WITH(rows, fn, setup, teardown) { rows, fn, setup, teardown }
/* NBT_TEST("A9", in_a_comment) and
 * NBT_TEST("A9", in_its_second_line) do not count. */
// NBT_TEST("A9", neither_here)
static const char *const text = "NBT_TEST(\"A9\", nor_in_a_string) /*";
    NBT_TEST("A1", one),
    NBT_TEST("", cites_nothing),
    NBT_TEST_WITH("A2 " /* and */
                  "A1", two, NULL, NULL),
    NBT_OTHER_TEST("A9", nor_here),
EOF
    printf '#!/bin/sh\n' >"$root/tests/live/test_call.sh"
    shell_cites C14 'check "a call"'
}

# set_field ROW COLUMN TEXT
set_field() {
    awk -F'\t' -v OFS='\t' -v row="$1" -v column="$2" -v text="$3" \
        '$1 == row { $column = text } { print }' "$table" >"$tmp/edited"
    mv "$tmp/edited" "$table"
}

# shell_cites ROWS NEXT-LINE
shell_cites() {
    printf '%s %s\n%s\n' '# rows:' "$1" "$2" >>"$root/tests/live/test_call.sh"
}

c_cites() {
    printf '%s\n' "$1" >>"$root/tests/unit/nbt/test_name.c"
}

# edit SED-COMMAND: changes the table
edit() {
    sed -i "$1" "$table"
}

not_ok() {
    echo "not ok: $*"
    failed=1
}

# passes LABEL
passes() {
    local said
    said=$("$here/requirements.sh" "$root" 2>&1) || { not_ok "$1: refused: $said"; return; }
    [[ ${said##*$'\n'} == ok ]] || not_ok "$1: the last line is not ok: $said"
}

# refuses LABEL FAULT...: these are all the faults, in this order
refuses() {
    local label=$1 said status=0 expected
    shift
    said=$("$here/requirements.sh" "$root" 2>&1) || status=$?
    expected=$(printf '%s\n' "$@")
    ((status == 1)) || not_ok "$label: exit status $status instead of 1"
    [[ $(tail -n +11 <<<"$said") == "$expected" ]] ||
        not_ok "$label: wanted $expected; got $said"
}

tsv=fixtures/requirements.tsv
c=tests/unit/nbt/test_name.c
sh=tests/live/test_call.sh

fresh
passes "a good tree"
counts=$("$here/requirements.sh" "$root" | awk '{ $1 = $1; print }')
grep -qx 'A 2 36 0 38' <<<"$counts" || not_ok "the counts of A: $counts"
grep -qx 'D 0 42 1 43' <<<"$counts" || not_ok "the counts of D: $counts"
grep -qx 'total 3 421 1 425' <<<"$counts" || not_ok "the total: $counts"

# The table.
fresh; edit '/^B3\t/d'
refuses "missing number" "$tsv:42: B3 is missing"
fresh; edit '426d'
refuses "missing last number" "$tsv:426: H87 is missing"
fresh; edit '/^B3\t/p'
refuses "doubled number" "$tsv:43: B3 is there twice, first on line 42"
fresh; edit '/^B3\t/{h;d};/^B4\t/G'
refuses "wrong order" "$tsv:43: B3 comes too late, after B4"
fresh; edit 's/^H87\t/H88\t/'
refuses "unknown number" "$tsv:426: \"H88\" is no row number" "$tsv:426: H87 is missing"
fresh; set_field B3 3 'Not yet'
refuses "bad state" \
    "$tsv:42: B3 has the state \"Not yet\", which is not done, not yet or not ours"
fresh; set_field B3 2 ''
refuses "no source" "$tsv:42: B3 has no source"
fresh; set_field B3 4 ' '
refuses "no requirement" "$tsv:42: B3 has no requirement"
fresh; set_field D21 5 ''
refuses "no reason" "$tsv:158: D21 is not ours but no note says why"
fresh; edit '/^B3\t/s/\t$//'
refuses "four columns" "$tsv:42: 4 columns instead of 5"
fresh; set_field B3 4 $'It works \xe2\x80\x93 well.'
refuses "not ASCII" "$tsv:42: not plain ASCII"
fresh; edit '1s/note/remark/'
refuses "wrong header" \
    "$tsv:1: the header line must be number, source, state, requirement, note"
fresh; rm "$table"
[[ $("$here/requirements.sh" "$root") == "$tsv:0: there is no such table" ]] || not_ok "no table"

# The table against the tests.
fresh; set_field A9 3 "done"
refuses "done without citation" "$tsv:10: A9 is done but no test cites it"
fresh; c_cites '    NBT_TEST("A1 Z9", three),'
refuses "unknown row in C" "$c:12: cites Z9, which is no row number"
fresh; c_cites '    NBT_TEST("A1,A2", three),'
refuses "rows run together" "$c:12: cites A1,A2, which is no row number"
fresh; shell_cites 'C14 C99' true
refuses "unknown row in a script" "$sh:4: cites C99, which is no row number"
fresh; c_cites '    NBT_TEST("B3", three),'
refuses "cited in C but not done" "$c:12: cites B3, which is not done but \"not yet\""
fresh; c_cites $'    NBT_TEST("A1"\n    " D21", three),'
refuses "cited but not ours" "$c:12: cites D21, which is not done but \"not ours\""
fresh; shell_cites B3 true
refuses "cited in a script but not done" "$sh:4: cites B3, which is not done but \"not yet\""
fresh; c_cites '    NBT_TEST(ROWS, three),'
refuses "rows not a literal" "$c:12: the rows of NBT_TEST must be a string literal"
fresh; c_cites '    NBT_TEST("A1",' ; c_cites 'three), NBT_TEST("A1"'
refuses "cut registration" "$c:13: NBT_TEST has no end"
fresh; shell_cites C14 ''
refuses "rows above an empty line" "$sh:4: a rows line describes no check"
fresh; shell_cites '' true
refuses "rows line without rows" "$sh:4: a rows line names no row"
fresh; mkdir "$root/tests/sim"; mv "$root/$sh" "$root/tests/sim/test_call.sh"
refuses "a script elsewhere does not count" "$tsv:110: C14 is done but no test cites it"

# The command that brings the states up to date.
fresh
cp -p "$table" "$tmp/before"
[[ -z $("$here/requirements_state.sh" "$root") ]] || not_ok "state: a good tree is changed"
cmp -s "$table" "$tmp/before" || not_ok "state: bytes of a good tree changed"

set_field A9 3 "done"
printf 'not\teven a row\r\n\nno newline' >>"$table"
chmod 640 "$table"
c_cites '    NBT_TEST("B3 D21 Z9", three),'
sed 's/^\(A9\t[^\t]*\t\)done/\1not yet/; s/^\(B3\t[^\t]*\t\)not yet/\1done/' "$table" >"$tmp/wanted"
said=$("$here/requirements_state.sh" "$root")
[[ $said == $'A9: done -> not yet\nB3: not yet -> done' ]] || not_ok "state: it said $said"
cmp -s "$table" "$tmp/wanted" || not_ok "state: other bytes changed"
[[ $(stat -c %a "$table") == 640 ]] || not_ok "state: the mode changed"
[[ $(ls "$root/fixtures") == requirements.tsv ]] || not_ok "state: something is left behind"

status=0
"$here/requirements_state.sh" "$root" build >"$tmp/said" || status=$?
((status == 77)) || not_ok "state: as a test its exit status is $status"

((failed)) || echo ok
exit "$failed"
