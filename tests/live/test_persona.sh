#!/usr/bin/env bash
# The persona samba beside a real nmbd: what scanners and spoofers hear of the two is the same, octet for
# octet, but for names and addresses. And what the other personas are from outside.
. "$(dirname "$0")/lib.sh"
in_lab real ours old client

samba_conf real REALPC 10.77.0.1
samba_conf client CLIENT 10.77.0.4
printf '  local master = no\n  preferred master = no\n' >no-master
sed -i '/^\[global\]/r no-master' real.conf
start nmbd real nmbd --foreground --no-process-group --debug-stdout -s real.conf
check 'nbtd stands in for nmbd' nbtd_on ours OURSPC --persona samba --workgroup nbtlab

probe() { # ADDRESS NAME
    on client python3 "$ROOT/tests/live/persona_probe.py" "$1" "$2" NBTLAB
}
there() {
    for _ in {1..40}; do
        on client nmblookup -s client.conf -A 10.77.0.1 2>/dev/null | grep -q 'NBTLAB *<1e>' && return
        sleep 0.5
    done
    return 1
}
check 'nmbd has its names' there
same() { # WHAT REAL OURS
    diff "$2" "$3" >differ && return
    echo "   $1 differs, nmbd (<) and nbtd (>):"
    sed 's/^/   /' differ
    return 1
}
probe 10.77.0.1 REALPC >real.probe
probe 10.77.0.2 OURSPC >ours.probe
check 'there is something to compare' test "$(grep -c 'IP TTL' real.probe)" -gt 12
# rows: E33 H47
check 'its answers are those of nmbd, octet for octet' same 'an answer' real.probe ours.probe

masked() {
    sed -E 's/REALPC|OURSPC/NAME/g; s/10\.77\.0\.[0-9]+/ADDRESS/g; s/([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2} \(/MAC (/; /^#|latency|[Ss]canned|Starting|NSE:|Initiating|Completed|Scanning|Discovered|DNS|^$|packets sent|MAC Address/d' "$1"
}
scanned() { # LABEL ADDRESS
    on client timeout 60 nmap -sU -sV -p137 --script nbstat -Pn -n -vv "$2" >"$1.nmap" 2>&1
    on client nbtscan -v "$2" >"$1.nbtscan" 2>&1
    on client nmblookup -s client.conf -A "$2" >"$1.lookup" 2>&1
    local of
    for of in nmap nbtscan lookup; do
        masked "$1.$of" >"$1.$of.masked"
    done
}
scanned real 10.77.0.1
scanned ours 10.77.0.2
check 'nmap sees what it sees of nmbd' same nmap real.nmap.masked ours.nmap.masked
check 'and takes both for it' says ours.nmap 'Samba nmbd netbios-ns'
check 'nbtscan sees the same' same nbtscan real.nbtscan.masked ours.nbtscan.masked
check 'nmblookup sees the same' same nmblookup real.lookup.masked ours.lookup.masked
stop nmbd
stop nbtd-ours

# -- the others, from outside

check 'help says what each is, and from where' exits 0 on client nbtd --persona help
check 'all seven' test "$(grep -cE '^(win31|win95|win98|nt4|win2000|xp|samba): ' last.out)" = 7
check 'none of another name' exits 2 on client nbtd --persona me --name X --interface eth0
ttl_is() { # TTL ADDRESS: of its answers
    on client python3 "$ROOT/tests/live/persona_probe.py" "$2" PC LAB first | grep -oE 'IP TTL [0-9]+' | sort -u >ttl.out
    [[ $(cat ttl.out) == "IP TTL $1" ]]
}
names_are() { # EXPECTED [ADDRESS]: what a node status of 10.77.0.3 lists, in its order
    on client nbtquery --json --source-port 137 --status "${2-10.77.0.3}" |
        jq -r 'select(.names) | .names[] | .name.full' | tr '\n' ' ' >names.out
    [[ $(cat names.out) == "$1 " ]] || { cat names.out; return 1; }
}
stands_in() { # PERSONA TTL NAMES OPTION...
    local persona=$1 ttl=$2 names=$3
    shift 3
    nbtd_on old PC --persona "$persona" --workgroup lab --user joe "$@" || return
    names_are "$names" && { [[ $ttl == 32 ]] || ttl_is "$ttl" 10.77.0.3; }
    local status=$?
    stop nbtd-old
    return $status
}
check 'win31' stands_in win31 32 'PC<03> LAB<00> PC<00> PC<20> LAB<1E> JOE<03>'
check 'win95' stands_in win95 32 'PC<03> LAB<00> PC<00> PC<20> LAB<1E> JOE<03>'
check 'nt4' stands_in nt4 128 'PC<00> PC<20> LAB<00> PC<03> LAB<1E> JOE<03>'
check 'win2000' stands_in win2000 128 'PC<00> PC<20> LAB<00> PC<03> LAB<1E> JOE<03>'
check 'xp' stands_in xp 128 'PC<00> PC<20> LAB<00> LAB<1E> PC<03> JOE<03>'
check 'and fewer services' stands_in nt4 128 'PC<00> LAB<00> JOE<03> LAB<1E>' --service workstation

cat >up.scn <<'SCN'
scenario up "many of them"
network lan subnet=10.77.0.0/24
computer XP address=10.77.0.30 persona=xp workgroup=LAB
computer PC% count=3 address=10.77.0.50 persona=win98 workgroup=LAB user=JOE%
SCN
start up ours nbtlab up --interface eth0 up.scn
check 'nbtlab up has them, too' await up '22 names obtained' 30
check 'each with names of its own' names_are 'PC2<03> LAB<00> PC2<00> PC2<20> LAB<1E> JOE2<03>' 10.77.0.51
check 'in the order of its persona' names_are 'XP<00> XP<20> LAB<00> LAB<1E>' 10.77.0.30
stop up

smbserver() { # STATUS PERSONA: smbclient's own way to call whoever is at an address
    nbtd_on old PC --persona "$2" --service 'PC<20>=echo' || return
    on client python3 - 10.77.0.3 <<'PY' >called
import socket, sys
def letters(b):
    return b'\x20' + bytes(x for c in b for x in (65 + (c >> 4), 65 + (c & 15))) + b'\0'
s = socket.create_connection((sys.argv[1], 139), 5)
names = letters(b'*SMBSERVER'.ljust(16)) + letters(b'CLIENT'.ljust(16))
s.sendall(b'\x81\0\0' + bytes([len(names)]) + names)
got = s.recv(5)
print(got.hex())
PY
    stop nbtd-old
    [[ $(cat called) == "$1"* ]] || { cat called; return 1; }
}
# rows: A7
check 'NT takes a call of *SMBSERVER' smbserver 82000000 nt4
check 'Windows 98 has nobody of that name' smbserver 8300000182 win98
finish
