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

silent() {
    exits 3 replay samba-lookups 10.77.0.4 --peer 10.77.0.1 --patience 50ms &&
        says last.out '^10\.77\.0\.1 said nothing at all; is it up, and are its ports open\?$' &&
        says last.out '^[0-9]+ sent.*; [0-9]+ expected: [0-9]+ missing$'
}
check 'a target that is silent' silent

# Three rounds are three times one: nobody takes what is said again for a repetition.
rounds() {
    nbtd_on target ALPHA || return
    exits 3 replay samba-lookups 10.77.0.4 --peer 10.77.0.1 -i eth0 && tail -n 1 last.out >one.out &&
        exits 3 replay samba-lookups 10.77.0.4 --peer 10.77.0.1 -i eth0 --loop 3 && tail -n 1 last.out >three.out &&
        says one.out '[1-9][0-9]* (matched|different)' &&
        python3 -c 'import re, sys; one, three = (open(f).read() for f in ("one.out", "three.out")); print(one, three)
sys.exit(re.sub(r"\d+", lambda n: str(3 * int(n[0])), one) != three)'
    local status=$?
    stop nbtd-target
    return $status
}
check 'rounds begin with nothing' rounds

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

# Where nbtd answers otherwise than nmbd, fixtures/replays/nmbd-differs.tsv has the RFC's word on it.
cat >differs.py <<'PY'
import json, re, sys

table, capture, results = sys.argv[1:]
rows = [line.rstrip("\n").split("\t") for line in open(table)][1:]
rows = [(re.compile(nmbd), re.compile(nbtd), word) for name, nmbd, nbtd, word in rows if name == capture]
used, failed, was = set(), 0, None
for line in open(results):
    if line.startswith("different "):
        was = line
    elif line.startswith("    got: "):
        fits = [i for i, (nmbd, nbtd, _) in enumerate(rows) if nmbd.search(was) and nbtd.search(line)]
        used.update(fits)
        if not fits:
            failed += 1
            print("no word on this:", was, line, sep="\n")
for i, row in enumerate(rows):
    if i not in used:
        failed += 1
        print("it does not come:", row[0].pattern, row[1].pattern)
sys.exit(failed > 0 or not rows)
PY
# beside_nmbd CAPTURE HOST[,HOST]: said to nbtd; every difference is one that has its row.
beside_nmbd() {
    start server target nbtd --name-server --memory --interface eth0 --socket /run/ns.sock --json &&
        await server '"event":"' || return
    exits 3 replay "$1" "$2" --peer 10.77.0.1 -i eth0 --ignore ttl && cp last.out "$1.out" &&
        says "$1.out" '[0-9]+ matched' && python3 differs.py "$ROOT/fixtures/replays/nmbd-differs.tsv" "$1" "$1.out"
    local status=$?
    stop server
    return $status
}
check 'smbtorture said to nbtd: each difference from nmbd has its section' beside_nmbd smbtorture-wins 10.77.0.2
nsenter --net=/run/netns/player ip address add 10.77.0.12/24 dev eth0
check 'nmblookup, and the computer that it asks for' beside_nmbd samba-name-server 10.77.0.2,10.77.0.3
finish
