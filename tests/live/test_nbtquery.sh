#!/usr/bin/env bash
# nbtquery asks nbtd nodes, nbtd as name server and a real nmbd: what it says is what nmblookup and
# nbtscan say, and its exit status is what a script needs.
. "$(dirname "$0")/lib.sh"
in_lab alpha samba client server beta

ask() {
    on client nbtquery "$@" >ask.out 2>&1
}

# asks STATUS REGEX ARGUMENT...: exactly this status, and a line that matches.
asks() {
    local want=$1 regex=$2 got
    shift 2
    ask "$@"
    got=$?
    ((got == want)) && says ask.out "$regex" && return
    printf '   status %d, not %d; it said:\n' "$got" "$want"
    sed 's/^/   | /' ask.out
    return 1
}

nbtd_on alpha ALPHA
samba_conf samba SAMBA 10.77.0.2
samba_conf client NOBODY 10.77.0.3
sed -i '/\[global\]/a wins support = yes' samba.conf
start nmbd samba nmbd --foreground --no-process-group --debug-stdout -d 1 -s samba.conf
start ns server nbtd --name-server --interface eth0 --memory --json --socket /run/ns.sock
check 'the name server is there' await ns '"event":"ready"'
check 'nmbd is there' await nmbd 'nmbd version .* started'

# -- queries

check 'ALPHA<20> by broadcast' asks 0 \
    '^10\.77\.0\.1 after [0-9.]+ ms: positive-query-response ALPHA<20> .*owners=10\.77\.0\.1/B/unique' 'ALPHA<20>'
check 'in plain words' says ask.out '^  a unique name; its owner is 10\.77\.0\.1 \(B node\)'
check 'a computer by its name alone, in small letters' asks 0 '^ALPHA<00> is found' alpha
check 'at its own address' asks 0 'owners=10\.77\.0\.1/B/unique' @10.77.0.1 'ALPHA<20>'
check 'a name that nobody has' asks 1 \
    '^nobody has answered about NOTHERE<00>: 3 requests to 10\.77\.0\.255, 0\.7' nothere
check 'one that the name server has not' asks 1 'not found: RCODE 3, the name asked for does not exist' \
    @10.77.0.4 nothere
check 'a host that is silent' asks 1 '2 requests to 10\.77\.0\.5' --retries 1 --timeout 100 @10.77.0.5 alpha
check 'from another port' asks 0 'ALPHA<20> is found' --source-port 137 'ALPHA<20>'

samba_answers() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do # each waits for an answer itself
        ask --timeout 1000 'SAMBA<20>' && return
    done
    return 1
}
check 'nmbd by broadcast' samba_answers
as_nmblookup() {
    on client nmblookup -s client.conf "$@" >lookup.out 2>&1
    says lookup.out '^10\.77\.0\.2 SAMBA<20>' && says ask.out 'owners=10\.77\.0\.2/'
}
check 'the same address as nmblookup says' as_nmblookup -B 10.77.0.255 'SAMBA#20'
check 'the group of nmbd' asks 0 'a group name; a member is 10\.77\.0\.2' 'NBTLAB<1E>'

# -- node status

# The names of a status: nmblookup -A and nbtquery, each as NAME<XX>.
as_nmblookup_sees() {
    on client nmblookup -s client.conf -A "$1" | sed -nE 's/^\t(.{15}) <([0-9a-f]{2})> .*/\1<\U\2>/p' |
        sed -E 's/ +</</' | sort >theirs
    on client nbtquery --status "$1" --json |
        sed -nE '/"event":"answer"/s/"full":"([^"]*)"/\n\1\n/gp' | grep -E '<[0-9A-F]{2}>$' | sort >mine
    # nmblookup prints a dot for what cannot be printed.
    sed -i 's/\\x[0-9A-F][0-9A-F]/./g' mine
    [[ -s theirs ]] && diff theirs mine
}
check 'the names of ALPHA, as nmblookup -A has them' as_nmblookup_sees 10.77.0.1
check 'the names of nmbd, too' as_nmblookup_sees 10.77.0.2
as_nbtscan_sees() {
    on client nbtscan -v 10.77.0.1 >scan.out 2>&1
    ask --status 10.77.0.1
    says scan.out 'ALPHA +<20> +UNIQUE' && says ask.out '^ +ALPHA<20> +unique B active +file server'
}
check 'and nbtscan' as_nbtscan_sees

# nmap asks from a port of its own, as a scanner does.
as_nmap_sees() {
    on client timeout 60 nmap -sU -p137 --script nbstat -Pn -n -v "$1" >nmap.out 2>&1
    sed -nE 's/^\| +(.+<[0-9a-f]{2}>) +Flags: (.*)/\1 \2/p' nmap.out | sed -E 's/<(..)>/<\U\1>/' | sort >theirs
    ask --status "$1"
    sed -nE 's/^ +(.+<[0-9A-F]{2}>) +(unique|group) +([BPMH]) (.*)/\1 \2 \4/p' ask.out |
        sed -E 's/ (unique|group) active.*/ <\1><active>/' | sort >mine
    [[ -s theirs ]] && diff theirs mine
}
check 'the names of ALPHA, as nmap has them, with their flags' as_nmap_sees 10.77.0.1
check 'and those of nmbd' as_nmap_sees 10.77.0.2

# -- an answer that is too long for a datagram

check 'a group of 120' join_group client 10.77.0.4 BIG 120
check 'is fetched by TCP' asks 0 '^10\.77\.0\.4 by TCP after .*10\.78\.0\.120/' @10.77.0.4 'BIG<00>'
check 'after the part that did fit' says ask.out \
    '^10\.77\.0\.4 after .* tc=1 .*|and there are more that did not fit$'
all_members() {
    ask --json @10.77.0.4 'BIG<00>'
    (($(grep '"by_tcp":true' ask.out | grep -oE '"10\.78\.0\.[0-9]+"' | sort -u | wc -l) == 120))
}
check 'all 120 of them' all_members

# -- registration, refresh, release at the name server

check 'registered' asks 0 'granted' --register @10.77.0.4 'CONSOLE<41>'
check 'found there' asks 0 'owners=10\.77\.0\.3/' @10.77.0.4 'CONSOLE<41>'
there_says_nmblookup() {
    on client nmblookup -s client.conf --recursion -U 10.77.0.4 'CONSOLE#41' >lookup.out 2>&1
    says lookup.out '^10\.77\.0\.3 CONSOLE<41>'
}
check 'by nmblookup as well' there_says_nmblookup
check 'refreshed' asks 0 'CONSOLE<41> is refreshed' --refresh @10.77.0.4 'CONSOLE<41>'
check 'refreshed by opcode 9' asks 0 'CONSOLE<41> is refreshed' --refresh --opcode 9 @10.77.0.4 'CONSOLE<41>'
check 'and by 15' asks 0 'CONSOLE<41> is refreshed' --refresh --opcode 15 @10.77.0.4 'CONSOLE<41>'
check 'taken, says --check, which asks there' asks 3 '^CONSOLE<41> is taken' --check @10.77.0.4 'CONSOLE<41>'
not_by_another() {
    on beta nbtquery --release @10.77.0.4 'CONSOLE<41>' >ask.out 2>&1
    (($? == 9)) && says ask.out 'not released: RCODE'
}
check 'released by its owner alone' not_by_another
check 'released' asks 0 '^CONSOLE<41> is released' --release @10.77.0.4 'CONSOLE<41>'
check 'free again' asks 0 '^CONSOLE<41> is free' --check @10.77.0.4 'CONSOLE<41>'

# -- the same at a real nmbd

check 'nmbd: registered' asks 0 'granted for [1-9][0-9]* s' --register --profile samba @10.77.0.2 'CONSOLE<41>'
check 'nmbd: found' asks 0 'owners=10\.77\.0\.3/' @10.77.0.2 'CONSOLE<41>'
check 'nmbd: refreshed' asks 0 'CONSOLE<41> is refreshed' --refresh --profile samba @10.77.0.2 'CONSOLE<41>'
check 'nmbd: refreshed by opcode 9' asks 0 'CONSOLE<41> is refreshed' --refresh --opcode 9 @10.77.0.2 'CONSOLE<41>'
check 'nmbd: registered again by 15' asks 0 'CONSOLE<41> is registered' --register --opcode 15 @10.77.0.2 'CONSOLE<41>'
check 'nmbd: taken' asks 3 '^CONSOLE<41> is taken' --check @10.77.0.2 'CONSOLE<41>'
check 'nmbd: its own name is refused' asks 9 'refused: RCODE' --register @10.77.0.2 'SAMBA<20>'
check 'nmbd: released' asks 0 '^CONSOLE<41> is released' --release @10.77.0.2 'CONSOLE<41>'
check 'nmbd: free' asks 0 '^CONSOLE<41> is free' --check @10.77.0.2 'CONSOLE<41>'

# -- by broadcast

check 'a taken name is refused' asks 9 'refused: RCODE 6, another node owns the name' --register 'ALPHA<20>'
check 'nmbd refuses as well' asks 9 '^10\.77\.0\.2 after .*negative-registration-response SAMBA<20>' --register --timeout 1000 'SAMBA<20>'
check 'a free one is not' asks 0 '^nobody objects to FREE<20>' --register 'FREE<20>'
check '--check: taken' asks 3 '^ALPHA<20> is taken' --check 'ALPHA<20>'
check '--check: free' asks 0 '^FREE<20> is free' --check 'FREE<20>'
check '--check: the server is silent' asks 1 'it is not known whether FREE<20> is free' \
    --check --timeout 100 @10.77.0.5 'FREE<20>'
check 'told to everybody' asks 0 'is released: 3 requests to 10\.77\.0\.255' --release 'FREE<20>'

# -- for programs

ask --json 'ALPHA<20>'
check 'JSON: the answer' says ask.out '"event":"answer","from":"10\.77\.0\.1:137","after_us":[0-9]+,"counts":true,"kind":"positive-query-response",.*"owners":\["10\.77\.0\.1"\],"group":false'
check 'JSON: the result' says ask.out '"event":"result","name":"ALPHA<20>","status":0,"disputed":false'

# -- two owners: the second one claims the name while its cable is out

two_owners() {
    ip link set p4 nomaster
    nbtd_on beta ALPHA --service server || return 1
    ip link set p4 master br0
    asks 3 '^ALPHA<20> has two owners, and a unique name can have one: .*10\.77\.0\.' --retries 9 'ALPHA<20>'
}
check 'two owners are both shown' two_owners
check 'the one' says ask.out '^10\.77\.0\.1 after .*owners=10\.77\.0\.1/'
check 'and the other' says ask.out '^10\.77\.0\.5 after .*owners=10\.77\.0\.5/'

check 'both refuse a third one' asks 9 'is not registered: refused by 10\.77\.0\.[15], 10\.77\.0\.[15]$' --register 'ALPHA<20>'

# -- what goes wrong before anything is sent

check 'an opcode that does not go with it' asks 2 'opcode 9 does not go with that' --register --opcode 9 @10.77.0.4 ALPHA

check 'no interface of that name' asks 5 'interface eth9 is not there' -i eth9 ALPHA
check 'no name' asks 2 'which name\?'
check 'a port that is taken' exits 18 on alpha nbtquery --source-port 137 ALPHA

finish
