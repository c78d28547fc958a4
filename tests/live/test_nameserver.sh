#!/usr/bin/env bash
# A name server for real: Samba's programs are its clients, and what it has granted outlives it.
. "$(dirname "$0")/lib.sh"
in_lab server samba client clash

# -- command lines

# refuses STATUS REGEX OPTION...: nbtd ends with this status and one line that matches.
refuses() {
    local status=$1 regex=$2
    shift 2
    exits "$status" on server timeout 20 "$BIN/nbtd" "$@" && [[ $(wc -l <last.out) == 1 ]] && says last.out "^nbtd: $regex"
}
check 'no interface' refuses 2 'the name server has no interface; give --interface' --name-server
check 'a store without a server' refuses 2 '--store is for a name server; give --name-server too' \
    --name ALPHA --interface eth0 --store x.db
check 'a store and none' refuses 2 '--memory keeps nothing and --store says where; give one' \
    --name-server --interface eth0 --store x.db --memory
check 'no subnet' refuses 2 '"10.1.0.0/33" is no subnet' \
    --name-server --interface eth0 --served 10.2.0.0/16,10.1.0.0/33
check 'no profile' refuses 2 'there is no name server.s profile "nt4"; --server-profile takes rfc, windows, samba' \
    --name-server --interface eth0 --server-profile nt4
check 'no count' refuses 2 '--challenge-count takes a number from 1 to 16, not "0"' \
    --name-server --interface eth0 --challenge-count 0
echo 'something else' >other.db
check 'a store that is something else' refuses 7 'the store other.db cannot be used: file is not a database' \
    --name-server --interface eth0 --store other.db
sqlite3 else.db 'create table t (x)'
check 'another database' refuses 7 'else.db is no name server.s store' \
    --name-server --interface eth0 --store else.db

# -- a server that runs

serve() {
    start ns server nbtd --name-server --interface eth0 --store names.db --socket /run/ns.sock --server-profile windows \
        --challenge-timeout 200 --json --verbose "$@"
    await ns 'nbtd: ready: name server, control socket /run/ns.sock, profile windows, store names.db'
}
samba_conf client NOBODY 10.77.0.3
lookup() {
    on client nmblookup -s client.conf -U 10.77.0.1 --recursion "$@" >lookup.out 2>&1
}
finds() {
    lookup "$1" && says lookup.out "^$2 $1"
}
query() {
    sqlite3 names.db "$1"
}

check 'it starts' serve
check 'it knows nobody' eval '! lookup SAMBA && says lookup.out "name_query failed to find name SAMBA"'
check 'a second one cannot have its store' exits 7 on clash nbtd --name-server --interface eth0 --store names.db

# -- a real nmbd as its client

with_wins() {
    samba_conf "$@"
    sed -i '/\[global\]/a wins server = 10.77.0.1' "$1.conf"
}
with_wins samba SAMBA 10.77.0.2
registered() {
    start nmbd samba nmbd --foreground --no-process-group -s samba.conf
    await ns 'registration SAMBA<20>: registered \(nobody holds it\) by 10.77.0.2'
}
check 'nmbd registers its names' registered
# rows: E50
check 'others find it' finds SAMBA 10.77.0.2
group_found() {
    lookup NBTLAB && says lookup.out '^255\.255\.255\.255 NBTLAB<00>'
}
check 'its group is everybody' group_found
stored() { # nmbd registers with opcode 15, whether it has one address or more
    [[ $(query "select name, kind, state, address from registrations where name = 'SAMBA<20>'") == \
        'SAMBA<20>|multihomed|active|10.77.0.2' ]]
}
check 'the store says so, to anybody who reads it' stored

# rows: E52
with_wins clash SAMBA 10.77.0.4
clash_refused() {
    start clash clash nmbd --foreground --no-process-group -s clash.conf
    await ns 'registration SAMBA<[0-9]+>: refused \(the holder still has it\) by 10.77.0.4, held by 10.77.0.2 since .*, asked 1 time' 60
}
check 'a second SAMBA is refused, since the first one answers' clash_refused
stop clash KILL 2>/dev/null

# -- looked at and changed while it runs

names() {
    "$BIN/nbtlab" names --socket /run/ns.sock "$@" >names.out 2>&1
}
listed() {
    names list 'SAMBA<?0>' && says names.out '^SAMBA<20> +multihomed +active, since .*: 10\.77\.0\.2 until ' &&
        says names.out '^SAMBA<00>' && [[ $(wc -l <names.out) == 2 ]]
}
check 'its names are listed by pattern' listed
by_hand() {
    names add 'PRINTER<20>' unique 10.77.0.99 && lookup 'PRINTER#20' &&
        says lookup.out '^10\.77\.0\.99 PRINTER<20>'
}
check 'a static mapping is found' by_hand
deleted() {
    names delete 'PRINTER<20>' && ! lookup 'PRINTER#20' && exits 1 names delete 'PRINTER<20>' &&
        says names.out 'there is no such name'
}
check 'and deleted' deleted
imported() {
    printf '%s\n' '10.77.0.50 bigboss #PRE #DOM:kingdom' '10.77.0.51 "ODD\0x01NAME       \0x44"' \
        '10.77.0.52 twins #MH' '10.77.0.53 twins #MH' >lmhosts
    names import lmhosts && names list 'KINGDOM*' &&
        says names.out '^KINGDOM<1C> +internet group +active, static, since .*: 10\.77\.0\.50$' &&
        lookup 'BIGBOSS#20' && says lookup.out '^10\.77\.0\.50 BIGBOSS<20>' && names list 'TWINS<03>' &&
        says names.out '10\.77\.0\.52, 10\.77\.0\.53$'
}
check 'LMHOSTS is imported' imported
exported() {
    names export && grep -v '^#' names.out | sort >one && grep -q '^10\.77\.0\.51 *"ODD\\0x01NAME       \\0x44"' one &&
        start second client nbtd --name-server --interface eth0 --memory --socket /run/second.sock &&
        await second 'nbtd: ready' && "$BIN/nbtlab" names --socket /run/second.sock import one &&
        "$BIN/nbtlab" names --socket /run/second.sock export | sort | cmp - one && stop second
}
check 'what is exported another server imports' exported
# rows: H35
strange() { # an escape sequence, a command, a format, zeros and blanks: printed, and nothing else
    local name='\x1B[2J$(id)%n\x00\x20\x22' file
    on client nbtquery --register @10.77.0.1 "$name<20>" >strange.query 2>&1 &&
        names list '*(id)*' && cp names.out strange.list && names list --json '*(id)*' && cp names.out strange.json &&
        on client nbtquery @10.77.0.1 "$name<20>" --json >strange.asked 2>&1 || return 1
    for file in strange.query strange.list strange.json strange.asked; do
        if LC_ALL=C grep -q '[^[:print:]]' "$file" || ! grep -qF '$(id)%n' "$file"; then
            sed -n l "$file"
            return 1
        fi
    done
    ! LC_ALL=C grep -q '[^[:print:]]' ns.out ns.err && grep -qF '$(id)%n' ns.err
}
check 'a name of escapes and commands is printed escaped in every output' strange
check 'a file that is none' exits 2 "$BIN/nbtlab" names --socket /run/ns.sock import other.db
watched() {
    start watch server nbtlab names --socket /run/ns.sock watch
    for _ in 1 2 3 4 5 6 7 8 9 10; do # until it watches: the first decisions may be before
        names add 'WATCHED<20>' group 10.77.0.99
        await watch 'registration WATCHED<20>: registered \(a static mapping\)' 1 >/dev/null && break
    done
    stop watch
    names delete 'WATCHED<20>' && says watch.out 'registration WATCHED<20>: registered'
}
check 'decisions are watched' watched
check 'nobody there' exits 6 "$BIN/nbtlab" names --socket /run/nobody.sock list

# -- kill -9

outlives() {
    stop ns KILL 2>/dev/null
    serve && finds SAMBA 10.77.0.2 && stored
}
check 'killed and started again it has all that it granted' outlives
# Names are registered as fast as they are acknowledged, and the server is killed in the midst of it.
acknowledged_is_kept() {
    cat >flood.py <<'PY'
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
def encoded(name):
    return b'\x20' + bytes(x for c in name.ljust(15).encode() + b'\x20' for x in (65 + (c >> 4), 65 + (c & 15))) + b'\0'
granted = open('granted.txt', 'w')
try:
    for i in range(0, 1000000, 32):
        for k in range(i, i + 32):
            s.sendto(struct.pack('>6H', k & 0xffff, 0x2900, 1, 0, 0, 1) + encoded('F%d' % k) +
                     struct.pack('>HHHHHIHH4s', 0x20, 1, 0xc00c, 0x20, 1, 9000, 6, 0x6000, bytes((10, 77, 0, 3))),
                     ('10.77.0.1', 137))
        for k in range(32):
            answer = s.recv(1000)
            if struct.unpack('>H', answer[2:4])[0] == 0xad80:
                name = answer[13:45]
                granted.write(bytes((name[j] - 65) << 4 | (name[j + 1] - 65) for j in range(0, 30, 2)).decode().strip() + '\n')
                granted.flush()
        if i == 3008:
            print('3000 are granted', flush=True)
except (socket.timeout, ConnectionError):
    pass
PY
    start flood client python3 flood.py
    await flood '3000 are granted' 30 || return 1
    stop ns KILL 2>/dev/null
    ended flood
    serve || return 1
    local count
    count=$(wc -l <granted.txt)
    query "select name from names where name glob 'F*<20>'" | sed 's/<20>//' | sort >kept.txt
    [[ $count -gt 1000 && -z $(sort -u granted.txt | comm -23 - kept.txt) ]] ||
        { echo "   $count granted, not kept: $(sort -u granted.txt | comm -23 - kept.txt | head -n 3)"; return 1; }
}
check 'whatever moment it is killed at, what was acknowledged is kept' acknowledged_is_kept

# -- a stream

# rows: B17 E64
over_tcp() {
    on client python3 - >tcp.out <<'PY'
import socket, struct
name = b'\x20' + bytes(x for c in b'SAMBA'.ljust(15) + b'\x20' for x in (65 + (c >> 4), 65 + (c & 15))) + b'\0'
packet = struct.pack('>6H', 7, 0x0100, 1, 0, 0, 0) + name + struct.pack('>2H', 0x20, 1)
s = socket.create_connection(('10.77.0.1', 137), 5)
s.sendall((struct.pack('>H', len(packet)) + packet) * 2)
answer = b''
while len(answer) < 2 * 64:
    answer += s.recv(1000)
print(answer[:64].hex(), len(answer))
PY
    says tcp.out '^003e00078580.*0a4d0002 128$'
}
check 'it answers over TCP as well' over_tcp

# -- smbtorture

torture() {
    local conf=$1
    shift
    SELFTEST_TMPDIR=$TMP on client timeout 100 smbtorture -s "$conf" -U% "$@" >torture.out 2>&1
    tr '\r' '\n' <torture.out | grep -E '^(success|failure|error|skip):' >torture.sum
}
sed '/\[share\]/,$d' client.conf >torture.conf
passes() {
    torture torture.conf //10.77.0.1/_none_ "$@"
    says torture.sum '^success:' && ! says torture.sum '^(failure|error|skip):' && ! says torture.out 'no low port - skip.*wrong' ||
        { tr '\r' '\n' <torture.out | grep -A2 -E '^(failure|error|skip)|WARNING' | head -n 9; return 1; }
}
# The test itself leaves the wrong addresses out where it registers from another port than 137.
wins_passes() {
    torture torture.conf //10.77.0.1/_none_ nbt.wins.wins
    says torture.sum '^success: wins' && ! says torture.sum '^(failure|error|skip):' ||
        { grep -A2 -E '^(failure|error)|WARNING' torture.out | head -n 9; return 1; }
}
check 'smbtorture nbt.wins.wins passes' wins_passes
check 'smbtorture nbt.bench-wins passes' passes nbt.bench-wins -t 1 --entries=100
# nbt.wins.wins_bad_names cannot pass: it tries Samba's "wins hook", a program that its server starts
# for each name. RFC 1002 has nothing of the kind, and nbtd gives up starting programs. What can be
# seen of it from outside is that every one of its names is registered.
bad_names() {
    torture torture.conf //10.77.0.1/_none_ nbt.wins.wins_bad_names
    says torture.out 'wins hook failure' && ! says torture.out 'IO_TIMEOUT' && [[ $(wc -l <torture.sum) == 1 ]]
}
check 'smbtorture nbt.wins.wins_bad_names misses only the hook' bad_names

# A node defends its own name, broadcast or not, refreshed or claimed.
check 'a computer beside it' nbtd_on clash ALPHA
register_passes() {
    torture torture.conf -R bcast //ALPHA/_none_ nbt.register
    [[ $(grep -c '^success:' torture.sum) == 2 && $(wc -l <torture.sum) == 2 ]]
}
check 'smbtorture nbt.register passes' register_passes

# -- its end

released() {
    stop nmbd && await ns 'registration SAMBA<20>: active -> released \(by its holder\) by 10.77.0.2' &&
        ! lookup SAMBA
}
check 'nmbd gives its names back when it ends' released
ends() {
    stop ns && [[ $(query 'pragma integrity_check') == ok ]] &&
        [[ $(query "select state from registrations where name = 'SAMBA<20>'") == released ]]
}
check 'it ends in order' ends
in_memory() {
    start memory server nbtd --name-server --interface eth0 --memory --socket /run/memory.sock
    await memory 'nbtd: ready: name server, .*profile rfc, nothing is kept, 0 names' && stop memory
}
check 'it can do without a store' in_memory

finish
