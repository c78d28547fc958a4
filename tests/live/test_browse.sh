#!/usr/bin/env bash
# Our computer in the list of Samba's local master, which smbclient -L shows; an election that it forces, and
# does not win, changes nothing.
. "$(dirname "$0")/lib.sh"
in_lab alpha box

samba_conf alpha ALPHA 10.77.0.1
for line in 'log level = 4' 'local master = yes' 'preferred master = yes' 'os level = 20' \
    'domain master = no' 'server min protocol = NT1' 'client min protocol = NT1' 'server string = the lab'; do
    sed -i "/\[global\]/a $line" alpha.conf
done
start nmbd alpha nmbd --foreground --no-process-group --debug-stdout -s alpha.conf
start smbd alpha smbd --foreground --no-process-group --debug-stdout -s alpha.conf
check 'nmbd is the local master' \
    await nmbd 'ALPHA is now a local master browser for workgroup NBTLAB' 60

nbtd_on box BOX
start box box nbtbrowse --driver /run/box.sock --workgroup NBTLAB --comment 'our box' --json --verbose
check 'our computer announces itself' await box '"event":"role","role":"host"'
# smbclient asks for the list of the domain that smbd names, which without SPNEGO is the workgroup.
list() {
    on alpha smbclient -N -s alpha.conf --option='client use spnego = no' -L ALPHA -I 10.77.0.1 -p 139 >list.out 2>&1
}
listed() {
    local until=$((SECONDS + 90))
    until list && says list.out "$1"; do
        ((SECONDS < until)) || { cat list.out; return 1; }
    done
}
check 'smbclient -L shows our computer, with its comment' listed '^\s+BOX +our box'
check 'nmblookup finds it' eval "on alpha nmblookup -s alpha.conf BOX >look.out 2>&1 && says look.out '^10\.77\.0\.2 BOX<00>'"
weak() {
    stop box && says box.out '"event":"exit","status":0' || return
    start weak box nbtbrowse --driver /run/box.sock --workgroup NBTLAB --part preferred --os-level 1 --json --verbose
    await weak '"event":"election","criteria":[0-9]+,"by":"ALPHA"' 30
}
check 'with a low level it forces an election, and nmbd has the better criteria' weak
still() {
    on alpha nmblookup -s alpha.conf -M NBTLAB >look.out 2>&1
    says look.out '^10\.77\.0\.1 NBTLAB<1d>' && ! says weak.out '"role":"master"'
}
check 'it stays the master' still
finish
