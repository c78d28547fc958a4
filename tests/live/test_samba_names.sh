#!/usr/bin/env bash
# Names between nbtd and Samba's nmbd, nmblookup and nbtscan: each sees the other's, and neither lets
# the other take one.
. "$(dirname "$0")/lib.sh"
in_lab alpha samba client clash

nbtd_on alpha ALPHA
nbtd_on client CLIENT
samba_conf samba SAMBA 10.77.0.2
samba_conf client NOBODY 10.77.0.3
start nmbd samba nmbd --foreground --no-process-group -s samba.conf

lookup() {
    on client nmblookup -s client.conf "$@" >lookup.out 2>&1
}

# -- nmblookup and nbtscan look at nbtd

# rows: B38 E19
found_by_broadcast() {
    lookup -B 10.77.0.255 "$1" && says lookup.out "^10\.77\.0\.1 $2"
}
check 'nmblookup finds ALPHA<00> by broadcast' found_by_broadcast ALPHA 'ALPHA<00>'
check 'nmblookup finds ALPHA<20> by broadcast' found_by_broadcast 'ALPHA#20' 'ALPHA<20>'

found_by_unicast() {
    lookup -U 10.77.0.1 ALPHA && says lookup.out '^10\.77\.0\.1 ALPHA<00>'
}
check 'nmblookup finds ALPHA by unicast' found_by_unicast

# rows: B50 B51 B52
status_as_samba_sees_it() {
    lookup -A 10.77.0.1
    says lookup.out 'ALPHA +<00> - +B <ACTIVE>' && says lookup.out 'ALPHA +<20> - +B <ACTIVE>' &&
        says lookup.out 'ALPHA +<03> - +B <ACTIVE>'
}
check 'nmblookup -A shows three unique active names of a B node' status_as_samba_sees_it

# rows: B54
mac_in_status() {
    local mac
    mac=$(nsenter --net=/run/netns/alpha cat /proc/self/mountinfo >/dev/null
        nsenter --net=/run/netns/alpha ip -br link show eth0 | awk '{print $3}')
    lookup -A 10.77.0.1
    grep -qi "MAC Address = ${mac//:/-}" lookup.out
}
check 'the node status carries the interface address' mac_in_status

from_the_same_machine() {
    samba_conf alpha NOBODY 10.77.0.1
    on alpha nmblookup -s alpha.conf -U 10.77.0.1 ALPHA >lookup.out 2>&1 && says lookup.out '^10\.77\.0\.1 ALPHA<00>'
}
check 'nmblookup on the same machine gets an answer too' from_the_same_machine

scanned() {
    on client nbtscan -v 10.77.0.1 >scan.out 2>&1
    says scan.out 'ALPHA +<00> +UNIQUE' && says scan.out 'ALPHA +<20> +UNIQUE'
}
check 'nbtscan lists the names' scanned

absent_is_silent() {
    ! lookup -B 10.77.0.255 NOTHERE && says lookup.out 'name_query failed to find name NOTHERE'
}
check 'a name that nobody has is not found' absent_is_silent

# -- nbtd looks at nmbd

samba_up() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do # each FIND NAME waits for a second or more itself
        ncb client find 'SAMBA<20>' >find.out && return
    done
    cat find.out
    return 1
}
# rows: E18 G48
check 'FIND NAME finds the name of nmbd' samba_up
check 'at its address' says find.out '10\.77\.0\.2'

# rows: E65 G47
status_of_samba() {
    ncb client status 'SAMBA<20>' >status.out
    says status.out 'SAMBA<00> unique registered' && says status.out 'SAMBA<20> unique registered' &&
        says status.out 'NBTLAB<00> group registered'
}
check 'ADAPTER STATUS reads the names of nmbd' status_of_samba

# -- neither takes what the other has

# rows: G21 B30
refused_by_samba() {
    start clash clash nbtd --name SAMBA --interface eth0 --socket /run/clash.sock --json \
        --exit-on-duplicate
    ended clash
    (($? == 8)) && says clash.err 'refused.*10\.77\.0\.2.*RCODE 6.*NRC_INUSE \(0x16\)'
}
check 'nbtd with the name of nmbd is refused, and says by whom' refused_by_samba

# rows: E14
samba_conf clash ALPHA 10.77.0.4
samba_refused() {
    start nmbd-clash clash nmbd --foreground --no-process-group --debug-stdout -d 1 -s clash.conf
    await nmbd-clash 'Failed to register my name ALPHA<00> on subnet 10\.77\.0\.4' 20
}
check 'nmbd with the name of an nbtd computer is refused' samba_refused

still_ours() {
    lookup -B 10.77.0.255 ALPHA && ! says lookup.out '10\.77\.0\.4'
}
check 'and ALPHA has one owner still' still_ours

# -- release

# rows: E21
released() {
    stop nbtd-alpha && ! lookup -B 10.77.0.255 ALPHA
}
check 'a computer that ends releases its names' released

finish
