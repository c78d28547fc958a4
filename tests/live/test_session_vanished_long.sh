#!/usr/bin/env bash
# A peer that vanishes without a word while nothing is said: keep-alives find it out, and TCP gives it up after 100 seconds, on
# both sides and not before; a break of some seconds is outlived. It takes two minutes.
. "$(dirname "$0")/lib.sh"
in_lab alpha beta

cat >wait.py <<'PY'
"""A program of a driver: calls SINK<20> so often, waits for what comes on each session, and tells how each ends."""
import socket, struct, sys, time
path, count = sys.argv[1], int(sys.argv[2])
CALL, RECEIVE, ADD, RESET = 0x10, 0x15, 0x30, 0x32
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(path)
tag = 0
def submit(command, lsn=0, length=0, callname=b'*'):
    global tag
    tag += 1
    s.send(struct.pack('>BBHIBBBBBBBB16s16sIIII', 1, 1, 0, tag, command, 0, lsn, 0, 0, 0, 0, 0,
                       callname.ljust(16, b' '), b'WAITER'.ljust(15) + b'\0', length, 0, 0, 0))
def answer():
    m = s.recv(1 << 18)
    return struct.unpack('>xBxxIBBB', m[:11])[2:]
def wait(*args, **more):
    submit(*args, **more)
    command, code, lsn = answer()
    assert code == 0, '%02x ends with %02x' % (command, code)
    return lsn
wait(RESET)
wait(ADD)
for lsn in [wait(CALL, callname=b'SINK'.ljust(15) + b' ') for i in range(count)]:
    submit(RECEIVE, lsn, 100)
print('waiting', flush=True)
for i in range(count):
    command, code, lsn = answer()
    print('command %02x ends with %02x' % (command, code), flush=True)
print('all have ended', flush=True)
PY

SESSIONS=5
descriptors() {
    find "/proc/${PIDS[$1]}/fd" -mindepth 1 | wc -l
}
# quiet LABEL N SECONDS: until the driver has no more descriptors than that; leaves how long that was in TOOK.
quiet() {
    local begun=$SECONDS
    while (($(descriptors "$1") > $2)); do
        ((SECONDS - begun < $3)) || return
        read -rt 0.2 <> <(:)
    done
    TOOK=$((SECONDS - begun))
}
vanish() {
    on beta nft 'add table ip t; add chain ip t i { type filter hook input priority 0; policy drop; }
        add chain ip t o { type filter hook output priority 0; policy drop; }'
}
come_back() {
    on beta nft flush ruleset
}

nbtd_on alpha ALPHA --service 'SINK<20>=sink' --keep-alive 2
nbtd_on beta BETA --keep-alive 2
await nbtd-alpha 'service: SINK<20>'
ALPHA_FDS=$(descriptors nbtd-alpha)
start waiter beta python3 -u wait.py /run/beta.sock "$SESSIONS"
await waiter '^waiting'

# Until the peer has acknowledged all that alpha has said: TCP says it again when its time has come.
acknowledged() {
    local begun=$SECONDS
    while on alpha ss -tnH state established | awk '$2 > 0 { any = 1 } END { exit !any }'; do
        ((SECONDS - begun < 60)) || return
        read -rt 0.2 <> <(:)
    done
    true
}

# rows: C36
outlived() {
    vanish
    quiet nbtd-alpha "$ALPHA_FDS" 12 && { echo "   given up after $TOOK s"; return 1; }
    come_back
    acknowledged && (($(descriptors nbtd-alpha) == ALPHA_FDS + SESSIONS)) && ! grep -q ends waiter.out
}
check 'a peer is away for twelve seconds: its sessions go on' outlived

# rows: C36
given_up() {
    vanish
    quiet nbtd-alpha "$ALPHA_FDS" 130 || { echo "   $(descriptors nbtd-alpha) descriptors, $ALPHA_FDS in the beginning"; return 1; }
    ((TOOK >= 95 && TOOK <= 115)) || { echo "   after $TOOK s"; return 1; }
}
check 'a peer has vanished: nothing is left of its sessions after 100 seconds, and not before' given_up

# rows: C36 G40
told() {
    await waiter '^all have ended' 20 && (($(grep -c 'command 15 ends with 18' waiter.out) == SESSIONS))
}
check 'who has vanished gives up as well: its RECEIVEs end with NRC_SABORT' told

finish
