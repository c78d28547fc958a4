#!/usr/bin/env bash
# Holds the folder rule of ARCHITECTURE.md: who may include whom, and that the two pure libraries
# call nothing but memory functions and have no variable that outlives a call.
#
# usage: folders.sh ROOT BUILD
# Prints one line per breach (exit 1), or what it looked at (exit 0).
set -euo pipefail
export LC_ALL=C
if (($# != 2)); then
    echo "usage: folders.sh ROOT BUILD" >&2
    exit 2
fi
cd "$1"
build=$2
breaches=0

breach() {
    echo "$*"
    breaches=$((breaches + 1))
}

# Headers, as extended regular expressions. What is in no list of a folder is a breach there.
freestanding='float|iso646|limits|stdalign|stdarg|stdbool|stddef|stdint|stdnoreturn'
c_library="$freestanding|assert|complex|ctype|errno|fenv|inttypes|locale|math|setjmp|signal"
c_library+='|stdatomic|stdio|stdlib|string|tgmath|threads|time|uchar|wchar|wctype'
posix_files='dirent|fcntl|fnmatch|glob|libgen|poll|strings|unistd|sys/(mman|stat|time|types|uio)'
memory_only="<($freestanding|string|assert)\\.h>"
nbt='"nbt/[a-z0-9_]+\.(h|def)"'
rc='"rc/[a-z0-9_]+\.(h|def)"'
capture='"capture/[a-z0-9_]+\.(h|def)"'
host='"tools/host/[a-z0-9_]+\.(h|def)"'
scene='"tools/scene/[a-z0-9_]+\.(h|def)"'
lab='"tools/lab/[a-z0-9_]+\.(h|def)"'
dump='"tools/dump/[a-z0-9_]+\.(h|def)"'
replay='"tools/replay/[a-z0-9_]+\.(h|def)"'
system='<[a-z0-9_/.-]+>'
any_name='[<"][^>"]*[>"]'

# The inside of a node, of a computer and of the servers: no NetBIOS application can see these.
inside='answer|call|claim|computer|computer_impl|conflict|defend|dgram|draft|ltable|machine|nbdb|nbdd|nbns[a-z_]*|node|probe|trn'
inside="\"nbt/($inside|query|refresh|release|session|simnet|simtcp|simwire|status)\\.h\""

# includes FOLDER DEPTH ALLOWED [FORBIDDEN]: every #include of the files down to DEPTH.
includes() {
    local folder=$1 depth=$2 allowed=$3 forbidden=${4-} file line text name count=0
    [[ -d $folder ]] || return 0
    while IFS=: read -r file line text; do
        count=$((count + 1))
        name=$text # as it stands, should it be a macro
        [[ ! $text =~ $any_name ]] || name=${BASH_REMATCH[0]}
        if [[ $forbidden && $name =~ ^($forbidden)$ ]]; then
            breach "$file:$line: $folder/ may not include $name: a program cannot see inside a node"
        elif [[ ! $name =~ ^($allowed)$ ]]; then
            breach "$file:$line: $folder/ may not include $name"
        fi
    done < <(find "$folder" -maxdepth "$depth" -type f -exec \
        grep -HnE '^[[:space:]]*#[[:space:]]*(include|include_next|import)\>' {} +)
    echo "$folder/: $count includes"
}

includes nbt 9 "$memory_only|$nbt"
includes rc 9 "$memory_only|<zlib\\.h>|$nbt|$rc" "$inside"
includes capture 9 "<($c_library|$posix_files|pcap|pcap/[a-z]+|zlib)\\.h>|$nbt|$rc|$capture" "$inside"
includes tools/host 9 "$system|$nbt|$rc|$host"
includes tools/scene 9 "$memory_only|<stdlib\\.h>|$nbt|$rc|$capture|$scene"
includes tools/lab 9 "$system|$nbt|$rc|$capture|$host|$scene|$lab"
includes tools/dump 9 "$system|$nbt|$rc|$capture|$host|$scene|$dump"
includes tools/replay 9 "$system|$nbt|$rc|$capture|$host|$scene|$replay"
includes tools 1 "$system|$nbt|$rc|$capture|$host|$scene|$lab|$dump|$replay"

# What the compiler itself puts into an object: calls into the sanitizers' run time, the stack
# protector, and the table that position independent code finds its data with.
compilers_own='__(asan|ubsan|sanitizer|sancov)_.*|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'
# memcmp() == 0 is bcmp() to clang.
memory='mem(chr|cmp|cpy|move|set)|bcmp|strlen|__assert_fail'
zlib='(in|de)flate(Init2?_|Init|End|Reset|Bound)?|compress2?|compressBound|uncompress2?|crc32|adler32'

# calls LIBRARY ALLOWED [OTHER-LIBRARY...]: what it needs that neither it nor the others define.
calls() {
    local library=$1 allowed=$2 object symbol count=0
    shift 2
    while read -r object symbol; do
        count=$((count + 1))
        [[ $symbol =~ ^($allowed|$compilers_own)$ ]] || breach "$object may not call $symbol"
    done < <(awk 'FNR == NR { defined[$1] = 1; next } $2 in defined { next } { print $1, $2 }' \
        <(nm --defined-only -P "$library" "$@" | awk 'NF > 1 { print $1 }') \
        <(nm --undefined-only -P -A "$library" | awk '{ sub(/:$/, "", $1); print $1, $2 }'))
    echo "$library: $count calls out of it"
}

# variables LIBRARY: data that can be written. Constant tables of pointers lie in .data.rel.ro,
# which the dynamic linker fills in and then locks. __unnamed_N are UBSan's notes of clang, and
# __odr_asan.X is ASan's mark for the exported constant X.
variables() {
    local object name
    while read -r object name; do
        breach "$1: $object has a variable that outlives a call: $name"
    done < <(objdump -t "$1" | awk '
        / file format / { object = $1; sub(/:$/, "", object); next }
        /^[0-9a-f]+ / {
            rest = substr($0, index($0, " ") + 9)
            section = rest
            sub(/[ \t].*/, "", section)
            if (section !~ /^(\.t?data|\.t?bss|\*COM\*)(\.|$)/ || section ~ /^\.data\.rel\.ro/)
                next
            if ($NF == section || $NF ~ /^__unnamed_[0-9]+$/ || $NF ~ /^__odr_asan\./)
                next
            print object, $NF
        }')
}

for library in nbt rc; do
    archive=$build/lib$library.a
    sources=("$library"/*.c)
    [[ -e ${sources[0]} ]] || continue
    if [[ ! -e $archive ]]; then
        breach "$archive: not built"
        continue
    fi
    case $library in
    nbt) calls "$archive" "$memory" ;;
    rc) calls "$archive" "$memory|$zlib" "$build/libnbt.a" ;;
    esac
    variables "$archive"
done

if ((breaches)); then
    echo "breaches of the folder rule: $breaches"
    exit 1
fi
