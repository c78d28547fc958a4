#!/usr/bin/env bash
# What nbtlab offers is the same everywhere: its subcommands in --help, the man page and the
# completion; the options of each in its --help, in its section of the page and in the completion.
#
# usage: lab_test.sh ROOT BUILD
set -euo pipefail
cd "$1"
nbtlab=$2/nbtlab
page=tools/man/nbtlab.1.scd
faults=0

# same WHAT ONE OTHER: two lists, a word a line.
same() {
    local differ
    if ! differ=$(diff <(sort -u <<<"$2") <(sort -u <<<"$3")); then
        echo "$1:"
        grep '^[<>]' <<<"$differ"
        faults=$((faults + 1))
    fi
}

# is WHAT WANTED GOT
is() {
    if [[ $2 != "$3" ]]; then
        echo "$1: $3, not $2"
        faults=$((faults + 1))
    fi
}

# completes WORD...: what is offered for the last of them, one a line.
completes() {
    bash -c '
        set -u
        compopt() { :; }
        source tools/completion/nbtlab.bash
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _nbtlab "$1"
        printf "%s\n" ${COMPREPLY[@]+"${COMPREPLY[@]}"}' completion "$nbtlab" "$@"
}

commands=$("$nbtlab" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
(($(wc -w <<<"$commands") >= 8)) || {
    echo "--help has hardly any commands: $commands"
    exit 1
}
same 'commands: --help (<), the SYNOPSIS (>)' "$commands" \
    "$(sed -n 's/^\*nbtlab \([a-z]*\)\*.*/\1/p' $page)"
same 'commands: --help (<), the completion (>)' "$commands" "$(completes '' | grep -v '^-')"

for command in $commands; do
    [[ $command != lab ]] || continue # its options are those of the command behind --
    help=$("$nbtlab" "$command" --help | grep -oE '^ +(-., |)--[a-z-]+' | grep -v -- '-?' | sed 's/^ *//')
    told=$(grep -vE -- '^--(usage|version)$' <<<"$help") || true
    section=$(sed -n "/^# ${command^^}\$/,/^# /p" $page)
    same "options of $command: --help (<), the man page (>)" "$told" \
        "$(grep -oE '^(\*-[a-zA-Z]\*, |)\*--[a-z-]+\*' <<<"$section" | tr -d '*')"
    same "options of $command: --help (<), the completion (>)" \
        "$(tr ', ' '\n\n' <<<"$told" | grep .)" \
        "$(completes "$command" - | grep -vE -- '^--(help|usage|version)$')"
done

# Words that options take.
looked=$("$nbtlab" explore --help | sed -n '/^WORD is one of/,$p' | grep -oE '^  [a-z-]+' | tr -d ' ')
same '--look-for: --help (<), the completion (>)' "$looked" "$(completes explore --look-for '')"
same 'cases: --list (<), the completion (>)' "$("$nbtlab" reproduce --list | cut -d' ' -f1)" \
    "$(completes reproduce '')"
is 'a prefix' --seeds "$(completes run --seeds)"
is '--claim=h' held "$(completes reproduce --claim = h)"
is 'a scenario' fixtures/scenarios/clones-together.scn "$(completes run fixtures/scenarios/clones-to)"
is 'a folder' fixtures/scenarios/worlds "$(completes list fixtures/scenarios/wor)"
is 'no other file' '' "$(completes run fixtures/scenarios/findings/IND)"
is 'a new file' '' "$(completes run --seed '')"
exit $((faults > 0))
