#!/usr/bin/env bash
# Datagrams with others' programs, and through a distribution server: impacket's packets both ways,
# what smbtorture asks of a domain's controller, an nmbd that reads what we send.
. "$(dirname "$0")/lib.sh"
in_lab alpha peer samba server one two

waits() {
    local host=$1 label=$2
    shift 2
    start "$label" "$host" nbtlab ncb --driver "/run/$host.sock" "$@"
}
got() {
    await "$1" "$2" && ended "$1"
}

start tshark alpha tshark -i eth0 -l -n -f 'udp port 138' -P -w /run/dgm.pcap
check 'the recorder is there' await tshark "Capturing on 'eth0'" 20
check 'alpha' nbtd_on alpha ALPHA --profile samba --verbose

# -- impacket, which counts the data alone for the length

cat >peer.py <<'PY'
import socket, sys
from impacket import nmb
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(('', 138))
if sys.argv[1] == 'send':
    p = nmb.NetBIOSUDPSessionPacket()
    p['ID'] = 7
    p['SourceIP'] = '10.77.0.2'
    p['SourceName'] = nmb.encode_name('PEER', 0x20, '')[:-1]
    p['DestinationName'] = nmb.encode_name(sys.argv[2], 0x20, '')[:-1]
    p['Data'] = b'from impacket'
    s.sendto(p.getData(), ('10.77.0.1', 138))
else:
    print('ready', flush=True)
    p = nmb.NetBIOSUDPSessionPacket(s.recv(2000))
    print(p['Type'], p['Flags'], p['SourceName'], p['DestinationName'], p['Data'])
PY
from_impacket() {
    waits alpha fred add 'FRED<20>' then receive-datagram 'FRED<20>'
    await fred ' waits$' && on peer /usr/bin/python3 peer.py send FRED &&
        got fred 'from PEER<20>, 13 bytes: from impacket'
}
check "impacket's datagram is received" from_impacket
to_impacket() {
    start listener peer /usr/bin/python3 -u peer.py listen
    await listener ready && ncb alpha add 'FRED<20>' then send-broadcast 'FRED<20>' 'to impacket' >send.out &&
        await listener "^18 2 +EGFCEFEE.*b'to impacket'" && ended listener
}
check 'and it reads ours' to_impacket

# -- smbtorture: a question to the controllers of a domain, a mailslot's frame

samba_conf peer PEER 10.77.0.2
sed '/\[share\]/,$d' peer.conf >torture.conf
torture() {
    waits alpha dc add-group 'NBTLAB<1C>' then receive-datagram 'NBTLAB<1C>'
    await dc ' waits$' 20
    SELFTEST_TMPDIR=$TMP on peer timeout 30 smbtorture -s torture.conf -U% -R bcast //ALPHA/_none_ \
        nbt.dgram.netlogon >torture.out 2>&1
    await dc 'RECEIVE DATAGRAM NBTLAB<1C>: NRC_GOODRET .*from TORTURE_TEST<00>, 164 bytes: .SMB%.*MAILSLOT.NET.NETLOGON' && ended dc
}
check 'smbtorture nbt.dgram: its question arrives (nobody here is a controller who answers)' torture

# -- nmbd

samba_conf samba SAMBA 10.77.0.3
sed -i 's/\[global\]/&\nlog level = 4\nlocal master = no\ndomain master = no/' samba.conf
waits alpha browser add-group 'NBTLAB<1E>' then receive-datagram 'NBTLAB<1E>'
await browser ' waits$' 20
start samba samba nmbd --foreground --no-process-group --debug-stdout -s samba.conf
check 'nmbd' await samba "Samba name server SAMBA.*has stopped|nmbd version|daemon_ready|waiting for connections|Added name SAMBA<00>" 20
from_nmbd() {
    got browser 'RECEIVE DATAGRAM NBTLAB<1E>: NRC_GOODRET .*from SAMBA<(00|20)>.*MAILSLOT.BROWSE'
}
check 'who is of its group hears its browser' from_nmbd
to_nmbd() {
    ncb alpha add 'FRED<20>' then send-datagram 'FRED<20>' 'SAMBA<20>' 'hello' then send-broadcast 'FRED<20>' 'all' >send.out &&
        [[ $(grep -c 'NRC_GOODRET' send.out) == 3 ]] &&
        await samba 'dgram packet \(5\) sent to name SAMBA<20> from IP 10\.77\.0\.1' 20 &&
        await samba 'dgram packet \(3\) sent to name \*<00> from IP 10\.77\.0\.1' 20
}
check 'nmbd takes what we send for datagrams' to_nmbd

# -- through a distribution server

start ns server nbtd --name SRV --name-server --datagram-server --nbdd 10.77.0.4 --interface eth0 --memory \
    --socket /run/server.sock --server-socket /run/ns.sock --json
check 'a distribution server, which is a computer as well' await ns '"event":"settled"' 20
p_node() {
    nbtd_on "$1" "$2" --wins 10.77.0.4 --nbdd 10.77.0.4 --node-type p
}
check 'a P node' p_node one ONE
check 'another' p_node two TWO
member() {
    waits "$1" "$2" add-group 'LODGE<00>' then add "$3" then "$4" "$5"
    await "$2" ' waits$' 20
}
through() {
    member one m1 'M1<20>' receive-datagram 'LODGE<00>' && member two m2 'M2<20>' receive-datagram 'LODGE<00>' &&
        ncb two add 'FRED<20>' then send-datagram 'FRED<20>' 'LODGE<00>' 'brothers' >send.out &&
        got m1 'from FRED<20>, 8 bytes: brothers' && got m2 'from FRED<20>, 8 bytes: brothers'
}
# rows: D24 D35 D38
check 'a group: all members have it, also at the sender' through
at_the_server() {
    member one m1 'M1<20>' receive-datagram 'LODGE<00>' && member server m3 'M3<20>' receive-datagram 'LODGE<00>' &&
        ncb two add 'FRED<20>' then send-datagram 'FRED<20>' 'LODGE<00>' 'sisters' >send.out &&
        got m1 'from FRED<20>, 7 bytes: sisters' && got m3 'from FRED<20>, 7 bytes: sisters'
}
check 'a member at its own address' at_the_server
by_itself() {
    member one m1 'M1<20>' receive-datagram 'LODGE<00>' && member server m3 'M3<20>' receive-datagram 'LODGE<00>' &&
        ncb server add 'BOSS<20>' then send-datagram 'BOSS<20>' 'LODGE<00>' 'cousins' >send.out &&
        got m1 'from BOSS<20>, 7 bytes: cousins' && got m3 'from BOSS<20>, 7 bytes: cousins'
}
check 'and what its own computer sends by way of it' by_itself
long_one() {
    local text
    text=$(printf '%0500d' 7)
    member one m1 'M1<20>' receive-broadcast '*' &&
        ncb two add 'FRED<20>' then send-broadcast 'FRED<20>' "$text" >send.out &&
        got m1 "from FRED<20>, 500 bytes: $text"
}
# rows: D36
check 'everybody, in pieces' long_one

recorded() {
    stop tshark INT
    tshark -r /run/dgm.pcap -n -Y '_ws.malformed && nbdgm.first == 1' >tshark.out 2>/dev/null
    "$BIN/nbtdump" -r /run/dgm.pcap >dump.out && ! grep -i 'malformed' dump.out && says dump.out 'FRED<20>.*from=PEER<20>' &&
        ! grep . tshark.out
}
check 'what was recorded is well formed' recorded
finish
