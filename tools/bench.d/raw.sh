#!/usr/bin/env bash
# nbtreplay --raw beside tcpreplay --topspeed, over veth

raw_usage() {
    cat <<'TEXT'
usage: tools/bench raw [--packets N] [--bin DIR] [--runs N] [--seed N]

Sends the same capture with both, in turns, from one network namespace to another that vanish with the run;
frames a second are each program's own count by the clock; how many of them the interface has taken and given
to the other end is the interface's.

  --packets N   frames of the capture (default 1000000)
  others        see tools/bench --help
TEXT
}

# What runs inside the lab: prints "PROGRAM FRAMES-A-SECOND ARRIVED ALL", a line a run.
raw_inside() {
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

bench_raw() {
    local packets=1000000
    while (($#)); do
        case $1 in
        --help) raw_usage; return ;;
        --packets) number "$@"; packets=$2; shift ;;
        *) wrong "raw has no $1" ;;
        esac
        shift
    done
    prepare nbtreplay nbtlab bench.capture bench.run
    say "a capture of $packets frames"
    "$bin/tests/bench.capture" "$work/a.pcap" "$packets" "$seed" 250 >/dev/null 2>&1
    said_all
    bin=$(realpath "$bin")
    "$bin/nbtlab" lab sender receiver -- bash -c "$(declare -f raw_inside); raw_inside \"\$@\"" bash \
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
