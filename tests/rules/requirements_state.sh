#!/usr/bin/env bash
# A command for maintainers, not a test: brings the state column of fixtures/requirements.tsv up to
# what the tests cite. A row that is cited turns from "not yet" to "done", one that no longer is
# turns back. A row that is not ours, and every other byte, stays as it is.
#
# usage: requirements_state.sh [ROOT]
# Prints each change. Two arguments are how ctest calls a script: then it does nothing (exit 77).
set -euo pipefail
export LC_ALL=C

if (($# > 1)); then
    echo "this rewrites fixtures/requirements.tsv, so it runs by hand only"
    exit 77
fi

here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}"

table=fixtures/requirements.tsv
new=$(mktemp "$table.XXXXXX")
trap 'rm -f "$new"' EXIT
cp -p "$table" "$new" # for its mode

citations=$(find tests -type f -exec awk -f "$here/citations.awk" {} +)

# A newline goes before each line but the first, so that a missing last one is not added.
awk -v new="$new" -v last_newline="$(tail -c1 "$table" | wc -l)" -F'\t' '
    reading == "citations" {
        cited[$3] = 1
        next
    }
    {
        line = $0
        to = ""
        if ($3 == "not yet" && $1 in cited)
            to = "done"
        else if ($3 == "done" && !($1 in cited))
            to = "not yet"
        if (to != "") {
            print $1 ": " $3 " -> " to
            head = length($1) + 1 + length($2) + 1
            line = substr($0, 1, head) to substr($0, head + length($3) + 1)
        }
        printf "%s%s", (FNR > 1 ? "\n" : ""), line >new
    }
    END {
        if (last_newline)
            printf "\n" >new
    }' reading=citations - reading=table "$table" <<<"$citations"

cmp -s "$new" "$table" || mv "$new" "$table"
