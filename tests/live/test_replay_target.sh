#!/usr/bin/env bash
# nbtreplay --against targets that are no Samba: our own name server, to which is said what smbtorture
# said to nmbd; one that resets, one that answers rubbish. And what a user may interrupt.
. "$(dirname "$0")/lib.sh"
in_lab target player
CAPTURES=$ROOT/fixtures/captures

# replay CAPTURE HOST [OPTION...]: towards the target.
replay() {
    on player nbtreplay "$CAPTURES/$1.pcap" --as "$2" --against 10.77.0.1 --no-broadcasts --timing asap \
        --patience 1s "${@:3}"
}

# Whoever comes to UDP 137 gets what is no message, and to TCP 139 a reset.
cat >rubbish.py <<'PY'
import socket, struct, sys, threading

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("10.77.0.1", 137))
tcp = socket.socket()
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
tcp.bind(("10.77.0.1", 139))
tcp.listen()

def answer():
    while True:
        data, who = udp.recvfrom(2000)
        udp.sendto(data[:2] + b"\x85\x00" + b"\xff" * 7, who)

threading.Thread(target=answer, daemon=True).start()
print("ready")
while True:
    c, _ = tcp.accept()
    c.recv(100)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()
PY

rubbish_comes() {
    start rubbish target python3 -u rubbish.py && await rubbish ready || return
    exits 3 replay samba-lookups 10.77.0.4 --peer 10.77.0.1 && says last.out 'malformed-name-packet|runs-past-the-end' &&
        exits 3 replay samba-sessions 10.77.0.3 --peer 10.77.0.1 && says last.out 'reset|broken'
    local status=$?
    stop rubbish
    return $status
}
check 'rubbish and resets are named' rubbish_comes

interrupted() {
    start stopped player nbtreplay "$CAPTURES/samba-lookups.pcap" --as 10.77.0.4 --against 10.77.0.1 --no-broadcasts \
        --patience 60s -v && await stopped '^sent ' || return
    stop stopped INT
    (($? == 1)) && says stopped.out 'stopped before the end' && says stopped.out '^[0-9]+ sent'
}
check 'a signal ends it with the results so far' interrupted

steps() {
    printf '   ' | on player nbtreplay "$CAPTURES/samba-lookups.pcap" --as 10.77.0.4 --against 10.77.0.1 --step --no-broadcasts \
        --timing asap --patience 10ms >step.out 2>&1
    says step.out '^next [0-9]+ 10\.77\.0\.2:[0-9]+ > ' && says step.out 'stopped before the end'
}
check 'each message waits for a key' steps

unknown() {
    exits 2 replay samba-lookups 10.77.0.99 && says last.out 'nothing that 10\.77\.0\.99 said; it has: 10\.77\.0\.' &&
        exits 2 on player nbtreplay "$CAPTURES/samba-lookups.pcap" --as 10.77.0.4 --against 192.0.2.1 &&
        says last.out '192\.0\.2\.1 is not on a network' &&
        exits 0 on player nbtreplay "$CAPTURES/samba-lookups.pcap" --as 10.77.0.4 --against 192.0.2.1 --allow 192.0.2.0/24 \
            -i eth0 --dry-run && says last.out '^plays 10\.77\.0\.4 at 10\.77\.0\.2: '
}
check 'hosts that are not there, and targets that are elsewhere' unknown

smbtorture() {
    start server target nbtd --name-server --interface eth0 --socket /run/ns.sock --json && await server '"event":"' || return
    exits 3 replay smbtorture-wins 10.77.0.2 --ignore ttl && cp last.out torture.out &&
        says last.out '[0-9]+ matched' && says last.out '^different '
    local status=$?
    stop server
    return $status
}

check "what smbtorture said to nmbd, to our name server: each difference is listed" smbtorture

finish
