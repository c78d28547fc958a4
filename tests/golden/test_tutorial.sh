#!/usr/bin/env bash
# The tutorial of nbtlab-scenario(5): each scenario of it is what the page says, and the commands
# that stand there print what stands below them.
#
# usage: test_tutorial.sh ROOT BUILD [--update]
set -euo pipefail
cd "$1"
page=tools/man/nbtlab-scenario.5.scd
work=$(mktemp -d "${TMPDIR:-/tmp}/nbtlab-test-XXXXXX")
trap 'rm -rf "$work"' EXIT

# The page as it is now goes to $work/page: blocks that begin with a scenario are written as files,
# blocks that begin with a command are run.
PATH=$2:$PATH python3 - "$page" "$work" <<'TEXT'
import pathlib, re, subprocess, sys
page, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
files, commands, parts = [], 0, page.read_text().split("\n```\n")
for i in range(1, len(parts), 2):
    name = re.match(r"scenario (\S+) ", parts[i])
    if name:
        files.append(name[1] + ".scn")
        (work / files[-1]).write_text(parts[i] + "\n")
    elif parts[i].startswith("$ "):
        command = parts[i].splitlines()[0]
        assert command.split()[-1] == files[-1], f"{command}: {files[-1]} is the step"
        out = subprocess.run(command[2:].split(), cwd=work, capture_output=True, text=True)
        assert not out.stderr, f"{command}: {out.stderr}"
        wanted = 3 if files[-1] == "third.scn" else 0
        assert out.returncode == wanted, f"{command}: status {out.returncode}\n{out.stdout}"
        said = re.sub(r", simulated in \S+ s$", "", out.stdout, flags=re.M)
        parts[i] = (command + "\n" + said).rstrip("\n")
        commands += 1
assert files == ["first.scn", "second.scn", "third.scn", "fourth.scn", "fifth.scn"], files
assert commands == 5, f"{commands} commands"
(work / "page").write_text("\n```\n".join(parts))
TEXT
if [[ ${3-} == --update ]]; then
    cp "$work/page" "$page"
elif ! diff "$page" "$work/page"; then
    echo "$page says otherwise (<) than nbtlab (>); where nbtlab is right: $0 ROOT BUILD --update"
    exit 1
fi
echo 'as it should be'
