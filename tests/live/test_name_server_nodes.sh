#!/usr/bin/env bash
# nbtd as name server and nbtd as its clients of every type: what each of them asks and broadcasts,
# two servers, challenges of both kinds, and a session between nodes that share no broadcast.
. "$(dirname "$0")/lib.sh"
in_lab one two alpha beta gamma

# server HOST [OPTION...]
server() {
    local host=$1
    shift
    start "server-$host" "$host" nbtd --name-server --interface eth0 --memory --json \
        --socket "/run/$host.sock" "$@"
    await "server-$host" '"event":"ready"'
}

# The first server's wire: what is sent to it, and to everybody.
start dump one nbtdump -i eth0
check 'the recorder is there' await dump 'eth0|listening|capture' 20

check 'two name servers' server one
check 'the other one leaves challenges to the claimants' server two --non-secured

# -- P nodes: by unicast alone

# rows: E25 E26
p_registers() {
    nbtd_on alpha ALPHA --wins 10.77.0.1,10.77.0.2 --node-type p --profile win2000
    says nbtd-alpha.out '"event":"settled","obtained":3,"refused":0' &&
        await dump '10\.77\.0\.3.*10\.77\.0\.1.*registration-request.*ALPHA<20>' &&
        ! says dump.out '10\.77\.0\.3.*10\.77\.0\.255'
}
check 'a P node registers without a broadcast' p_registers

p_finds() {
    nbtd_on beta BETA --wins 10.77.0.1 --node-type p
    ncb beta find 'ALPHA<20>' >find.out && says find.out '10\.77\.0\.3'
}
check 'and is found by another one' p_finds

p_calls() {
    start listener beta "$BIN/nbtlab" ncb --driver /run/beta.sock add 'LISTENER<20>' then listen 'LISTENER<20>' '*'
    await listener 'ADD NAME LISTENER<20>: NRC_GOODRET' &&
        ncb alpha reset then add 'CALLER<20>' then call 'CALLER<20>' 'LISTENER<20>' >call.out &&
        says call.out 'CALL CALLER<20> LISTENER<20>: NRC_GOODRET' && ended listener &&
        ! says dump.out '10\.77\.0\.[34].*10\.77\.0\.255'
}
check 'and called, all without a broadcast' p_calls

# -- a name that another has

# rows: G21
secured() {
    start clash gamma nbtd --name ALPHA --interface eth0 --socket /run/clash.sock --json --service server \
        --wins 10.77.0.1 --exit-on-duplicate
    ended clash
    (($? == 8)) && says clash.err 'ALPHA<20> is refused.*by 10\.77\.0\.1 with RCODE 6'
}
check 'a secured server asks the owner and refuses' secured

# rows: E28
challenged() {
    stop nbtd-beta
    nbtd_on beta BETA --wins 10.77.0.2 --node-type p --service server
    start clash gamma nbtd --name BETA --interface eth0 --socket /run/clash.sock --json --service server \
        --wins 10.77.0.2 --node-type p --exit-on-duplicate
    ended clash
    (($? == 8)) && says clash.err 'BETA<20> is refused.*by 10\.77\.0\.4: another node objects'
}
check 'told to, a node asks the owner itself, and believes him' challenged

dead_owner() {
    stop nbtd-beta KILL
    nbtd_on gamma BETA --wins 10.77.0.2 --node-type p --service server --profile win95
    says nbtd-gamma.out '"event":"settled","obtained":1,"refused":0' &&
        ncb gamma reset then find 'BETA<20>' >find.out && says find.out '10\.77\.0\.5'
}
check 'a dead owner loses the name to who has asked him in vain' dead_owner

# -- a group that is too large for a datagram

# The members of BIG<00> that FIND NAME lists, and by which packets they came.
found_whole() {
    local host=$1
    ncb "$host" reset then find 'BIG<00>' >find.out
    (($(grep -oE '10\.78\.0\.[0-9]+' find.out | sort -u | wc -l) == 120)) &&
        await dump "> 10\.77\.0\.1:137 query-request BIG<00>" &&
        await dump '10\.77\.0\.1:137 > .* positive-query-response BIG<00> .*tc=1'
}
check 'a group of 120' join_group gamma 10.77.0.1 BIG 120
# rows: E64
check 'a P node is told of some, and asks for all of them by TCP' found_whole alpha
by_stream() {
    await dump '10\.77\.0\.1:137 > 10\.77\.0\.3:[0-9]{4,5} positive-query-response BIG<00>.*10\.78\.0\.120'
}
check 'the whole list comes on a stream' by_stream

# -- the first server dies

second_server() {
    stop server-one KILL
    stop nbtd-gamma
    nbtd_on gamma GAMMA --wins 10.77.0.1,10.77.0.2 --service server --profile win2000
    says nbtd-gamma.out '"event":"settled","obtained":1,"refused":0' &&
        says nbtd-gamma.out '"full":"GAMMA<20>".*granted by the name server.*"peer":"10\.77\.0\.2'
}
check 'the second server is asked when the first is dead' second_server

finish
