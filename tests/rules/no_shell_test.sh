#!/usr/bin/env bash
# Names reach no shell (CVE-2025-10230): no program of ours starts one with anything but its own words, and what is shown
# of a name is printable ASCII without the characters that end a word where lines are read by scripts.
#
# usage: no_shell_test.sh ROOT BUILD
set -euo pipefail
cd "${1?usage: no_shell_test.sh ROOT BUILD}"
nbtdump=$(realpath "${2?}")/nbtdump
faults=0

fault() {
    echo "$*"
    faults=$((faults + 1))
}

# rows: H85
found=$(grep -rnE '\b(system|popen|wordexp) *\(' --include='*.[ch]' nbt rc capture tools | grep -vE 'popen\("[^"%]*",' || true) # one of fixed words is nobody's name
[[ -z $found ]] || fault "a shell is started: $found"
found=$(grep -rnE 'exec[lv]p?e? *\([^;]*"(/bin/)?(ba)?sh"' --include='*.[ch]' nbt rc capture tools || true)
[[ -z $found ]] || fault "a shell is started: $found"

# A captured query for a name of nothing but such characters, an escape and an end of line.
work=$(mktemp -d "${TMPDIR:-/tmp}/nbtlab-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
name=$'; $(id)`&|\x1b[\n\''
{
    printf '\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0' # pcap, raw IP
    printf '\0\0\0\0\0\0\0\0\x4e\0\0\0\x4e\0\0\0'
    printf '\x45\0\0\x4e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\xff\0\x89\0\x89\0\x3a\0\0'
    printf '\x12\x34\x01\x10\0\x01\0\0\0\0\0\0\x20'
    for ((i = 0; i < 16; i++)); do
        c=32
        ((i >= ${#name})) || printf -v c %d "'${name:i:1}"
        printf "\\x$(printf %x $((65 + c / 16)))\\x$(printf %x $((65 + c % 16)))"
    done
    printf '\0\0\x20\0\x01'
} >"$work/x.pcap"
"$nbtdump" -r "$work/x.pcap" >"$work/out" || fault "nbtdump: exit status $?"
[[ $(wc -l <"$work/out") == 1 ]] || fault "one query is not one line: $(<"$work/out")"
LC_ALL=C grep -q query-request "$work/out" || fault "it is no query: $(<"$work/out")"
! LC_ALL=C grep -qP '[^\x20-\x7e]' "$work/out" || fault "control characters are shown: $(<"$work/out")"
echo "$faults faults"
exit $((faults > 0))
