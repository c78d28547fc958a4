#!/usr/bin/env bash
# nbtdump as a whole: files of every kind, damaged ones, what it writes, a live network. What it shows
# is compared with tshark's in tests/golden.
. "$(dirname "$0")/lib.sh"
captures=${NBTLAB_CAPTURES:-$ROOT/../shared/captures}
if [[ ! -d $captures ]]; then
    echo "SKIPPED: there are no captures in $captures"
    exit 77
fi
captures=$(cd "$captures" && pwd) || exit 1
in_lab alpha beta
set -o pipefail
export TZ=UTC

dump() {
    "$BIN/nbtdump" "$@"
}

# frames FILE: the numbers of the frames that nbtdump has a line for, each once.
frames() {
    dump -r "$1" -q | cut -d' ' -f1 | sort -nu
}

# -- one capture in every form

# 61 frames with names and datagrams
whole=$captures/elsewhere/arkime-nbns.pcap
dump -r "$whole" >whole.lines
editcap -F pcapng "$whole" whole.pcapng
editcap -F nsecpcap "$whole" whole.nano
gzip -c whole.pcapng >whole.pcapng.gz
same_lines() {
    dump "$@" | diff whole.lines -
}
check 'pcapng gives the same lines' same_lines -r whole.pcapng
check 'nanosecond pcap gives the same lines' same_lines -r whole.nano
check 'gzipped pcapng gives the same lines' same_lines -r whole.pcapng.gz
from_pipe() {
    gzip -c "$whole" | dump -r - | diff whole.lines -
}
check 'so does a gzipped capture from a pipe' from_pipe

round_trip() {
    dump -r "$whole" -w "$1" && dump -r "$1" | cut -d' ' -f2- >again.lines &&
        cut -d' ' -f2- whole.lines | sed 's/ # .*//' | diff - <(sed 's/ # .*//' again.lines)
}
check 'what -w writes gives the same messages' round_trip written.pcap
check 'gzipped too' round_trip written.pcap.gz
written_equal() {
    editcap -r "$whole" wanted.pcap $(frames "$whole") && cmp \
        <(tshark -r wanted.pcap -x 2>/dev/null) <(tshark -r written.pcap -x 2>/dev/null)
}
check 'and the same octets' written_equal

# -- options

lines() {
    local want=$1 got
    shift
    got=$(dump "$@" | wc -l)
    ((got == want)) || { echo "   $got lines, not $want"; return 1; }
}
check '-c ends after so many messages' lines 5 -r "$whole" -c 5
check 'a filter of pcap goes before' lines 15 -r "$whole" udp port 138
relative() {
    [[ $(dump -r "$whole" --time=relative -c 1) == '1 0.000000 '* ]]
}
check '--time=relative begins with nothing' relative
# Of an answer, jq finds the request's number, and the suffix as a field of its own.
json() {
    local file=$captures/elsewhere/node-netbios-name-service-netbios-ns-b-full-query.pcap
    dump --json -r "$file" | jq -r '"\(.frame) \(.kind) \(.name.text) \(.name.suffix) \(.answers_frame)"' |
        diff - <(printf '%s\n' '1 query-request XYKON-2 00 null' \
            '2 positive-query-response XYKON-2 00 1' '3 status-request XYKON-2 00 null' \
            '4 status-response XYKON-2 00 3')
}
check '--json keeps the suffix and pairs' json
help_fits() {
    local n
    n=$(dump --help | wc -l)
    ((n > 5 && n <= 24)) || { echo "   $n lines"; return 1; }
}
check '--help fits a screen' help_fits
check 'without anything to read, usage' exits 2 "$BIN/nbtdump"
check 'an unknown option, usage' exits 2 "$BIN/nbtdump" --nonsense
check 'a wrong filter, usage' exits 2 "$BIN/nbtdump" -r "$whole" nonsense of a filter
check 'no such interface' exits 5 "$BIN/nbtdump" -i nothing
check '-D lists interfaces' exits 0 "$BIN/nbtdump" -D

# -- damage

head -c 5000 "$whole" >cut.pcap
damaged() {
    dump -r cut.pcap >cut.lines 2>cut.err
    local status=$?
    ((status == 2)) && says cut.err '^nbtdump: cut\.pcap: damaged after packet [0-9]+: ' &&
        [[ -s cut.lines ]] && head -n "$(wc -l <cut.lines)" whole.lines | diff - cut.lines
}
check 'a damaged capture: everything before, a line, status 2' damaged
echo 'this is no capture' >none.pcap
check 'what is no capture, status 2' exits 2 "$BIN/nbtdump" -r none.pcap
check 'a file that is not there, status 2' exits 2 "$BIN/nbtdump" -r absent.pcap
quiet_pipe() {
    local status
    dump -r "$captures/samba/24-s4-smbtorture-nbt.winsreplication.pcap" 2>pipe.err | head -n 1 >one
    status=$?
    ((status == 0)) && [[ ! -s pipe.err && -s one ]]
}
check 'a pipe that breaks is no trouble' quiet_pipe

# -- live

live() {
    start live beta nbtdump -i eth0 --time=relative -q udp port 137
    await live 'listening on eth0' && nbtd_on alpha ALPHA &&
        await live 'registration-request ALPHA<00>' || return 1
    stop live INT
    local status=$?
    ((status == 0)) && says live.err '^[0-9]+ messages in [0-9]+ packets, 0 packets missed$'
}
check 'live: lines as they come, counts at the end' live
dropped() {
    start dropped beta nbtdump -i any
    await dropped 'listening on any' || return 1
    grep -q '^CapEff:.*0000000000000000$' "/proc/${PIDS[dropped]}/status"
    local status=$?
    stop dropped INT
    return $status
}
check 'once it captures, it has no privilege left' dropped

grows() {
    head -c 5000 "$whole" >growing.pcap
    start follow beta nbtdump -r "$TMP/growing.pcap" --follow -q
    await follow '^10 ' || return 1
    tail -c +5001 "$whole" >>growing.pcap
    await follow "^$(tail -n 1 whole.lines | cut -d' ' -f1) "
    local status=$?
    stop follow INT
    return $status
}
check '--follow waits for more' grows
finish
