#!/usr/bin/env bash
# nbtlab watch beside nbtd and nmbd, on the bridge that they share: refused claims, a second owner and
# spoofed answers are told while they happen, on the terminal, in a file, in the system's log and in
# the numbers; nothing is told of what is well; SIGHUP loses nothing, and SIGTERM ends it in order.
. "$(dirname "$0")/lib.sh"
in_lab alpha beta samba evil client

# The log: every datagram, a line each.
cat >log.py <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
while True:
    print(s.recv(10000).decode(), flush=True)
PY
# Answers for names that are not its own: "NAME ADDRESS" for a question, "NAME ADDRESS > TO" at once.
cat >evil.py <<'PY'
import socket, struct, sys
own, lies = sys.argv[1], {}
def encode(name):
    raw = name[:-4].ljust(15).encode() + bytes([int(name[-3:-1], 16)])
    return b'\x20' + bytes(x for c in raw for x in (65 + (c >> 4), 65 + (c & 15))) + b'\0'
def answer(trn, name, ip, to):
    s.sendto(struct.pack('>6H', trn, 0x8500, 0, 1, 0, 0) + name +
             struct.pack('>HHIHH4s', 0x20, 1, 300, 6, 0, socket.inet_aton(ip)), to)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 137))
for word in sys.argv[2:]:
    name, ip, *to = word.split(':')
    if to:
        answer(0x7777, encode(name), ip, (to[0], 137))
    else:
        lies[encode(name)] = ip
print('ready', flush=True)
while True:
    data, sender = s.recvfrom(2000)
    if sender[0] != own and len(data) >= 50 and not data[2] & 0xF8 and data[12:46] in lies:
        answer(struct.unpack('>H', data[:2])[0], data[12:46], lies[data[12:46]], sender)
PY

"$BIN/nbtlab" watch -r "$ROOT/fixtures/captures/spoofed.pcap" >file.out 2>file.err
check 'a file: something was found' test $? = 3
check 'it is told' says file.out '^2026-.* error two-owners REAL<20>: 10\.0\.0\.9 .* and 10\.0\.0\.66 '
check 'and summed up' says file.err '^nbtlab watch: 6 findings in 15 messages of 4 hosts with 5 names$'
check 'both a file and an interface are too much' exits 2 "$BIN/nbtlab" watch -r x -i y
check 'an interface that is not there' exits 5 "$BIN/nbtlab" watch -i nothere0
check 'a log that is not there' exits 7 "$BIN/nbtlab" watch -i br0 --syslog=/run/nothere
says last.out 'start syslogd or systemd-journald' || check 'with a remedy' false

# -- all is well

start log client python3 "$TMP/log.py" "$TMP/log"
await log ready
watch() {
    local label=$1
    shift
    : >"$label.out"
    "$BIN/nbtlab" watch -i br0 "$@" >"$label.out" 2>"$label.err" &
    PIDS[$label]=$!
    await "$label" 'listening on br0'
}
watch lines --syslog="$TMP/log" --metrics unix:"$TMP/numbers"
watch json --json -o events.json --metrics nbt.prom --again 0

on alpha nbtquery --timeout 100 NOTHERE >/dev/null
nbtd_on alpha FRED
samba_conf samba SAMBA 10.77.0.3
start nmbd samba nmbd --foreground --no-process-group --debug-stdout -d 1 -s samba.conf
await nmbd 'SAMBA is now a local master browser' 60
samba_is_found() {
    on client nbtquery 'SAMBA<20>' >ask.out 2>&1 && on client nbtquery --status 10.77.0.3 >ask.out
}
check 'nmbd is there' samba_is_found
numbers() {
    python3 - "$TMP/numbers" <<'PY' >numbers.out
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
while data := s.recv(10000):
    sys.stdout.write(data.decode())
PY
    [[ $(tail -n 1 numbers.out) == '# EOF' ]]
}
check 'the numbers come by the socket' numbers
check 'names are counted' says numbers.out '^nbt_watch_name_messages_total\{kind="registration-request"\} [1-9]'
check 'nothing is wrong' test ! -s lines.out

# -- a refused claim, by nbtd and by nmbd

start nbtd-beta beta nbtd --name FRED --interface eth0 --socket /run/beta.sock --json
check 'FRED is refused on beta' await lines 'error clone FRED<00>: 10\.77\.0\.2 .* was refused by 10\.77\.0\.1 '
await nbtd-beta '"event":"settled"'
stop nbtd-beta
samba_conf beta FRED 10.77.0.2
start nmbd-beta beta nmbd --foreground --no-process-group --debug-stdout -d 1 -s beta.conf
again() {
    timeout 30 grep -qm1 '"again":true.*"finding":"clone".*"FRED<' < <(tail -n +1 -f events.json)
}
check 'nmbd that claims it is told again, with --again 0' again
stop nmbd-beta
start nbtd-beta beta nbtd --name SAMBA --interface eth0 --socket /run/beta.sock --json
check 'nmbd refuses its name' await lines 'clone SAMBA<00>: 10\.77\.0\.2 .* was refused by 10\.77\.0\.3 '
await nbtd-beta '"event":"settled"'
stop nbtd-beta

# -- the file is renamed while it is written

mv events.json events.1
kill -HUP "${PIDS[json]}"
reopened() {
    local i
    for ((i = 0; i < 100; i++)); do
        [[ -e events.json ]] && return
        read -rt 0.1 <>/dev/zero
    done
}
reopened
check 'SIGHUP opens it anew' test -e events.json

# -- a second owner, and spoofed answers

start evil evil python3 "$TMP/evil.py" 10.77.0.4 \
    'FRED<20>:10.77.0.4' 'WPAD<00>:10.77.0.4' 'PRINTER<20>:10.77.0.4' 'BANK<20>:10.77.0.4' 'TRAP<20>:10.77.0.99' \
    'MAIL<20>:10.77.0.4:10.77.0.1'
await evil ready
check 'an answer that nobody asked for' await lines \
    'error unasked-answer MAIL<20>: 10\.77\.0\.4 .* told 10\.77\.0\.1 '
on client nbtquery 'FRED<20>' >ask.out 2>&1
check 'a second owner' await lines 'error two-owners FRED<20>: 10\.77\.0\.(1|4) .* and 10\.77\.0\.(1|4) '
on client nbtquery 'TRAP<20>' >ask.out 2>&1
check 'an answer with another address' await lines \
    'error foreign-answer TRAP<20>: 10\.77\.0\.4 .* gave the address of 10\.77\.0\.99'
for name in 'WPAD<00>' 'PRINTER<20>' 'BANK<20>'; do
    on client nbtquery "$name" >ask.out 2>&1
done
check 'who answers for everything' await lines 'error spoofed WPAD<00>: 10\.77\.0\.4 '
check 'the log has it' await log '^<27>.* nbtlab-watch\[[0-9]+\]: error spoofed WPAD<00>: 10\.77\.0\.4 '
check 'and whatever else was told' \
    diff <(sed 's/^[0-9-]* [0-9:.]* //' lines.out) <(sed -n 's/^<[0-9]*>.*nbtlab-watch\[[0-9]*\]: //p' log.out)
check 'the numbers' numbers
check 'count it' says numbers.out '^nbt_watch_findings_total\{finding="foreign-answer"\} 1$'

# -- the end

stop json INT
check 'an interrupt ends it, and says that there was something' test $? = 3
nothing_lost() {
    cat events.1 events.json | jq -se '.[-1].event == "summary" and
        ([.[] | select(.event == "finding")] | length) == ([.[-1].findings[]] | add) and
        .[-1].held_back == 0' >/dev/null
}
check 'nothing was lost between the two files' nothing_lost
check 'the new one has what came since' jq -se 'map(select(.finding == "foreign-answer")) | length == 1' events.json
check 'the numbers are in their file' says nbt.prom '^nbt_watch_findings_total\{finding="two-owners"\} [1-9]'
check 'whole' test "$(tail -n 1 nbt.prom)" = '# EOF'
check 'readable for others, and nothing beside it' test "$(stat -c %a nbt.prom) $(ls nbt.prom*)" = '644 nbt.prom'
capabilities() {
    sed -n 's/^Cap\(Eff\|Prm\):\t//p' "/proc/${PIDS[lines]}/status" | sort -u
}
check 'it has kept no right but to open files' test "$(capabilities)" = 0000000000000002
check 'and is filtered' says "/proc/${PIDS[lines]}/status" '^Seccomp:	2'
stop lines TERM
check 'so does SIGTERM' test $? = 3
check 'with a summary' says lines.err '^nbtlab watch: [0-9]+ findings in [0-9]+ messages of [0-9]+ hosts'
check 'its socket is gone' test ! -e numbers

# -- an interface that comes and goes

watch plain
check 'without files it is nobody, or in a user namespace its only user' \
    says "/proc/${PIDS[plain]}/status" '^Uid:	(65534|0)	'
ip link set br0 down
ip link set br0 up
for _ in 1 2 3 4 5 6 7 8 9 10; do # until the bridge forwards again; each waits for answers itself
    on client nbtquery 'FRED<20>' >ask.out 2>&1
    (($? == 1)) || break
done
check 'an interface that was down is watched again' await plain 'error two-owners FRED<20>'
stop nmbd
stop nbtd-alpha
ip link delete br0
ended plain
check 'one that has gone ends it' test $? = 5
check 'with a reason and a summary' test "$(grep -cE '^nbtlab watch: ([1-9][0-9]* findings in|br0: )' plain.err)" = 2
finish
