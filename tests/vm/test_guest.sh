#!/usr/bin/env bash
# A Debian guest with Samba, in a virtual machine at the bridge of emulated computers: they see each other, refuse each
# other's names, and are controlled from each other; the failure of Q200832 with a client in the machine; and what
# nbtlab doctor says of faults that are planted between the two.
. "$(dirname "$0")/lib.sh"
# Without these there is no guest: said, and skipped.
for need in /dev/net/tun "$(type -P qemu-system-x86_64)"; do
    [[ $UID == 0 && -e $need ]] && continue
    echo 'SKIPPED: a guest on a bridge needs root, /dev/net/tun, and QEMU'
    exit 77
done
GUEST=${GUEST:-$("$(dirname "$0")/guest.sh")} || exit 1
export GUEST
in_lab console client other
IP=10.77.0.60

check 'the guest boots' boot_guest "$IP"
((FAILED == 0)) || finish

samba_guest() { # NAME: smb.conf in the guest, and nmbd, smbd with it
    samba_conf guest "$1" "$IP"
    sed -i 's/^\[share\]/  os level = 200\n  preferred master = yes\n  local master = yes\n&/' guest.conf
    guest "mkdir -p $(grep -oE '/run/samba-guest/[a-z]+' guest.conf | tr '\n' ' ') && cat >/run/smb.conf <<'CONF'
$(cat guest.conf)
CONF
nmbd -D -s /run/smb.conf && smbd -D -s /run/smb.conf"
}

# -- the guest's programs see our computers

nbtd_on console CONSOLE
nbtd_on client CLIENT1
check 'nmbd and smbd start in the guest' samba_guest VMGUEST
check "nmbd has its names there" comes_true 'nmblookup -s /run/smb.conf -U 10.77.0.60 "VMGUEST#20"'
found() {
    guest 'nmblookup -s /run/smb.conf -B 10.77.0.255 CONSOLE "CLIENT1#20"' &&
        says guest.out '^10\.77\.0\.1 CONSOLE<00>' && says guest.out '^10\.77\.0\.2 CLIENT1<20>'
}
check "the guest's nmblookup finds our computers by broadcast" found
told() {
    guest 'nmblookup -s /run/smb.conf -A 10.77.0.1'
    says guest.out 'CONSOLE +<00> - +B <ACTIVE>' && says guest.out 'CONSOLE +<20> - +B <ACTIVE>'
}
check 'and their names' told
found_here() { # nmbd answers for a name before it has claimed it, but not to broadcasts
    local i
    for ((i = 0; i < 30; i++)); do # each FIND NAME waits for a second or more itself
        ncb console find 'VMGUEST<20>' >find.out && says find.out '10\.77\.0\.60' && return
    done
    sed 's/^/   | /' find.out
    return 1
}
check 'FIND NAME finds the guest' found_here
called() {
    ncb console add 'CALLER<00>' then call 'CALLER<00>' 'VMGUEST<20>' then hangup >call.out &&
        says call.out 'CALL CALLER<00> VMGUEST<20>: NRC_GOODRET'
}
check "CALL opens a session with the guest's smbd" called
nbtd_on other BOX
start browse other nbtbrowse --driver /run/other.sock --workgroup NBTLAB --json --comment 'beside a VM'
listed() {
    comes_true 'smbclient -s /run/smb.conf --option="client use spnego = no" -N -L VMGUEST -I 10.77.0.60 -p 139 2>&1 |
tee /run/list; grep -q "BOX  *beside a VM" /run/list'
}
check "the guest's smbclient -L lists a computer of ours" listed
refused_session() {
    guest 'smbclient -s /run/smb.conf -N -p 139 -m NT1 -L CONSOLE -I 10.77.0.1'
    says guest.out 'Called name not present|NT_STATUS_RESOURCE_NAME_NOT_FOUND|session request to'
}
check "the guest's smbclient is told that nobody listens at the console" refused_session

# -- a row of computers at the bridge itself, each with a card of its own

cat >lan.scn <<'SCN'
scenario lan "computers of a row"
network LAN subnet=10.77.0.0/24
computer PC address=10.77.0.101
end 1s
SCN
row() {
    : >row.err
    "$BIN/nbtlab" up --bridge br0 --count 50 --control "$TMP/row.sock" --json lan.scn >row.out 2>row.err &
    PIDS[row]=$!
    await row '"event":"up"' 60
}
check 'nbtlab up --bridge switches fifty computers on' row
row_found() {
    guest 'nmblookup -s /run/smb.conf -B 10.77.0.255 PC1 "PC50#20"' &&
        says guest.out '^10\.77\.0\.101 PC1<00>' && says guest.out '^10\.77\.0\.150 PC50<20>'
}
check "the guest's nmblookup finds the first and the last of them" row_found
check 'they are switched off' stop row

# -- neither takes what the other has

theirs_is_kept() {
    exits 8 on client timeout 30 "$BIN/nbtd" --name VMGUEST --interface eth0 --socket /run/second.sock --exit-on-duplicate
}
stop nbtd-client
check 'our computer is refused a name that the guest has' theirs_is_kept
nbtd_on client CLIENT1

ours_is_kept() {
    guest "sed 's/netbios name = .*/netbios name = CLIENT1/; s,/run/samba-guest,/run/samba-second,' /run/smb.conf >/run/second.conf
mkdir -p \$(grep -oE '/run/samba-second/[a-z]+' /run/second.conf)
p=\$(cat /run/samba-guest/pid/nmbd.pid); kill \$p; while [ -e /proc/\$p ]; do sleep 0.1; done
nmbd -F --no-process-group --debug-stdout -d 3 -s /run/second.conf >/run/second.out 2>&1 &
echo \$! >/run/second.pid"
    comes_true "sleep 0.5; grep -E 'CLIENT1<(00|03|20)>.*(refused|rejected|already)|(refused|rejected|Failed).*CLIENT1<(00|03|20)>' /run/second.out"
}
check "the guest's nmbd is refused a name that our computer has" ours_is_kept
guest "p=\$(cat /run/second.pid); kill \$p; while [ -e /proc/\$p ]; do sleep 0.1; done; nmbd -D -s /run/smb.conf"
check 'nmbd has its own names again' comes_true 'nmblookup -s /run/smb.conf -U 10.77.0.60 "VMGUEST#20"'

# -- what nbtlab doctor finds

doctor() { # WORD OPTION...: it finds this, and says so by its status
    local word=$1
    shift
    on console nbtlab doctor --json --interface eth0 "$@" >doctor.json 2>doctor.err
    local status=$?
    ((status == 3)) && jq -es --arg w "$word" 'any(.[]; .finding == $w and .grade == "fault" and .remedy != "")' doctor.json >/dev/null && return
    printf '   exit status %d; it said:\n' "$status"
    jq -r '"   | \(.grade) \(.finding): \(.text)"' doctor.json
    return 1
}
healthy() {
    exits 0 on console nbtlab doctor --interface eth0 --peer "$IP"
}
check 'nothing is wrong yet' healthy
on console nft -f - <<NFT
table ip lab { chain in { type filter hook input priority 0; ip saddr $IP udp sport 137 drop; }; }
NFT
check 'a firewall before the answers of the guest' doctor answers-dropped --peer "$IP"
on console nft delete table ip lab
on console ip address del 10.77.0.1/24 dev eth0
on console ip address add 10.77.0.1/24 broadcast 10.77.255.255 dev eth0
check 'a wrong broadcast address' doctor broadcast-address --peer "$IP"
on console ip address del 10.77.0.1/24 dev eth0
on console ip address add 10.77.0.1/24 broadcast 10.77.0.255 dev eth0
check 'a name server that is dead' doctor server-dead --peer "$IP" --server 10.77.0.99
plant_duplicate() {
    # A computer that hears no refusal while it claims.
    stop nbtd-client
    on client nft -f - <<NFT
table ip lab { chain in { type filter hook input priority 0; udp sport 137 drop; }; }
NFT
    nbtd_on client VMGUEST && on client nft delete table ip lab
}
check 'two owners of a name are made' plant_duplicate
check 'a duplicate' doctor duplicate --peer "$IP"
stop nbtd-client
stop nbtd-console
start taken console python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 137))
print("ready", flush=True)
time.sleep(1000)'
await taken ready
check 'a port that something else holds' doctor port-taken --peer "$IP"
stop taken

# -- remote control of the guest, and Q200832

guest 'p=$(cat /run/samba-guest/pid/nmbd.pid); kill $p $(cat /run/samba-guest/pid/smbd.pid); while [ -e /proc/$p ]; do sleep 0.1; done'
nbtd_on console CONSOLE
nbtd_on client CLIENT1
start agent client rcagent --driver /run/client.sock --json
await agent '"event":"listening"'
agent_in_guest() {
    guest "$(ours nbtd) --name CLIENT2 --interface eth0 --socket /run/g.sock --json >/run/nbtd.out 2>&1 &"
    comes_true 'cat /run/nbtd.out; grep settled /run/nbtd.out || { sleep 0.5; false; }' || return
    guest "$(ours rcagent) --driver /run/g.sock --json >/run/agent.out 2>&1 &"
    comes_true 'cat /run/agent.out; grep listening /run/agent.out || { sleep 0.5; false; }'
}
check 'nbtd and rcagent run in the guest' agent_in_guest
shown() {
    exits 0 on console rcview --driver /run/console.sock --protocols netbios --type 'hello from outside' --ping 1 \
        --snapshot screen.txt CLIENT2 && says screen.txt 'hello from outside'
}
check 'rcview outside shows its screen over NetBIOS' shown
q200832() {
    start first console rcview --driver /run/console.sock --protocols netbios --json CLIENT1
    await first '"event":"connected"' || return
    exits 9 on console rcview --driver /run/console.sock --protocols netbios CLIENT2 &&
        says last.out 'ADD NAME CONSOLE<41> on LANA 0: NRC_DUPNAME \(0x0D\)'
}
check 'Q200832: while a session with another client is open, the name of the console cannot be had for the guest' q200832
check 'the first session goes on' stop first
check 'after it the guest can be controlled' shown
finish
