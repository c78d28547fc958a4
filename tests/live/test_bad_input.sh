#!/usr/bin/env bash
# What users get wrong, and what peers send that is no NetBIOS: one clear line, a status of its own,
# and nothing left behind.
. "$(dirname "$0")/lib.sh"
in_lab alpha beta

# one_line REGEX: the last command said exactly one line, and it matches.
one_line() {
    (($(wc -l <last.out) == 1)) && says last.out "$1" || {
        sed 's/^/   | /' last.out
        return 1
    }
}

# refused STATUS REGEX COMMAND...
refused() {
    local status=$1 regex=$2
    shift 2
    exits "$status" "$@" && one_line "$regex"
}

nbtd() { on alpha nbtd "$@"; }

check 'a name of 16 characters' refused 2 'ABCDEFGHIJKLMNOP.*15' nbtd --name ABCDEFGHIJKLMNOP --interface eth0
check 'an empty name' refused 2 'name' nbtd --name '' --interface eth0
check 'an interface that is not there' refused 5 'eth7' nbtd --name ALPHA --interface eth7
on alpha ip link add bare0 type veth peer name bare1
on alpha ip link set bare0 up
check 'an interface without an address' refused 5 'bare0.*address' nbtd --name ALPHA --interface bare0
check 'an unknown profile' refused 2 'win3' nbtd --name ALPHA --interface eth0 --profile win3
check 'an unknown service' refused 2 'printer' nbtd --name ALPHA --interface eth0 --service printer
check 'a node type that does not exist' refused 2 '"x" does not exist' nbtd --name ALPHA --interface eth0 \
    --node-type x
check 'a node type without its name server' refused 2 'type P needs a name server; give --wins' \
    nbtd --name ALPHA --interface eth0 --node-type p
check 'a name server that is to ask one' refused 2 'go with --name' \
    nbtd --name-server --interface eth0 --wins 10.0.0.1
check 'a name server that is no address' refused 2 '"ns\.lab" is no address' \
    nbtd --name ALPHA --interface eth0 --wins ns.lab
check 'a scope with an empty label' refused 2 'A\.\.B' nbtd --name ALPHA --interface eth0 --scope A..B
check 'a socket path in a folder that is not there' refused 7 '/nowhere' \
    nbtd --name ALPHA --interface eth0 --socket /nowhere/x.sock

nbtd_on alpha ALPHA
check 'a socket path in use' refused 6 '/run/alpha\.sock.*in use|/run/alpha\.sock' on beta nbtd --name BETA \
    --interface eth0 --socket /run/alpha.sock
check 'a port that another process has: which one' refused 18 "137.*nbtd.*pid ${PIDS[nbtd-alpha]}" \
    nbtd --name ALPHA2 --interface eth0 --socket /run/alpha2.sock

without_privilege() {
    refused 4 '137.*(privilege|CAP_NET_BIND_SERVICE)' on beta setpriv --bounding-set=-all --inh-caps=-all \
        "$BIN/nbtd" --name BETA --interface eth0 --socket /run/beta.sock
}
check 'no privilege for port 137' without_privilege

check 'a driver that is not there' refused 6 '/run/nobody\.sock' "$BIN/nbtlab" ncb --driver /run/nobody.sock lanas
check 'rcview: a driver that is not there' refused 6 '/run/nobody\.sock' \
    "$BIN/rcview" --driver /run/nobody.sock CLIENT
check 'rcagent: a driver that is not there' refused 6 '/run/nobody\.sock' \
    "$BIN/rcagent" --driver /run/nobody.sock
check 'rcview: a client name of 16 characters' refused 2 'ABCDEFGHIJKLMNOP' \
    "$BIN/rcview" --driver /run/alpha.sock ABCDEFGHIJKLMNOP
check 'rcagent: sockets of a product that has none here' refused 2 'sms1\.2' \
    "$BIN/rcagent" --driver /run/alpha.sock --product sms1.2 --protocols tcp

# -- peers that send what is no NetBIOS

garbage_is_told() {
    on beta bash -c 'printf "\x00\x01\x29" >/dev/udp/10.77.0.1/137'
    await nbtd-alpha \
        '^nbtd: 10\.77\.0\.2:[0-9]+ sent a malformed name service packet: runs past the end in OPCODE at octet 2$'
}
check 'a malformed packet is told to people: peer, field, octet' garbage_is_told

# rows: H26 H28 H41
survives_garbage() {
    on beta bash -c '
        for size in 0 1 11 12 50 600 1400; do
            head -c "$size" /dev/urandom >/dev/udp/10.77.0.1/137
        done
        printf "\x00\x01\x29\x10\xff\xff\xff\xff\xff\xff\xff\xff" >/dev/udp/10.77.0.1/137
        exec 3<>/dev/tcp/10.77.0.1/139; head -c 2000 /dev/urandom >&3; cat <&3 >/dev/null; exec 3>&-
        exec 3<>/dev/tcp/10.77.0.1/139; printf "\x81\x00" >&3; exec 3>&-
        exec 3<>/dev/tcp/10.77.0.1/139; printf "\x00\x00\x00\x10hello" >&3; cat <&3 >/dev/null; exec 3>&-
        exec 3<>/dev/tcp/10.77.0.1/139; printf "\xffSMBr" >&3; cat <&3 >/dev/null; exec 3>&-
    '
    ncb alpha add 'STILL<20>' >last.out && says last.out 'NRC_GOODRET'
}
check 'a driver survives random bytes, half packets and bare SMB' survives_garbage

# Of the connections above; the peer had its line for people already.
malformed() {
    await nbtd-alpha "\"what\":\"session packet\",\"from\":\"\",\"to\":\"malformed\",$1,\"peer\":\"10\.77\.0\.2:"
}
check 'half a header is told to programs' malformed '"why":"runs past the end","field":"LENGTH","offset":2'
check 'a message before the request is told' malformed '"why":"not a session request","field":"TYPE","offset":0'
check 'SMB without its framing is told' malformed '"why":"unknown value","field":"TYPE","offset":0'
once_in_a_while() {
    (($(grep -c 'sent a malformed' nbtd-alpha.err) < $(grep -c '"to":"malformed"' nbtd-alpha.out)))
}
check 'people are not told of every one' once_in_a_while

# A program that sends rubbish to the driver loses its connection; others keep theirs.
rubbish_to_the_driver() {
    start holder alpha nbtlab ncb --driver /run/alpha.sock add 'KEPT<20>' then hold
    await holder 'ADD NAME KEPT<20>: NRC_GOODRET' || return
    python3 - <<'PY'
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("/run/alpha.sock")
s.send(b"this is no control block")
s.settimeout(5)
assert s.recv(100) == b""
PY
    (($? == 0)) && ncb alpha status '*' >last.out && says last.out 'KEPT<20> unique registered'
}
check 'rubbish on the programs'"'"' socket ends that connection only' rubbish_to_the_driver

# rows: G19
dies_without_delete() {
    kill -KILL "${PIDS[holder]}"
    wait "${PIDS[holder]}" 2>/dev/null
    await nbtd-alpha '"full":"KEPT<20>".*"to":"released"' && ncb alpha status '*' >last.out &&
        ! says last.out 'KEPT'
}
check 'a program that is killed has its names released' dies_without_delete

nothing_left() {
    stop nbtd-alpha INT && [[ ! -e /run/alpha.sock ]]
}
check 'an interrupt ends nbtd with status 0 and removes its socket' nothing_left

# -- remote control

nbtd_on beta BETA
start agent beta rcagent --driver /run/beta.sock --json --protocols tcp
check 'an agent listens' await agent '"event":"listening"'
check 'rcagent: a port is taken: nothing follows the error' refused 18 \
    "TCP port 1761 of this computer.*rcagent \\(pid ${PIDS[agent]}\\); stop it or use --protocols netbios$" \
    on beta rcagent --driver /run/beta.sock --json --protocols tcp

http_to_the_agent() {
    on alpha bash -c '
        exec 3<>/dev/tcp/10.77.0.2/1761; printf "GET / HTTP/1.0\r\n\r\n" >&3; cat <&3 >/dev/null
    ' 2>/dev/null
    await agent '"event":"error",.*"reason":".*","address":"10\.77\.0\.1:[0-9]+"' &&
        await agent '^rcagent: 10\.77\.0\.1 port [0-9]+ sent what is not remote control: no message has the length 18245 ' &&
        (($(wc -l <agent.err) == 2)) # "ready" is the other one
}
check 'rubbish on the agent'"'"'s port is one line that names its sender' http_to_the_agent
stop agent

# Standard output that takes nothing, and one that nobody reads.
into_full() {
    "$@" >/dev/full
}
into_nobody() {
    local out reader
    rm -f nobody.fifo
    mkfifo nobody.fifo
    exec {reader}<>nobody.fifo {out}>nobody.fifo # the one that reads lets the other be opened
    exec {reader}<&-
    "$@" >&"$out"
}
for program in 'rcagent --protocols tcp' 'rcview --address 10.77.0.2 BETA'; do
    # shellcheck disable=SC2086
    set -- $program --driver /run/beta.sock --json
    check "$1: a full disk" refused 7 "^$1: standard output could not be written: No space left on device$" \
        into_full on beta "$@"
    check "$1: nobody reads" refused 7 "^$1: standard output could not be written: Broken pipe$" \
        into_nobody on beta "$@"
done

nbtd_on alpha ALPHA --service none
nameless() { # OPTION COMMAND...
    exits 10 on alpha "${@:2}" && says last.out "the driver holds no unique name with the suffix 00: give $1 NAME" &&
        ! says last.out NRC_
}
check 'rcagent: a driver without a name' nameless --name rcagent --driver /run/alpha.sock --json
check 'rcview: a driver without a name' nameless --console rcview --driver /run/alpha.sock --json BETA

finish
