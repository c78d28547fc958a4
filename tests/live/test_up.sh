#!/usr/bin/env bash
# nbtlab up: computers on a real interface, hundreds of them in one process, beside programs of others.
. "$(dirname "$0")/lib.sh"
in_lab many peer other

cat >lan.scn <<'SCN'
scenario lan "computers of a row"
about "As many as are asked for."
network LAN subnet=10.77.0.0/24
computer PC address=10.77.0.40
end 1s
SCN

# -- what users get wrong

refuses() {
    local status=$1 regex=$2
    shift 2
    exits "$status" on many nbtlab up "$@" && says last.out "$regex"
}
check 'no file' refuses 2 'a scenario.s file is missing'
check 'a count that is none' refuses 2 '--count 0: it is a number from 1 to' --count 0 lan.scn
check 'an interface that is not there' refuses 5 'nosuch' --interface nosuch lan.scn
check 'more than the network has' refuses 3 \
    'lan.scn:4:21: 10.77.0.255: this address is everybody.s; expected one of 10.77.0.1' \
    --interface eth0 --count 216 lan.scn
check 'more than the interface has' refuses 2 \
    'PC216 has an address that is not on the interface.s network: change address=, count= or --count' \
    --interface eth0 --count 216 <(sed 's|10.77.0.0/24|10.77.0.0/16|' lan.scn)
check "the interface's own address is left alone" refuses 2 "would have the interface's own address" \
    --interface eth0 --count 3 <(sed 's/10.77.0.40/10.77.0.1/' lan.scn)
check 'rows that overlap' refuses 3 '5:21: 10.77.0.42: two adapters have this address' \
    --interface eth0 --count 3 <(sed '/^end/i computer BC address=10.77.0.42' lan.scn)
check 'a name with no room for a number' refuses 3 "a computer's name has 1 to 15 characters" \
    --interface eth0 --count 3 <(sed 's/^computer PC/computer FIFTEENLETTERS1/' lan.scn)
check 'several adapters' refuses 2 'PC has several adapters: here each has one' \
    --interface eth0 <(sed 's/10.77.0.40/10.77.0.40,10.77.0.41/' lan.scn)
check 'a line that cannot be read' refuses 3 '4:1: ' --interface eth0 <(sed 's/^computer/kompjuter/' lan.scn)
check 'a part that is none' refuses 2 '--shard 3/2: it is K/N' --shard 3/2 lan.scn
check 'a part that is no number' refuses 2 '--shard 1/2x: it is K/N' --shard 1/2x lan.scn
check 'nothing is left of all this' test -z "$(on many ip route show table local proto 137)"

# -- two hundred computers

up() {
    start "$1" many nbtlab up --interface eth0 --json "${@:2}" && await "$1" '"event":"up"'
}
last_of() {
    [[ $(tail -n 1 "$1.out" | jq -c "$2") == "$3" ]]
}
check 'they are switched on' up up --count 200 --sockets /run/sockets lan.scn
check 'each has its three names, and nothing was lost' last_of up '[.computers,.obtained,.refused,.lost]' '[200,600,0,0]'

samba_conf peer PEER 10.77.0.2
check 'nmblookup finds each at its own address' all_found
node_status() {
    on peer nmblookup -s peer.conf -A 10.77.0.239 >status.out 2>&1
    says status.out 'PC200 +<20> - +[BH] <ACTIVE>' && says status.out 'PC200 +<00> '
}
check 'the last of them says which names it has' node_status

clone() {
    nbtd_on other PC77 && says nbtd-other.err 'PC77<00> is refused on LANA 0 by 10.77.0.116 with RCODE 6' &&
        stop nbtd-other
}
check 'a computer with the name of one of them is refused by that one' clone

# -- their programs

talk() {
    local sockets=/run/sockets
    start listener many nbtlab ncb --driver $sockets/PC1 add 'HERE<20>' then listen 'HERE<20>' '*' then receive
    until "$BIN/nbtlab" ncb --driver $sockets/PC9 find 'HERE<20>' >find.out 2>&1; do :; done
    on peer nbtd --name CALLER --interface eth0 --socket /run/peer.sock --json >peer.out 2>peer.err &
    PIDS[peer]=$!
    until [[ -S /run/peer.sock ]]; do kill -0 "${PIDS[peer]}" || return 1; done
    "$BIN/nbtlab" ncb --driver /run/peer.sock add 'CALLS<20>' then call 'CALLS<20>' 'HERE<20>' then send hello >call.out 2>&1
    await listener 'hello' && ended listener
}
check 'a program of one is called from outside' talk
between() {
    local sockets=/run/sockets
    start listener many nbtlab ncb --driver $sockets/PC1 add 'HERE<20>' then listen 'HERE<20>' '*' then receive
    until "$BIN/nbtlab" ncb --driver $sockets/PC9 find 'HERE<20>' >find.out 2>&1; do :; done
    "$BIN/nbtlab" ncb --driver $sockets/PC9 add 'CALLS2<20>' then call 'CALLS2<20>' 'HERE<20>' then send 'good day' \
        >call.out 2>&1
    await listener 'good day' && ended listener
}
check 'and by one of its neighbours in the same process' between

all_hear() {
    local sockets=/run/sockets i
    for i in 3 150; do
        start "hears$i" many nbtlab ncb --driver "$sockets/PC$i" add "EAR$i<20>" then receive-broadcast "EAR$i<20>"
    done
    for i in 3 150; do
        until "$BIN/nbtlab" ncb --driver $sockets/PC9 find "EAR$i<20>" >find.out 2>&1; do :; done
    done
    "$BIN/nbtlab" ncb --driver $sockets/PC20 add 'MOUTH<20>' then send-broadcast 'MOUTH<20>' 'to all' >said.out 2>&1
    await hears3 'to all' && await hears150 'to all' && ended hears3 && ended hears150
}
check 'a broadcast datagram of one reaches the others' all_hear

# -- the end

gone() {
    stop up && last_of up '[.event,.lost]' '["down",0]' &&
        [[ -z $(on many ip route show table local proto 137) ]] && [[ -z $(ls /run/sockets) ]]
}
check 'SIGTERM ends them in order: no address and no socket is left' gone
free_again() {
    exits 1 on peer nbtquery --interface eth0 'PC77<20>'
}
check 'their names are free' free_again

killed() {
    up killed --count 5 lan.scn || return
    kill -KILL "${PIDS[killed]}"
    wait "${PIDS[killed]}"
    # The process that was left has heard of it, and ends in order; addresses are taken away by hand.
    await killed '"event":"down"' && [[ -n $(on many ip route show table local proto 137) ]] &&
        on many nbtlab down --interface eth0 && [[ -z $(on many ip route show table local proto 137) ]]
}
check 'what a killed one has left behind, nbtlab down takes away' killed

finish
