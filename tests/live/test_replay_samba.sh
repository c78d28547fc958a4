#!/usr/bin/env bash
# nbtreplay --against Samba: what was recorded of one Samba is said to another. A fresh one of the same
# configuration answers the same; of one that is configured otherwise, every change is found and named.
. "$(dirname "$0")/lib.sh"
in_lab samba player

# Samba at .1, in the state of a first start, with these lines in its smb.conf.
samba_with() {
    local name=$1 line
    shift
    rm -rf /run/samba-samba /run/samba
    samba_conf samba "$name" 10.77.0.1
    for line in 'local master = no' "$@"; do
        sed -i "/^\[share\]/i \  $line" samba.conf
    done
    start nmbd samba nmbd --foreground --no-process-group --debug-stdout -s samba.conf
    # Ended, it ends its whole process group.
    start smbd samba setsid smbd --foreground --no-process-group -s samba.conf
    local i
    for i in {1..40}; do
        on player nmblookup -s player.conf -A 10.77.0.1 >status.out 2>&1
        if says status.out "$name +<20>" && says status.out "$name +<00>" && session "$name" >/dev/null; then return; fi
        read -rt 0.5 <> <(:)
    done
    return 1
}

samba_gone() {
    stop nmbd
    stop smbd
    return 0
}

# session NAME [SUFFIX]: a session request to NAME<20>, from CALLER with that 16th byte; prints the
# type of the answer (RFC 1002 4.3.1). smbd takes calls to any name, and none from one with 52.
session() {
    on player python3 - "$1" "${2:-00}" <<'PY'
import socket, sys

def name(text, suffix):
    octets = text.ljust(15).encode() + bytes([suffix])
    return b"\x20" + bytes(65 + n for c in octets for n in (c >> 4, c & 15)) + b"\0"

s = socket.create_connection(("10.77.0.1", 139), timeout=5)
s.sendall(b"\x81\0\0\x44" + name(sys.argv[1], 0x20) + name("CALLER", int(sys.argv[2], 16)))
print(f"{s.recv(4)[0]:02x}")
s.close()
PY
}

ask() {
    on player nmblookup -s player.conf "$@"
}

record() {
    dumpcap -q -P -i br0 -f 'host 10.77.0.2' -w recorded.pcap 2>dumpcap.err &
    local recorder=$!
    timeout 10 grep -qm1 '^File:' < <(exec timeout 10 tail -n +1 -f dumpcap.err 2>/dev/null)
    ask -A 10.77.0.1
    ask -U 10.77.0.1 ALPHA
    ask -U 10.77.0.1 EXTRA
    ask -U 10.77.0.1 --recursion 'ALPHA#20'
    ask -U 10.77.0.1 --recursion NOTHERE
    session ALPHA
    session EXTRA
    session ALPHA 52
    read -rt 1 <> <(:)
    kill -INT "$recorder"
    wait "$recorder"
}

# replay [OPTION...]: what Samba says to that now.
replay() {
    on player nbtreplay recorded.pcap --as 10.77.0.2 --against 10.77.0.1 --no-broadcasts --ignore ttl \
        --patience 2s --timing asap "$@"
}

SERVER=('netbios aliases = EXTRA' 'wins support = yes')
samba_conf player ASKER 10.77.0.2

first() {
    samba_with ALPHA "${SERVER[@]}" && record >asked.out 2>&1 && samba_gone &&
        [[ $(grep -xE '8[0-9]' asked.out | tr '\n' ' ') == '82 82 83 ' ]] || { cat asked.out; return 1; }
}
check 'a Samba is recorded: node status, names that are there and not, sessions taken and refused' first

fresh() {
    samba_with ALPHA "${SERVER[@]}" && exits 0 replay -w again.pcap --junit again.xml &&
        says last.out '^[0-9]+ sent; [0-9]+ expected: [0-9]+ matched$' && cp last.out fresh.out &&
        exits 0 replay --tap && says last.out '^TAP version 13' && ! says last.out '^not ok' && says again.xml '<testsuite'
}
check 'a fresh one answers the same' fresh

# said CAPTURE: what was said to one, without numbers, times, ids' answers and ports of the moment.
said() {
    "$BIN/nbtdump" -r "$1" -q | sed -E 's/^[^ ]+ [^ ]+ //; s/ # .*//; s/:[0-9]{5}//g' | grep -v '> 10.77.0.255' | sort
}

again() {
    diff <(said recorded.pcap) <(said again.pcap) >differ || { head -n 5 differ; return 1; }
}
check 'the capture of the replay has the same messages' again
samba_gone

# changed NAME LINE...: it is found, exit status 3.
changed() {
    samba_with "$@" && exits 3 replay
    local status=$?
    samba_gone
    return $status
}

other_name() {
    changed BRAVO "${SERVER[@]}" && says last.out 'BRAVO<20>' &&
        says last.out '^different .* positive-query-response ALPHA<00>'
}
check 'another name: the status lists it, and the old one is not found' other_name

no_alias() {
    changed ALPHA 'wins support = yes' && says last.out '^(missing|different) .* (query-response|.*) ?EXTRA' &&
        says last.out '^different .* status-response'
}
check 'an alias less: it is not found, and not listed' no_alias

other_group() {
    changed ALPHA "${SERVER[@]}" 'workgroup = OTHER' && says last.out 'OTHER<00>' &&
        (($(grep -cE '^(missing|different|unexpected)' last.out) == 1))
}
check 'another workgroup: the status says so, and nothing else is found' other_group

no_server() {
    changed ALPHA 'netbios aliases = EXTRA' && says last.out '^(missing|different) .* NOTHERE'
}
check 'no name server any more: what is not there is not denied' no_server

silent() {
    exits 3 replay && says last.out '10\.77\.0\.1 said nothing|tcp-open|tcp-accept'
}
check 'nobody there: everything is missing, and that is said' silent

finish
