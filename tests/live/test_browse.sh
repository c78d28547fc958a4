#!/usr/bin/env bash
# Our computer in the list of Samba's local master, which smbclient -L shows; an election that it forces, and
# does not win, changes nothing.
. "$(dirname "$0")/browse.sh"
in_lab alpha box

check 'nmbd is the local master' samba_is_master
nbtd_on box BOX
browses box --comment 'our box'
check 'our computer announces itself' await box '"event":"role","role":"host"'
check 'smbclient -L shows our computer, with its comment' lists '^\s+BOX +our box'
check 'nmblookup finds it' comes_to look.out look BOX -- '^10\.77\.0\.2 BOX<00>'
ends() {
    stop box && says box.out '"event":"exit","status":0'
}
check 'it ends when it is told to' ends
weak() {
    browses box --part preferred --os-level 1
    await box '"event":"election","criteria":[0-9]+,"by":"ALPHA"' "$LONG_ENOUGH"
}
check 'with a low level it forces an election, and nmbd has the better criteria' weak
still() {
    master_is 10.77.0.1 && ! says box.out '"role":"master"'
}
check 'it stays the master' still
finish
