#!/usr/bin/env bash
# Our computer among Samba's browsers: with the better criteria it is elected in the place of nmbd, lists it,
# and gives the place back when it goes.
. "$(dirname "$0")/browse.sh"
in_lab alpha box crown

check 'nmbd is the local master' samba_is_master
nbtd_on box BOX
browses box --comment 'our box'
check 'our computer announces itself' await box '"event":"role","role":"host"'
check 'to nmbd' await nmbd 'process_host_announce: from BOX<00> .* for server BOX' "$LONG_ENOUGH"
nbtd_on crown CROWN
browses crown --part preferred --os-level 60 --comment 'our crown'
check 'ours with a higher level is elected' await crown '"role":"master","why":"elected"' "$LONG_ENOUGH"
check 'nmblookup -M finds it as the master' master_is 10.77.0.3
check 'nmbd has given up' \
    await nmbd 'ALPHA has stopped being a local master browser for workgroup NBTLAB' "$LONG_ENOUGH"
check 'nmbd announces itself to ours' await crown '"event":"appeared".*"server":"ALPHA"' "$LONG_ENOUGH"
check 'and so does our other computer' await crown '"event":"appeared".*"server":"BOX"' "$LONG_ENOUGH"
check 'which has heard who the master is' await box '"event":"master","server":"CROWN"' "$LONG_ENOUGH"
check 'smbclient -L of nmbd, which is not the master any more, shows all three, and the master of the workgroup' \
    lists '^\s+CROWN +our crown' '^\s+ALPHA +the lab' '^\s+BOX +our box' '^\s+NBTLAB +CROWN'
asks_ours() {
    on alpha smbclient -N -s alpha.conf -L CROWN -I 10.77.0.3 -p 139 >list.out 2>&1
}
check 'and so does that of ours, which is' \
    comes_to list.out asks_ours -- '^\s+CROWN +our crown' '^\s+ALPHA +the lab' '^\s+BOX +our box' '^\s+NBTLAB +CROWN'
check 'the master goes' stop crown
check 'and nmbd is the master again' master_is 10.77.0.1
finish
