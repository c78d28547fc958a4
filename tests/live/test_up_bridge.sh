#!/usr/bin/env bash
# nbtlab up --bridge and --tap: computers beside others on a network that is there, each with its own MAC address;
# what was made for them is gone afterwards, however they end.
. "$(dirname "$0")/lib.sh"
in_lab peer other

cat >lan.scn <<'SCN'
scenario lan "computers of a row"
about "As many as are asked for."
network LAN subnet=10.77.0.0/24
computer PC address=10.77.0.40
end 1s
SCN

# here COMMAND...: in the lab's own network, where the bridge is.
here() {
    local program=$1
    shift
    [[ -x $BIN/$program ]] && program=$BIN/$program
    "$program" "$@"
}
start_here() {
    local label=$1
    shift
    : >"$label.out"
    : >"$label.err"
    (exec "$BIN/nbtlab" "$@") >"$label.out" 2>"$label.err" </dev/null &
    PIDS[$label]=$!
}
up() {
    start_here "$1" up --json "${@:2}" && await "$1" '"event":"up"'
}
last_of() {
    [[ $(tail -n 1 "$1.out" | jq -c "$2") == "$3" ]]
}

# all_there: everything that there could be more of afterwards.
all_there() {
    ip -br link | awk '{print $1}'
    ls /run/netns
    ls /run/sockets 2>/dev/null
    ip route show table all | grep -v '^\(multicast\|ff00\)'
    bridge link | awk '{print $2, $7}'
    lsns -t net -n -o NS 2>/dev/null
    ps -eo stat=,comm= | grep -c '^[^Z].* nbtlab'
}
all_there >before.txt

# -- what users get wrong

refuses() {
    exits "$1" here nbtlab up "${@:3}" && says last.out "$2"
}
check 'a bridge that is not there' refuses 5 'nosuch is no bridge: .ip link show type bridge' --bridge nosuch lan.scn
check 'an interface that is no bridge' refuses 5 'lo is no bridge' --bridge lo lan.scn
check 'a tap that is not there' refuses 5 'tap9 is not there: make it with ip tuntap add' --tap tap9 lan.scn
check 'a tap that is none' refuses 5 'br0 is no tap' --tap br0 lan.scn
check 'two networks' refuses 2 'one network is enough' --tap tap9 --bridge br0 lan.scn
check 'an interface beside it' refuses 2 'a network that is joined has an interface of its own' \
    --interface eth0 --bridge br0 lan.scn
check 'a router of no network' refuses 2 '--gateway goes with a network that is joined' --gateway 10.77.0.9 lan.scn
check 'more than the network has' refuses 3 'this address is everybody.s' \
    --bridge br0 --count 216 lan.scn
taken() {
    refuses 1 '10.77.0.2 is used by ([0-9a-f]{2}:){5}[0-9a-f]{2}, so that no computer of ours can be there' \
        --bridge br0 --count 3 <(sed 's/10.77.0.40/10.77.0.1/' lan.scn) && says last.out '10.77.0.1 is used by'
}
check 'addresses that others have are left to them' taken
check 'a subnet that is none' refuses 2 '--subnet 10.77.0.0: it is a network' --subnet 10.77.0.0 --bridge br0 lan.scn
check 'a subnet that is too small' refuses 2 'lan.scn:4: PC has an address for which --subnet has no room' \
    --subnet 192.168.122.0/29 --bridge br0 lan.scn
check 'nothing is left of all this' settles

# -- two hundred computers

check 'they are switched on' up up --bridge br0 --count 200 --sockets /run/sockets lan.scn
check 'each has its three names, and nothing was lost' last_of up '[.computers,.obtained,.refused,.lost]' '[200,600,0,0]'
samba_conf peer PEER 10.77.0.1
check 'nmblookup finds each at its own address' all_found
own_macs() {
    on peer python3 - <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(40, 240):
    s.sendto(b'anything', ('10.77.0.%d' % i, 9))
PY
    await_neighbours 200 && (($(grep -o 'lladdr [^ ]*' neigh.out | sort -u | wc -l) >= 200)) &&
        says neigh.out '^10\.77\.0\.239 lladdr 02:00:0a:4d:00:ef'
}
# await_neighbours N: until so many have told the peer who they are.
await_neighbours() {
    local i
    for ((i = 0; i < 50; i++)); do
        on peer ip -4 neigh show dev eth0 >neigh.out
        (($(grep -c 'lladdr 02:00:0a:4d:00' neigh.out) == $1)) && return
        read -rt 0.1 <> <(:)
    done
    return 1
}
check 'and each has its own MAC address' own_macs
node_status() {
    on peer nmblookup -s peer.conf -A 10.77.0.239 >status.out 2>&1
    says status.out 'PC200 +<20> - +[BH] <ACTIVE>' && says status.out 'MAC Address = 02-00-0A-4D-00-EF'
}
check 'which its node status has, too' node_status
not_the_bridges() {
    [[ $(cat /sys/class/net/br0/address 2>/dev/null || ip -br link show br0 | awk '{print $3}') != 02:00:* ]]
}
check 'none of them is the bridge' not_the_bridges

clone() {
    nbtd_on other PC77 && says nbtd-other.err 'PC77<00> is refused on LANA 0 by 10.77.0.116 with RCODE 6' &&
        stop nbtd-other
}
check 'a computer with the name of one of them is refused by that one' clone
# nmbd asks three times for each of its names, and says in its log who has one.
nmbd_refused() {
    samba_conf other PC9 10.77.0.2
    start nmbd other nmbd --foreground --no-process-group -s other.conf --debug-stdout -d 1
    await nmbd 'Failed to register my name PC9<[02]0> on subnet 10\.77\.0\.2' 20
    local status=$?
    stop nmbd KILL
    return $status
}
check 'a real nmbd with the name of one is refused, too' nmbd_refused
nmbd_seen() {
    samba_conf other SAMBA 10.77.0.2
    start nmbd other nmbd --foreground --no-process-group -s other.conf --debug-stdout -d 1
    until "$BIN/nbtlab" ncb --driver /run/sockets/PC9 find 'SAMBA<20>' >find.out 2>&1; do
        kill -0 "${PIDS[nmbd]}" || return 1
    done
    local status=0
    says find.out '10\.77\.0\.2' || status=1
    stop nmbd
    return $status
}
check 'and one with a name of its own is found by them' nmbd_seen
smbclient_told() {
    on peer smbclient -s peer.conf -N -p 139 -I 10.77.0.48 -m NT1 //PC9/share -c quit >smb.out 2>&1
    says smb.out 'RESOURCE_NAME_NOT_FOUND'
}
check "smbclient calls one over TCP 139, and is told that nobody listens" smbclient_told

talk() {
    start listener peer nbtd --name CALLER --interface eth0 --socket /run/peer.sock --json
    await listener '"event":"settled"' || return
    (exec "$BIN/nbtlab" ncb --driver /run/sockets/PC1 add 'HERE<20>' then listen 'HERE<20>' '*' then receive) \
        >takes.out 2>takes.err </dev/null &
    PIDS[takes]=$!
    until "$BIN/nbtlab" ncb --driver /run/sockets/PC9 find 'HERE<20>' >find.out 2>&1; do :; done
    "$BIN/nbtlab" ncb --driver /run/peer.sock add 'CALLS<20>' then call 'CALLS<20>' 'HERE<20>' then send hello >call.out 2>&1
    await takes 'hello' && ended takes
}
check 'a program of one is called from outside, over TCP' talk
calls_out() {
    (exec "$BIN/nbtlab" ncb --driver /run/peer.sock add 'PEERS<20>' then listen 'PEERS<20>' '*' then receive) \
        >hears.out 2>hears.err </dev/null &
    PIDS[hears]=$!
    until "$BIN/nbtlab" ncb --driver /run/sockets/PC9 find 'PEERS<20>' >find.out 2>&1; do :; done
    "$BIN/nbtlab" ncb --driver /run/sockets/PC150 add 'OURS<20>' then call 'OURS<20>' 'PEERS<20>' then send 'good day' \
        >call.out 2>&1
    await hears 'good day' && ended hears && stop listener
}
check 'and calls others' calls_out

# claims HOST ADDRESS: an announcement (RFC 5227 3) from that host's own MAC address.
claims() {
    on "$1" python3 - "$2" <<'PY'
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0x806))
mac, ip = s.getsockname()[4], socket.inet_aton(sys.argv[1])
s.send(b'\xff' * 6 + mac + bytes.fromhex('0806' '0001' '0800' '06' '04' '0001') + mac + ip + b'\0' * 6 + ip)
PY
}
conflict() {
    claims other 10.77.0.50 &&
        await up '10.77.0.50 is used by ([0-9a-f]{2}:){5}[0-9a-f]{2}, too: two machines have one address'
}
check 'who takes an address of theirs later is told of' conflict

# -- the end

gone() {
    stop up && last_of up '[.event,.lost]' '["down",0]'
}
check 'SIGTERM ends them in order' gone
check 'and nothing is left' settles
free_again() {
    exits 1 on peer nbtquery --interface eth0 'PC77<20>'
}
check 'their names are free' free_again

# all_of PID: a process and all that it has started.
all_of() {
    local child
    echo "$1"
    for child in $(pgrep -P "$1"); do all_of "$child"; done
}
killed() {
    up killed --bridge br0 --count 5 --sockets /run/sockets lan.scn || return
    # shellcheck disable=SC2046
    kill -KILL $(all_of "${PIDS[killed]}")
    wait "${PIDS[killed]}"
    here nbtlab down --sockets /run/sockets
}
check 'all its processes are killed, and nbtlab down takes away what is left' killed
check 'nothing is' settles
outer_killed() {
    up outer --bridge br0 --count 5 --sockets /run/sockets lan.scn || return
    kill -KILL "${PIDS[outer]}"
    wait "${PIDS[outer]}"
    await outer '"event":"down"'
}
check 'the process that carries frames is killed: the others end in order' outer_killed
check 'and nothing is left, either' settles

# -- another network than the scenario's, with a router

moved() {
    on other ip addr add 192.168.122.1/24 brd 192.168.122.255 dev eth0
    up moved --bridge br0 --subnet 192.168.122.0/24 --gateway 192.168.122.1 --count 2 lan.scn || return
    on other nmblookup -s other.conf -B 192.168.122.255 'PC2#20' >found.out 2>&1
    "$BIN/nbtlab" exec PC2 ip route show default >route.out 2>&1
    stop moved
    on other ip addr del 192.168.122.1/24 dev eth0
    says found.out '^192.168.122.41 PC2<20>' && says route.out '^default via 192.168.122.1 dev eth0'
}
check 'they are moved to another subnet, with a router' moved
short_packets() {
    ip link set br0 mtu 1400
    up short --bridge br0 --count 2 lan.scn && "$BIN/nbtlab" exec PC2 ip link show eth0 >link.out 2>&1
    stop short
    says link.out 'mtu 1400 ' && ip -br link show br0 >link.out && ip link set br0 mtu 1500
}
check 'on a network of short packets theirs are not longer' short_packets

# -- a tap that somebody has made, for a user without privilege

tap() {
    ip tuntap add dev tap5 mode tap && ip link set tap5 master br0 up && up tapped --tap tap5 --count 3 lan.scn &&
        on peer nmblookup -s peer.conf -B 10.77.0.255 'PC3#20' >found.out 2>&1 && says found.out '^10.77.0.42 PC3<20>' &&
        refuses 5 'tap5 is in use by another program' --tap tap5 lan.scn && stop tapped && ip link del tap5
}
check 'a tap carries them' tap
check 'and all is as it was' settles

finish
