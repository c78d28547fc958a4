#!/usr/bin/env bash
# a capture played against our own name server in virtual time

replay_usage() {
    cat <<'TEXT'
usage: tools/bench replay [--messages N] [--bin DIR] [--runs N] [--seed N]

Makes a capture of one host that asks a name server, and is answered, and has nbtreplay --emulator
play the host: every answer must be as it was. Then one a tenth as long, for the memory of both.

  --messages N     questions and answers (default 4000000)
  others           see tools/bench --help
TEXT
}

bench_replay() {
    local messages=4000000 tenth file
    while (($#)); do
        case $1 in
        --help) replay_usage; return ;;
        --messages) number "$@"; messages=$2; shift ;;
        *) wrong "replay has no $1" ;;
        esac
        shift
    done
    prepare nbtreplay bench.replay bench.run
    tenth=$((messages / 10))
    for file in "$messages" "$tenth"; do
        say "a capture of $file messages"
        "$bin/tests/bench.replay" "$work/$file.pcap" "$file" "$seed"
        "$bin/nbtreplay" "$work/$file.pcap" --as 10.77.0.16 --emulator >"$work/said" ||
            { said_all; tail -n 3 "$work/said" >&2; echo 'tools/bench: not all of it was as in the capture' >&2; exit 1; }
        plan "emulator, $file" "$file" 99 "$bin/nbtreplay" "$work/$file.pcap" --as 10.77.0.16 --emulator
    done
    measure
    echo "$runs runs in turns; seed $seed; questions and answers; the file is read twice: who is in it, and what they say"
    table message
    aims <<TEXT
at-least|emulator: messages a second, 1000000|1000000|rate("emulator, $messages")
at-most|emulator: memory, $messages beside $tenth messages, 1.1|1.1|mib["emulator, $messages"] / mib["emulator, $tenth"]
TEXT
}
