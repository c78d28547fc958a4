#!/usr/bin/env bash
# Samba's browsers find each other by our name server: the domain master by its name <1B>, the local
# master by asking for that. A second domain master learns that there is one.
. "$(dirname "$0")/lib.sh"
in_lab server dmb lmb second

start ns server nbtd --name-server --interface eth0 --memory --socket /run/ns.sock --verbose
await ns 'nbtd: ready'

# browser HOST NAME IP LINE...: an nmbd with these lines in its smb.conf.
browser() {
    local host=$1 line
    samba_conf "$host" "$2" "$3"
    shift 3
    for line in 'wins server = 10.77.0.1' 'log level = 4' "$@"; do
        sed -i "/\[global\]/a $line" "$host.conf"
    done
    start "$host" "$host" nmbd --foreground --no-process-group --debug-stdout -s "$host.conf"
}
names() {
    "$BIN/nbtlab" names --socket /run/ns.sock list "$1" >names.out
}

browser dmb DMB 10.77.0.2 'domain master = yes' 'local master = no' 'os level = 10'
becomes_master() {
    await dmb 'DMB is now a domain master browser for workgroup NBTLAB on subnet UNICAST_SUBNET' 30
}
check 'nmbd becomes domain master at our server' becomes_master
registered() {
    names 'NBTLAB<1B>' && says names.out '^NBTLAB<1B> +multihomed +active, .*: 10\.77\.0\.2 until '
}
check 'which has the name of the domain master' registered

browser second SECOND 10.77.0.4 'domain master = yes' 'local master = no' 'os level = 10'
browser lmb LMB 10.77.0.3 'domain master = no' 'local master = yes' 'preferred master = yes' 'os level = 90'
there_is_one() {
    await second 'There is already a domain master browser at IP 10\.77\.0\.2 for workgroup NBTLAB' 30
}
check 'a second domain master is told that there is one' there_is_one
synchronises() {
    await lmb 'Initiating sync with domain master browser DMB<20> at IP 10\.77\.0\.2 for workgroup NBTLAB' 90
}
check 'the local master finds the domain master, and asks it for its list' synchronises
still_his() {
    names 'NBTLAB<1B>' && ! says names.out '10\.77\.0\.[34]'
}
check 'the name has not moved' still_his
finish
