#!/usr/bin/env bash
# paths.sh can fail: each thing that it looks for is found in a small tree.
set -euo pipefail
rule=$(cd "$(dirname "$0")" && pwd)/paths.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/nbt"
failures=0

# expect STATUS LINE [FILE]: what paths.sh makes of a file that holds this line.
expect() {
    local want=$1 line=$2 file=${3-nbt/a.c} said status=0
    printf 'first\n%s\n' "$line" >"$tree/$file"
    said=$("$rule" "$tree") || status=$?
    if ((status != want)) || { ((want)) && [[ $said != *"$file:2:$line"* ]]; }; then
        echo "exit $status instead of $want for \"$line\" in $file: $said"
        failures=$((failures + 1))
    fi
    rm "$tree/$file"
}

# The words are put together here, so that paths.sh does not find them in this file.
expect 1 "/""work/main/nbt"
expect 1 "see /""home/me/notes" README.md
expect 1 "cd /""root/x"
expect 1 "http://deb"".debian.org/debian" README.md
expect 1 "https://registry"".npmjs.org/x" notes
expect 1 "/* TO""DO: later */"
expect 1 "/* FIX""ME */"
expect 1 "/* this is not ""implemented */"
expect 0 "TO""DO in a text is a word like any other" README.md
expect 0 "../shared/work/x and build/root/x"
expect 0 "/* HACKING.md says how */"
exit $((failures > 0))
