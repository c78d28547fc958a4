#!/usr/bin/env bash
# nbtlab run --live: what the switch does to frames, what is told, captured and refused, and that
# nothing stays behind.
. "$(dirname "$0")/lib.sh"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
SCENARIOS=$ROOT/fixtures/scenarios

# -- what the switch does to frames ---------------------------------------------------------------

# both NAME: the scenario NAME.scn holds simulated and for real.
both() {
    exits 0 "$BIN/nbtlab" run "$1.scn" && exits 0 "$BIN/nbtlab" run --live "$1.scn"
}

cat >faults.scn <<'SCN'
scenario faults "each harm that faults do to datagrams"
computer A address=10.0.0.1 services=none
computer B address=10.0.0.2 services=none
host ROGUE address=10.0.0.66
program PA on=A
program PB on=B
fault TWICE duplicate times=2 first=1 from=A registration-request TWICE<20>
fault LATE delay by=400ms from=ROGUE query-request OTHER<20> id=0x0200
fault LAST reorder first=1 from=ROGUE release-demand ONE<20>
fault WRONG corrupt name=OTHER<20> first=1 from=ROGUE query-request WRONG<20>
fault GONE drop nth=2 from=A registration-request GONE<20>
at 1s PA add TWICE<20>
await 5s done PA add TWICE<20> NRC_GOODRET
at +0s PA add GONE<20>
await 5s done PA add GONE<20> NRC_GOODRET
at +0s PA add OTHER<20>
await 5s done PA add OTHER<20> NRC_GOODRET
at +0s ROGUE send 10.0.0.1 query-request WRONG<20> id=0x0123
at +0s ROGUE send 10.0.0.1 query-request OTHER<20> id=0x0200
at +100ms ROGUE send 10.0.0.1 query-request OTHER<20> id=0x0201
at +0s ROGUE send 10.0.0.255 release-demand ONE<20> id=0x0001 b=1 owner=10.0.0.66 node=B unique
at +100ms ROGUE send 10.0.0.255 release-demand TWO<20> id=0x0002 b=1 owner=10.0.0.66 node=B unique
end +2s
expect count=5 message from=A registration-request TWICE<20>
expect quick: message from=A to=ROGUE positive-query-response OTHER<20> id=0x0201
expect after=quick message from=A to=ROGUE positive-query-response OTHER<20> id=0x0200
expect count=3 message from=A registration-request GONE<20>
expect message from=A to=ROGUE positive-query-response OTHER<20> id=0x0123
never message from=A to=ROGUE * WRONG<20>
expect two: message from=ROGUE release-demand TWO<20>
expect after=two message from=ROGUE release-demand ONE<20>
SCN

cat >links.scn <<'SCN'
scenario links "a slow link, a dead one, a network cut in two"
network lan delay=60ms
computer A address=10.0.0.1 services=none
computer B address=10.0.0.2 services=none
program PA on=A
program PB on=B
echo E on=B name=ECHO<20>
await 10s ready B
at +1s PA add ONE<20>
await 5s done PA add ONE<20> NRC_GOODRET
at +0s PA call ONE<20> ECHO<20>
await 5s done PA call NRC_GOODRET
at +0s PA send "there and back"
at +0s PA receive
await 5s done PA receive NRC_GOODRET
at +0s link lan delay=1ms loss=100%
at +0s PB add ONE<20>
await 5s done PB add ONE<20> NRC_GOODRET
at +0s link lan delay=1ms
at +0s partition lan B
at +0s PA add TWO<20>
await 5s done PA add TWO<20> NRC_GOODRET
at +0s PB find TWO<20>
await 5s done PB find NRC_CMDTMO
at +0s heal lan
at +0s PB add TWO<20>
await 5s done PB add TWO<20> NRC_INUSE
end +1s
allow two-owners because="nobody heard the second claim"
expect sessions on=B count=1
expect owners ONE<20> count=2
expect finally owners TWO<20> count=1
SCN

cat >servers.scn <<'SCN'
scenario servers "what steps do to a name server, and a gateway between two networks"
network left subnet=10.1.0.0/24 mtu=576
network right subnet=10.2.0.0/24 delay=20ms
server WINS address=10.1.0.9 profile=windows
computer A address=10.1.0.1 wins=10.1.0.9 node=P services=workstation scope=LAB.ONE
computer B address=10.2.0.1 wins=10.1.0.9 node=P services=none scope=LAB.ONE
computer C address=10.2.0.2 node=B profile=win2000 services=workstation,server
lmhosts C "10.1.0.7 SEVEN #PRE"
program PB on=B
program PC on=C
host ROGUE address=10.1.0.66
await 30s ready A
await 30s ready B
await 30s ready C
at +0s WINS static FIXED<20>.LAB.ONE 10.1.0.7
at +0s PB add FIXED<20>
await 30s done PB add NRC_INUSE
at +0s WINS forget FIXED<20>.LAB.ONE
at +0s PB add FIXED<20>
await 30s done PB add NRC_GOODRET
at +0s WINS freeze
at +0s PB add LATER<20>
await 30s done PB add LATER<20>
at +0s WINS thaw
at +0s PB find A<00>
await 30s done PB find NRC_GOODRET
at +0s PC find SEVEN<20>
await 30s done PC find NRC_GOODRET
at +0s stop A
await 30s record A<00>.LAB.ONE on=WINS released
at +0s crash B
at +1s start B
await 30s ready B
end +1s
expect record FIXED<20>.LAB.ONE on=WINS active owner=10.1.0.7
expect finally record FIXED<20>.LAB.ONE on=WINS active owner=10.2.0.1
expect message from=A to=WINS release-request A<00>.LAB.ONE
expect message from=WINS to=B negative-registration-response LATER<20>.LAB.ONE
never message from=C * SEVEN<20>
never message from=B release-request *
expect finally name FIXED<20>.LAB.ONE on=B absent
SCN

for name in faults links servers; do
    check "$name: the scenario can be" exits 0 "$BIN/nbtlab" check $name.scn
    check "$name: it holds simulated and for real" both $name
done

# -- what does not hold is told in the same words -------------------------------------------------

sed 's/^expect sessions.*/expect wrong: done PB add ONE<20> NRC_INUSE/; s/^allow.*//' links.scn >wrong.scn
the_same_is_told() {
    exits 3 "$BIN/nbtlab" run wrong.scn && mv last.out simulated.out &&
        exits 3 "$BIN/nbtlab" run --live wrong.scn &&
        diff <(grep '^wrong.scn:[0-9]' simulated.out) <(grep '^wrong.scn:[0-9]' last.out) &&
        diff <(grep '^wrong.scn: two-owners' simulated.out) <(grep '^wrong.scn: two-owners' last.out) &&
        says last.out '^wrong.scn:[0-9]*: expect wrong: done PB add ONE<20> NRC_INUSE$' &&
        says last.out '^wrong.scn: two-owners: at the end ONE<20> is owned by A and by B$' &&
        says last.out '^ +> +[0-9.]+  PB: ADD NAME TWO<20> NRC_INUSE$' &&
        says last.out '^wrong.scn: failed: live, '
}
check 'what does not hold for real is told as it is of a simulated run' the_same_is_told
missed() {
    sed 's/^await 5s done PA add ONE.*/await 500ms done PA add ONE<20> NRC_INUSE/' links.scn >missed.scn
    exits 3 "$BIN/nbtlab" run --live --json missed.scn &&
        jq -e '.live and (.held | not) and (.awaits | not) and (.told | contains("it did not come by"))' \
            <(grep '^{' last.out) >/dev/null
}
check 'an await that is missed ends it, and JSON says so' missed

# -- the capture ----------------------------------------------------------------------------------

captured() {
    exits 0 "$BIN/nbtlab" run --live --capture clone.pcapng "$SCENARIOS/clone.scn" || return
    tshark -r clone.pcapng -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
        -o tcp.check_checksum:TRUE -Y '_ws.malformed || ip.checksum.status == 0 ||
        udp.checksum.status == 0 || tcp.checksum.status == 0 || icmp' >bad.out 2>/dev/null
    [[ ! -s bad.out ]] || { head bad.out; return 1; }
    "$BIN/nbtdump" -r clone.pcapng >lines.out &&
        says lines.out '10.0.0.1:137 > 10.0.0.2:137.* negative-registration-response CONSOLE<41>.*ACT_ERR'
}
check 'the capture has what was said, with true checksums, and nothing else' captured
spoilt() {
    exits 0 "$BIN/nbtlab" run --live --capture faults.pcap faults.scn || return
    tshark -r faults.pcap -o udp.check_checksum:TRUE -Y 'udp.checksum.status == 0' >bad.out 2>/dev/null
    [[ ! -s bad.out ]]
}
check 'a message that a fault has changed has a checksum that fits' spoilt

# -- what cannot be -------------------------------------------------------------------------------

# refused NAME REGEX: in one line, with nothing started.
refused() {
    exits 2 "$BIN/nbtlab" run --live "$SCENARIOS/clone.scn" "$1.scn" && says last.out "$2" &&
        (($(wc -l <last.out) == 1))
}
printf 'scenario clock "a clock"\ncomputer A address=10.0.0.1\nagent B on=A\nat 1s A clock 1h\n' >clock.scn
printf 'scenario ttl "a server"\nserver W address=10.0.0.1 ttl-min=5s\nend 1s\n' >ttl.scn
printf 'scenario no "not for real"\nonly simulated "nobody has that long"\nend 1s\n' >no.scn
printf 'scenario ask "a user"\ncomputer A address=10.0.0.1\nagent X on=A permission=ask ask-timeout=1500ms\nend 1s\n' >ask.scn
check 'a clock that jumps is refused where programs have this machine'"'"'s' refused clock '^nbtlab run: clock.scn:4: .* clock'
check 'part of a profile that nbtd has no option for is refused' refused ttl '^nbtlab run: ttl.scn:2: .* option'
check 'what is only simulated is refused, as it says' refused no 'no.scn cannot be run live: nobody has that long'
check 'a time that no option takes is refused' refused ask '^nbtlab run: ask.scn:3: .* whole seconds'
check '--seeds is for the simulated network' exits 2 "$BIN/nbtlab" run --live --seeds 1..2 clock.scn

# -- beside real machines -------------------------------------------------------------------------

cat >beside.scn <<'SCN'
scenario beside "this machine claims a name that a real one has"
network lan subnet=10.77.0.0/24
computer HERE address=10.77.0.1 services=workstation
computer THERE address=10.77.0.2
program P on=HERE
await 30s ready HERE
at +0s P add THERE<20>
await 10s done P add THERE<20> NRC_INUSE
at +0s P find THERE<20>
await 10s done P find NRC_GOODRET
at +0s P add FREE<20>
await 10s done P add FREE<20> NRC_GOODRET
end +100ms
expect message from=HERE to=broadcast registration-request THERE<20>
expect message from=THERE to=HERE negative-registration-response THERE<20> rcode=ACT_ERR
expect message from=THERE to=HERE positive-query-response THERE<20>
expect finally name FREE<20> on=HERE registered
expect finally name THERE<20> on=HERE absent
SCN
sed 's/^at +0s P find.*/at +0s partition lan HERE/; s/^await 10s done P find.*//' beside.scn >ruled.scn
sed 's/ on=HERE absent/ on=THERE registered/' beside.scn >unknown.scn
sed 's/10.77.0.1 /10.77.0.3 /' beside.scn >nobody.scn

# The real machine is another namespace's nbtd, which is no part of the run.
cat >beside.sh <<'LAB'
run=$1
nsenter --net=/run/netns/b "$BIN/nbtd" --name THERE --interface eth0 --socket /run/b.sock --json >b.out 2>b.err &
timeout 20 grep -qm1 '"settled"' < <(tail -n +1 -f b.out)
nsenter --net=/run/netns/a "$BIN/nbtlab" run --live --interface eth0 --capture beside.pcap "$run"
status=$?
kill $!
exit $status
LAB
export BIN
beside() {
    exits "$1" "$BIN/nbtlab" lab a b -- bash beside.sh "$2" && says last.out "$3"
}
check 'one computer of a scenario is this machine, another is a real one' beside 0 beside.scn '^beside.scn: held: live, 5 '
check 'the names are released in the end' \
    says <("$BIN/nbtdump" -r beside.pcap) '10.77.0.1:137 > 10.77.0.255:137 .*release-demand FREE<20>'
no_folder() {
    ! compgen -G '/tmp/nbtlab-run.*' >/dev/null
}
check 'and nothing is left in /tmp' no_folder
check 'a real network is not disturbed' beside 2 ruled.scn 'ruled.scn:9: .* not disturbed'
check 'the state of a real machine is not known' beside 2 unknown.scn 'unknown.scn:18: .* not known'
check 'some host must have the address' beside 2 nobody.scn 'no host of the scenario has 10.77.0.1'

# -- whoever runs it, and however it ends ---------------------------------------------------------

nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
as_ordinary_user() {
    local home=$TMP/user
    mkdir -m 777 "$home" && chmod 755 "$TMP" && cp "$BIN"/{nbtlab,nbtd,rcview,rcagent} links.scn "$home" &&
        chmod 755 "$home"/*
    cd "$home" || return
    nobody ./nbtlab run --live links.scn >user.out 2>&1
    local status=$?
    cd "$TMP" || return
    ((status == $1)) && says user/user.out "$2" && return
    tail -n 20 user/user.out
    return 1
}
if ((EUID == 0)) && nobody unshare -Ur true 2>/dev/null; then
    check 'an ordinary user gets the same' as_ordinary_user 0 'links.scn: held: live'
elif ((EUID == 0)); then
    check 'an ordinary user is told that namespaces are not allowed' as_ordinary_user 4 'not allowed here'
fi

interrupted() {
    "$BIN/nbtlab" run --live "$SCENARIOS/server-down.scn" links.scn >int.out 2>int.err &
    local pid=$! status child
    # The shorter one is over: the longer one is at work.
    timeout 30 bash -c 'until grep -q "links.scn: held" int.out; do read -rt 0.05 <> <(:); done'
    child=$(cat "/proc/$pid/task/$pid/children")
    kill -INT "$pid"
    wait "$pid"
    status=$?
    ((status == 130)) && says int.err 'interrupted' && says int.out 'links.scn: held' &&
        [[ ! -d /proc/${child% } ]]
}
check 'an interrupt ends it with the results so far, and leaves no process' interrupted
finish
