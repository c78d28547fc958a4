#!/usr/bin/env python3
"""Asks a computer what scanners and spoofers ask, and prints every answer: octets, port, TTL of IP. Its
name, address and MAC address are masked, so that two computers which are to be alike can be compared.

usage: persona_probe.py ADDRESS NAME WORKGROUP [first]

With `first`, the first question alone.
"""
import socket, struct, sys

address, name, group = sys.argv[1:4]
IP_RECVTTL = 12


def letters(text, suffix):
    b = (text.encode().ljust(15) + bytes([suffix]))[:16]
    return b'\x20' + bytes(x for c in b for x in (65 + (c >> 4), 65 + (c & 15))) + b'\0'


STAR = b'\x20' + b'CK' + b'A' * 30 + b'\0'


def question(trn, word, encoded, kind):
    return struct.pack('>6H', trn, word, 1, 0, 0, 0) + encoded + struct.pack('>2H', kind, 1)


def record(trn, word, encoded, ttl, flags):
    return (struct.pack('>6H', trn, word, 1, 0, 0, 1) + encoded + struct.pack('>5H', 0x20, 1, 0xc00c, 0x20, 1) +
            struct.pack('>IHH', ttl, 6, flags) + socket.inet_aton('10.77.0.200'))


def conflict(trn, encoded):
    return (struct.pack('>6H', trn, 0xad87, 0, 1, 0, 0) + encoded + struct.pack('>2H', 0x20, 1) +
            struct.pack('>IHH', 0, 6, 0) + bytes(4))


def mask(data):
    for suffix in range(256):
        data = data.replace(letters(name, suffix), b'\x20' + b'N' * 30 + b'%02X' % suffix + b'\0')
    data = data.replace(name.encode().ljust(15), b'N' * 15)
    return data.replace(socket.inet_aton(address), b'ADDR')


s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(('', 0))


def ask(what, data, to=address):
    print(what)
    s.sendto(data, (to, 137))
    s.settimeout(0.6 if 'nobody answers' not in what else 0.3)
    while True:
        try:
            got, anc, _, peer = s.recvmsg(2000, 100)
        except socket.timeout:
            break
        ttl = [struct.unpack('i', d)[0] for _, kind, d in anc if kind == socket.IP_TTL]
        print('  from port %d, IP TTL %d: %r' % (peer[1], ttl[0], mask(got)))
        s.settimeout(0.2)


mine = letters(name, 0x20)
ask('status of *', question(1, 0x0000, STAR, 0x21))
if len(sys.argv) > 4:
    sys.exit()
ask('status of its name', question(2, 0x0000, mine, 0x21))
ask('query for its name', question(3, 0x0100, mine, 0x20))
ask('query as to everybody', question(4, 0x0110, mine, 0x20))
ask('query without RD', question(5, 0x0000, mine, 0x20))
ask('query for its workgroup', question(6, 0x0110, letters(group, 0x00), 0x20))
ask('query for a name that is not there', question(7, 0x0100, letters('NOSUCH', 0x20), 0x20))
ask('query for another type: nobody answers', question(8, 0x0100, mine, 0x01))
ask('a claim of its name', record(9, 0x2910, mine, 0, 0x0000))
ask('by a node of another type', record(10, 0x2910, mine, 300000, 0x6000))
ask('a claim of its name as a group', record(11, 0x2910, mine, 0, 0x8000))
ask('a claim of its workgroup as a unique name', record(12, 0x2910, letters(group, 0x00), 0, 0x0000))
ask('a claim of its workgroup: nobody answers', record(13, 0x2910, letters(group, 0x00), 0, 0x8000))
ask('a demand: nobody answers', record(14, 0x2810, letters('NOSUCH', 0x20), 0, 0x0000))
ask('a conflict: nobody answers', conflict(15, mine))
ask('and still a query for its name', question(16, 0x0100, mine, 0x20))
ask('a release as to everybody: nobody answers', record(17, 0x3010, mine, 0, 0x0000))
ask('and still a query for its name', question(18, 0x0100, mine, 0x20))
ask('a release by a stranger', record(20, 0x3000, mine, 0, 0x0000))
ask('and still a query for its name', question(21, 0x0100, mine, 0x20))
ask('query for a name that is not there, without RD', question(22, 0x0000, letters('NOSUCH', 0x20), 0x20))
ask('to all: query for its name', question(23, 0x0110, mine, 0x20), '10.77.0.255')
ask('to all: a claim of its name', record(24, 0x2910, mine, 0, 0x0000), '10.77.0.255')
ask('to all: a refresh of its name', record(25, 0x4010, mine, 0, 0x0000), '10.77.0.255')
ask('to all: a release of its name', record(26, 0x3010, mine, 0, 0x0000), '10.77.0.255')
ask('to all: query for its name', question(27, 0x0110, mine, 0x20), '10.77.0.255')
ask('to all: status of its name', question(28, 0x0010, mine, 0x21), '10.77.0.255')
ask('a refresh by a stranger', record(29, 0x4000, mine, 0, 0x0000))
ask('a multihomed claim of its name', record(30, 0x7900, mine, 0, 0x0000))
ask('an overwrite request', record(31, 0x2800, mine, 0, 0x0000))
# not asked: * and blanks, which nmbd answers as "* and zeros, <20>", a name that nobody asked for
ask('status of a name that is not there: nobody answers', question(33, 0x0000, letters('NOSUCH', 0x20), 0x21))
nobody = letters('NOSUCH', 0x20)
ask('a claim that is not to all', record(34, 0x2900, mine, 0, 0x0000))
ask('the same of a name that is not there', record(35, 0x2900, nobody, 0, 0x0000))
ask('a release of a name that is not there', record(36, 0x3000, nobody, 0, 0x0000))
ask('the same as to everybody', record(37, 0x3010, nobody, 0, 0x0000))
ask('a refresh of a name that is not there', record(38, 0x4000, nobody, 0, 0x0000))
ask('a multihomed claim of a name that is not there', record(39, 0x7900, nobody, 0, 0x0000))
ask('a multihomed claim as to everybody', record(40, 0x7910, mine, 0, 0x0000))
ask('an overwrite demand of its name', record(41, 0x2810, mine, 0, 0x0000))
ask('a release of its workgroup', record(42, 0x3010, letters(group, 0x00), 0, 0x8000))
ask('a release of its workgroup at a server', record(43, 0x3000, letters(group, 0x00), 0, 0x8000))
ask('a release as a group', record(44, 0x3010, mine, 0, 0x8000))
ask('a group claim at a server', record(45, 0x2900, letters(group, 0x00), 0, 0x8000))
ask('a refresh as to everybody', record(46, 0x4010, mine, 0, 0x0000))
ask('opcode 9', record(47, 0x4800, mine, 0, 0x0000))
ask('its status at last', question(19, 0x0000, STAR, 0x21))
