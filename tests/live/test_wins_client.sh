#!/usr/bin/env bash
# nbtd as the client of a real name server, nmbd with "wins support": registration, refresh, search,
# refusal, release, and what an H node does when the server is dead.
. "$(dirname "$0")/lib.sh"
in_lab alpha samba client beta clash

samba_conf samba SAMBA 10.77.0.2
sed -i 's/^\[global\]/&\n  wins support = yes\n  min wins ttl = 20\n  max wins ttl = 20/' samba.conf
samba_conf client NOBODY 10.77.0.3
start nmbd samba nmbd --foreground --no-process-group --debug-stdout -d 1 -s samba.conf
check 'nmbd is up' await nmbd 'started|server has' 20

# asked NAME: nmblookup asks the server itself.
asked() {
    on client nmblookup -s client.conf --recursion -U 10.77.0.2 "$1" >lookup.out 2>&1
}

# -- registration

# rows: F1 F3
registers() {
    nbtd_on alpha ALPHA --wins 10.77.0.2
    says nbtd-alpha.out '"event":"ready".*"node_type":"H","name_servers":\["10\.77\.0\.2"\]' &&
        says nbtd-alpha.out '"event":"settled","obtained":3,"refused":0' &&
        says nbtd-alpha.out '"full":"ALPHA<20>".*"to":"registered","why":"granted by the name server".*"peer":"10\.77\.0\.2'
}
check 'an H node registers its names at the server' registers

seen_by_server() {
    asked ALPHA && says lookup.out '^10\.77\.0\.1 ALPHA<00>' && asked 'ALPHA#20' && says lookup.out '^10\.77\.0\.1'
}
check 'where others find them' seen_by_server

# -- refresh: nmbd grants 20 s, Samba's own clients come after half of it

# rows: E27 E35
refreshes() {
    nbtd_on beta BETA --wins 10.77.0.2 --node-type p --profile samba --service server
    await nbtd-beta '"what":"refresh".*"full":"BETA<20>".*"to":"granted"' 20
}
check 'names are refreshed before their time is over' refreshes

# -- searches

# rows: E29
finds() {
    ncb beta find 'ALPHA<20>' >find.out && says find.out '10\.77\.0\.1' &&
        ncb beta find 'SAMBA<20>' >find.out && says find.out '10\.77\.0\.2'
}
check 'a P node finds names through the server alone' finds

finds_nobody() {
    ! ncb beta find 'NOBODY<20>' >find.out && says find.out 'NRC_CMDTMO'
}
check 'and is told that nobody has a name' finds_nobody

# -- a name that another has

# rows: G21
refused() {
    start clash clash nbtd --name ALPHA --interface eth0 --socket /run/clash.sock --json --wins 10.77.0.2 \
        --node-type p --service server --exit-on-duplicate
    ended clash
    (($? == 8)) && says clash.err 'ALPHA<20> is refused.*by 10\.77\.0\.2 with RCODE 6.*NRC_INUSE \(0x16\)'
}
check 'a name that another node has is refused after the server has asked him' refused

# -- release

# rows: F5
releases() {
    stop nbtd-alpha && ! asked 'ALPHA#20' && says lookup.out 'failed to find name ALPHA'
}
check 'a computer that ends releases its names at the server' releases

free_again() {
    nbtd_on clash ALPHA --wins 10.77.0.2 --service server
    says nbtd-clash.out '"event":"settled","obtained":1,"refused":0' && asked 'ALPHA#20' && says lookup.out '^10\.77\.0\.5'
}
check 'and then another can have them' free_again

# -- LMHOSTS

# rows: F6
looked_up() {
    printf '10.77.0.77 FILED\n10.77.0.78 "LOADED         \\0x20" #PRE\n' >lmhosts
    stop nbtd-clash
    nbtd_on clash ALPHA --wins 10.77.0.2 --service none --lmhosts lmhosts
    ncb clash find 'LOADED<20>' >find.out && says find.out '10\.77\.0\.78' &&
        says nbtd-clash.out '"full":"LOADED<20>".*"to":"found","why":"preloaded from LMHOSTS"' &&
        ncb clash find 'FILED<20>' >find.out && says find.out '10\.77\.0\.77' &&
        says nbtd-clash.out '"full":"FILED<20>".*"why":"now by broadcast"'
}
check 'LMHOSTS is asked first where it is preloaded, else last' looked_up

# -- the server dies

# rows: F4
falls_back() {
    stop nmbd KILL
    nbtd_on alpha GAMMA --wins 10.77.0.2 --profile nt4 --service server
    says nbtd-alpha.out '"event":"settled","obtained":1,"refused":0' &&
        says nbtd-alpha.out '"full":"GAMMA<20>".*"why":"now by broadcast"' &&
        on client nmblookup -s client.conf -B 10.77.0.255 'GAMMA#20' >lookup.out 2>&1 && says lookup.out '^10\.77\.0\.1'
}
check 'an H node without its server goes on by broadcast' falls_back

# rows: E26 G27
p_fails() {
    stop nbtd-beta INT
    start lonely beta nbtd --name DELTA --interface eth0 --socket /run/lonely.sock --json --wins 10.77.0.2 \
        --node-type p --profile win95 --service server --exit-on-duplicate
    ended lonely
    (($? == 8)) && says lonely.err 'DELTA<20> is refused.*no name server answered.*NRC_CMDTMO'
}
check 'a P node fails, and says why' p_fails

finish
