#!/usr/bin/env bash
# Every program has a man page, and every page builds and is clean. Where the programs are built, what
# --help lists is what the page has under OPTIONS, long and short.
#
# usage: man.sh ROOT [BUILD]
set -euo pipefail
cd "${1?usage: man.sh ROOT [BUILD]}"
build=${2-}
for tool in scdoc mandoc; do
    if ! command -v $tool >/dev/null; then
        echo "$tool is missing (tools/packages install build test)"
        exit 1
    fi
done
shopt -s nullglob
faults=0

for program in tools/*.c; do
    page=tools/man/$(basename "$program" .c).1.scd
    if [[ ! -e $page ]]; then
        echo "$program: there is no $page"
        faults=$((faults + 1))
    fi
done

built=$(mktemp -dt nbtlab-man-XXXXXX)/page # no dot: mandoc would take it for a section
trap 'rm -rf "$(dirname "$built")"' EXIT
for page in tools/man/*.scd; do
    if ! scdoc <"$page" >"$built"; then
        echo "$page: scdoc cannot build it"
        faults=$((faults + 1))
        continue
    fi
    # scdoc writes an empty paragraph around each heading, which mandoc mentions each time.
    warnings=$(mandoc -Tlint -Wwarning "$built" | grep -v 'skipping paragraph macro: PP') || true
    if [[ $warnings ]]; then
        echo "$page, as built:"
        echo "$warnings"
        faults=$((faults + 1))
    fi
    title=$(basename "$page" .scd)
    if ! grep -q "^${title%.*}(${title##*.})" "$page"; then
        echo "$page: its first line is not ${title%.*}(${title##*.})"
        faults=$((faults + 1))
    fi
done

# Both print one option a line, as --help has it: "-V, --version", or "--usage".
option='--[a-z-]+'
options_of_help() {
    "$build/$1" --help | grep -oE "^ +(-., |)$option" | sed 's/^ *//' | sort
}
options_of_page() {
    sed -n '/^# OPTIONS/,/^# EVENTS/ s/^\*-/&/p' "tools/man/$1.1.scd" |
        grep -oE "(\*-[^-*]\*, |)\*$option\*" | tr -d '*' | sort
}
for program in nbtd nbtbrowse nbtpopup nbtquery nbtreplay rcview rcagent; do
    [[ $build && -x $build/$program ]] || continue
    if ! differ=$(diff <(options_of_help $program) <(options_of_page $program)); then
        echo "$program: --help (<) and tools/man/$program.1.scd (>) have different options:"
        echo "$differ" | grep '^[<>]'
        faults=$((faults + 1))
    fi
done

# Its completion offers the same.
options_of_completion() {
    sed -n "/local options='/,/'\$/p" "tools/completion/$1.bash" | grep -oE -- '--[a-z-]+' | sort
}
for program in nbtd nbtbrowse nbtpopup nbtquery nbtreplay rcview rcagent; do
    [[ $build && -x $build/$program ]] || continue
    if ! differ=$(diff <(options_of_help $program | sed 's/.*, //' | sort) <(options_of_completion $program)); then
        echo "$program: --help (<) and tools/completion/$program.bash (>) have different options:"
        echo "$differ" | grep '^[<>]'
        faults=$((faults + 1))
    fi
done
exit $((faults > 0))
