#!/usr/bin/env bash
# Personas beside captures of the real thing: what nmap and nbtscan print of them is what they print of the
# captured computer, which a twin of it answers for; and the claims at the start are those of the captures.
. "$(dirname "$0")/lib.sh"
captures=$(realpath -ms "${NBTLAB_CAPTURES:-$ROOT/../shared/captures}")/elsewhere
[[ -d $captures ]] || { echo "no captures of real systems: there is no $captures"; exit 77; }
in_lab twin ours client

# -- a node status of Windows XP

payload() {
    tshark -r "$1" -Y 'nbns.type == 33 && nbns.flags.response == 1' -T fields -e udp.payload 2>/dev/null | head -n 1 | tr -d :
}
xp=$(payload "$captures/node-netbios-name-service-netbios-ns-b-nbstat-response-winxp.pcap")
check 'there is a node status of XP' test ${#xp} = 458
start twin twin python3 "$ROOT/tests/live/persona_twin.py" "$xp"
await twin ready
on ours ip link set eth0 address 00:0c:29:0d:06:56 # that of the capture
check 'nbtd stands in for it' nbtd_on ours VMWINXP --persona xp
start master ours nbtlab ncb --driver /run/ours.sock reset then add 'WORKGROUP<1D>' then add-group '\x01\x02__MSBROWSE__\x02<01>' then hold
await master 'MSBROWSE' 30
masters() {
    for _ in {1..40}; do
        on client nbtquery --status 10.77.0.2 >status.out; says status.out MSBROWSE && return
        sleep 0.25
    done
    return 1
}
check 'and is the master of its workgroup' masters

masked() {
    sed -E 's/10\.77\.0\.[0-9]+/ADDRESS/g; /^#|latency|[Ss]canned|Starting|NSE:|Initiating|Completed|Scanning|Discovered|DNS|^$|packets sent|^MAC Address/d'
}
same() { # WHAT COMMAND...: what it prints of the twin and of nbtd
    local what=$1
    shift
    on client timeout 90 "$@" 10.77.0.1 2>&1 | masked >"$what.twin"
    on client timeout 90 "$@" 10.77.0.2 2>&1 | masked >"$what.ours"
    diff "$what.twin" "$what.ours" >differ && return
    sed 's/^/   /' differ
    return 1
}
check 'nmap prints the same of both' same nmap nmap -sU -sV -p137 --script nbstat -Pn -n -vv
check 'and calls it Windows' says nmap.ours 'Microsoft Windows netbios-ns'
check 'nmap saw the names' says nmap.ours 'VMWINXP<00> '
check 'nbtscan prints the same' same nbtscan nbtscan -v
check 'with -h, too' same nbtscan-h nbtscan -v -h
check 'nbtquery prints the same' same nbtquery nbtquery --status
octets() {
    on client python3 - "$1" <<'PY'
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
name = b'\x20' + b'CK' + b'A' * 30 + b'\0'
s.sendto(struct.pack('>6H', 0x5afd, 0, 1, 0, 0, 0) + name + b'\0\x21\0\x01', (sys.argv[1], 137))
print(s.recv(2000).hex())
PY
}
check 'octet for octet' test "$(octets 10.77.0.1)" = "$(octets 10.77.0.2)"
stop master INT
stop nbtd-ours
stop twin

# -- the claims at the start

# claims CAPTURE FILTER OWN GROUP: what its computer says to port 137: seconds since the first one there, rounded to
# a quarter, what, the name, and how; lines of one moment in alphabetical order, since what is claimed side by side is
# told in any order.
claims() {
    tshark -r "$1" -Y "nbns.flags.response == 0 && ($2)" -T fields -e frame.time_relative -e nbns.flags -e nbns.name -e nbns.nb_flags.group 2>/dev/null |
        awk -F'\t' -v own="$3" -v group="$4" '
            NR == 1 { first = $1 }
            { sub(/ *\(.*/, "", $3); sub(/,.*/, "", $3); sub(own, "PC", $3); sub(group, "LAB", $3)
              printf "%.2f %s %s\n", int(($1 - first) * 4 + 0.5) / 4, $2, $3 }' | sort -n -k1,1 -k2
}
cat >win98.scn <<'SCN'
scenario win98 "Windows 98 starts beside a name server that is silent"
network lan subnet=192.168.239.0/24
computer PC address=192.168.239.129 wins=192.168.239.2 persona=win98 workgroup=LAB
server WINS address=192.168.239.2 off
await 60s ready PC
SCN
cat >xp.scn <<'SCN'
scenario xp "Windows XP gets an address"
network lan subnet=169.254.0.0/16
computer PC address=169.254.67.194 persona=xp workgroup=LAB
await 60s ready PC
SCN
for persona in win98 xp; do
    check "a scenario has $persona" exits 0 "$BIN/nbtlab" run $persona.scn --capture $persona.pcap
done
claims "$captures/arkime-nbns.pcap" 'frame.number >= 10 && frame.number <= 29' MDJR98 WORKGROUP >win98.real
claims win98.pcap 'ip.dst == 192.168.239.255' PC LAB >win98.ours
claims "$captures/tcpdump-eapon1.pcap" 'frame.number >= 45 && frame.number <= 75' DJP95S0J ARBEITSGRUPPE >xp.real
claims xp.pcap 'ip.dst == 169.254.255.255' PC LAB >xp.ours
alike() {
    [[ $(wc -l <"$1.real") -ge 16 ]] && diff "$1.real" "$1.ours" >differ && return
    sed 's/^/   /' differ
    return 1
}
check 'Windows 98 claims its names in this order, at these times' alike win98
check 'Windows XP does' alike xp
finish
