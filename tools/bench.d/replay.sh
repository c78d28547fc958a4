#!/usr/bin/env bash
# nbtreplay: --emulator, and --raw beside tcpreplay --topspeed

replay_usage() {
    cat <<'TEXT'
usage: tools/bench replay [--messages N] [--packets N] [--bin DIR] [--runs N] [--seed N]

Makes a capture of one host that asks a name server, and is answered, and has nbtreplay --emulator
play the host: every answer must be as it was. Then one a tenth as long, for the memory of both.

Then sends one capture with nbtreplay --raw and with tcpreplay --topspeed, in turns, over veth, from one
network namespace to another that vanish with the run. Frames a second are each program's own count by the
clock; how many of them the interface has taken is the interface's.

  --messages N     questions and answers (default 4000000)
  --packets N      frames that are sent (default 1000000)
  others           see tools/bench --help
TEXT
}

bench_replay() {
    local messages=4000000 packets=1000000 tenth file
    while (($#)); do
        case $1 in
        --help) replay_usage; return ;;
        --messages) number "$@"; messages=$2; shift ;;
        --packets) number "$@"; packets=$2; shift ;;
        *) wrong "replay has no $1" ;;
        esac
        shift
    done
    prepare nbtreplay nbtlab bench.replay bench.capture bench.run
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
    replay_raw
}

# What runs inside the lab: prints "PROGRAM FRAMES-A-SECOND ARRIVED ALL", a line a run.
replay_inside() {
    local bin=$1 file=$2 packets=$3 runs=$4 run program
    arrived() { nsenter --net=/run/netns/sender ip -j -s link show dev eth0 | jq '.[0].stats64.tx.packets'; }
    one() {
        nsenter --net=/run/netns/sender "$@" 2>&1
    }
    for ((run = 0; run < runs; run++)); do
        for program in nbtreplay tcpreplay; do
            local before rate
            before=$(arrived)
            case $program in
            nbtreplay) rate=$(one "$bin/nbtreplay" "$file" --raw -i eth0 --timing asap --allow 0.0.0.0/0 |
                sed -nE 's/.*: ([0-9]+) frames and .*/\1/p') ;;
            tcpreplay) rate=$(one tcpreplay --topspeed -i eth0 "$file" | sed -nE 's/^Rated:.* ([0-9.]+) pps$/\1/p') ;;
            esac
            echo "$program $rate $(($(arrived) - before)) $packets"
        done
    done
}

# Inside bench_replay, whose variables it has.
replay_raw() {
    say "a capture of $packets frames"
    "$bin/tests/bench.capture" "$work/a.pcap" "$packets" "$seed" 250 >/dev/null 2>&1
    said_all
    bin=$(realpath "$bin")
    "$bin/nbtlab" lab sender receiver -- bash -c "$(declare -f replay_inside); replay_inside \"\$@\"" bash \
        "$bin" "$work/a.pcap" "$packets" "$runs" >"$work/rates"
    awk '
        { n[$1]++; if ($2 > best[$1]) best[$1] = $2; sum[$1] += $2; arrived[$1] += $3; all[$1] += $4 }
        END {
            printf "%-24s %16s %16s %10s\n", "", "frames/s, best", "mean", "arrived"
            for (p in n)
                printf "%-24s %16d %16d %9.1f%%\n", p, best[p], sum[p] / n[p], 100 * arrived[p] / all[p]
            if (!best["nbtreplay"] || !best["tcpreplay"]) exit 1
            ratio = best["nbtreplay"] / best["tcpreplay"]
            printf "nbtreplay --raw beside tcpreplay --topspeed, 1: %.2f  %s\n", ratio, (ratio >= 1 ? "met" : "MISSED")
        }' "$work/rates"
}
