#!/usr/bin/env bash
# The name server with the profile samba beside a real nmbd as WINS server: the same requests to both,
# and the same answers from both, field by field.
. "$(dirname "$0")/lib.sh"
in_lab ours nmbd holder claimant

samba_conf nmbd WINSHOST 10.77.0.2
sed -i '/\[global\]/a wins support = yes' nmbd.conf
start nmbd nmbd nmbd --foreground --no-process-group --debug-stdout -d 1 -s nmbd.conf
start ours ours nbtd --name-server --interface eth0 --memory --server-profile samba --socket /run/ours.sock

# The holder of every name: what it says about a name, the name's first letter tells.
cat >holder.py <<'PY'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.77.0.3', 137))
print('holding', flush=True)
while True:
    q, server = s.recvfrom(2000)
    flags = struct.unpack('>H', q[2:4])[0]
    if flags & 0xf800: # no query
        continue
    letter = chr((q[13] - 65) << 4 | (q[14] - 65))
    head, name = q[:2], q[12:46]
    if letter == 'Y':
        s.sendto(head + b'\x85\x80' + bytes((0, 0, 0, 1, 0, 0, 0, 0)) + name +
                 struct.pack('>HHIHH4s', 0x20, 1, 0, 6, 0x6000, bytes((10, 77, 0, 3))), server)
    elif letter == 'N':
        s.sendto(head + b'\x85\x83' + bytes((0, 0, 0, 1, 0, 0, 0, 0)) + name +
                 struct.pack('>HHIH', 0x0a, 1, 0, 0), server)
PY
cat >ask.py <<'PY'
import select, socket, struct, sys
SERVERS = ('10.77.0.1', '10.77.0.2')
HOLDER, CLAIMANT, GROUP = (10, 77, 0, 3), (10, 77, 0, 4), 0x8000
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.77.0.4', 137))
last = 100

def packet(word, name, suffix, ip=None, flags=0x6000, ttl=1000):
    encoded = bytes(x for c in name.ljust(15).encode() + bytes([suffix]) for x in (65 + (c >> 4), 65 + (c & 15)))
    p = struct.pack('>6H', last, word, 1, 0, 0, 1 if ip else 0) + b'\x20' + encoded + b'\0' + struct.pack('>2H', 0x20, 1)
    if ip:
        p += struct.pack('>HHHIHH4s', 0xc00c, 0x20, 1, ttl, 6, flags, bytes(ip))
    return p

def shown(p):
    word, an = struct.unpack('>HHH', p[2:8])[0], struct.unpack('>H', p[6:8])[0]
    text = '%04x an=%d' % (word, an)
    if len(p) > 46:
        kind, cls, ttl, n = struct.unpack('>HHIH', p[46:56])
        ttl = ttl + 1 if ttl % 10 == 9 else ttl # a second more or less has passed
        text += ' type=%02x ttl=%d %s' % (kind, ttl, p[56:56 + n].hex())
    return text

def both(*request, **more):
    """One request to both servers; what each of them answers, WACKs included."""
    global last
    last += 1
    p = packet(*request, **more)
    answers = {ip: [] for ip in SERVERS}
    waiting = set(SERVERS)
    for ip in SERVERS:
        s.sendto(p, (ip, 137))
    while waiting and select.select([s], [], [], 40)[0]:
        a, (ip, port) = s.recvfrom(2000)
        word = struct.unpack('>H', a[2:4])[0]
        if word & 0x8000 and struct.unpack('>H', a[:2])[0] == last:
            answers[ip].append(shown(a))
            if word & 0x7800 != 0x3800:
                waiting.discard(ip)
    return answers

for ip in SERVERS: # until it is there
    while True:
        s.sendto(packet(0x0100, 'PROBE', 0x20), (ip, 137))
        if select.select([s], [], [], 0.2)[0]:
            try:
                s.recvfrom(2000)
                break
            except ConnectionError:
                pass
while select.select([s], [], [], 0.3)[0]: # late answers to that
    s.recvfrom(2000)

REG, MULTI, OVER, REF8, REF9, REL, ASK = 0x2900, 0x7900, 0x2800, 0x4000, 0x4800, 0x3000, 0x0100
H, C = dict(ip=HOLDER), dict(ip=CLAIMANT)
HG, CG = dict(ip=HOLDER, flags=0x6000 | GROUP), dict(ip=CLAIMANT, flags=0x6000 | GROUP)
held, group = [(REG, H)], [(REG, HG)]
CASES = [ # name's first letter and suffix, what is before, the request
    ('new unique', 'Y', 0x20, [], REG, C), ('new by opcode 15', 'Y', 0x20, [], MULTI, C),
    ('new group', 'Y', 0x00, [], REG, CG), ('new 1C', 'Y', 0x1c, [], REG, CG), ('new 1D', 'Y', 0x1d, [], REG, C),
    ('own again', 'Y', 0x20, [(REG, C)], REG, C), ('holder alive', 'Y', 0x20, held, REG, C),
    ('holder denies', 'N', 0x20, held, REG, C), ('opcode 15, alive', 'Y', 0x20, held, MULTI, C),
    ('opcode 15, denied', 'N', 0x20, held, MULTI, C), ('unique over group', 'Y', 0x00, group, REG, C),
    ('group over unique', 'Y', 0x20, held, REG, CG), ('joining a group', 'Y', 0x00, group, REG, CG),
    ('joining 1C', 'Y', 0x1c, group, REG, CG), ("another's refresh", 'Y', 0x20, held, REF8, C),
    ("another's refresh, opcode 9", 'Y', 0x20, held, REF9, C), ('refresh of nothing', 'Y', 0x20, [], REF8, C),
    ('own refresh', 'Y', 0x20, [(REG, C)], REF8, C), ("another's release", 'Y', 0x20, held, REL, C),
    ('release of nothing', 'Y', 0x20, [], REL, C), ('own release', 'Y', 0x20, [(REG, C)], REL, C),
    ('a third address', 'Y', 0x20, [], REG, dict(ip=(10, 77, 0, 99))), ('overwrite', 'Y', 0x20, held, OVER, C),
    ('query without RD', 'Y', 0x20, held, 0x0000, {}), ('TTL 0', 'Y', 0x20, [], REG, dict(C, ttl=0)),
    ('TTL 100000', 'Y', 0x20, [], REG, dict(C, ttl=100000)), ('TTL 2^31', 'Y', 0x20, [], REG, dict(C, ttl=1 << 31)),
    ('nobody', 'Y', 0x20, [], ASK, {}), ('holder dead', 'D', 0x20, held, REG, C),
]
for i, (title, letter, suffix, before, word, more) in enumerate(CASES):
    name = '%sCASE%d' % (letter, i)
    for w, m in before:
        both(w, name, suffix, **m)
    said, found = both(word, name, suffix, **more), both(ASK, name, suffix)
    ours, nmbd = said[SERVERS[0]] + found[SERVERS[0]], said[SERVERS[1]] + found[SERVERS[1]]
    print('%s %s\n  ours %s\n  nmbd %s' % ('same' if ours == nmbd else 'DIFFERENT', title, ours, nmbd), flush=True)
PY

check 'our server' await ours 'nbtd: ready: name server'
check 'nmbd as WINS server' await nmbd 'nmbd version .* started'
start holder holder python3 holder.py
check 'a holder of names' await holder holding
compared() {
    on claimant timeout 100 python3 ask.py >ask.out 2>ask.err
    [[ $(grep -c '^same' ask.out) == 29 ]] || { cat ask.err; grep -A2 '^DIFFERENT' ask.out | head -n 20; return 1; }
}
check 'twenty-nine requests are answered alike' compared

# nmbd's own file, as it writes it when it ends: another server takes it over, and gives the same back.
taken_over() {
    local names=("$BIN/nbtlab" names --socket /run/other.sock)
    stop nmbd
    cat /run/samba-nmbd/*/wins.dat >theirs
    start other nmbd nbtd --name-server --interface eth0 --memory --socket /run/other.sock
    await other 'nbtd: ready' && "${names[@]}" import theirs && "${names[@]}" export wins.dat >ours || return 1
    # The lower bits of the flags are nmbd's own business.
    [[ $(wc -l <theirs) -gt 10 ]] && diff <(sed 's/.R$//' theirs | sort) <(sed 's/.R$//' ours | sort)
}
check "nmbd's wins.dat is taken over" taken_over

finish
