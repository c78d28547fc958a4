#!/usr/bin/env bash
# nbtd as a user meets it: what it says when it is ready, what it does about a duplicate, how it ends.
# (What users get wrong is in test_bad_input.sh.)
. "$(dirname "$0")/lib.sh"
in_lab alpha twin

# -- command lines

# refuses STATUS REGEX OPTION...: nbtd ends with this status and one line that matches.
refuses() {
    local status=$1 regex=$2
    shift 2
    exits "$status" on alpha nbtd "$@" && [[ $(wc -l <last.out) == 1 ]] && says last.out "^nbtd: $regex"
}
check 'no name' refuses 2 'the computer has no name; give --name' --interface eth0
check 'no interface' refuses 2 'the computer has no adapter; give --interface' --name ALPHA
check 'the same interface twice' refuses 2 'interface eth0 is given twice' \
    --name ALPHA --interface eth0,eth0
check 'an unknown option' exits 2 on alpha nbtd --name ALPHA --interface eth0 --frobnicate
check 'something that is no option' exits 2 on alpha nbtd --name ALPHA --interface eth0 EXTRA
check '--help' exits 0 on alpha nbtd --help
check '--version' exits 0 on alpha nbtd --version

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

# -- its name is taken

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

# Two adapters: the claims of the second begin when those of the first have ended.
claims_in_turn() {
    on alpha ip link add pair0 type veth peer name pair1
    on alpha ip link set pair1 up
    on alpha ip addr add 10.78.0.1/24 dev pair0
    on alpha ip link set pair0 up
    nbtd_on alpha ALPHA --interface pair0 && stop nbtd-alpha &&
        says nbtd-alpha.err 'names settled: 6 obtained, 0 refused' &&
        [[ $(jq -r 'select(.event == "own-name" or .to == "registering") | "\(.lana) \(.event)"' nbtd-alpha.out |
            uniq | tr '\n' ' ') == '0 trace 0 own-name 1 trace 1 own-name ' ]]
}
check 'own names are claimed on one adapter after the other' claims_in_turn

leaves_a_socket() {
    nbtd_on alpha ALPHA
    stop nbtd-alpha KILL 2>/dev/null
    [[ -S /run/alpha.sock ]] && nbtd_on alpha ALPHA && stop nbtd-alpha
}
check 'what a killed driver leaves is replaced' leaves_a_socket

lost_events() {
    local pid status
    become alpha nbtd --name LOST --interface eth0 --socket /run/lost.sock --json >/dev/full 2>lost.err &
    pid=$!
    timeout 10 grep -qm1 'names settled' < <(exec timeout 10 tail -n +1 -f lost.err 2>/dev/null)
    ncb lost add 'STILL<20>' >last.out
    kill "$pid"
    wait "$pid"
    status=$?
    ((status == 7)) && says last.out 'NRC_GOODRET' &&
        (($(grep -c 'standard output could not be written' lost.err) == 1))
}
check 'events that nobody takes are said once, and the driver goes on' lost_events

finish
