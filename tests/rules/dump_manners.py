#!/usr/bin/python3
"""What nbtdump does to whoever sits before it: options, help, colours, signals, pipes.

usage: dump_manners.py ROOT BUILD

The options that nbtdump takes, those of --help, of the man page and of the completion are the same;
--help fits a screen; colours are for terminals; a pipe that breaks is no trouble; SIGINT prints the
counts.
"""
import fcntl
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios

ROOT, BUILD = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
NBTDUMP = str(BUILD / "nbtdump")
CAPTURE = str(ROOT / "fixtures/captures/refusals.pcap")
COMPLETION = ROOT / "tools/completion/nbtdump.bash"
ESCAPE = b"\033["
faults = 0


def check(what, holds):
    global faults
    if not holds:
        faults += 1
        print(f"FAILED: {what}")


def run(*args, **more):
    return subprocess.run([NBTDUMP, *args], capture_output=True, check=False, **more)


def same(what, one, other):
    for option in sorted(one ^ other):
        check(f"{what}: {option} is only {'there' if option in other else 'taken'}", False)


# ---- Options ----------------------------------------------------------------------------------------


def options_taken():
    """By --usage, which is made of the table that the command line is read with."""
    usage = run("--usage").stdout.decode()
    letters = re.search(r"\[-([A-Za-z?]+)\]", usage)[1]
    found = set(re.findall(r"\[(-[A-Za-z?]|--[a-z-]+)[] =[]", usage))
    return found | {"-" + letter for letter in letters}


def options_of_help():
    text = run("--help").stdout.decode()
    cells = [line[at : at + 40] for line in text.splitlines() for at in (0, 40) if line.startswith("  ")]
    return {o for cell in cells for o in re.findall(r"(?:^  |, )(-[A-Za-z?]|--[a-z]+)", cell)}


def options_of_page():
    """Each in a line of its own; those that all programs have stand with others."""
    page = (ROOT / "tools/man/nbtdump.1.scd").read_text()
    lines = re.findall(r"^\*-.*$", page, re.M)
    return {o for line in lines for o in re.findall(r"\*(--?[A-Za-z?][a-z-]*)\*", line)}


def options_of_completion():
    words = re.search(r"local options='([^']*)'", COMPLETION.read_text())[1].split()
    return set(words)


def test_options():
    taken = options_taken()
    check("--usage has options", len(taken) > 30)
    same("--help", taken, options_of_help())
    same("the man page", taken, options_of_page())
    same("the completion", taken - {"-?"}, options_of_completion())


def test_help():
    shown = run("--help")
    lines = shown.stdout.decode().splitlines()
    check("--help is status 0", shown.returncode == 0 and not shown.stderr)
    check(f"--help has at most 24 lines, not {len(lines)}", len(lines) <= 24)
    for line in lines:
        check(f"--help has lines below 80 columns: {line}", len(line) < 80)
    check("-? is the same", run("-?").stdout == shown.stdout)
    check("-V says the version", re.match(rb"nbtdump \d+\.\d+", run("-V").stdout))
    wrong = run("--no-such-option")
    check("what is wrong is said in few lines", wrong.returncode == 2 and len(wrong.stderr) < 300)


def completions(*words):
    """What bash would offer for the last of these words."""
    script = """
        source "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _nbtdump "$@"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    out = subprocess.run(
        ["bash", "-c", script, "bash", COMPLETION, NBTDUMP, *words], capture_output=True, check=False
    )
    check(f"completion of {words}: {out.stderr.decode()}", not out.stderr and out.returncode == 0)
    return out.stdout.decode().split()


def test_completion():
    check("--ex is --explain", completions("--ex") == ["--explain"])
    check("kinds", completions("--kind", "overw") == ["overwrite"])
    check("several kinds", completions("--kind", "claim,overw") == ["claim,overwrite"])
    check("interfaces", "lo" in completions("-i", "l"))
    check("files", completions("-r", CAPTURE[:-2]) == [CAPTURE])
    check("--time=de", completions("--time", "=", "de") == ["delta"])
    check("--color=", completions("--color", "=") == ["auto", "always", "never"])
    check("words of a filter are the user's", completions("udp") == [])
    for option, words in (("--time", None), ("--as", None), ("--role", None), ("--color", None)):
        for word in completions(option, ""):
            args = [f"--color={word}"] if option == "--color" else [option, word]
            check(f"{option} {word} is taken", run("-r", CAPTURE, *args).returncode != 2)


# ---- Colours ----------------------------------------------------------------------------------------


def on_terminal(*args, env=None):
    """What nbtdump writes to a terminal."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(NBTDUMP, [NBTDUMP, *args], {**os.environ, **(env or {})})
    out = b""
    try:
        while piece := os.read(fd, 65536):
            out += piece
    except OSError:
        pass  # the other end is closed
    os.close(fd)
    _, status = os.waitpid(pid, 0)
    check(f"{args} on a terminal is status 0", status == 0)
    return out.replace(b"\r\n", b"\n")


def without_colors(text):
    return re.sub(rb"\033\[[0-9;]*m", b"", text)


def test_colors():
    plain = run("-r", CAPTURE).stdout
    term = {"TERM": "xterm", "NO_COLOR": ""}
    check("no colours in a pipe", ESCAPE not in plain and plain)
    check("--color=auto is the default", run("--color=auto", "-r", CAPTURE).stdout == plain)
    for args in (["--color"], ["--color=always"]):
        colored = run(*args, "-r", CAPTURE).stdout
        check(f"{args} colours", ESCAPE in colored and without_colors(colored) == plain)
    check("a refusal is red", b"\033[1;31mnegative-registration-response\033[0m" in colored)
    check("its name is bold", re.search(rb"response\033\[0m \033\[1m\S+<..>\033\[0m", colored))
    check("remarks are dim", re.search(rb"\033\[2m# answers [^\n]*\033\[0m\n", colored))
    shown = on_terminal("-r", CAPTURE, env=term)
    check("colours on a terminal", shown == colored)
    check("none with --color=never", on_terminal("--color=never", "-r", CAPTURE, env=term) == plain)
    check("none with NO_COLOR", on_terminal("-r", CAPTURE, env={**term, "NO_COLOR": "1"}) == plain)
    check("none on a dumb one", on_terminal("-r", CAPTURE, env={**term, "TERM": "dumb"}) == plain)
    check("JSON has none", ESCAPE not in run("--color", "--json", "-r", CAPTURE).stdout)
    check("--color=pink is refused", run("--color=pink", "-r", CAPTURE).returncode == 2)
    for capture in sorted((ROOT / "fixtures/captures").glob("*.pcap")):
        plain, colored = run("-r", capture).stdout, run("--color", "-r", capture).stdout
        check(f"{capture}: the same without colours", without_colors(colored) == plain)


# ---- Signals and pipes ------------------------------------------------------------------------------


def test_broken_pipe():
    with tempfile.TemporaryDirectory(prefix="nbtlab-manners-") as folder:
        large = pathlib.Path(folder) / "large.pcap"
        data = pathlib.Path(CAPTURE).read_bytes()
        large.write_bytes(data[:24] + data[24:] * 2000)
        dump = subprocess.Popen([NBTDUMP, "-r", large], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check("lines come", dump.stdout.readline())
        dump.stdout.close()
        said = dump.stderr.read()
        check(f"a reader who goes is no trouble: {said}", dump.wait() == 0 and not said)


def unread(pipe):
    """How many octets nobody has taken out of it yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def test_interrupt():
    """From a file that grows no more, and while counting: what there is, is said."""
    counts = rb"^\d+ messages in \d+ packets"
    for args in (["-r", "-"], ["--follow", "-r", CAPTURE], ["--stats", "-r", "-"], ["--json", "-r", "-"]):
        dump = subprocess.Popen(
            [NBTDUMP, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        if "-" in args:
            dump.stdin.write(pathlib.Path(CAPTURE).read_bytes())
            dump.stdin.flush()
        first = dump.stdout.readline() if "--stats" not in args else b""
        while "--stats" in args and unread(dump.stdin):  # it writes nothing before its end
            pass
        dump.send_signal(signal.SIGINT)
        out, err = dump.communicate(timeout=30)
        check(f"{args}: SIGINT is status 0, not {dump.returncode}", dump.returncode == 0)
        check(f"{args}: SIGINT prints the counts, not {err}", re.search(counts, err, re.M))
        check(f"{args}: what there is comes out", first or out)


def main():
    for test in (test_options, test_help, test_completion, test_colors, test_broken_pipe, test_interrupt):
        test()
    print(f"{faults} faults")
    return faults > 0


if __name__ == "__main__":
    sys.exit(main())
