#!/usr/bin/env bash
# nbtlab run --live --interface beside a real nmbd: as the owner of a name, and as the name server. What
# is expected of it is judged by what passes on the interface.
. "$(dirname "$0")/lib.sh"
in_lab target here

# nmbd_with LINE...: a fresh nmbd with these lines in its smb.conf, once it has its names.
nmbd_with() {
    local line
    rm -rf /run/samba-target
    samba_conf target THERE 10.77.0.1
    for line; do
        sed -i "/^\[share\]/i $line" target.conf
    done
    start nmbd target nmbd --foreground --no-process-group --debug-stdout -d 4 -s target.conf
    await nmbd 'add_name_to_subnet: Added netbios name THERE<20> .* to subnet 10\.77\.0\.1' 30
}

cat >owner.scn <<'SCN'
scenario owner "this machine claims a name that an nmbd has"
network lan subnet=10.77.0.0/24
computer THERE address=10.77.0.1
computer HERE address=10.77.0.2 services=workstation
program P on=HERE
await 30s ready HERE
at +0s P add THERE<20>
await 10s done P add THERE<20> NRC_INUSE
at +0s P find THERE<20>
await 10s done P find NRC_GOODRET
at +0s P status THERE<20>
await 10s done P status NRC_GOODRET
at +0s P add FREE<20>
await 10s done P add FREE<20> NRC_GOODRET
end +100ms
expect claim: message from=HERE to=broadcast registration-request THERE<20>
expect after=claim message from=THERE to=HERE negative-registration-response THERE<20> rcode=ACT_ERR
expect message from=THERE to=HERE positive-query-response THERE<20>
expect message from=THERE to=HERE status-response *
never message from=THERE negative-registration-response FREE<20>
expect finally name FREE<20> on=HERE registered
expect finally name THERE<20> on=HERE absent
SCN
beside() {
    exits 0 on here nbtlab run --live --interface eth0 --capture "$1.pcap" "$1.scn" && says last.out "^$1.scn: held: live, "
}
owner() {
    nmbd_with && beside owner
}
check 'an nmbd keeps its name, is found and tells its status' owner
check 'the capture has what it said' says <("$BIN/nbtdump" -r owner.pcap) '10.77.0.1:137 > 10.77.0.2:137 negative-registration-response THERE<20>'
check 'the names are released in the end' says <("$BIN/nbtdump" -r owner.pcap) '10.77.0.2:137 > 10.77.0.255:137 .*release-demand FREE<20>'

# What it does not do is not expected in vain.
sed 's/^never message/expect message/' owner.scn >wrong.scn
deviates() {
    exits 3 on here nbtlab run --live --interface eth0 wrong.scn && says last.out '^wrong.scn: failed: live, ' &&
        says last.out 'it never came'
}
check 'an expectation that nmbd does not fulfil is told' deviates
stop nmbd

cat >server.scn <<'SCN'
scenario server "this machine has its names at an nmbd"
network lan subnet=10.77.0.0/24
server WINS address=10.77.0.1
computer HERE address=10.77.0.2 node=P wins=10.77.0.1 services=workstation
program P on=HERE
await 30s ready HERE
at +0s P add FREE<20>
await 30s done P add FREE<20> NRC_GOODRET
at +0s P find THERE<20>
await 10s done P find NRC_GOODRET
at +0s P add THERE<20>
await 30s done P add THERE<20> NRC_INUSE
at +0s P delete FREE<20>
await 10s done P delete NRC_GOODRET
end +100ms
expect a: message from=HERE to=WINS registration-request FREE<20>
expect b: after=a message from=WINS to=HERE positive-registration-response FREE<20>
expect c: after=b message from=WINS to=HERE positive-query-response THERE<20>
expect d: after=c message from=WINS to=HERE negative-registration-response THERE<20>
expect e: after=d message from=HERE to=WINS release-request FREE<20>
expect after=e message from=WINS to=HERE positive-release-response FREE<20>
never message from=HERE to=broadcast * *
SCN
server() {
    nmbd_with 'wins support = yes' && beside server
}
check 'an nmbd as the name server grants, finds, refuses and releases' server
stop nmbd
finish
