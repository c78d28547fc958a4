#!/usr/bin/env bash
# One nbtd that is a computer and a name server, as every real WINS server is: it has its names from
# itself, others ask it for them, and who wants to take one is refused by its own word.
. "$(dirname "$0")/lib.sh"
in_lab both beta gamma samba

both() {
    start nbtd-both both nbtd --name BOTH --name-server --interface eth0 --store /run/both.db \
        --socket /run/both.sock --server-socket /run/ns.sock --json --verbose "$@"
    await nbtd-both '"event":"settled"'
}
names() {
    "$BIN/nbtlab" names --socket /run/ns.sock list >names.out
}
start dump both nbtdump -i eth0
check 'the recorder is there' await dump 'eth0|listening|capture' 20

# -- its own names

check 'it starts' both
check 'its names are granted, by itself' says nbtd-both.out '"full":"BOTH<20>".*granted by the name server.*"peer":"10\.77\.0\.1:137"'
check 'all of them' says nbtd-both.out '"event":"settled","obtained":3,"refused":0'
in_its_list() {
    names && says names.out 'BOTH<00>.*10\.77\.0\.1' && says names.out 'BOTH<20>.*10\.77\.0\.1'
}
check 'and are in its list' in_its_list
check 'nobody on the wire heard of it' eval "! says dump.out 'BOTH<'"

# -- others

found_by() {
    on "$1" nbtquery @10.77.0.1 "$2" >ask.out && says ask.out "owners=$3/"
}
check 'a node that has it for its server' nbtd_on beta BETA --wins 10.77.0.1 --node-type p
check 'it is found there' found_by gamma 'BETA<20>' 10.77.0.2
check 'and so is the server itself' found_by gamma 'BOTH<20>' 10.77.0.1
check 'by broadcast, its node answers' eval "on gamma nbtquery 'BOTH<20>' >ask.out && says ask.out 'owners=10\.77\.0\.1/H/unique'"
status_is_the_nodes() {
    on gamma nbtquery --status 10.77.0.1 >ask.out && says ask.out '^ +BOTH<20> +unique H active'
}
check 'its status lists its names' status_is_the_nodes
finds() {
    ncb both find 'BETA<20>' >find.out && says find.out '10\.77\.0\.2'
}
check 'its programs find the others by its server' finds
calls() {
    start listener beta "$BIN/nbtlab" ncb --driver /run/beta.sock add 'LISTENER<20>' then listen 'LISTENER<20>' '*'
    await listener 'ADD NAME LISTENER<20>: NRC_GOODRET' &&
        ncb both reset then add 'CALLER<20>' then call 'CALLER<20>' 'LISTENER<20>' >call.out &&
        says call.out 'CALL CALLER<20> LISTENER<20>: NRC_GOODRET' && ended listener
}
check 'and call them' calls

# -- who wants its name

refused() {
    start clash gamma nbtd --name BOTH --interface eth0 --socket /run/clash.sock --json --service server \
        --wins 10.77.0.1 --node-type p --exit-on-duplicate
    ended clash
    (($? == 8)) && says clash.err 'BOTH<20> is refused.*by 10\.77\.0\.1 with RCODE 6'
}
check 'is refused, since its node is there' refused

# A program that is another computer to it asks for the name of one of its own programs.
taken_here() {
    ncb both add 'BETA<20>' >add.out
    says add.out 'ADD NAME BETA<20>: NRC_INUSE'
}
check 'its own programs are refused a name that beta has' taken_here

# -- an answer that is too long for a datagram: it fetches it from itself by TCP

check 'a group of 120' join_group gamma 10.77.0.1 BIG 120
whole() {
    ncb both reset then find 'BIG<00>' >find.out
    (($(grep -oE '10\.78\.0\.[0-9]+' find.out | sort -u | wc -l) == 120))
}
check 'is found as a whole' whole

# -- real nmbd

samba_conf samba SAMBA 10.77.0.4
sed -i '/\[global\]/a wins server = 10.77.0.1' samba.conf
start nmbd samba nmbd --foreground --no-process-group --debug-stdout -d 1 -s samba.conf
samba_there() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        on gamma nbtquery --timeout 1000 @10.77.0.1 'SAMBA<20>' >ask.out && return
        read -rt 1 <> <(:)
    done
    return 1
}
check 'registers with it' samba_there
lookup() {
    on samba nmblookup -s samba.conf --recursion -U 10.77.0.1 'BOTH#20' >lookup.out &&
        says lookup.out '^10\.77\.0\.1 BOTH<20>'
}
check 'and finds it' lookup

# -- the end

check 'it ends well' stop nbtd-both
quietly() {
    on gamma nbtquery --retries 0 'MARK<20>' >ask.out # whatever was said before it has been seen with it
    await dump 'query-request MARK<20>' && ! says dump.out 'release-.* BOTH<'
}
check 'and gives its names back to itself alone' quietly
released_and_kept() {
    sqlite3 /run/both.db "select name from names where name glob 'B[EO]*<20>' and state = 0" >kept.out
    [[ $(<kept.out) == 'BETA<20>' ]]
}
check 'as its store says' released_and_kept
check 'it starts again' both

check 'alone, it takes no --wins' exits 2 on both nbtd --name-server --interface lo --memory --wins 10.0.0.1
check 'without --name-server, no --server-socket' exits 2 on both nbtd --name X --interface lo --server-socket /run/x

finish
