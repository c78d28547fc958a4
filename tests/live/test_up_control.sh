#!/usr/bin/env bash
# nbtlab status, exec and down: a lab that is up is looked at, its computers are used, and it is ended, whatever
# has become of it.
. "$(dirname "$0")/lib.sh"
in_lab many peer

export XDG_RUNTIME_DIR=/run/user
mkdir -p $XDG_RUNTIME_DIR
FOLDER=$XDG_RUNTIME_DIR/nbtlab
cat >lab.scn <<'SCN'
scenario lab "a lab"
network LAN subnet=10.77.0.0/24
computer PC-%03 count=150 address=10.77.0.40
end 1s
SCN

# becomes COMMAND...: it is tried until it succeeds, or for 20 s.
becomes() {
    local end=$((SECONDS + 20))
    until "$@"; do ((SECONDS < end)) || return 1; done
}

# -- none is up

refuses() {
    local status=$1 regex=$2
    shift 2
    exits "$status" on many nbtlab "$@" && says last.out "$regex"
}
check 'no lab, no status' refuses 6 'no lab of yours is up; start one with nbtlab up' status
check 'nor a computer' refuses 6 'no lab of yours is up' exec PC-001 true
check 'a command is wanted' refuses 2 'a computer and a command are wanted' exec PC-001

# -- one is

up() {
    start "$1" many nbtlab up --interface eth0 --json "${@:2}" && await "$1" '"event":"up"'
}
beside_holder() {
    nbtd_on peer PC-007 && up up lab.scn && stop nbtd-peer
}
check 'a row is switched on beside one who has the names of one of it' beside_holder
status() {
    on many nbtlab status "$@" >status.out 2>status.err || { cat status.err; return 1; }
}
totals() {
    status --json && jq -e 'select(.event == "lab") | .computers == 150 and .up == 150 and .refused == 3 and .obtained == 447
        and .names == 447 and .conflicts == 0 and .sessions == 0 and .interface == "eth0" and .name == "lab"' status.out >jq.out &&
        [[ $(wc -l <status.out) == 1 ]]
}
check 'status counts computers, names, and those that were refused' totals
one() {
    status --computer PC-008 && says status.out '^PC-008 +10.77.0.47 +up +PC-008<00>, PC-008<20>, PC-008<03>; 0 sessions$' &&
        status --computer PC-007 && says status.out '^PC-007 +10.77.0.46 +up +; 0 sessions$'
}
check 'one computer, with its names and its address' one
globs() {
    status --json --computer 'PC-0?[12]' && [[ $(grep -c '"event":"computer"' status.out) == 20 ]] &&
        status --json --name 'PC-008<*>' && [[ $(grep -c '"event":"computer"' status.out) == 1 ]] &&
        status --json --name '*<1D>' && [[ $(grep -c '"event":"computer"' status.out) == 0 ]] &&
        status --json --all && [[ $(grep -c '"event":"computer"' status.out) == 150 ]]
}
check 'many of them, by patterns' globs

conflict() {
    status --json --conflicts && [[ $(wc -l <status.out) == 1 ]] || return
    # RFC 1002 4.2.8: somebody says that the name is his.
    on peer python3 - <<'PY' || return
import socket, struct
name = b"PC-009".ljust(15) + b"\x20"
coded = b"".join(bytes([65 + (b >> 4), 65 + (b & 15)]) for b in name)
packet = struct.pack(">HHHHHH", 1, 0xAD87, 0, 1, 0, 0) + b"\x20" + coded + b"\0" + struct.pack(">HHIHH4s", 32, 1, 0, 6, 0, bytes(4))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.2", 137))
s.sendto(packet, ("10.77.0.48", 137))
PY
    one_listed() { status --json --conflicts && [[ $(wc -l <status.out) == 2 ]]; }
    becomes one_listed && status && says status.out '1 in conflict' && says status.out '^PC-009 .*PC-009<20> conflict'
}
check 'a name in conflict is seen, also among many that are not listed' conflict

watching() {
    start watch many nbtlab status --watch && await watch '150 of 150 computers up'
    twice() { (($(grep -c 'computers up' watch.out) >= 2)); }
    becomes twice
}
check '--watch says it again' watching

# -- commands on its computers

run() {
    on many nbtlab exec "$@" >run.out 2>run.err
}
exit_status() {
    run PC-001 sh -c 'exit 41'
    [[ $? == 41 ]] && run PC-001 true
}
check 'the exit status is that of the command' exit_status
environment() {
    run PC-003 sh -c 'echo "$NBTLAB_COMPUTER $NBTLAB_ADDRESS"; test -S "$NBTLAB_DRIVER"' && [[ $(<run.out) == 'PC-003 10.77.0.42' ]]
}
check 'it knows its computer, address and driver' environment
ncb() {
    run PC-003 ncb find 'PC-150<20>' && says run.out '10.77.0.189' && run PC-003 nbtlab ncb find 'PC-149<20>' &&
        says run.out '10.77.0.188'
}
check 'control blocks are given to its driver' ncb
asks() {
    run PC-003 nbtquery --status 10.77.0.44 && says run.out 'PC-005<20>' || { cat run.err; return 1; }
    run PC-003 nbtquery PC-050 && says run.out '10.77.0.89'
}
check 'nbtquery asks' asks
from() {
    start dump peer nbtdump -i eth0
    await dump 'listening on eth0' || return
    run PC-033 nbtquery 'NOBODY<77>'
    await dump '10\.77\.0\.72:[0-9]+ > 10\.77\.0\.255:137 query-request NOBODY<77>'
    local found=$?
    stop dump
    return $found
}
check 'nbtquery asks from the address of its computer' from
unknown() {
    refuses 2 'PC-151: there is no such computer; nbtlab status names them' exec PC-151 true &&
        refuses 2 'no-such-command: No such file' exec PC-001 no-such-command
}
check 'no such computer, no such command' unknown
remote() {
    : >agent.out
    on many nbtlab exec PC-020 rcagent --protocols netbios --json >agent.out 2>agent.err &
    local agent=$!
    becomes grep -q '"listening"' agent.out || { cat agent.err; return 1; }
    start view many nbtlab exec PC-021 rcview --json --protocols netbios PC-020
    await view '"connected"' || { kill $agent; return 1; }
    sessions() { status --json && [[ $(head -n 1 status.out | jq .sessions) == "$1" ]]; }
    becomes sessions 2 || { cat status.out view.err; return 1; }
    kill "${PIDS[view]}" $agent
    wait "${PIDS[view]}" $agent
    becomes sessions 0 || { cat status.out; return 1; }
}
check 'rcview on one computer shows the screen of another; both sides of the session are counted' remote

# -- who may, and where

outsider() {
    chmod 777 $FOLDER $FOLDER/*
    setpriv --reuid 1234 --regid 1234 --clear-groups "$BIN/nbtlab" status >out.txt 2>&1
    [[ $? == 6 ]] && says out.txt 'has hung up: it is for its user, root, and the members of its group' &&
        setpriv --reuid 1234 --regid 1234 --groups 0 "$BIN/nbtlab" status >out.txt 2>&1 && says out.txt '150 of 150 computers up' &&
        setpriv --reuid 1234 --regid 0 --clear-groups "$BIN/nbtlab" status >out.txt 2>&1
}
if setpriv --reuid 1234 --regid 1234 --clear-groups true 2>/dev/null; then
    check 'somebody else is turned away, a member of the group is not' outsider
else
    echo 'skip   somebody else is turned away: this namespace has one user'
fi
second() {
    start second peer nbtlab up --interface eth0 --control $PWD/second.sock --shard 1/10 <(sed 's/10.77.0.40/10.77.0.220/; s/=150/=20/;
        s/PC-%03/QC-%03/; s/^scenario lab/scenario other/' lab.scn)
    await second '^up:' && exits 0 on peer nbtlab status --control second.sock && says last.out 'other 1/10 on eth0: 2 of 2 ' &&
        exits 0 on many nbtlab status && says last.out '^lab on eth0' && stop second && [[ ! -e second.sock ]]
}
check 'a second lab has its control socket where it is told to' second
several() {
    start third peer nbtlab up --interface eth0 --shard 1/10 <(sed 's/10.77.0.40/10.77.0.220/; s/=150/=20/;
        s/PC-%03/QC-%03/; s/^scenario lab/scenario other/' lab.scn)
    await third '^up:' && refuses 6 'several labs are up; give --control with one of .*up-lab-.*up-other' status
}
check 'of several labs one must be named' several
down() {
    exits 0 on many nbtlab down && ended up && ended watch && [[ -z $(on many ip route show table local proto 137) ]] &&
        exits 0 on many nbtlab status --control $FOLDER/up-other-*.sock && stop third
}
check 'down ends the lab of its own network, and none of another' down
nothing_left() {
    [[ -z $(ls -A $FOLDER) ]] || { ls -A $FOLDER; return 1; }
}
check 'no socket is left' nothing_left

# -- in the background

detached() {
    on many nbtlab up --interface eth0 --detach lab.scn >detached.out 2>&1 || { cat detached.out; return 1; }
    says detached.out '^up: 150 computers' && exits 0 on many nbtlab status && says last.out '150 of 150' &&
        exits 0 on many nbtlab down && nothing_left && [[ -z $(on many ip route show table local proto 137) ]]
}
check '--detach ends when all is up, and leaves it there' detached
not_detached() {
    exits 2 on many nbtlab up --interface eth0 --detach <(sed 's/^computer/host/; s/count=150//; s/PC-%03/PC/' lab.scn) &&
        says last.out 'has no computers' && exits 5 on many nbtlab up --interface nosuch --detach lab.scn && says last.out nosuch
}
check 'but not without success' not_detached

# -- killed

killed() {
    up killed lab.scn && run PC-001 true && run PC-002 true && [[ $(find $FOLDER -type s | wc -l) == 3 ]] || return
    local child
    child=$(pgrep -P "${PIDS[killed]}")
    kill -STOP "${PIDS[killed]}" "$child" # neither is to tidy up behind the other
    kill -KILL "${PIDS[killed]}" "$child"
    wait "${PIDS[killed]}" 2>/dev/null
    [[ -n $(on many ip route show table local proto 137) ]] && [[ $(find $FOLDER -type s | wc -l) == 3 ]] || return
    # As long as the kernel is not done with the dead, they seem to listen.
    cleaned() { exits 0 on many nbtlab down && [[ -z $(ls -A $FOLDER) ]]; }
    becomes cleaned && [[ -z $(on many ip route show table local proto 137) ]] && exits 0 on many nbtlab down
}
check 'what is left of one whose processes were killed, down takes away' killed
again() {
    up again --control $PWD/stale.sock lab.scn
    local child
    child=$(pgrep -P "${PIDS[again]}")
    kill -STOP "${PIDS[again]}" "$child"
    kill -KILL "${PIDS[again]}" "$child"
    wait "${PIDS[again]}" 2>/dev/null
    [[ -S stale.sock ]] && up anew --control $PWD/stale.sock lab.scn && exits 0 on many nbtlab status --control stale.sock &&
        exits 0 on many nbtlab down --interface eth0 || return
    stop anew
    [[ ! -e stale.sock && -z $(on many ip route show table local proto 137) ]]
}
check 'a stale socket is replaced' again

finish
