#!/usr/bin/env bash
# Sessions where things go wrong: packets lost, late and out of order; a peer, a driver or a program killed;
# a peer that is cut off. Every octet arrives as it was sent, or there is an error; nothing hangs; and in the end
# the drivers have no more descriptors than in the beginning, and no memory that nobody frees (AddressSanitizer
# says so at their end).
. "$(dirname "$0")/lib.sh"
in_lab alpha beta

cat >talk.py <<'PY'
"""Programs of a driver: talk.py SOCKET OWN-NAME NAME SESSIONS OCTETS [TIME-OUT]: calls an echo, so often, and has random messages
come back until so many octets have; prints "done ..." or the command and return code that it ended with."""
import os, random, select, socket, struct, sys
path, own, name, count, total = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
timeout = int(sys.argv[6]) if len(sys.argv) > 6 else 0
CALL, HANGUP, SEND, RECEIVE, CHAIN, ADD, RESET = 0x10, 0x12, 0x14, 0x15, 0x17, 0x30, 0x32
def name16(text):
    return text[:-4].ljust(15).encode() + bytes.fromhex(text[-3:-1])
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 19)
s.connect(path)
tag = 0
def gone():
    print('the driver has gone')
    sys.exit(3)
def submit(command, lsn=0, length=0, chain=0, data=b'', callname=b'*'):
    global tag
    tag += 1
    try:
        s.send(struct.pack('>BBHIBBBBBBBB16s16sIIII', 1, 1, 0, tag, command, 0, lsn, 0, 0, timeout, timeout, 0,
                           callname.ljust(16, b' '), name16(own), length, chain, 0, 0) + data)
    except OSError:
        gone()
    return tag
def answer():
    try:
        m = s.recv(1 << 18)
    except OSError:
        m = b''
    if not m:
        gone()
    kind, tag, command, nrc, lsn = struct.unpack('>xBxxIBBB', m[:11])
    return tag, command, nrc, lsn, m[64:]
def wait(*args, **more):
    t = submit(*args, **more)
    got = answer()
    assert got[0] == t
    return got
rng = random.Random(name + own)
wait(RESET)
code = wait(ADD)[2]
assert code == 0, code
print('started', flush=True)
sessions = {}
for i in range(count):
    got = wait(CALL, callname=name16(name))
    if got[2]:
        print('command 10 ends with %02x' % got[2]); sys.exit(1)
    sessions[got[3]] = {'left': total, 'want': b'', 'at': 0}
pending = {}
def say(lsn):
    x = sessions[lsn]
    n = rng.choice([0, 1, 100, 1460, 5000, 65535, 131070])
    x['want'], x['at'] = os.urandom(n), 0
    first = min(n, 65535)
    pending[submit(CHAIN if n > first else SEND, lsn, first, n - first, x['want'])] = 'send'
    pending[submit(RECEIVE, lsn, 65535)] = 'receive'
for lsn in sessions:
    say(lsn)
print('calling', flush=True)
open_ = len(sessions)
while open_:
    t, command, nrc, lsn, data = answer()
    what = pending.pop(t)
    if nrc not in (0, 6):
        print('command %02x ends with %02x' % (command, nrc)); sys.exit(1)
    if what == 'hang up':
        open_ -= 1
    if what != 'receive':
        continue
    x = sessions[lsn]
    if data != x['want'][x['at']:x['at'] + len(data)]:
        print('other octets have come back'); sys.exit(2)
    x['at'] += len(data)
    if x['at'] < len(x['want']):
        pending[submit(RECEIVE, lsn, 65535)] = 'receive'
        continue
    x['left'] -= len(x['want'])
    if x['left'] > 0:
        say(lsn)
    else:
        pending[submit(HANGUP, lsn)] = 'hang up'
print('done: %d sessions' % count)
PY
# talk LABEL OWN SESSIONS OCTETS [TIME-OUT]: such a program in the background.
talk() {
    start "$1" beta python3 -u talk.py /run/beta.sock "$2" 'ECHO<20>' "${@:3}"
}
# over LABEL SECONDS: it has ended by itself in that time.
over() {
    timeout "$2" tail --pid="${PIDS[$1]}" -f /dev/null
}
descriptors() {
    find "/proc/${PIDS[$1]}/fd" -mindepth 1 | wc -l
}
# quiet LABEL N: until the driver has no more descriptors than that.
quiet() {
    local i
    for ((i = 0; i < 200; i++)); do
        (($(descriptors "$1") <= $2)) && return
        read -rt 0.1 <> <(:)
    done
    echo "   $1 has $(descriptors "$1") descriptors, $2 in the beginning"
    return 1
}
# link LOSS RATE: what both send and hear; of a hundred packets so many are lost. Nothing: as they are.
link() {
    local host
    for host in alpha beta; do
        on "$host" nft flush ruleset
        on "$host" tc qdisc del dev eth0 root 2>/dev/null
        (($# == 0)) && continue
        on "$host" nft add table ip t &&
            on "$host" nft add chain ip t c '{ type filter hook input priority 0; }' &&
            on "$host" nft add rule ip t c meta l4proto tcp numgen random mod 100 '<' "$1" drop &&
            on "$host" tc qdisc add dev eth0 root tbf rate "$2" burst 16k limit 64k || return
    done
}

nbtd_on alpha ALPHA --service 'ECHO<20>=echo' --keep-alive 1 --sessions 600
nbtd_on beta BETA --keep-alive 1
await nbtd-alpha 'service: ECHO<20>'
ALPHA_FDS=$(descriptors nbtd-alpha) BETA_FDS=$(descriptors nbtd-beta)

clean_link() {
    talk clean 'CLEAN<00>' 20 3000000 && over clean 60 && says clean.out 'done: 20 sessions'
}
check '20 sessions of 3 MB each come back octet by octet' clean_link

lossy_link() {
    link 4 100mbit && talk lossy 'LOSSY<00>' 8 1000000 && over lossy 120
    local status=$?
    link
    ((status == 0)) && says lossy.out 'done: 8 sessions'
}
check '8 of them where every 25th packet is lost, and queues are short' lossy_link

# rows: C36
slow_link() {
    link 10 2mbit && talk slow 'SLOW<00>' 3 100000 && over slow 120
    local status=$?
    link
    ((status == 0)) && says slow.out 'done: 3 sessions'
}
check '3 of them where every tenth is lost at 2 Mbit/s' slow_link

# rows: G19
program_killed() {
    talk victim 'VICTIM<00>' 10 1000000000 && await victim '^calling' || return
    stop victim KILL
    quiet nbtd-beta "$BETA_FDS" && quiet nbtd-alpha "$ALPHA_FDS" && ncb beta add 'VICTIM<00>' >again.out
}
check 'a program is killed: its sessions end on both sides, its name is free' program_killed

# rows: G41
cut_off() {
    talk cut 'CUT<00>' 5 1000000000 8 && await cut '^calling' || return
    on alpha nft 'add table ip t; add chain ip t c { type filter hook input priority 0; policy drop; }'
    over cut 30
    local status=$?
    on alpha nft flush ruleset
    ((status == 0)) && says cut.out 'ends with (05|18)$'
}
check 'a peer is cut off without a word: commands end with their time-outs' cut_off

# rows: G40 G41
peer_killed() {
    talk orphan 'ORPHAN<00>' 10 1000000000 && await orphan '^calling' || return
    stop nbtd-alpha KILL
    over orphan 20 && says orphan.out 'ends with (0a|18)$' && quiet nbtd-beta "$BETA_FDS"
}
check "the peer's driver is killed: commands end with their codes, and nothing is left" peer_killed

called_in_vain() {
    talk vain 'VAIN<00>' 1 1 && over vain 30 && says vain.out 'command 10 ends with 14$'
}
check 'a CALL to it then ends with NRC_NOCALL' called_in_vain

driver_killed() {
    nbtd_on alpha ALPHA --service 'ECHO<20>=echo' && await nbtd-alpha 'service: ECHO<20>' || return
    ALPHA_FDS=$(descriptors nbtd-alpha)
    talk left 'LEFT<00>' 10 1000000000 && await left '^calling' || return
    stop nbtd-beta KILL
    over left 20 && says left.out 'the driver has gone' && quiet nbtd-alpha "$ALPHA_FDS"
}
check 'the own driver is killed: programs hear of it, and the peer has nothing left' driver_killed

at_last() {
    stop nbtd-alpha
}
check 'the driver ends in order, with nothing left behind' at_last

finish
