#!/usr/bin/env bash
# nbtlab up --listen, --connect, --multicast, --datagrams: computers at the sockets of emulators, by a user without any
# privilege. A guest is played by a network namespace whose interface is the other end of such a socket.
. "$(dirname "$0")/lib.sh"
in_lab guest second

cat >lan.scn <<'SCN'
scenario lan "computers of a row"
about "As many as are asked for."
network LAN subnet=10.77.9.0/24
computer PC address=10.77.9.40
end 1s
SCN
chmod 755 /run /run/test
mkdir -m 777 /run/user /run/user/nbtlab /run/sockets

# A user who may do nothing, where there is another than the one that runs the test; and where /dev/net/tun is not
# everybody's, one that is.
AS=()
if [[ $(id -u) == 0 ]] && setpriv --reuid 12345 --regid 12345 --clear-groups true 2>/dev/null; then
    AS=(env XDG_RUNTIME_DIR=/run/user setpriv --reuid 12345 --regid 12345 --clear-groups)
    if ! "${AS[@]}" test -w /dev/net/tun; then
        without_tun() {
            exits 4 "${AS[@]}" "$BIN/nbtlab" up --datagrams 5557,5558 lan.scn &&
                says last.out '/dev/net/tun cannot be opened: Permission denied; .* let everybody read and write it'
        }
        check 'who may not open /dev/net/tun is told so' without_tun
        mkdir /run/dev && mount -t tmpfs none /run/dev && mknod -m 666 /run/dev/tun c 10 200 &&
            mount --bind /run/dev/tun /dev/net/tun
    fi
fi
up() {
    local label=$1
    shift
    : >"$label.out"
    : >"$label.err"
    chmod 666 "$label.out" "$label.err"
    # From elsewhere than the build's folder, which that user may not see: the program is passed open.
    ("${AS[@]}" "$BIN/nbtlab" up --json "$@" </dev/null >"$label.out" 2>"$label.err") &
    PIDS[$label]=$!
}

# The guest's cable: frames between its interface and a socket, as QEMU has them.
cat >cable.py <<'PY'
import fcntl, os, select, socket, struct, sys, time
kind, where = sys.argv[1], sys.argv[2]
mac = sys.argv[3]
tap = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tap, 0x400454ca, struct.pack('16sH22x', b'lan', 0x1002))
os.system('ip link set lan address ' + mac)
print('made', flush=True)
sys.stdin.readline()
def where_of(text):
    return text if '/' in text else (text.rsplit(':', 1)[0], int(text.rsplit(':', 1)[1]))
def stream():
    family = socket.AF_UNIX if '/' in where else socket.AF_INET
    if kind == 'listen':
        os.umask(0)
        ear = socket.socket(family, socket.SOCK_STREAM)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind(where_of(where))
        ear.listen()
        print('listens', flush=True)
        return ear.accept()[0]
    while True:
        s = socket.socket(family, socket.SOCK_STREAM)
        try:
            s.connect(where_of(where))
            return s
        except OSError:
            time.sleep(0.05)
def whole(s, n):
    got = b''
    while len(got) < n:
        part = s.recv(n - len(got))
        if not part:
            sys.exit('closed')
        got += part
    return got
if kind in ('listen', 'connect'):
    s = stream()
    send = lambda frame: s.sendall(struct.pack('>I', len(frame)) + frame)
    take = lambda: whole(s, struct.unpack('>I', whole(s, 4))[0])
elif kind == 'multicast':
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    group = where_of(where)
    s.bind(group)
    here = socket.inet_aton('127.0.0.1')
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group[0]) + here)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
    send = lambda frame: s.sendto(frame, group)
    take = lambda: s.recv(70000)
else:
    ours, theirs = [where_of(x) for x in where.split(',')]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(ours)
    send = lambda frame: s.sendto(frame, theirs)
    take = lambda: s.recv(70000)
print('linked', flush=True)
while True:
    for one in select.select([s, tap], [], [])[0]:
        if one is s:
            frame = take()
            if len(frame) < 60 and kind != 'multicast': # where one's own come back
                sys.exit('a frame of %d octets' % len(frame))
            os.write(tap, frame)
        else:
            send(os.read(tap, 70000))
PY
# guest HOST KIND WHERE MAC ADDRESS: the cable ends in the lab's own network, and the interface is moved into the host's;
# then it is plugged in.
guest() {
    local host=$1
    : >"$host.out"
    : >"$host.err"
    rm -f "$host.in"
    mkfifo "$host.in"
    python3 cable.py "${@:2:3}" >"$host.out" 2>"$host.err" <>"$host.in" &
    PIDS[$host]=$!
    await "$host" made && ip link set lan netns "$host" && on "$host" ip addr add "$5/24" brd 10.77.9.255 dev lan &&
        on "$host" ip link set lan up && type_to "$host" $'\n'
}
found() {
    on "$1" nmblookup -s "$1.conf" -B 10.77.9.255 "$2#20" >found.out 2>&1 && says found.out "^$3 $2<20>"
}
own_mac() {
    on "$1" ip -4 neigh show dev lan >neigh.out
    says neigh.out "^10.77.9.41 lladdr 02:00:0a:4d:09:29"
}
last_of() {
    [[ $(tail -n 1 "$1.out" | jq -c "$2") == "$3" ]]
}
samba_conf guest GUEST 10.77.9.1
samba_conf second SECOND 10.77.9.2

# all_there: everything that there could be more of afterwards.
all_there() {
    ip -br link | awk '{print $1}'
    ls -A /run/netns /run/sockets /run/user
    ip route show table all | grep -v '^\(multicast\|ff00\)'
    lsns -t net -n -o NS 2>/dev/null
    ss -Hxltun | wc -l
    ps -eo stat=,comm= | grep -c '^[^Z].* nbtlab'
}
all_there >before.txt

# -- what users get wrong

refuses() {
    exits "$1" "$BIN/nbtlab" up "${@:3}" lan.scn && says last.out "$2"
}
check 'a port that is none' refuses 2 'it is PORT, ADDRESS:PORT, or a path with a slash' --listen eleven
check 'a group that is none' refuses 2 'it is GROUP:PORT' --multicast 10.0.0.1:5555
check 'one end of two' refuses 2 'it is OURS,THEIRS' --datagrams 5555
in_use() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 5559)); s.listen(); print("has it", flush=True); input()' \
        >holds.out 2>holds.err <> <(:) &
    PIDS[holds]=$!
    await holds 'has it' && refuses 18 '5559: this port is in use' --listen 5559
    stop holds
    return 0
}
check 'a port that is in use' in_use

# -- a guest that connects

waits() {
    up one --listen 127.0.0.1:5555 --count 20 --sockets /run/sockets lan.scn
    await one 'waiting at 127.0.0.1:5555, as for QEMU with -netdev socket,id=lab,connect=127.0.0.1:5555' &&
        [[ ! -s one.out ]]
}
check 'they wait for a guest, and say how it comes' waits
check 'a guest connects' guest guest connect 127.0.0.1:5555 52:54:00:00:00:01 10.77.9.1
all_up() {
    await one 'somebody is at 127.0.0.1:5555' && await one '"event":"up"' &&
        last_of one '[.computers,.obtained,.refused,.lost]' '[20,60,0,0]'
}
check 'and they are switched on' all_up
check 'the guest finds them' found guest PC2 10.77.9.41
status() {
    on guest nmblookup -s guest.conf -A 10.77.9.41 >status.out 2>&1
    says status.out 'PC2 +<20> - +[BH] <ACTIVE>' && says status.out 'MAC Address = 02-00-0A-4D-09-29' && own_mac guest
}
check 'each with its own MAC address' status
session() {
    start driver guest nbtd --name GUEST --interface lan --socket /run/guest.sock --json
    await driver '"event":"settled"' || return
    "$BIN/nbtlab" ncb --driver /run/guest.sock add 'HERE<20>' then listen 'HERE<20>' '*' then receive >takes.out 2>takes.err &
    PIDS[takes]=$!
    until "$BIN/nbtlab" ncb --driver /run/sockets/PC9 find 'HERE<20>' >find.out 2>&1; do :; done
    "$BIN/nbtlab" ncb --driver /run/sockets/PC9 add 'OURS<20>' then call 'OURS<20>' 'HERE<20>' then send 'good day' >call.out 2>&1
    await takes 'good day' && ended takes
}
check 'a session over TCP' session
asks() {
    "${AS[@]}" "$BIN/nbtlab" exec PC2 nbtquery @10.77.9.1 'GUEST<20>' >asks.out 2>&1
    says asks.out '10.77.9.1' || { cat asks.out; return 1; }
}
check 'a program of one is in their network' asks
second() {
    guest second connect 127.0.0.1:5555 52:54:00:00:00:02 10.77.9.2 || return
    until found second PC3 10.77.9.42; do kill -0 "${PIDS[second]}" || return 1; done
    found second GUEST 10.77.9.1
}
check 'a second guest connects, and finds them and the first' second
gone() {
    stop second
    stop driver
    stop guest
    await one 'nobody is at 127.0.0.1:5555, it has closed the connection: waiting'
    guest guest connect 127.0.0.1:5555 52:54:00:00:00:03 10.77.9.1 || return
    until found guest PC2 10.77.9.41; do kill -0 "${PIDS[guest]}" || return 1; done
}
check 'guests go and come again' gone
no_frames() {
    printf 'GET / HTTP/1.0\r\n\r\n' >/dev/tcp/127.0.0.1/5555
    found guest PC2 10.77.9.41
}
check 'who sends what are no frames disturbs nobody' no_frames
ends() {
    stop one && last_of one '[.event,.lost]' '["down",0]'
    stop guest
    ip -n guest link del lan 2>/dev/null
    settles
}
check 'SIGTERM ends them, and nothing is left' ends

# -- a guest that listens, at a path

reconnects() {
    up two --connect /run/user/qemu.sock --count 3 lan.scn
    await two 'nobody is at /run/user/qemu.sock, no such file or directory: waiting' || return
    guest guest listen /run/user/qemu.sock 52:54:00:00:00:01 10.77.9.1 && await guest listens &&
        await two '"event":"up"' && found guest PC2 10.77.9.41 || return
    stop guest
    rm -f /run/user/qemu.sock
    await two 'nobody is at /run/user/qemu.sock, it has closed the connection' || return
    guest guest listen /run/user/qemu.sock 52:54:00:00:00:02 10.77.9.1 || return
    until found guest PC2 10.77.9.41; do kill -0 "${PIDS[guest]}" || return 1; done
    stop two && stop guest
    rm -f /run/user/qemu.sock
    settles
}
check 'they connect to a guest at a path, and again when it has gone' reconnects

taken() {
    local status
    up three --listen /run/user/ours.sock lan.scn
    await three 'addr.type=unix,addr.path=/run/user/ours.sock' || return
    chmod 666 /run/user/ours.sock
    guest guest connect /run/user/ours.sock 52:54:00:00:00:01 10.77.9.40 || return
    ended three
    status=$?
    await three '10.77.9.40 is used by 52:54:00:00:00:01, so that no computer of ours can be there' &&
        ((status == 1)) && ! [[ -e /run/user/ours.sock ]]
    status=$?
    stop guest
    return $status
}
check "a guest's address is left to it" taken
interrupted() {
    up four --listen /run/user/ours.sock lan.scn
    await four waiting && stop four
    settles
}
check 'who waits can be interrupted' interrupted

# -- the end that nobody wants

# all_of PID: a process and all that it has started.
all_of() {
    local child
    echo "$1"
    for child in $(pgrep -P "$1"); do all_of "$child"; done
}
killed() {
    up nine --listen /run/user/ours.sock --count 5 --sockets /run/sockets lan.scn
    await nine waiting && chmod 666 /run/user/ours.sock &&
        guest guest connect /run/user/ours.sock 52:54:00:00:00:01 10.77.9.1 && await nine '"event":"up"' || return
    # shellcheck disable=SC2046
    kill -KILL $(all_of "${PIDS[nine]}")
    wait "${PIDS[nine]}" 2>/dev/null
    stop guest
    [[ -S /run/sockets/PC5 && -S /run/user/ours.sock ]] && "${AS[@]}" "$BIN/nbtlab" down --sockets /run/sockets &&
        "${AS[@]}" "$BIN/nbtlab" down --sockets /run/user && settles
}
check 'all its processes are killed, and nbtlab down takes away what is left' killed

# -- datagrams

groups() {
    ip link set lo up
    up five --multicast 230.0.0.1:5556 --count 3 lan.scn
    await five '"event":"up"' && guest guest multicast 230.0.0.1:5556 52:54:00:00:00:01 10.77.9.1 || return
    until found guest PC3 10.77.9.42; do kill -0 "${PIDS[guest]}" || return 1; done
    stop five && last_of five '[.event,.refused,.lost]' '["down",0,0]' && stop guest
    settles
}
check 'a group, as of -netdev socket,mcast=' groups
tunnel() {
    up six --datagrams 5557,5558 --count 3 lan.scn
    await six '"event":"up"' && guest guest datagrams 127.0.0.1:5558,127.0.0.1:5557 52:54:00:00:00:01 10.77.9.1 || return
    until found guest PC3 10.77.9.42; do kill -0 "${PIDS[guest]}" || return 1; done
    stop six && stop guest
    settles
}
check "a tunnel, as VirtualBox' UDPTunnel" tunnel

finish
