#!/usr/bin/env bash
# nbtlab run --live --bridge: a scenario's computers beside a real nmbd and smbd at a bridge, each with a hardware
# address of its own; whoever disturbs them says so in the scenario and on the command line.
. "$(dirname "$0")/lib.sh"
in_lab target other

samba_conf target THERE 10.77.0.1
start nmbd target nmbd --foreground --no-process-group --debug-stdout -d 4 -s target.conf
start smbd target smbd --foreground --no-process-group -s target.conf
check 'nmbd has its names' await nmbd 'add_name_to_subnet: Added netbios name THERE<20> .* to subnet 10\.77\.0\.1' 30

ports() {
    ip -o link show master br0 | wc -l
}
BEFORE=$(ports)

# run STATUS NAME OPTION...: NAME.scn at the bridge.
run() {
    local want=$1 name=$2
    shift 2
    exits "$want" "$BIN/nbtlab" run --live --bridge br0 --capture "$name.pcap" "$@" "$name.scn"
}

cat >peace.scn <<'SCN'
scenario peace "two computers beside a real one"
network lan subnet=10.77.0.0/24
host THERE address=10.77.0.1
host OTHER address=10.77.0.2
computer HERE address=10.77.0.50 services=workstation
computer NEAR address=10.77.0.51 services=workstation
program P on=HERE
program Q on=NEAR
await 30s ready HERE
await 30s ready NEAR
at +0s P find THERE<20>
await 10s done P find NRC_GOODRET
at +0s P add THERE<20>
await 10s done P add THERE<20> NRC_INUSE
at +0s P status THERE<20>
await 10s done P status NRC_GOODRET
at +0s P find NEAR<00>
await 10s done P find NRC_GOODRET
at +0s P add CALLER<00>
await 10s done P add CALLER<00> NRC_GOODRET
at +0s P call CALLER<00> THERE<20>
await 10s done P call NRC_GOODRET
at +0s Q add END<20>
await 30s message from=OTHER to=broadcast query-request END<20>
await 5s message from=NEAR to=OTHER positive-query-response END<20>
await 30s message from=NEAR to=OTHER status-response *
end +200ms
expect message from=THERE to=HERE negative-registration-response THERE<20> rcode=ACT_ERR
expect message from=THERE to=HERE status-response *
expect message from=THERE to=HERE positive-session-response
SCN

# Somebody real asks for the last of the names, again and again till it is there, and then its computer for all of them.
peace() {
    local status
    "$BIN/nbtlab" run --live --bridge br0 --capture peace.pcap peace.scn >last.out 2>&1 &
    local pid=$!
    until on other nmblookup -s target.conf -B 10.77.0.255 'END#20' >found.out 2>&1; do
        kill -0 "$pid" || break
    done
    on other nmblookup -s target.conf -A 10.77.0.51 >status.out 2>&1
    on other ip neigh show 10.77.0.51 >neighbour.out
    wait "$pid"
    status=$?
    ((status == 0)) && says last.out '^peace.scn: held: live, ' && return
    cat last.out found.out
    return 1
}
check 'real machines are asked, refuse a name, are called, and ask' peace
check 'nmblookup finds the computer at its address' says found.out '^10\.77\.0\.51 END<20>'
check 'which tells its names' says status.out 'NEAR +<00>'
check 'and its hardware address is its own' says neighbour.out 'lladdr 02:00:0a:4d:00:33'
check 'the names are released in the end' says <("$BIN/nbtdump" -r peace.pcap) '10.77.0.50:137 > 10.77.0.255:137 .*release-demand HERE<00>'
gone() { [[ $(ports) == "$BEFORE" ]]; }
check 'the bridge has no port more than before' gone

cat >harm.scn <<'SCN'
scenario harm "refusals are lost, and somebody asks by hand"
network lan subnet=10.77.0.0/24
host THERE address=10.77.0.1
computer HERE address=10.77.0.50 services=none
host ROGUE address=10.77.0.66
program P on=HERE
fault drop from=THERE negative-registration-response THERE<20>
at 0s P add THERE<20>
await 10s done P add THERE<20> NRC_GOODRET
at +0s ROGUE send 10.77.0.255 query-request THERE<20> b=1 id=0x4711
await 5s message from=THERE to=ROGUE positive-query-response THERE<20>
end +200ms
expect finally name THERE<20> on=HERE registered
SCN
check 'who disturbs real machines has to say so' run 2 harm
check 'and is told how' says last.out 'harm.scn:7: this disturbs real machines.* --allow 10\.77\.0\.0/24'
check 'the command line alone is not enough' run 2 harm --allow 10.77.0.0/24
sed '/^network/a allow 10.77.0.0/24 because="it is a test"' harm.scn >agreed.scn
check 'nor is the scenario' run 2 agreed
check 'nor a part of the network' run 2 agreed --allow 10.77.0.0/25
check 'with both, refusals of a real machine are lost, and it answers what was made up' run 0 agreed --allow 10.77.0.0/16

sed 's/10\.77\.0\.50/10.77.0.2/' peace.scn | grep -v '^host OTHER' | sed '/OTHER/d' >taken.scn
check 'an address that somebody has is not taken' run 5 taken
check 'and it is told whose' says last.out '10\.77\.0\.2, the address of HERE, is [0-9a-f:]{17}.s already'
check 'without a bridge nothing starts' exits 5 "$BIN/nbtlab" run --live --bridge lo peace.scn
check 'and it is said so' says last.out 'lo is no bridge'
check 'nothing is left' gone
finish
