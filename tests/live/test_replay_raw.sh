#!/usr/bin/env bash
# nbtreplay --raw: every frame of a capture arrives as it is, as fast as asked, and none goes where
# it may not.
. "$(dirname "$0")/lib.sh"
in_lab sender receiver
CAPTURE=$ROOT/fixtures/captures/samba-lookups.pcap

# All the computers of the capture are at one port now: a bridge that learns keeps to itself what one
# sends to the other.
for port in $(ip -o link show master br0 | sed -E 's/^[0-9]+: ([^:@]+).*/\1/'); do
    ip link set dev "$port" type bridge_slave learning off
done

# What a capture's frames are, one a line, but for those that the hosts here say themselves.
frames() {
    tshark -r "$1" -Y "${2:-not arp}" -T fields -e frame.len -e eth.src -e eth.dst -e ip.checksum -e udp.checksum \
        -e tcp.checksum -e udp.payload 2>/dev/null
}

# record: what comes to the receiver.
record() {
    nsenter --net=/run/netns/receiver dumpcap -q -P -i eth0 -B 64 -w got.pcap 2>dumpcap.err &
    RECORDER=$!
    timeout 10 grep -qm1 '^File:' < <(exec timeout 10 tail -n +1 -f dumpcap.err 2>/dev/null)
}

# recorded N: until as many frames are in the file.
recorded() {
    local i
    for ((i = 0; i < 100; i++)); do
        (($(frames got.pcap | wc -l) >= $1)) && break
        read -rt 0.1 <> <(:)
    done
    kill -INT "$RECORDER"
    wait "$RECORDER"
}

replay() {
    on sender nbtreplay "$CAPTURE" --raw --interface eth0 "$@"
}

arrives() {
    frames "$CAPTURE" >want
    record && replay --timing asap >said || return
    recorded "$(wc -l <want)"
    frames got.pcap >got
    diff want got >differ && says said '^[0-9]+ frames of [0-9]+ octets in '
}
check 'all frames arrive, in their order, as they were' arrives

part() {
    frames "$CAPTURE" 'not arp && frame.number >= 5 && frame.number <= 14' >one
    cat one one one >want
    record && replay --timing asap --from 5 --to 14 --loop 3 >said || return
    recorded 30
    diff want <(frames got.pcap) >differ
}
check 'a part of them, three times' part

# took_ms COMMAND...
took_ms() {
    local begun=${EPOCHREALTIME/./}
    "$@" >said || return
    echo $(((${EPOCHREALTIME/./} - begun) / 1000))
}

rate() {
    local ms
    ms=$(took_ms replay --timing asap --to 100 --limit-rate 100)
    ((ms >= 980 && ms < 3000))
}
check 'a hundred frames take a second at a hundred a second' rate

scaled() {
    local ms
    ms=$(took_ms replay --to 2.0s --timing scaled=0.5)
    ((ms >= 700 && ms < 3000)) || { echo "   $ms ms"; return 1; }
}
check 'two seconds of it take one at half the time' scaled

stays() {
    on sender ip address flush dev eth0 && on sender ip address add 10.99.0.1/24 dev eth0 || return
    record
    exits 2 replay --timing asap && says last.out 'goes to 10\.77\.0\.[0-9]+, which is not on the network of eth0' &&
        exits 2 replay --timing asap --allow 10.77.0.0/32 && exits 2 replay --dry-run &&
        exits 0 replay --dry-run --allow 10.77.0.0/24 && says last.out '^would send [0-9]+ frames' || return
    kill -INT "$RECORDER"
    wait "$RECORDER"
    (($(frames got.pcap | wc -l) == 0))
}
check 'nothing is sent to another network, unless it is allowed' stays

troubles() {
    exits 5 on sender nbtreplay "$CAPTURE" --raw --interface eth7 && says last.out 'eth7 is not there; there are: ' &&
        exits 2 on sender nbtreplay "$CAPTURE" --raw && exits 2 on sender nbtreplay nothere --raw -i eth0 &&
        exits 4 on sender setpriv --bounding-set -net_raw --inh-caps -net_raw --ambient-caps -net_raw \
            "$BIN/nbtreplay" "$CAPTURE" --raw --interface eth0 && says last.out 'CAP_NET_RAW'
}
check 'what is missing is named' troubles

finish
