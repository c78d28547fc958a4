#!/usr/bin/env bash
# rcview and rcagent of SMS 1.2 over real UDP, on a good network and on one that loses datagrams.
. "$(dirname "$0")/lib.sh"
in_lab console client
nbtd_on console CONSOLE
nbtd_on client CLIENT1
CLIENT=10.77.0.2

mkdir -p there
start agent client rcagent --driver /run/client.sock --product sms1.2 --protocols udp --allow all \
    --files there --down-time 2 --json
check 'an agent starts' await agent '"event":"listening".*"protocols":\["udp"\],"ports":\[1761,1762'
check 'it says so to people' says agent.err '^rcagent: ready: listening on UDP ports 1761'

# view OPTION...: the command line of a viewer towards the client.
view() {
    on console rcview --driver /run/console.sock --address "$CLIENT" --product sms1.2 "$@" CLIENT1
}

scripted() {
    exits 0 view --protocols udp --type 'dir' --ping 2 --json &&
        says last.out '"event":"connected","transport":"udp"' &&
        says last.out '"row":[0-9]+,"text":".*dir"' &&
        says last.out '"serial":2,"answered":true' && says last.out '"event":"exit","end":"done"' &&
        says last.out '^rcview: ready: session with CLIENT1 over UDP, 10.77.0.2 port 1761$'
}
check 'a session over UDP' scripted

all_input() {
    { head -c 20000 /dev/zero | tr '\0' 'x'; printf '\rlast words'; } >input
    view --protocols udp --json <input >last.out 2>&1 && says last.out '"text":"last words"'
}
check 'all of a long input is typed' all_input

closed_port() {
    exits 11 view --protocols udp --address 10.77.0.1 --ping 1 && says last.out 'nobody answers'
}
check 'who has no agent is given up' closed_port

port_held() {
    exits "$1" on client rcagent --driver /run/client.sock --product sms1.2 --protocols udp &&
        says last.out '^rcagent: UDP port 1761 of this computer is taken by rcagent \(pid [0-9]+\)'
}
check 'a port that is taken names its holder' port_held 18

check 'the default stays NetBIOS' exits 11 view --ping 1
check 'UDP is not of SMS 2.0' exits 2 on console rcview --driver /run/console.sock --protocols udp CLIENT1

head -c 300000 /dev/urandom >there/whole.bin
fetched() {
    rm -f whole.bin && exits 0 view --protocols udp --get whole.bin && cmp whole.bin there/whole.bin
}
check 'a file arrives whole' fetched

restarts() {
    exits 0 view --protocols udp --reboot --wait 30 && says last.out 'CLIENT1 restarts' &&
        says last.out '^rcview: ready: session with CLIENT1 over UDP'
}
check 'a client that restarts is found again' restarts
check 'a command' exits 0 view --protocols udp --execute 'dir c:'

# -- a bad network

lossy() {
    for host in console client; do
        on "$host" nft add table ip t &&
            on "$host" nft add chain ip t c '{ type filter hook input priority 0; }' &&
            on "$host" nft add rule ip t c meta l4proto udp numgen random mod 100 '<' 10 drop || return
    done
}
check 'one datagram of ten is dropped' lossy
check 'a session, all the same' scripted
check 'a long input, too' all_input
check 'a file arrives whole, too' fetched

start second client rcagent --driver /run/client.sock --product sms1.2 --json
check 'an agent on NetBIOS' await second '"event":"listening"'
deaf() {
    on client nft add rule ip t c udp dport 1761-1764 drop &&
        exits 0 view --protocols netbios,udp --ping 1 &&
        says last.out '10.77.0.2 port 1761: nobody answers' &&
        says last.out 'Trying Additional Protocols' && says last.out 'over NetBIOS, LANA 0'
}
check 'NetBIOS is the cure where no datagram comes through' deaf
finish
