#!/usr/bin/env bash
# rcview and rcagent as users meet them: what they say, what they ask, how they end. (The cases of
# the duplicate name are in test_reproduce.sh, what users get wrong is in test_bad_input.sh.)
. "$(dirname "$0")/lib.sh"
in_lab console client
nbtd_on console CONSOLE
nbtd_on client CLIENT1

# agent [OPTION...]: starts it on the client.
agent() {
    start agent client rcagent --driver /run/client.sock --json "$@"
    await agent '"event":"listening"'
}

# view OPTION...: the command line of a viewer towards the client.
view() {
    on console rcview --driver /run/console.sock --address "$CLIENT" "$@" CLIENT1
}

# viewer LABEL OPTION...: starts one in the background, and waits until its session is up.
viewer() {
    local label=$1
    shift
    start "$label" console rcview --driver /run/console.sock --address "$CLIENT" --json "$@" CLIENT1
    await "$label" '"event":"connected"'
}
CLIENT=10.77.0.2

# -- command lines

check '--help' exits 0 on console rcview --help
check '--version' exits 0 on client rcagent --version
check 'no client' exits 2 on console rcview --driver /run/console.sock
check 'two clients' exits 2 view CLIENT2
check 'no driver' exits 2 on console rcview CLIENT1
check 'an unknown policy' exits 2 view --name-policy polite
check 'an agent with an unknown permission' exits 2 on client rcagent --driver /run/client.sock \
    --permission maybe

# -- sessions

check 'an agent starts' agent
check 'it says so to people' says agent.err \
    '^rcagent: ready: listening on CLIENT1<43> on TCP ports 1761 and 1762$'

# scripted TRANSPORT LINE: types, measures, and ends with standard input.
scripted() {
    exits 0 view --protocols "$1" --type 'dir' --ping 2 --json &&
        says last.out "\"event\":\"connected\",\"transport\":\"$1\"" &&
        says last.out '"row":[0-9]+,"text":".*dir"' &&
        says last.out '"serial":2,"answered":true' && says last.out '"event":"exit","end":"done"' &&
        says last.out "^rcview: ready: session with CLIENT1 over $2"
}
check 'a session over TCP' scripted tcp 'TCP, 10.77.0.2 port 1761$'
check 'a session over NetBIOS' scripted netbios 'NetBIOS, LANA 0$'

found_by_name() {
    exits 0 on console rcview --driver /run/console.sock --protocols tcp --ping 1 CLIENT1 &&
        says last.out 'ready: session with CLIENT1 over TCP, 10.77.0.2'
}
check 'an address can be found by the name' found_by_name

second_address() {
    exits 0 on console rcview --driver /run/console.sock --address "10.77.0.9,$CLIENT" --protocols tcp \
        --ping 1 CLIENT1 && says last.out '10.77.0.9 port 1761: ' &&
        says last.out 'ready: session with CLIENT1 over TCP, 10.77.0.2'
}
check 'the second address, when the first leads nowhere' second_address

all_input() {
    { head -c 20000 /dev/zero | tr '\0' 'x'; printf '\rlast words'; } >input
    view --protocols tcp --json <input >last.out 2>&1 && says last.out '"text":"last words"'
}
check 'all of a long input is typed' all_input

busy() {
    viewer first --protocols tcp && exits 12 view --protocols netbios &&
        says last.out 'CLIENT1 is already being controlled by another console' &&
        type_to first 'still here' && await first '"text":".*still here"'
}
check 'a second viewer is told that the client is busy' busy
check 'SIGTERM closes a session, and that is no error' stop first
check 'the client knows' await agent '"event":"closed","by":"viewer"'

not_found() {
    exits 11 on console rcview --driver /run/console.sock --address "$CLIENT" client1 --protocols netbios &&
        says last.out '^rcview: Remote Control Agent not found$' &&
        says last.out 'CALL CONSOLE<41> to client1<43> on LANA 0: NRC_NOCALL \(0x14\)'
}
check 'case matters in a name' not_found

session_with_agent_gone() {
    viewer last --protocols netbios && stop agent && ended last
    (($? == 16)) && says last.out '"event":"closed","by":"client"' &&
        says last.out '"event":"error","end":"session-lost","status":16'
}
check 'an agent that stops ends the session' session_with_agent_gone

# -- rights and permission

rights() {
    agent --viewers alice,carol && exits 13 view --user bob &&
        says last.out 'Security rights to run Remote Tools on this client have been denied.' &&
        exits 0 view --user carol && stop agent
}
check 'who is no permitted viewer is refused' rights

asked() {
    agent --permission ask --ask-timeout 20 || return
    start asking console rcview --driver /run/console.sock --address "$CLIENT" --user bob --json CLIENT1
    await agent "Will you allow 'bob' to Remote Control your machine\\? \\(y or n, 20 s\\)" &&
        await asking '"event":"waiting","seconds":20' && type_to agent "$1"
}
agreed() {
    asked y && await asking '"event":"connected"' && stop asking && stop agent
}
refused() {
    asked n && ! ended asking && says asking.out '"end":"permission-denied","status":14' && stop agent
}
silent() {
    agent --permission ask --ask-timeout 1 && exits 14 view &&
        says last.out 'The user did not grant permission before the timeout period elapsed.' && stop agent
}
check 'the user may agree' agreed
check 'the user may refuse' refused
check 'the user may be away' silent

# -- troubles

port_taken() {
    agent && exits 18 on client rcagent --driver /run/client.sock --protocols tcp &&
        says last.out "TCP port 1761 .*rcagent \\(pid ${PIDS[agent]}\\)"
}
check 'a port that another process has: which one' port_taken
name_taken() {
    exits 9 on client rcagent --driver /run/client.sock --protocols netbios &&
        says last.out 'ADD NAME CLIENT1<43> on LANA 0: NRC_DUPNAME \(0x0D\)'
}
check 'a name that another process has' name_taken

# A terminal: the screen is drawn on it, and Ctrl-] ends the session.
on_a_terminal() {
    python3 - "$BIN/rcview" <<'PY'
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp("nsenter", ["nsenter", "--net=/run/netns/console", sys.argv[1], "--driver",
                          "/run/console.sock", "--address", "10.77.0.2", "CLIENT1"])
seen = b""
def until(text):
    global seen
    end = time.monotonic() + 15
    while text not in seen:
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit("never saw %r, only %r" % (text, seen))
        seen += os.read(fd, 4096)
until(b"\x1b[?1049h")
until(b" CLIENT1 ")
os.write(fd, b"typed here")
until(b"typed here")
os.write(fd, b"\x1d")
until(b"\x1b[?1049l")
until(b"session closed by viewer")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
}
check 'a terminal shows the screen' on_a_terminal

# on_a_terminal_that STEPS: what a user does to a terminal, in Python: until(TEXT), send(SIGNAL),
# resize(ROWS, COLUMNS), type(TEXT), restored() when it has its old settings; ended(STATUS).
on_a_terminal_that() {
    python3 - "$BIN/rcview" "$1" <<'PY'
import fcntl, os, pty, select, signal, struct, sys, termios, time
master, slave = pty.openpty()
before = termios.tcgetattr(slave)
def resize(rows, columns):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
resize(30, 100)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)
    os.execvp("nsenter", ["nsenter", "--net=/run/netns/console", sys.argv[1], "--driver",
                          "/run/console.sock", "--address", "10.77.0.2", "CLIENT1"])
seen = b""
def until(text):
    global seen
    end = time.monotonic() + 15
    while text.encode() not in seen:
        if not select.select([master], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit("never saw %r, only %r" % (text, seen[-500:]))
        seen += os.read(master, 4096)
    seen = seen.split(text.encode(), 1)[1]
def send(number):
    os.kill(pid, number)
def type(text):
    os.write(master, text.encode())
def raw():
    assert not termios.tcgetattr(slave)[3] & (termios.ICANON | termios.ECHO)
def restored():
    assert termios.tcgetattr(slave) == before, (termios.tcgetattr(slave), before)
def stopped():
    assert os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])
def ended(status):
    got = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert got == status, got
exec(sys.argv[2])
PY
}
STARTS='until("\x1b[?1049h"); until("Ctrl-] ends the session."); until(" CLIENT1 "); raw()
'
check 'it is given back at the end' on_a_terminal_that "$STARTS"'
type("\x1d"); until("\x1b[?1049l"); until("closed by viewer"); ended(0); restored()'
check 'at SIGTERM' on_a_terminal_that "$STARTS"'
send(signal.SIGTERM); until("\x1b[?1049l"); ended(0); restored()'
check 'at a signal that kills' on_a_terminal_that "$STARTS"'
send(signal.SIGQUIT); until("\x1b[?1049l"); ended(-signal.SIGQUIT); restored()'
check 'when the terminal hangs up' on_a_terminal_that "$STARTS"'
send(signal.SIGHUP); until("\x1b[?1049l"); ended(-signal.SIGHUP); restored()'
check 'while it is stopped' on_a_terminal_that "$STARTS"'
send(signal.SIGTSTP); until("\x1b[?1049l"); stopped(); restored()
send(signal.SIGCONT); until("\x1b[?1049h"); until(" CLIENT1 "); raw()
type("again"); until("again"); type("\x1d"); until("\x1b[?1049l"); ended(0); restored()'
check 'another size: all is drawn again' on_a_terminal_that "$STARTS"'
resize(10, 40); send(signal.SIGWINCH); until("\x1b[2J"); until(" CLIENT1 ")
type("\r" * 15 + "below"); until("below"); type("\x1d"); until("\x1b[?1049l"); ended(0)'

snapshots() {
    exits 0 view --type $'\rsnap' --snapshot screen.txt && says screen.txt '^snap$' && says screen.txt '^ CLIENT1 ' &&
        exits 0 view --type 'dir' --snapshot screen.png && python3 - <<'PY'
import struct, zlib
png = open("screen.png", "rb").read()
assert png[:8] == b"\x89PNG\r\n\x1a\n"
width, height = struct.unpack(">II", png[16:24])
data = png[png.index(b"IDAT") + 4:]
assert (width, height) == (640, 300) and len(zlib.decompress(data)) == 81 * 300
PY
}
check 'the screen as a file' snapshots
check 'no picture of another kind' exits 2 view --snapshot screen.gif
check 'a file that cannot be written' exits 7 view --snapshot nowhere/screen.txt

# -- the console's places

# Viewers that wait for an answer which does not come.
limit_of_four() {
    local i
    on client ip route add blackhole 10.77.0.1/32
    for i in 1 2 3 4; do
        start "slot$i" console rcview --driver /run/console.sock --protocols tcp --verbose \
            --address "$CLIENT" CLIENT1
        await "slot$i" 'trying TCP' || return
    done
    exits 15 view --protocols tcp && says last.out 'already has as many remote control sessions'
}
check 'a fifth viewer finds no place' limit_of_four
killed() {
    stop slot2 KILL
    start slot5 console rcview --driver /run/console.sock --protocols tcp --verbose \
        --address "$CLIENT" CLIENT1
    await slot5 'trying TCP' && exits 15 view --protocols tcp
}
check 'a viewer that is killed gives its place back' killed

# -- the driver

driver_gone() {
    kill -KILL "${PIDS[nbtd-client]}"
    ended agent
    (($? == 10)) && says agent.err 'there is no NetBIOS driver'
}
check 'an agent whose driver dies says so' driver_gone

finish
