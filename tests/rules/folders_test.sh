#!/usr/bin/env bash
# folders.sh can fail: a small tree that keeps the rule passes, and each way of breaking it is seen.
set -euo pipefail
rule=$(cd "$(dirname "$0")" && pwd)/folders.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# A tree in which everything that is allowed happens once.
plant() {
    rm -rf "${tree:?}"/*
    mkdir -p "$tree"/{nbt,rc,capture,tools/{host,lab,scene},tests,build}
    cd "$tree"
    touch nbt/{wire,name,node,codes}.h nbt/codes.def rc/names.h capture/frame.h tools/host/loop.h tools/lab/net.h
    touch tests/test.h
    cat >nbt/wire.c <<'C'
#include "nbt/wire.h"
#include "nbt/codes.def"
#include <stdint.h>
#include <string.h>
#include <assert.h>
static const char *const words[] = { "one", "two" };
const char *nbt_word(unsigned i);
const char *nbt_word(unsigned i)
{
    assert(i < 2 && strlen(words[i]) > i);
    return words[i];
}
C
    cat >rc/names.c <<'C'
#include "rc/names.h"
#include "nbt/name.h"
#include <zlib.h>
const char *nbt_word(unsigned i);
unsigned long rc_sum(void);
unsigned long rc_sum(void)
{
    return crc32(0, (const Bytef *)nbt_word(0), 3);
}
C
    printf '#include %s\n' '"nbt/wire.h"' '"rc/names.h"' '"capture/frame.h"' '<pcap/pcap.h>' \
        '<stdio.h>' '<fcntl.h>' >capture/frame.c
    printf '#include %s\n' '"nbt/node.h"' '"rc/names.h"' '"tools/host/loop.h"' '<sys/socket.h>' \
        '<uv.h>' >tools/host/loop.c
    printf '#include %s\n' '"tools/scene/judge.h"' '"nbt/wire.h"' '<stdlib.h>' >tools/scene/judge.c
    printf '#include %s\n' '"tools/lab/net.h"' '"capture/frame.h"' '<sched.h>' >tools/lab/net.c
    printf '#include %s\n' '"tools/host/loop.h"' '"tools/lab/net.h"' '"capture/frame.h"' '<stdlib.h>' >tools/nbtd.c
    printf '#include %s\n' '"tests/test.h"' '"nbt/node.h"' '<stdio.h>' >tests/test_wire.c
}

compile() {
    local library
    for library in nbt rc; do
        rm -f build/lib$library.a
        (cd build && "${CC:-cc}" -std=c17 -O0 -w -I.. -c ../$library/*.c && ar rcs lib$library.a ./*.o)
        rm -f build/*.o
    done
}

# caught LABEL TEXT: the tree as it stands has exactly one breach, and this is said about it.
caught() {
    local said status=0
    compile
    said=$("$rule" "$tree" "$tree/build") || status=$?
    if ((status != 1)) || [[ $said != *"$2"* || $said != *'breaches of the folder rule: 1' ]]; then
        echo "NOT CAUGHT: $1: exit $status, want \"$2\" in:"
        echo "$said"
        failures=$((failures + 1))
    else
        echo "caught: $1"
    fi
    plant
}

# include FILE NAME: an include that may not be there.
include() {
    printf '#include %s\n' "$2" >>"$1"
    caught "$1 includes $2" "$1:$(wc -l <"$1"): ${1%/*}/ may not include $2"
}

plant
compile
if ! said=$("$rule" "$tree" "$tree/build"); then
    echo "a tree that keeps the rule does not pass:"
    echo "$said"
    exit 1
fi

include nbt/wire.c '<stdio.h>'
include nbt/wire.h '<sys/socket.h>'
include nbt/codes.def '<time.h>'
include nbt/wire.c '<inttypes.h>'
include nbt/wire.c '<zlib.h>'
include nbt/wire.c '"rc/names.h"'
include nbt/wire.c '"wire.h"'
include nbt/wire.c '"nbt/../capture/frame.h"'
include rc/names.c '<stdlib.h>'
include rc/names.c '"nbt/node.h"'
include rc/names.h '"capture/frame.h"'
include capture/frame.c '<uv.h>'
include capture/frame.c '<sys/socket.h>'
include capture/frame.c '"nbt/node.h"'
include capture/frame.c '"tools/host/loop.h"'
include tools/host/loop.c '"capture/frame.h"'
include tools/host/loop.c '"tools/lab/net.h"'
include tools/host/loop.c '"tests/test.h"'
include tools/scene/judge.c '<stdio.h>'
include tools/scene/judge.c '<time.h>'
include tools/scene/judge.c '"tools/host/loop.h"'
include tools/nbtd.c '"tests/test.h"'

# body FILE LABEL TEXT CODE: code that calls or keeps what it may not.
body() {
    printf '%s\n' "$4" >>"$1"
    caught "$1: $2" "$3"
}

body nbt/wire.c 'memory from the heap' 'may not call malloc' \
    'void *malloc(unsigned long); void *a(void); void *a(void) { return malloc(1); }'
body nbt/wire.c 'a clock' 'may not call time' \
    'long time(long *); long a(void); long a(void) { return time(0); }'
body nbt/wire.c 'a function of capture/' 'may not call frame_rd' \
    'int frame_rd(void); int a(void); int a(void) { return frame_rd(); }'
body nbt/wire.c 'a function of rc/' 'may not call rc_sum' \
    'unsigned long rc_sum(void); int a(void); int a(void) { return rc_sum() > 1; }'
body nbt/wire.c 'zlib' 'may not call crc32' \
    'int crc32(void); int a(void); int a(void) { return crc32(); }'
body rc/names.c 'a file' 'may not call fopen' \
    'void *fopen(const char *, const char *); int a(void); int a(void) { return !fopen("a", "r"); }'
body rc/names.c 'a compressed file' 'may not call gzopen' \
    'int a(void); int a(void) { return !gzopen("a", "r"); }'
body nbt/wire.c 'a global' 'variable that outlives a call: count' \
    'extern int count; int count;'
body nbt/wire.c 'a global with a value' 'variable that outlives a call: count' \
    'extern int count; int count = 1;'
body nbt/wire.c 'a variable of the file' 'variable that outlives a call: count' \
    'int a(void); static int count; int a(void) { return ++count; }'
body nbt/wire.c 'a variable that a function keeps' 'wire.o has a variable that outlives a call' \
    'int a(void); int a(void) { static int count; return ++count; }'
body nbt/wire.c 'a variable per thread' 'variable that outlives a call: count' \
    'int a(void); static _Thread_local int count; int a(void) { return ++count; }'
body nbt/wire.c 'a table whose pointers can be changed' 'variable that outlives a call: table' \
    'const char **a(void); static const char *table[] = { "a" }; const char **a(void) { return table; }'
body rc/names.c 'a global' 'variable that outlives a call: count' \
    'extern int count; int count;'

compile
rm build/librc.a
said=$("$rule" "$tree" "$tree/build") && failures=$((failures + 1))
if [[ $said != *'build/librc.a: not built'* ]]; then
    echo "NOT CAUGHT: a library that was not built: $said"
    failures=$((failures + 1))
fi

exit $((failures > 0))
