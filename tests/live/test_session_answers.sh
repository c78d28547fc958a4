#!/usr/bin/env bash
# What nbtd does with calls when it is told to: codes and retargets by rule, services for laboratories;
# held against a client of a few lines, smbclient, smbd and impacket's NetBIOS session class.
. "$(dirname "$0")/lib.sh"
in_lab alpha beta samba client

cat >session.py <<'PY'
"""A NetBIOS session client: session.py IP CALLED CALLING [VERB]; names as FRED<20>, port 139."""
import re, socket, struct, sys
def half(name):
    text, last = re.fullmatch(r'(.*)<(..)>', name).groups()
    b = text.ljust(15).encode() + bytes.fromhex(last)
    return b'\x20' + bytes(x for c in b for x in (65 + (c >> 4), 65 + (c & 15))) + b'\0'
def exactly(s, n):
    b = b''
    while len(b) < n:
        more = s.recv(n - len(b))
        if not more:
            raise EOFError('%d octets of %d' % (len(b), n))
        b += more
    return b
def message(s):
    while True:
        kind, flags, n = struct.unpack('>BBH', exactly(s, 4))
        data = exactly(s, n + (flags << 16))
        if kind != 0x85:
            return kind, data
def say(s, data):
    s.sendall(struct.pack('>BBH', 0, len(data) >> 16, len(data) & 65535) + data)
ip, called, calling = sys.argv[1:4]
verb = sys.argv[4] if len(sys.argv) > 4 else ''
s = socket.create_connection((ip, 139), 5)
names = half(called) + half(calling)
s.sendall(struct.pack('>BBH', 0x81, 0, len(names)) + names)
s.settimeout(1 if verb == 'patient' else 10)
try:
    kind, data = message(s)
    print('%02x %s' % (kind, data.hex()))
    if kind != 0x82:
        print('then', s.recv(100).hex() or 'end')
    elif verb == 'echo':
        for n in (0, 1, 1460, 65535, 131071):
            data = bytes(i * 7 & 255 for i in range(n))
            say(s, data)
            got = b''
            while len(got) < n or not n:
                got += message(s)[1]
                if not n:
                    break
            print('echo', n, got == data)
    elif verb == 'source':
        for i in range(20):
            kind, data = message(s)
            print(kind, len(data), data == bytes(i & 255 for i in range(65535)))
except socket.timeout:
    print('silence')
except ConnectionResetError:
    print('reset')
except EOFError as e:
    print('end after', e)
PY
call() {
    on client timeout 20 python3 session.py "$@" >call.out 2>&1
}

nbtd_on alpha ALPHA --sessions 1000 --keep-alive 1 \
    --answer 'CODE80<20>=0x80' --answer 'CODE81<20> from BARNEY<00>=0x81' --answer 'CODE81<20>=0x83' \
    --answer 'CODE82<20>=called-not-present' --answer 'CODE8F<20>=0x8F' --answer 'CODE77<20>=0x77' \
    --answer 'AWAY<20>=retarget:10.77.0.2:1390' --answer 'LOOP<20>=retarget:10.77.0.1' \
    --answer 'DFS<20>=retarget:10.77.0.3:139' \
    --answer 'HELD<20> from FRIEND<00>=listen' --answer 'HELD<20>=0x8F' \
    --service 'ECHO<20>=echo' --service 'SINK<20>=sink' --service 'SOURCE<20>=source' --service 'SLOW<20>=slow' \
    --service 'REFUSE<20>=refuse' --service 'SILENT<20>=silent' --service 'RESET<20>=reset' \
    --service 'GARBAGE<20>=garbage' --service 'HELD<20>=echo' --service 'DFS<20>=refuse' --service 'ALPHA<20>=echo'
await nbtd-alpha 'service: ALPHA<20> on LANA 0 sends back'

# -- answers

# rows: C7 C20
codes() {
    local row
    for row in 'CODE80<20> ANY<00> 80' 'CODE81<20> BARNEY<00> 81' 'CODE81<20> DINO<00> 83' 'CODE82<20> ANY<00> 82' \
        'CODE8F<20> ANY<00> 8f' 'CODE77<20> ANY<00> 77' 'REFUSE<20> ANY<00> 80' 'NOBODY<20> ANY<00> 82' \
        'HELD<20> ANY<00> 8f'; do
        # shellcheck disable=SC2086
        set -- $row
        call 10.77.0.1 "$1" "$2"
        [[ $(<call.out) == "83 $3"$'\n'"then end" ]] || { echo "   $row: $(<call.out)"; return 1; }
    done
    call 10.77.0.1 'HELD<20>' 'FRIEND<00>' && says call.out '^82 $'
}
check 'every code by called and calling name, then the close; the first rule that fits counts' codes

# rows: C8 C19
retargets() {
    call 10.77.0.1 'AWAY<20>' 'ANY<00>' && says call.out '^84 0a4d0002056e$' && says call.out '^then end$'
}
check 'a retarget says where to, then the close' retargets

services() {
    call 10.77.0.1 'SILENT<20>' 'ANY<00>' patient && says call.out '^silence$' || return
    call 10.77.0.1 'RESET<20>' 'ANY<00>' && says call.out '^reset$' || return
    call 10.77.0.1 'GARBAGE<20>' 'ANY<00>'
    ! says call.out '^8[0-9]' && says call.out '^[4-7][0-9a-f] |end after' || return
    call 10.77.0.1 'ECHO<20>' 'ANY<00>' echo && (($(grep -c '^echo .* True$' call.out) == 5)) || return
    call 10.77.0.1 'ALPHA<20>' 'ANY<00>' echo && (($(grep -c '^echo .* True$' call.out) == 5)) || return
    call 10.77.0.1 'SOURCE<20>' 'ANY<00>' source && (($(grep -c '^0 65535 True$' call.out) == 20)) || return
    call 10.77.0.1 'SLOW<20>' 'ANY<00>' echo && (($(grep -c '^echo .* True$' call.out) == 5)) || return
    call 10.77.0.1 'SINK<20>' 'ANY<00>' && says call.out '^82 $'
}
check 'echo, sink, source, slow, silent, reset and garbage are what their names say' services

# -- retargets as nbtd's own programs follow them

nbtd_on beta BETA --answer 'CHAIN<20>=retarget:10.77.0.1:139' --service 'CHAIN<20>=refuse'
on client true

# rows: C26 C32 C33
follows() {
    ncb beta add 'CALLER<00>' then call 'CALLER<00>' 'ECHO<20>' then send hello then receive then hangup >follow.out ||
        return
    says follow.out 'RECEIVE: NRC_GOODRET.*: hello' || return
    ! ncb alpha add 'CALLER2<00>' then call 'CALLER2<00>' 'CHAIN<20>' >follow.out || return
    says follow.out 'CALL CALLER2<00> CHAIN<20>: NRC_NOCALL \(0x14\)'
}
check 'a CALL that is sent in a circle ends, and one to a service is answered' follows

# -- a retarget to smbd

samba_conf samba SAMBA 10.77.0.3
samba_conf client CALLER 10.77.0.4
start smbd samba smbd --foreground --no-process-group -s samba.conf
start capture client dumpcap -q -P -i eth0 -f 'tcp port 139' -w answers.pcap
await capture '^File: '

# rows: C33
call_reaches_smbd() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do # until smbd listens: a refused connection is tried for a second
        ncb beta add 'CALLER<00>' then call 'CALLER<00>' 'DFS<20>' then sessions 'CALLER<00>' then hangup >smbd.out &&
            break
    done
    says smbd.out 'established CALLER<00> with DFS<20>' &&
        says nbtd-beta.out '"to":"connect","why":"retargeted".*"peer":.*10\.77\.0\.3'
}
check 'a CALL to DFS<20> here is retargeted to smbd, which takes it' call_reaches_smbd

# Samba's own client takes anything but a POSITIVE SESSION RESPONSE for a name that is not there: it follows none.
# rows: C8
smbclient_does_not() {
    ! on client timeout 30 smbclient -s client.conf -p 139 -n CALLER -N -I 10.77.0.1 //DFS/share -c ls >smbclient.out 2>&1 &&
        says smbclient.out 'NT_STATUS_RESOURCE_NAME_NOT_FOUND'
}
check 'smbclient, called away, says that there is no such name' smbclient_does_not

# smbclient on the same name where a rule lets an echo answer: a session, and its SMB comes back to it.
smbclient_is_echoed() {
    ! on client timeout 30 smbclient -s client.conf -p 139 -n CALLER -N -I 10.77.0.1 //ECHO/share -c ls >smbclient.out 2>&1 &&
        ! says smbclient.out 'NT_STATUS_RESOURCE_NAME_NOT_FOUND'
}
check 'smbclient has a session with the echo, and does not like what it says' smbclient_is_echoed

# -- impacket

cat >peer.py <<'PY'
import sys
from impacket import nmb
s = nmb.NetBIOSTCPSession('CALLER', 'ECHO', '10.77.0.1', sess_port=139)
for n in (1, 1460, 65535):
    data = bytes(i * 3 & 255 for i in range(n))
    s.send_packet(data)
    print('echo', n, s.recv_packet(10).get_trailer() == data)
s.close()
for name, code in (('CODE80', 0x80), ('CODE82', 0x82), ('NOBODY', 0x82)):
    try:
        nmb.NetBIOSTCPSession('CALLER', name, '10.77.0.1', sess_port=139)
    except nmb.NetBIOSError as e:
        print(name, 'Cannot request session' in str(e), e)
PY
impacket_talks() {
    on client timeout 30 /usr/bin/python3 peer.py >impacket.out 2>&1
    (($(grep -c True impacket.out) == 6)) || { cat impacket.out; return 1; }
}
check "impacket's session class is answered, and hears the codes" impacket_talks

# Until what impacket heard last is in the file.
recorded() {
    local i
    for ((i = 0; i < 100; i++)); do
        (($(tshark -r answers.pcap -Y 'nbss.type == 0x83' 2>/dev/null | wc -l) >= 4)) && return
        read -rt 0.1 <> <(:)
    done
    return 1
}
check 'all of it is recorded' recorded
stop capture
no_malformed() {
    [[ -s answers.pcap ]] && (($(tshark -r answers.pcap -Y nbss 2>/dev/null | wc -l) > 15)) || return
    [[ -z $(tshark -r answers.pcap -Y '_ws.malformed' 2>/dev/null) ]] || return
    "$BIN/nbtdump" -r answers.pcap --lint >lint.out 2>&1
    ! says lint.out 'malformed' && "$BIN/nbtdump" -r answers.pcap | grep -q retarget
}
check 'tshark and nbtdump find nothing malformed in what was said' no_malformed

finish
