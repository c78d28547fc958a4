#!/usr/bin/env bash
# nbtlab doctor beside nmbd and smbd, with a name server, and with a name that two computers own.
. "$(dirname "$0")/lib.sh"
in_lab alpha beta samba server client
. "$ROOT/tests/live/doctor.sh"

nbtd_on alpha FRED
nbtd_on beta JOE

# -- one of nmbd and smbd, from both sides

samba_conf samba SAMBA 10.77.0.3
start nmbd samba nmbd --foreground --no-process-group --debug-stdout -d 1 -s samba.conf
start smbd samba smbd --foreground --no-process-group -s samba.conf
samba_is_found() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do # each waits for an answer itself
        on client nbtquery --timeout 1000 'SAMBA<20>' >/dev/null 2>&1 && return
    done
    return 1
}
check 'nmbd has its name' samba_is_found
smbd_is_there() {
    on samba smbclient -s samba.conf -N -L 10.77.0.3 >smbclient.out 2>&1
}
until smbd_is_there; do :; done
check 'on the machine of nmbd, towards nbtd' finds 0 '' samba --peer 10.77.0.1
check 'smbd has its ports' jq -es 'any(.[]; .text == "TCP port 445 is held by smbd (pid \(.text | capture("pid (?<n>[0-9]+)").n))")' doctor.json
check 'towards nmbd' finds 0 '' alpha --peer 10.77.0.3

# -- a name server

start ns server nbtd --name-server --interface eth0 --memory --json --socket /run/ns.sock
await ns '"event":"ready"'
check 'a name server alone is fine' finds 0 '' server
stop nbtd-alpha
nbtd_on alpha FRED --wins 10.77.0.4
check 'one that agrees' finds 0 '' alpha --peer 10.77.0.2 --server 10.77.0.4
check 'is told' has server-agrees
"$BIN/nbtlab" names --socket /run/ns.sock delete 'FRED<20>' >/dev/null
check 'one that has lost a name' finds 3 server-lacks alpha --server 10.77.0.4
"$BIN/nbtlab" names --socket /run/ns.sock add 'FRED<20>' unique 10.77.0.77 >/dev/null
check 'one that has another address' finds 3 server-differs alpha --server 10.77.0.4
stop ns
check 'one that is dead' finds 3 server-dead alpha --server 10.77.0.4
stop nbtd-alpha KILL # else it releases its names there, and waits
start nbtd-alpha alpha nbtd --name FRED --interface eth0 --socket /run/alpha.sock --json --wins 10.77.0.4
check 'without being told which, from what its node sends' finds 3 server-dead alpha --wait 6
stop nbtd-alpha KILL

# -- a duplicate name: apart from each other, both get it

nbtd_on alpha FRED
stop nbtd-beta
firewall beta iifname eth0 drop
nbtd_on beta FRED
no_firewall beta
check 'from an owner' finds 3 'duplicate duplicate duplicate' alpha
check 'it names both' says doctor.json '"FRED<20> is a unique name, and 10\.77\.0\.1 and 10\.77\.0\.2 both answer for it"'
check 'and from elsewhere' finds 3 'duplicate duplicate duplicate' client --peer 10.77.0.2
stop nbtd-beta

stop smbd KILL # its TERM goes to its whole process group
stop nmbd
stop nbtd-alpha
finish
