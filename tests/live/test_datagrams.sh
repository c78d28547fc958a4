#!/usr/bin/env bash
# Datagrams between real drivers: to a name, to a group, to everybody, in one piece and in several;
# what is recorded, tshark and nbtdump read alike.
. "$(dirname "$0")/lib.sh"
in_lab alpha beta gamma

# A link counts as a host's own; so the recorder sees what alpha sends and hears.
start tshark alpha tshark -i eth0 -l -n -f 'udp port 138' -P -w /run/dgm.pcap
check 'the recorder is there' await tshark "Capturing on 'eth0'" 20

check 'alpha' nbtd_on alpha ALPHA --verbose
check 'beta' nbtd_on beta BETA
check 'gamma, as Windows would' nbtd_on gamma GAMMA --profile nt4

# waits HOST LABEL COMMAND...: a program that holds names and waits for a datagram, as soon as it says so.
waits() {
    local host=$1 label=$2
    shift 2
    start "$label" "$host" nbtlab ncb --driver "/run/$host.sock" reset then "$@"
}
got() {
    await "$1" "$2" && ended "$1"
}

# -- one name

unique() {
    waits beta fred add 'FRED<20>' then receive-datagram 'FRED<20>'
    await fred ' waits$' &&
        ncb alpha add 'BARNEY<20>' then send-datagram 'BARNEY<20>' 'FRED<20>' 'Yabba' >send.out &&
        got fred 'RECEIVE DATAGRAM FRED<20>: NRC_GOODRET .*from BARNEY<20>, 5 bytes: Yabba'
}
# rows: D22 D23 D28
check 'a datagram to a unique name' unique

unique_to_windows() {
    waits gamma pebbles add 'PEBBLES<20>' then receive-datagram '*'
    await pebbles ' waits$' &&
        ncb alpha add 'BARNEY<20>' then send-datagram 'BARNEY<20>' 'PEBBLES<20>' 'Dabba' >send.out &&
        got pebbles 'from BARNEY<20>, 5 bytes: Dabba'
}
check 'for any name of a program' unique_to_windows

# -- several

group() {
    waits beta one add-group 'LODGE<00>' then receive-datagram 'LODGE<00>'
    waits gamma two add-group 'LODGE<00>' then receive-datagram 'LODGE<00>'
    await one ' waits$' && await two ' waits$' &&
        ncb alpha add 'BARNEY<20>' then send-datagram 'BARNEY<20>' 'LODGE<00>' 'brothers' >send.out &&
        got one 'from BARNEY<20>, 8 bytes: brothers' && got two 'from BARNEY<20>, 8 bytes: brothers'
}
# rows: D22 D23
check 'to a group: every member has it' group

everybody() {
    waits beta one add 'ONE<20>' then receive-broadcast 'ONE<20>'
    waits gamma two add 'TWO<20>' then receive-broadcast 'TWO<20>'
    await one ' waits$' && await two ' waits$' &&
        ncb alpha add 'BARNEY<20>' then send-broadcast 'BARNEY<20>' 'listen' >send.out &&
        got one 'from BARNEY<20>, 6 bytes: listen' && got two 'from BARNEY<20>, 6 bytes: listen'
}
check 'to everybody' everybody

pieces() {
    local text
    text=$(printf '%0500d' 7)
    waits gamma two add 'TWO<20>' then receive-datagram 'TWO<20>'
    await two ' waits$' &&
        ncb alpha add 'BARNEY<20>' then send-datagram 'BARNEY<20>' 'TWO<20>' "$text" >send.out &&
        got two "from BARNEY<20>, 500 bytes: $text"
}
# rows: D13 D15
check 'in two pieces' pieces

# -- in vain

lost() {
    ncb alpha add 'BARNEY<20>' then send-datagram 'BARNEY<20>' 'NOBODY<20>' 'hello' >send.out &&
        says send.out 'SEND DATAGRAM .*: NRC_GOODRET' &&
        await nbtd-alpha '"what":"datagram".*"full":"NOBODY<20>".*"to":"not sent"'
}
check 'to nobody: the driver tells it' lost

# A datagram by hand, from CK... (an asterisk) to NOBODY<20>.
absent() {
    waits beta fred add 'FRED<20>' then receive-datagram 'FRED<20>'
    await fred ' waits$' && on alpha bash -c '
        printf "\x10\x02\x12\x34\x0a\x4d\x00\x01\x00\x8a\x00\x44\x00\x00 CK%030d\x00 EOEPECEPEEFJ%020d\x00" 0 0 |
            sed "s/0\{30\}/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/; s/0\{20\}/CACACACACACACACACACA/" | cat >/dev/udp/10.77.0.2/138' &&
        stop fred INT
    await tshark '^ *[0-9]+ +[0-9.]+ +10\.77\.0\.2 .*Datagram error' 20
}
# rows: D10 D30
check 'to a name that is not there: an error, to the address in the header' absent

# -- what was recorded

recorded() {
    stop tshark INT
    "$BIN/nbtdump" -r /run/dgm.pcap >dump.out && ! grep -iE 'malformed' dump.out &&
        tshark -r /run/dgm.pcap -n -Y '_ws.malformed && nbdgm.first == 1' >tshark.out 2>/dev/null && [[ ! -s tshark.out ]] &&
        says dump.out 'direct-unique-datagram.*FRED<20>' && says dump.out 'direct-group-datagram.*LODGE<00>' &&
        says dump.out 'broadcast-datagram' && says dump.out 'datagram-error'
}
# tshark looks for names in every fragment, and so calls the later ones malformed.
check 'what was recorded is well formed' recorded
finish
