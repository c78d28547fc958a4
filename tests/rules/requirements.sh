#!/usr/bin/env bash
# Holds fixtures/requirements.tsv and the tests true to each other: the table is complete and well
# formed, each row called done is cited by a test, and no test cites a row that is not done or does
# not exist. It changes nothing; requirements_state.sh does.
#
# usage: requirements.sh [ROOT]
# Prints the count of each state, then "ok" (exit 0) or one line per fault (exit 1).
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}"

table=fixtures/requirements.tsv
if [[ ! -r $table ]]; then
    echo "$table:0: there is no such table"
    exit 1
fi

citations=$(find tests -type f -exec awk -f "$here/citations.awk" {} + | sort -t$'\t' -k1,1 -k2,2n)

awk -v table="$table" -F'\t' '
    function fault(line, what) { faults[++nfaults] = table ":" line ": " what }

    BEGIN {
        # How many rows each group has: the numbers are A1..A38, B1..B57 and so on.
        ngroups = split("A38 B57 C41 D43 E67 F43 G49 H87", group, " ")
        for (g = 1; g <= ngroups; g++) {
            size = substr(group[g], 2) + 0
            group[g] = substr(group[g], 1, 1)
            for (i = 1; i <= size; i++) {
                place[group[g] i] = ++nplaces
                number[nplaces] = group[g] i
            }
        }
        nstates = split("done,not yet,not ours", state, ",")
        for (s = 1; s <= nstates; s++)
            is_state[state[s]] = 1
    }

    reading == "table" && FNR == 1 {
        if ($0 != "number\tsource\tstate\trequirement\tnote")
            fault(1, "the header line must be number, source, state, requirement, note")
        next
    }

    reading == "table" {
        if (NF != 5)
            fault(FNR, NF " columns instead of 5")
        if ($0 ~ /[^ -~\t]/)
            fault(FNR, "not plain ASCII")
        if (!($1 in place)) {
            fault(FNR, "\"" $1 "\" is no row number")
            next
        }
        if ($1 in line_of) {
            fault(FNR, $1 " is there twice, first on line " line_of[$1])
            next
        }
        line_of[$1] = FNR
        state_of[$1] = $3
        if (place[$1] < last)
            fault(FNR, $1 " comes too late, after " number[last])
        else
            last = place[$1]
        if (!($3 in is_state))
            fault(FNR, $1 " has the state \"" $3 "\", which is not done, not yet or not ours")
        if ($2 ~ /^ *$/)
            fault(FNR, $1 " has no source")
        if ($4 ~ /^ *$/)
            fault(FNR, $1 " has no requirement")
        if ($3 == "not ours" && $5 ~ /^ *$/)
            fault(FNR, $1 " is not ours but no note says why")
        count[substr($1, 1, 1), $3]++
        count["total", $3]++
        next
    }

    NF { # a citation
        cites[++ncites] = $0
        cited[$3] = 1
    }

    END {
        check_places()
        check_citations()
        print_counts()
        for (i = 1; i <= nfaults; i++)
            print faults[i]
        if (nfaults)
            exit 1
        print "ok"
    }

    # Each row there is, and those called done are cited.
    function check_places(    p, n, line)
    {
        line = 1
        for (p = 1; p <= nplaces; p++) {
            n = number[p]
            if (!(n in line_of)) {
                fault(line + 1, n " is missing")
                continue
            }
            line = line_of[n]
            if (state_of[n] == "done" && !(n in cited))
                fault(line, n " is done but no test cites it")
        }
    }

    # Each citation can be read, and is of a row called done.
    function check_citations(    c, f, what)
    {
        for (c = 1; c <= ncites; c++) {
            split(cites[c], f, "\t")
            what = ""
            if (f[3] == "")
                what = f[4]
            else if (!(f[3] in place))
                what = "cites " f[3] ", which is no row number"
            else if (f[3] in state_of && state_of[f[3]] != "done")
                what = "cites " f[3] ", which is not done but \"" state_of[f[3]] "\""
            if (what != "")
                faults[++nfaults] = f[1] ":" f[2] ": " what
        }
    }

    function print_counts(    g, s, sum)
    {
        printf "%-5s %8s %8s %8s %8s\n", "group", "done", "not yet", "not ours", "rows"
        group[ngroups + 1] = "total"
        for (g = 1; g <= ngroups + 1; g++) {
            sum = 0
            printf "%-5s", group[g]
            for (s = 1; s <= nstates; s++) {
                printf " %8d", count[group[g], state[s]]
                sum += count[group[g], state[s]]
            }
            printf " %8d\n", sum
        }
    }' reading=table "$table" reading=citations - <<<"$citations"
