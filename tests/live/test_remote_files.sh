#!/usr/bin/env bash
# Files between rcview and rcagent, for real: on bad links, and with whoever may die dying. Every octet
# arrives as it was sent, or there is an error; nothing hangs, and nothing stays behind.
. "$(dirname "$0")/lib.sh"
in_lab console client
nbtd_on console CONSOLE
nbtd_on client CLIENT1
CLIENT=10.77.0.2
mkdir files here
head -c 3000000 /dev/urandom >files/big
head -c 2000000 /dev/urandom >here/mine
head -c 200000 /dev/urandom >files/small
: >files/empty

agent() {
    start agent client rcagent --driver /run/client.sock --json --allow all --files files --down-time 2 "$@"
    await agent '"event":"listening"'
}
# view OPTION...: a viewer that must be over within a minute and a half.
view() {
    on console timeout 90 "$BIN/rcview" --driver /run/console.sock --address "$CLIENT" "$@" CLIENT1
}
# link RATE LIMIT: what the two send goes at this rate, and what does not fit into a queue of so many
# octets is lost (not every kernel can delay or lose at random); nothing: as they are.
link() {
    local host
    for host in console client; do
        on "$host" tc qdisc del dev eth0 root 2>/dev/null
        (($# == 0)) || on "$host" tc qdisc add dev eth0 root tbf rate "$1" burst 4k limit "$2" || return
    done
}
# clean: no part of a file is anywhere.
clean() {
    local parts
    parts=$(find files here -name '.*.rcpart')
    [[ ! $parts ]] || { echo "   left: $parts"; return 1; }
}
same() {
    cmp "$1" "$2"
}

check 'an agent with files' agent
check 'it says where' says agent.err 'on TCP ports 1761, 1762, 1763 and 1764$'

both_ways() {
    exits 0 view --protocols "$1" --get big --as here/big && same files/big here/big &&
        exits 0 view --protocols "$1" --put here/mine && same here/mine files/mine &&
        exits 0 view --protocols "$1" --get empty --as here/empty && same files/empty here/empty && clean
    local status=$?
    rm -f here/big here/empty files/mine
    return $status
}
check 'both ways over TCP' both_ways tcp
check 'both ways over NetBIOS' both_ways netbios
check 'the agent has logged them' says agent.out '"event":"log","code":3,'

# -- what is refused

check 'a file that is not there' exits 20 view --get nothing --as here/nothing
check 'one that is not here' exits 20 view --put here/nothing
check 'a path is no name' exits 2 view --get ../here/mine
check 'a folder that is not there' exits 7 view --get small --as nowhere/small
stolen() {
    ln -s ../here/mine files/link && exits 20 view --get link --as here/link && rm files/link &&
        [[ ! -e here/link ]]
}
check 'a link is not followed' stolen
check 'and nothing of these is left' clean
not_allowed() {
    stop agent && agent --allow control && exits 13 view --get small --as here/small &&
        says last.out 'CLIENT1 does not let anybody do that' && stop agent && agent
}
check 'an agent that lets nobody' not_allowed

# -- bad links

bad_link() {
    local transport=$1
    shift
    link "$@" && exits 0 view --protocols "$transport" --get small --as here/small &&
        same files/small here/small && exits 0 view --protocols "$transport" --put here/small --as back &&
        same files/small files/back && clean
    local status=$?
    link
    rm -f here/small files/back
    return $status
}
check 'a link that loses frames, TCP' bad_link tcp 20mbit 9k
check 'a link that loses frames, NetBIOS' bad_link netbios 20mbit 9k
check 'a link with a long queue, TCP' bad_link tcp 2mbit 200k
check 'a link with a long queue, NetBIOS' bad_link netbios 2mbit 200k

# -- somebody dies

# begun LABEL OPTION...: a viewer in the background, whose file is on its way.
begun() {
    local label=$1
    shift
    link 8mbit 100k || return
    start "$label" console timeout 90 "$BIN/rcview" --driver /run/console.sock --address "$CLIENT" --json \
        "$@" CLIENT1
    await "$label" '"event":"progress","octets":[1-9]'
}
# finished DIRECTION TRANSPORT: what was begun is gone on with, not begun anew.
finished() {
    link
    if [[ $1 == get ]]; then
        exits 0 view --protocols "$2" --json --get big --as here/big && same files/big here/big
    else
        exits 0 view --protocols "$2" --json --put here/mine && same here/mine files/mine
    fi && clean
}
went_on() {
    says last.out '"event":"progress","octets":[1-9][0-9]*,' && ! says last.out '"event":"progress","octets":0,'
}
viewer_dies() {
    begun dies --protocols "$1" --get big --as here/big && kill -KILL "$(pgrep -P "${PIDS[dies]}")" &&
        ! ended dies && [[ ! -e here/big ]] && finished get "$1" && went_on
    local status=$?
    rm -f here/big
    return $status
}
check 'the viewer is killed while it fetches, TCP' viewer_dies tcp
check 'the viewer is killed while it fetches, NetBIOS' viewer_dies netbios
agent_dies() {
    local before
    before=$(wc -l <agent.out)
    begun dies --protocols "$1" --put here/mine || return
    BEHIND=$before await agent '"event":"progress","octets":[1-9]' || return # it has some of it, too
    kill -KILL "${PIDS[agent]}"
    wait "${PIDS[agent]}"
    ended dies
    (($? == 16)) && says dies.out '"event":"file","name":"mine","result":"stopped"' && [[ ! -e files/mine ]] &&
        agent && finished put "$1" && went_on
    local status=$?
    rm -f files/mine
    return $status
}
check 'the agent is killed while it takes a file, TCP' agent_dies tcp
check 'the agent is killed while it takes a file, NetBIOS' agent_dies netbios
driver_dies() {
    begun dies --protocols netbios --get big --as here/big || return
    kill -KILL "${PIDS[nbtd-console]}"
    wait "${PIDS[nbtd-console]}"
    ended dies
    (($? == 10)) && [[ ! -e here/big ]] && nbtd_on console CONSOLE && finished get netbios && went_on
    local status=$?
    rm -f here/big
    return $status
}
check 'the nbtd of the viewer is killed' driver_dies
peer_driver_dies() {
    begun dies --protocols netbios --get big --as here/big || return
    kill -KILL "${PIDS[nbtd-client]}"
    wait "${PIDS[nbtd-client]}"
    ended dies
    (($? == 16)) && ! ended agent && nbtd_on client CLIENT1 && agent && finished get netbios && went_on
    local status=$?
    rm -f here/big
    return $status
}
check 'the nbtd of the agent is killed' peer_driver_dies
cancelled() {
    begun cancelled --get big --as here/big && kill "$(pgrep -P "${PIDS[cancelled]}")" && ended cancelled &&
        finished get tcp && went_on
    local status=$?
    rm -f here/big
    return $status
}
check 'the viewer is stopped, and goes on later' cancelled
changed() {
    begun changed --get big --as here/big && kill "$(pgrep -P "${PIDS[changed]}")" && ended changed &&
        head -c 3000000 /dev/urandom >files/big && finished get tcp && ! went_on
}
check 'a file that has changed meanwhile is fetched as a whole' changed

# -- the rest

executed() {
    exits 0 view --execute 'format c:' && await agent '"event":"execute","command":"format c:"' &&
        says agent.err 'a command is recorded, not run: format c:'
}
check 'a command is recorded' executed
chat() {
    start chat console "$BIN/rcview" --driver /run/console.sock --address "$CLIENT" --chat CLIENT1
    await chat 'ready: session' && type_to chat $'hello\n' && await agent 'chat: hello$' &&
        type_to agent $'good day\n' && await chat 'chat: good day$' && stop chat
}
check 'a chat' chat
restarted() {
    exits 0 view --protocols "$1" --reboot --ping 1 --json &&
        says last.out '"say":"rebooting"' && says last.out '"function":"control"' &&
        says last.out '"serial":1,"answered":true'
}
check 'a client that restarts is controlled behind that, TCP' restarted tcp
check 'a client that restarts is controlled behind that, NetBIOS' restarted netbios

descriptors() {
    find "/proc/${PIDS[agent]}/fd" -mindepth 1 | wc -l
}
nothing_left() {
    local before after i
    before=$(descriptors)
    for i in 1 2 3 4 5; do
        view --protocols netbios --get small --as here/small >/dev/null 2>&1
        view --protocols tcp --get nothing --as here/nothing >/dev/null 2>&1
    done
    await agent '"event":"closed"' && after=$(descriptors)
    ((after <= before)) || { echo "   $before descriptors, then $after"; return 1; }
}
check 'no descriptor stays behind' nothing_left
check 'the agent stops' stop agent

finish
