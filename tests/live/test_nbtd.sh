#!/usr/bin/env bash
# nbtd as a user meets it: what it says when it is ready, how it ends, and the one line and the exit
# status for everything that keeps it from starting.
. "$(dirname "$0")/lib.sh"
in_lab alpha twin

# -- command lines that are wrong, and machines that are

# refuses STATUS REGEX OPTION...: nbtd ends with this status and one line that matches.
refuses() {
    local status=$1 regex=$2
    shift 2
    exits "$status" on alpha nbtd "$@" && [[ $(wc -l <last.out) == 1 ]] && says last.out "^nbtd: $regex" ||
        { sed 's/^/   | /' last.out; return 1; }
}
good=(--name ALPHA --interface eth0 --socket /run/alpha.sock)
check 'a name of 16 characters' refuses 2 'the name "ABCDEFGHIJKLMNOP" has 16 characters; --name takes' \
    --name ABCDEFGHIJKLMNOP --interface eth0
check 'an empty name' refuses 2 'the name is empty' --name '' --interface eth0
check 'no name' refuses 2 'the computer has no name; give --name' --interface eth0
check 'no interface' refuses 2 'the computer has no adapter; give --interface' --name ALPHA
check 'the same interface twice' refuses 2 'interface eth0 is given twice' "${good[@]}" --interface eth0
check 'an unknown profile' refuses 2 'there is no profile "xp"; --profile takes rfc, nt4' \
    "${good[@]}" --profile xp
check 'an unknown service' refuses 2 'there is no service "browser"' "${good[@]}" --service browser
check 'a node type of the future' refuses 2 'node type "p" needs a name server and is not available' \
    "${good[@]}" --node-type p
check 'a malformed scope' refuses 2 'the scope "A\.\.B" is malformed' "${good[@]}" --scope A..B
check 'an unknown option' exits 2 on alpha nbtd --frobnicate
check 'something that is no option' exits 2 on alpha nbtd "${good[@]}" EXTRA
check 'an interface that is not there' refuses 5 'interface eth7 is not there; there are: lo, eth0' \
    --name ALPHA --interface eth7
check 'no folder for the socket' refuses 7 'the folder of the socket path /nowhere/a.sock cannot be used' \
    --name ALPHA --interface eth0 --socket /nowhere/a.sock
check '--help' exits 0 on alpha nbtd --help
check '--version' exits 0 on alpha nbtd --version

without_privilege() {
    exits 4 on alpha setpriv --bounding-set=-net_bind_service "$BIN/nbtd" "${good[@]}" &&
        says last.out 'UDP port 137 of 10.77.0.1 needs the privilege CAP_NET_BIND_SERVICE'
}
check 'a missing privilege' without_privilege

# -- a computer that runs

check 'it starts' nbtd_on alpha alpha --verbose
check 'ready is said to people' says nbtd-alpha.err '^nbtd: ready: ALPHA, .*/run/alpha.sock, .*LANA 0 eth0 10.77.0.1$'
check 'settled is said to people' says nbtd-alpha.err '^nbtd: names settled: 3 obtained, 0 refused$'
event() {
    [[ $(jq -c "select(.event == \"$1\") | $2" nbtd-alpha.out | sort | tr '\n' ' ') == "$3" ]]
}
check 'ready is said to programs' event ready '[.name, .lanas[0].address, .lanas[0].broadcast]' \
    '["ALPHA","10.77.0.1","10.77.0.255"] '
check 'own names are said to programs' event own-name '[.name.full, .obtained]' \
    '["ALPHA<00>",true] ["ALPHA<03>",true] ["ALPHA<20>",true] '
check 'changes of state are said to people' says nbtd-alpha.err \
    'lana 0: name ALPHA<20>: registering -> registered'

check 'a port that is taken, and by whom' refuses 3 \
    "UDP port 137 of 10\.77\.0\.1 is taken by nbtd \(pid [0-9]+\); stop it or choose another interface" \
    --name BETA --interface eth0 --socket /run/beta.sock
path_in_use() {
    exits 6 on twin nbtd --name BETA --interface eth0 --socket /run/alpha.sock &&
        says last.out 'the socket path /run/alpha.sock is in use by nbtd \(pid [0-9]+\); stop it or choose'
}
check 'a socket path in use, and by whom' path_in_use

exits_on_duplicate() {
    exits 8 on twin nbtd --name alpha --interface eth0 --socket /run/twin.sock --exit-on-duplicate &&
        says last.out 'ALPHA<[0-9]+> is refused on LANA 0 by 10.77.0.1 with RCODE 6 .*NRC_INUSE \(0x16\); ending' &&
        [[ ! -e /run/twin.sock ]]
}
check 'a duplicate ends it if that is wished' exits_on_duplicate
goes_on() {
    nbtd_on twin alpha && says nbtd-twin.err 'ALPHA<00> is refused .*; going on without it' &&
        says nbtd-twin.err 'names settled: 0 obtained, 3 refused' && stop nbtd-twin
}
check 'otherwise it goes on without the names' goes_on

# -- its end

ends_clean() {
    stop nbtd-alpha "$1" && [[ ! -e /run/alpha.sock ]] &&
        says nbtd-alpha.out '"ALPHA<20>".*"registered","to":"released"'
}
check 'SIGTERM ends it in order' ends_clean TERM
check 'it starts again' nbtd_on alpha ALPHA --profile nt4
check 'SIGINT ends it in order' ends_clean INT

leaves_a_socket() {
    nbtd_on alpha ALPHA
    stop nbtd-alpha KILL 2>/dev/null
    [[ -S /run/alpha.sock ]] && nbtd_on alpha ALPHA && stop nbtd-alpha
}
check 'what a killed driver leaves is replaced' leaves_a_socket

finish
