#!/usr/bin/env bash
# Captures of nmbd that were taken long ago, played against a fresh nmbd: the owner of a name that
# another claims, and a name server with a client and somebody who asks it. Every answer is the same.
. "$(dirname "$0")/lib.sh"
in_lab target player
CAPTURES=$ROOT/fixtures/captures
nsenter --net=/run/netns/player ip address add 10.77.0.12/24 dev eth0

# nmbd_with NAME LINE...: a fresh nmbd with these lines in its smb.conf, once it has its names.
nmbd_with() {
    local name=$1 line
    rm -rf /run/samba-target
    samba_conf target "$name" 10.77.0.1
    shift
    for line; do
        sed -i "/^\[share\]/i $line" target.conf
    done
    start nmbd target nmbd --foreground --no-process-group --debug-stdout -d 4 -s target.conf
    await nmbd "add_name_to_subnet: Added netbios name $name<20> .* to subnet 10\.77\.0\.1" 30
}

# replay CAPTURE HOSTS OPTION...: all answers match.
replay() {
    exits 0 on player nbtreplay "$CAPTURES/$1.pcap" --as "$2" --peer 10.77.0.1 --against 10.77.0.1 -i eth0 \
        --no-broadcasts --ignore ttl "${@:3}" && says last.out '^[0-9]+ sent; [0-9]+ expected: [0-9]+ matched$'
}

defends() {
    nmbd_with ALPHA && replay samba-duplicate 10.77.0.2 --from 28
}
check 'the owner of a name refuses it as it did' defends
stop nmbd
serves() {
    # In the capture it is 20 s, and names that nobody has refreshed for longer are still there: when nmbd looks for
    # such is its own affair.
    nmbd_with WINS 'wins support = yes' 'min wins ttl = 90' 'max wins ttl = 90' &&
        replay samba-name-server 10.77.0.2,10.77.0.3
}
check 'a name server registers, refreshes, finds, forgets and releases as it did' serves
stop nmbd
finish
