#!/usr/bin/env bash
# No file of the project names a path of one machine or the host of a package registry, and no
# source carries a mark of unfinished work.
#
# usage: paths.sh ROOT
# Prints each line found (exit 1), or how many files it has read (exit 0).
set -euo pipefail
cd "${1?usage: paths.sh ROOT}"

# What git has or would take; without git (an unpacked archive), all but what builds leave behind.
if files=$(git ls-files --cached --others --exclude-standard 2>/dev/null) && [[ $files ]]; then
    mapfile -t files < <(sort -u <<<"$files")
else
    mapfile -t files < <(find . \( -name .git -o -path ./build -o -path ./out \) -prune -o -type f -print)
fi

# A letter in brackets keeps a pattern from finding itself here.
machine='(^|[^A-Za-z0-9_./-])/(wor[k]|far[m]|hom[e]|roo[t]|User[s])/'
registry='(registry\.npmj[s]|deb\.debia[n]|(ftp|security|snapshot)[a-z.]*\.debia[n]|archive\.ubunt[u]'
registry+='|files\.pythonhoste[d]|pypi\.or[g]|static\.crates\.i[o]|proxy\.golan[g])'
unfinished='\b(TOD[O]|FIXM[E]|XX[X]|HAC[K]|not implemente[d]|unimplemente[d]|placeholde[r])\b'

faults=0
# search PATTERN WHAT FILE...
search() {
    local pattern=$1 what=$2
    shift 2
    if grep -nHIE -e "$pattern" -- "$@"; then
        echo "^ $what"
        faults=$((faults + 1))
    fi
}

sources=()
for file in "${files[@]}"; do
    case $file in
    *.c | *.h | *.def | *.sh | *.awk | *.scd | *.cmake | *CMakeLists.txt) sources+=("$file") ;;
    *.*) ;;
    *) [[ ! -x $file ]] || sources+=("$file") ;; # a script without an ending: tests/run
    esac
done

search "$machine" 'a path of one machine' "${files[@]}"
search "$registry" 'the host of a package registry' "${files[@]}"
search "$unfinished" 'a mark of unfinished work' "${sources[@]}"
echo "${#files[@]} files, ${#sources[@]} of them sources"
exit $((faults > 0))
