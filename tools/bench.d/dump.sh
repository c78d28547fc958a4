#!/usr/bin/env bash
# nbtdump against tcpdump, tshark and a loop that only counts packets

dump_usage() {
    cat <<'TEXT'
usage: tools/bench dump [--packets N] [--hosts N] [--slow N] [--bin DIR] [--runs N] [--seed N]

Makes a capture of NetBIOS packets of every kind, some of them fragmented, some malformed, with TCP
sessions, and dumps it with nbtdump, with tcpdump, with tshark, and with the limit of all of them, a
loop around libpcap that only counts.

  --packets N  how many packets the capture has (default 1000000)
  --hosts N    between how many machines (default 250)
  --slow N     with how many packets, at most, tshark -T ek is measured (default 20000): it takes
               minutes for a million, so that its figures are those of a smaller capture, a packet
  others       see tools/bench --help
TEXT
}

bench_dump() {
    local packets=1000000 hosts=250 slow=20000
    while (($#)); do
        case $1 in
        --help) dump_usage; return ;;
        --packets) number "$@"; packets=$2; shift ;;
        --hosts) number "$@"; hosts=$2; shift ;;
        --slow) number "$@"; slow=$2; shift ;;
        *) wrong "dump has no $1" ;;
        esac
        shift
    done
    ((slow <= packets)) || slow=$packets
    prepare nbtdump bench.capture bench.count bench.inflate bench.run
    dump_input
    dump_plan
    measure
    dump_report
}

dump_input() {
    say "making a capture of $packets packets"
    make=("$bin/tests/bench.capture")
    "${make[@]}" "$work/all.pcap" "$packets" "$seed" "$hosts" 2>"$work/made"
    "${make[@]}" "$work/some.pcap" "$slow" "$seed" "$hosts" 2>/dev/null
    gzip -c "$work/all.pcap" >"$work/all.pcap.gz"
}

dump_plan() {
    local all=$work/all.pcap dump=$bin/nbtdump
    plan 'libpcap, only counting' "$packets" 99 "$bin/tests/bench.count" "$all"
    plan 'nbtdump' "$packets" 99 "$dump" -r "$all"
    plan 'nbtdump, to a pipe' "$packets" 99 -p "$dump" -r "$all"
    plan 'nbtdump --json' "$packets" 99 "$dump" --json -r "$all"
    plan 'nbtdump --stats' "$packets" 99 "$dump" --stats -r "$all"
    plan 'nbtdump --explain' "$packets" 99 "$dump" --explain -r "$all"
    plan 'tcpdump -n' "$packets" 99 tcpdump -n -r "$all"
    plan 'tshark -n' "$packets" 2 tshark -n -r "$all"
    plan 'tshark -n -T ek' "$slow" 2 tshark -n -T ek -r "$work/some.pcap"
    plan 'zlib, only inflating' "$packets" 99 "$bin/tests/bench.inflate" "$all.gz"
    plan 'gzip -dc' "$packets" 99 gzip -dc "$all.gz"
    plan 'nbtdump, gzipped' "$packets" 99 "$dump" -r "$all.gz"
    local length
    for length in 1 4 16; do # the tables of fixed size fill up in the first few million packets
        plan "nbtdump, $length times the length" $((length * packets)) 1 "$dump" -r -
        plan_input "${make[@]}" - $((length * packets)) "$seed" "$hosts"
    done
    plan 'nbtdump, 10000 hosts' "$packets" 1 "$dump" -r -
    plan_input "${make[@]}" - "$packets" "$seed" 10000
}

dump_report() {
    printf '%s, seed %s, %s hosts, %s octets\n' "$(cat "$work/made")" "$seed" "$hosts" \
        "$(stat -c %s "$work/all.pcap")"
    printf 'each command run %s times in turns (tshark at most twice), output to /dev/null; ' "$runs"
    printf 'tshark -T ek on %s packets\n\n' "$slow"
    table packets
    printf '\n%-62s %12s\n' 'aim' 'measured'
    aims <<'AIMS'
at-least|lines: packets a second, tcpdump -n times 10|10|rate(have("nbtdump")) / rate("tcpdump -n")
at-least|lines: packets a second, tshark -n times 30|30|rate(have("nbtdump")) / rate("tshark -n")
at-least|lines: 4000000 packets a second|4000000|rate(have("nbtdump"))
at-least|--json: packets a second, tshark -T ek times 300|300|rate(have("nbtdump --json")) / rate("tshark -n -T ek")
at-most|--stats: time, counting times 2|2|best(have("nbtdump --stats")) / best("libpcap, only counting")
at-most|--explain: time, counting times 3|3|best(have("nbtdump --explain")) / best("libpcap, only counting")
at-most|gzipped: clock, inflating with zlib times 1|1|wall[have("nbtdump, gzipped")] / wall["zlib, only inflating"]
at-most|gzipped: clock, gzip -dc times 1|1|wall[have("nbtdump, gzipped")] / wall["gzip -dc"]
at-most|memory: 16 times the length, 4 times the length times 1.05|1.05|mib[have("nbtdump, 16 times the length")] / mib["nbtdump, 4 times the length"]
at-most|memory: 4 times the length, once the length and 4 MiB|4|mib[have("nbtdump, 4 times the length")] - mib["nbtdump, 1 times the length"]
at-most|memory: MiB with 10000 hosts, 64|64|mib[have("nbtdump, 10000 hosts")]
AIMS
}
