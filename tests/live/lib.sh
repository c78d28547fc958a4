# shellcheck shell=bash
# What the live tests share: a lab to run in, programs in the background, checks. Sourced by
# tests/live/test_*.sh, which get the project's root and the build directory as arguments.
#
# Waiting is for something: a line that a program writes, or a program's end. No check sleeps.
set -u
ROOT=$1
BIN=$2
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}

# in_lab HOST...: runs the rest of the test inside a lab of these hosts (see nbtlab lab --help).
in_lab() {
    [[ ${NBTLAB_IN_LAB-} ]] || exec "$BIN/nbtlab" lab "$@" -- env NBTLAB_IN_LAB=1 "$0" "$ROOT" "$BIN"
    TMP=/run/test # the lab's own, gone with it
    mkdir -p "$TMP"
    cd "$TMP" || exit 1
}

# on HOST COMMAND...: in that host's network; our own programs by their bare names.
on() {
    (become "$@")
}

# become HOST COMMAND...: the shell itself becomes the command, so that its number is the command's.
become() {
    local host=$1 program=$2
    shift 2
    [[ -x $BIN/$program ]] && program=$BIN/$program
    exec nsenter --net="/run/netns/$host" "$program" "$@"
}

# start LABEL HOST COMMAND...: in the background; what it says goes to LABEL.out and LABEL.err.
# Its standard input is a pipe that type_to writes to.
declare -A PIDS
start() {
    local label=$1 host=$2
    shift 2
    : >"$label.out"
    : >"$label.err"
    [[ -p $label.in ]] || mkfifo "$label.in"
    become "$host" "$@" >"$label.out" 2>"$label.err" <>"$label.in" &
    PIDS[$label]=$!
}

type_to() {
    printf '%s' "$2" >"$1.in"
}

# await LABEL REGEX [SECONDS]: until a line of its output matches; one behind the first $BEHIND lines, if that is set.
await() {
    local label=$1 regex=$2 seconds=${3:-15}
    if ! timeout "$seconds" grep -qEm1 -- "$regex" \
        < <(exec timeout "$seconds" tail -q -n +$((${BEHIND:-0} + 1)) -f "$label.out" "$label.err" 2>/dev/null); then
        printf '   no line of %s matched %s within %s s; it said:\n' "$label" "$regex" "$seconds"
        sed 's/^/   | /' "$label.out" "$label.err" | tail -n 20
        return 1
    fi
}

# stop LABEL [SIGNAL]: ends it and gives its exit status.
stop() {
    kill "-${2:-TERM}" "${PIDS[$1]}" 2>/dev/null
    wait "${PIDS[$1]}"
}

# ended LABEL: waits until it has ended by itself; its exit status.
ended() {
    wait "${PIDS[$1]}"
}

# check TITLE COMMAND...: one check. A line "# rows: ..." above it names what it proves.
PASSED=0 FAILED=0
check() {
    local title=$1
    shift
    if "$@"; then
        printf 'ok     %s\n' "$title"
        ((PASSED += 1))
    else
        printf 'FAILED %s\n   %s\n' "$title" "$*"
        ((FAILED += 1))
    fi
}

# says FILE-OR-LABEL.out REGEX: it has a matching line by now.
says() {
    grep -qE -- "$2" "$1"
}

# exits STATUS COMMAND...: the command ends with exactly this status; its output is in last.out.
exits() {
    local want=$1 got
    shift
    "$@" >last.out 2>&1 </dev/null
    got=$?
    ((got == want)) && return
    printf '   exit status %d, not %d; it said:\n' "$got" "$want"
    sed 's/^/   | /' last.out | head -n 20
    return 1
}

finish() {
    printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
    ((FAILED == 0 && PASSED > 0))
    exit
}

# nbtd_on HOST NAME [OPTION...]: starts a computer and waits until its names are settled.
nbtd_on() {
    local host=$1 name=$2
    shift 2
    start "nbtd-$host" "$host" nbtd --name "$name" --interface eth0 --socket "/run/$host.sock" --json "$@"
    await "nbtd-$host" '"event":"settled"'
}

# ncb HOST COMMAND...: nbtlab ncb at that host's driver.
ncb() {
    local host=$1
    shift
    "$BIN/nbtlab" ncb --driver "/run/$host.sock" "$@"
}

# settles: until what all_there tells, a function of the test, is as it stands in before.txt: the kernel takes networks
# away when it has time.
settles() {
    local i
    for ((i = 0; i < 100; i++)); do
        all_there >now.txt
        cmp -s before.txt now.txt && return
        read -rt 0.1 <> <(:)
    done
    diff before.txt now.txt
}

# all_found: nmblookup on `peer`, with its peer.conf, finds PC1<20> to PC200<20>, each at its own address from
# 10.77.0.40 on.
all_found() {
    local names=() i
    for ((i = 1; i <= 200; i++)); do names+=("PC$i#20"); done
    on peer nmblookup -s peer.conf -B 10.77.0.255 "${names[@]}" >found.out 2>&1
    for ((i = 1; i <= 200; i++)); do
        grep -qxF "10.77.0.$((39 + i)) PC$i<20>" found.out || { echo "   PC$i is not found"; return 1; }
    done
}

# samba_conf HOST NAME IP: a private smb.conf, HOST.conf, with all that Samba writes below /run.
samba_conf() {
    local host=$1 dir=/run/samba-$1
    mkdir -p /run/samba "$dir"/{private,lock,state,cache,pid,ncalrpc,log,share}
    cat >"$host.conf" <<CONF
[global]
  netbios name = $2
  workgroup = NBTLAB
  interfaces = $3/24
  bind interfaces only = yes
  private dir = $dir/private
  lock directory = $dir/lock
  state directory = $dir/state
  cache directory = $dir/cache
  pid directory = $dir/pid
  ncalrpc dir = $dir/ncalrpc
  log file = $dir/log/log.%m
  server role = standalone server
  map to guest = Bad User
  guest account = nobody
  disable spoolss = yes
  load printers = no
  dns proxy = no
  smb ports = 445 139
  server min protocol = NT1
  client min protocol = NT1
[share]
  path = $dir/share
  guest ok = yes
CONF
}

# samba_dc HOST NAME DOMAIN IP: the database of a domain controller, below /run, and HOST.conf, with which its own
# name service is all that `samba` runs. Takes ten seconds. Where the file system has no room for the access rights of
# shares, the provision fails at those, its last step: there are none.
samba_dc() {
    local host=$1 dir=/run/samba-$1
    mkdir -p /run/samba
    # The provision asks for the machine's name, which is not to be changed: in a namespace of its own.
    on "$host" unshare --uts sh -c 'hostname "$0" && exec samba-tool domain provision "$@"' "${2,,}" \
        --realm="$3.LAB" --domain="$3" --server-role=dc --dns-backend=SAMBA_INTERNAL --targetdir="$dir" \
        --host-name="$2" --host-ip="$4" --adminpass=Passw0rd.lab --option="interfaces=$4/24" \
        --option='bind interfaces only=yes' >"$host.provision" 2>&1 ||
        [[ -e $dir/private/sam.ldb ]] || { tail -n 5 "$host.provision"; return 1; }
    cat >"$host.conf" <<CONF
[global]
  netbios name = $2
  workgroup = $3
  realm = $3.LAB
  server role = active directory domain controller
  server services = nbt wrepl
  wins support = yes
  interfaces = $4/24
  bind interfaces only = yes
  private dir = $dir/private
  lock directory = $dir
  state directory = $dir/state
  cache directory = $dir/cache
  binddns dir = $dir/bind-dns
  pid directory = $dir/pid
  ncalrpc dir = $dir/ncalrpc
  log file = $dir/log.samba
CONF
    mkdir -p "$dir"/{pid,ncalrpc,bind-dns,state,cache}
}

# join_group HOST SERVER NAME COUNT: as many members of the group NAME<00>, 10.78.0.1 and on, are
# registered at a name server; each is granted.
join_group() {
    on "$1" python3 - "$2" "$3" "$4" <<'PY'
import socket, struct, sys
server, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
letters = bytes(x for c in name.ljust(15).encode() + b'\0' for x in (65 + (c >> 4), 65 + (c & 15)))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
for i in range(1, count + 1):
    s.sendto(struct.pack('>6H', i, 0x2900, 1, 0, 0, 1) + b'\x20' + letters + b'\0' +
             struct.pack('>HHHHHIHH4s', 0x20, 1, 0xc00c, 0x20, 1, 9000, 6, 0xa000, bytes((10, 78, 0, i))),
             (server, 137))
    answer = s.recv(1000)
    if struct.unpack('>2H', answer[:4]) != (i, 0xad80):
        sys.exit('member %d: %s' % (i, answer[:4].hex()))
PY
}
