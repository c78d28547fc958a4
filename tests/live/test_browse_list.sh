#!/usr/bin/env bash
# The list of a master of ours, as others fetch it: smbclient -L by the computer's name; what else it is asked
# for and refuses; callers that say nonsense or nothing; what was recorded is well formed.
. "$(dirname "$0")/browse.sh"
in_lab alpha box crown

samba_conf alpha ALPHA 10.77.0.1
start tshark alpha tshark -i eth0 -l -n -f 'tcp port 139' -P -w /run/list.pcap
check 'the recorder is there' await tshark "Capturing on 'eth0'" "$LONG_ENOUGH"
nbtd_on box BOX
nbtd_on crown CROWN
browses box --comment 'our box'
browses crown --part preferred --comment 'our crown'
check 'ours is elected where there is no other' await crown '"role":"master","why":"elected"' "$LONG_ENOUGH"
check 'and has our other computer in its list' await crown '"event":"appeared".*"server":"BOX"' "$LONG_ENOUGH"

# smb WORD...: smbclient of that, to CROWN, whom it looks for by broadcast.
smb() {
    on alpha smbclient -N -s alpha.conf --option='name resolve order = bcast' -p 139 "$@" >list.out 2>&1
}
shows_both() {
    comes_to list.out smb -L CROWN -- '^\s+CROWN +our crown' '^\s+BOX +our box' '^\s+NBTLAB +CROWN'
}
check 'smbclient -L shows both, and the master of the workgroup' shows_both
check 'ours tells who has asked' await crown '"event":"asked","by":"ALPHA<00>","entries":2' "$LONG_ENOUGH"
check 'somebody with a name and a password is a guest, too' \
    comes_to list.out smb --option='client use spnego = no' -L CROWN -U 'fred%barney' -- '^\s+BOX +our box'
no_share() {
    ! smb //CROWN/share -c ls && says list.out 'NT_STATUS_BAD_NETWORK_NAME'
}
check 'a share is refused: there is none' no_share

# call.py NAME SUFFIX COUNT OCTETS SECONDS: as many sessions with that name at once; who is refused calls again for so
# long, since a LISTEN may be on its way. In each the octets are said, if there are any, and then it waits for the
# end. Says how many were let in and how many were ended by the other side.
cat >call.py <<'PY'
import socket, sys, time
def letters(name, suffix):
    return b'\x20' + bytes(65 + x for c in name.ljust(15).encode() + bytes([suffix]) for x in (c >> 4, c & 15)) + b'\0'
name, suffix, count, said, until = sys.argv[1], int(sys.argv[2], 16), int(sys.argv[3]), bytes.fromhex(sys.argv[4]), \
    time.monotonic() + float(sys.argv[5])
to_from = letters(name, suffix) + letters('ALPHA', 0)
def call():
    while True:
        s = socket.create_connection(('10.77.0.3', 139), timeout=60)
        s.sendall(b'\x81\0' + len(to_from).to_bytes(2, 'big') + to_from)
        if s.recv(4) == b'\x82\0\0\0':
            return s
        if time.monotonic() > until:
            return None
sessions = [s for s in (call() for i in range(count)) if s]
ended = 0
for s in sessions if said else []:
    s.sendall(b'\0\0' + len(said).to_bytes(2, 'big') + said)
    ended += s.recv(4) == b''
print(name, len(sessions), ended)
PY
called() {
    on alpha /usr/bin/python3 call.py "${@:1:5}" >call.out 2>&1 && says call.out "^$1 $6\$" || { cat call.out; return 1; }
}
check 'by the name of the workgroup <1D>, too, and nonsense ends a session' called NBTLAB 1d 1 00 30 '1 1'
check 'an SMB that is cut off, too' called CROWN 20 1 ff534d42720000000000000000 30 '1 1'
check 'nobody is called CROWN<55>' called CROWN 55 1 00 0 '0 0'
check 'eight that say nothing' called CROWN 20 8 '' 30 '8 0'
check 'and when they are gone, the list is given again' shows_both

loses() {
    stop crown && says crown.out '"event":"exit","status":0' && on alpha /usr/bin/python3 call.py CROWN 20 1 '' 0 >call.out &&
        says call.out '^CROWN 0 0$'
}
check 'who is not there any more cannot be called' loses
recorded() {
    stop tshark INT
    tshark -r /run/list.pcap -n -Y 'lanman' >tshark.out 2>/dev/null
    says tshark.out 'NetServerEnum2 Response' || { cat tshark.out; return 1; }
    # The nonsense is malformed, and is said by alpha: what crown says must not be.
    tshark -r /run/list.pcap -n -Y '_ws.malformed && ip.src == 10.77.0.3' >tshark.out 2>/dev/null && [[ ! -s tshark.out ]] &&
        "$BIN/nbtdump" -r /run/list.pcap >dump.out && ! grep -i 'malformed' dump.out || { cat tshark.out; return 1; }
}
check 'what was recorded is well formed' recorded
finish
