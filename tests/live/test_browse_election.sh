#!/usr/bin/env bash
# Our computer among Samba's browsers: with the better criteria it is elected in the place of nmbd, lists it,
# and gives the place back when it goes.
. "$(dirname "$0")/lib.sh"
in_lab alpha box crown

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
nbtd_on crown CROWN
start crown crown nbtbrowse --driver /run/crown.sock --workgroup NBTLAB --part preferred --os-level 60 \
    --comment 'our crown' --json --verbose
check 'ours with a higher level is elected' await crown '"role":"master","why":"elected"' 30
is_master() {
    on alpha nmblookup -s alpha.conf -M NBTLAB >look.out 2>&1
    says look.out '^10\.77\.0\.3 NBTLAB<1d>'
}
check 'nmblookup -M finds it as the master' is_master
check 'nmbd has given up' await nmbd 'ALPHA has stopped being a local master browser for workgroup NBTLAB' 30
check 'nmbd announces itself to ours' await crown '"event":"appeared".*"server":"ALPHA"' 60
check 'and so does our other computer' await crown '"event":"appeared".*"server":"BOX"' 60
check 'which has heard who the master is' await box '"event":"master","server":"CROWN"'
check 'smbclient -L of nmbd, which is not the master any more, shows all three' listed '^\s+CROWN +our crown'
all_three() {
    says list.out '^\s+ALPHA +the lab' && says list.out '^\s+BOX +our box' && says list.out '^\s+NBTLAB +CROWN'
}
check 'with the master of the workgroup' all_three
check 'the master goes' stop crown
again() {
    local until=$((SECONDS + 60))
    until on alpha nmblookup -s alpha.conf -M NBTLAB >look.out 2>&1 && says look.out '^10\.77\.0\.1 NBTLAB<1d>'; do
        ((SECONDS < until)) || { cat look.out; return 1; }
    done
}
check 'and nmbd is the master again' again
finish
