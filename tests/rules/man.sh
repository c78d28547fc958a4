#!/usr/bin/env bash
# Every program has a man page, and every page builds and is clean.
#
# usage: man.sh ROOT
set -euo pipefail
cd "${1?usage: man.sh ROOT}"
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
exit $((faults > 0))
