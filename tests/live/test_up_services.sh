#!/usr/bin/env bash
# nbtlab up brings up what a scenario says: name servers, computers that know them, services; in one part, or in several.
. "$(dirname "$0")/lib.sh"
in_lab one two peer

export XDG_RUNTIME_DIR=/run/user
mkdir -p $XDG_RUNTIME_DIR
cat >lab.scn <<'SCN'
scenario lab "a name server, P nodes, B nodes, and services on them"
network LAN subnet=10.77.0.0/24
computer PC-%02 count=40 address=10.77.0.40 wins=10.77.0.9 node=P
server WINS address=10.77.0.9
computer B% count=10 address=10.77.0.100
computer OLD address=10.77.0.120
computer GONE address=10.77.0.130 off
host ROGUE address=10.77.0.131
agent A% count=5 on=B% protocols=netbios
lmhosts OLD "10.77.0.3 FARAWAY #PRE"
echo E-%02 count=40 on=PC-%02 name=ECHO%<20>
sink S% count=10 on=B% name=SINK%<20>
service REFUSES on=B1 name=NOBODY<20> does=refuse
service LATER on=B1 name=LATER<20> does=echo off
service SLOW on=B1 name=SLOW<20> does=slow
service TAKEN on=B2 name=B2<20>
program P on=GONE
at 1s start GONE
end 1s
SCN

begin() {
    start "$1" "$2" nbtlab up --interface eth0 --json "${@:3}"
}
up() {
    begin "$@" && await "$1" '"event":"up"'
}
last_of() {
    [[ $(tail -n 1 "$1.out" | jq -c "$2") == "$3" ]] || { cat "$1.out" "$1.err"; return 1; }
}
status() {
    on one nbtlab status "$@" >status.out 2>status.err
}

# -- in one part

check 'all of it is up' up up one lab.scn
check 'as many as the file says' last_of up '[.computers,.servers,.services,.obtained,.refused]' '[51,1,52,153,0]'
check 'a service without its name says so, the others are quiet' test "$(grep -c service: up.err)" = 1
check 'and which it is' says up.err 'the name B2<20> of echo is refused'

at_server() {
    exits 0 on peer nbtquery @10.77.0.9 'PC-33<20>' && says last.out '10.77.0.72' &&
        exits 0 on peer nbtquery @10.77.0.9 'ECHO33<20>' && says last.out '10.77.0.72' &&
        exits 1 on peer nbtquery @10.77.0.9 'B3<20>'
}
check 'the name server has the names of those that know it' at_server
by_broadcast() {
    exits 0 on peer nbtquery 'SINK7<20>' && says last.out '10.77.0.106' && exits 1 on peer nbtquery 'LATER<20>' &&
        exits 1 on peer nbtquery 'GONE<00>'
}
check 'the others answer broadcasts, and what is off does not' by_broadcast
refused() {
    exits 3 on peer nbtquery @10.77.0.9 --check 'PC-01<20>' && says last.out '10.77.0.40'
}
check 'a name that is held is not to be had' refused
echoes() {
    local i
    for i in 1 17 40; do
        exits 0 on one nbtlab exec PC-05 ncb add "ME$i<20>" then call "ME$i<20>" "ECHO$i<20>" then send "hello $i" then receive &&
            says last.out "hello $i" || return
    done
}
check 'services of P nodes are called by way of the server, and echo' echoes
from_outside() {
    nbtd_on peer CALLER && ncb peer add 'ME<20>' then call 'ME<20>' 'SINK9<20>' then send 'down the drain' >call.out 2>&1 &&
        ! ncb peer add 'MY<20>' then call 'MY<20>' 'NOBODY<20>' >refused.out 2>&1 && says refused.out 'NRC_REMTFUL|NRC_NOCALL' &&
        stop nbtd-peer
}
check 'others call them, too, and are refused where they should be' from_outside
agents() {
    local i
    for i in 1 5; do
        start "view$i" one nbtlab exec OLD rcview --json --protocols netbios "B$i"
        await "view$i" '"connected"' && type_to "view$i" "dir" || return
        kill "${PIDS[view$i]}"
        wait "${PIDS[view$i]}"
    done
}
check 'agents run on their computers' agents
refuses() {
    exits 2 on two nbtlab up --interface eth0 --control two.sock "$2" && says last.out "$1" && [[ -z $(on two ip route show table local proto 137) ]]
}
check 'two agents cannot have the TCP port of one machine' refuses 'A2 would be the second agent of this machine that speaks TCP' \
    <(sed 's/ protocols=netbios//' lab.scn)
check 'nor are there files' refuses 'A1 has files' <(sed 's/^agent.*/agent A1 on=B1 file=X size=5/' lab.scn)
lmhosts() {
    exits 0 on one nbtlab exec OLD ncb find 'FARAWAY<20>' && says last.out '10.77.0.3'
}
check 'LMHOSTS is known' lmhosts
states() {
    status --computer B1 && says status.out 'B1<00>, .*SINK1<20>.*SLOW<20>' && ! grep -q 'LATER' status.out && status --computer GONE &&
        ! grep -q '^GONE' status.out
}
check 'status shows the names of services' states
lonely() {
    local pid
    pid=$(pgrep -P "${PIDS[up]}" rcagent | head -n 1)
    kill -KILL "$pid" && await up 'nbtlab up: A[1-5] has ended with status 137' && [[ $(pgrep -c -P "${PIDS[up]}" rcagent) == 4 ]]
}
check 'an agent that is killed is told of, and the others go on' lonely
ends() {
    stop up && ! pgrep rcagent && last_of up '[.event,.lost]' '["down",0]' && [[ -z $(on one ip route show table local proto 137) ]] &&
        exits 1 on peer nbtquery 'SINK7<20>' && exits 1 on peer nbtquery 'B7<20>'
}
check 'all of it ends' ends

# -- in two parts, on two machines

parts() {
    begin part1 one --shard 1/2 lab.scn
    begin part2 two --shard 2/2 --control two.sock lab.scn
    await part1 '"event":"up"' 30 && await part2 '"event":"up"' 30
}
check 'two parts on two machines are up' parts
union() {
    jq -sc '[.[] | select(.event == "up")] | [map(.computers), map(.servers), map(.services), (map(.obtained) | add)]' \
        part1.out part2.out >sums
    [[ $(<sums) == '[[26,25],[0,1],[26,26],153]' ]] || { cat sums; return 1; }
}
check 'each has its share, the name server is on one of them' union
disjoint() {
    local all=("$BIN/nbtlab" up --list lab.scn) k
    "${all[@]}" >whole
    for n in 2 3 7 60; do
        for ((k = 1; k <= n; k++)); do "${all[@]}" --shard "$k/$n"; done >pieces
        cmp whole pieces || return
    done
    [[ $(wc -l <whole) == 52 && $(grep -c '^server' whole) == 1 && -z $(cut -d' ' -f3 whole | sort | uniq -d) ]]
}
check 'all parts together are the whole, however it is cut' disjoint
across() {
    exits 0 on one nbtlab exec PC-02 ncb add 'ME<20>' then call 'ME<20>' 'ECHO39<20>' then send hello then receive && says last.out hello
}
check 'a computer of one part calls a service of the other, whose name the server has' across
end_both() {
    exits 0 on one nbtlab down && ended part1 && stop part2 && [[ -z $(on one ip route show table local proto 137) ]] &&
        [[ -z $(on two ip route show table local proto 137) && -z $(ls -A $XDG_RUNTIME_DIR/nbtlab) && ! -e two.sock ]]
}
check 'both end, and nothing is left' end_both

finish
