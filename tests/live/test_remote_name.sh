#!/usr/bin/env bash
# The console's name as rcview and rcagent use it for real, and what differs between the products: the
# ports, the compression, who claims at all. (Sessions themselves are in test_remote.sh.)
. "$(dirname "$0")/lib.sh"
in_lab console client

nbtd_on console CONSOLE
nbtd_on client CLIENT

agent() { # LABEL OPTION...
    local label=$1
    shift
    start "$label" client rcagent --driver /run/client.sock --json "$@"
    await "$label" '"event":"listening"'
}

view() { # OPTION...
    on console rcview --driver /run/console.sock --address 10.77.0.2 --json "$@" CLIENT
}

# -- the name

agent netbios --protocols netbios
over_netbios() {
    exits 0 view --type 'hello there' --ping 3 &&
        says last.out '"event":"connected".*"transport":"netbios"' &&
        says last.out 'hello there' && (($(grep -c '"event":"ping"' last.out) == 3))
}
check 'over NetBIOS: typed text is echoed, three pings are answered' over_netbios
name_is_free() {
    ncb console status '*' >status.out && ! says status.out 'CONSOLE<41>'
}
check 'after it the name is free' name_is_free

start first console rcview --driver /run/console.sock --address 10.77.0.2 --json --no-input CLIENT
check 'a console holds a session' await first '"event":"connected".*"transport":"netbios"'
not_twice() {
    exits 9 view && says last.out '"event":"claim-refused".*"nrc":"NRC_DUPNAME"' &&
        says last.out 'CONSOLE<41>'
}
# rows: G9
check 'a second viewer on the same console cannot have the name' not_twice
stop first

# rows: G19
killed_viewer() {
    start killed console rcview --driver /run/console.sock --address 10.77.0.2 --json --no-input CLIENT
    await killed '"event":"connected"' || return
    stop killed KILL 2>/dev/null
    await netbios '"event":"closed".*"by":"(viewer|loss)"' && exits 0 view --type again
}
check 'a viewer that is killed frees its name and its client' killed_viewer
stop netbios

# -- the products

ports_of() { # PRODUCT RIGHTS-PORT FUNCTION-PORT
    agent "tcp-$1" --protocols tcp --product "$1"
    on client ss -Hltn >listening.out
    says listening.out ":$2 " && says listening.out ":$3 " &&
        exits 0 view --product "$1" --protocols tcp --type "over $1" &&
        says last.out '"transport":"tcp"' && says last.out "over $1"
    local status=$?
    stop "tcp-$1"
    return $status
}
check 'SMS 2.0: TCP 1761 and 1762' ports_of sms2.0 1761 1762
check 'SMS 2.0 SP2: TCP 2701 and 2702' ports_of sms2.0sp2 2701 2702

mentions() {
    grep -c '"full":"CONSOLE<41>"' nbtd-console.out
}
no_claim() {
    local before after
    agent plain --protocols tcp || return
    before=$(mentions)
    exits 0 view --protocols tcp --ping 1 || return
    after=$(mentions)
    ((before == after))
}
check 'a viewer set to TCP only never claims the name' no_claim
stop plain

compressed() { # HOW
    agent "$1" --compression "$1"
    exits 0 view --type "$(printf 'x%.0s' {1..300})" --ping 2 && says last.out 'xxxxxxxxxxxxxxxx'
    local status=$?
    stop "$1"
    return $status
}
check 'run-length compression' compressed rle
check 'zlib compression' compressed zlib

finish
