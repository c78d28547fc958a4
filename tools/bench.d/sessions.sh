#!/usr/bin/env bash
# nbtd's sessions against a bare accept loop, smbd and bare TCP

sessions_usage() {
    cat <<'TEXT'
usage: tools/bench sessions [--setups N] [--window N] [--mib N] [--idle N] [--smbd-setups N]
                            [--bin DIR] [--runs N] [--seed N]

Sets sessions up and ends them, some at a time, at nbtd (its service `sink`), at a bare accept loop and at smbd;
sends messages of 64, 1460 and 65535 octets by control blocks from a program through nbtd to the sink of another
nbtd, and the same octets over a bare TCP connection; and has many sessions that say nothing, each of which must
hear a keep-alive, for the memory of one. Servers are in network namespaces that vanish with the run.

  --setups N       set-ups in one measurement (default 20000)
  --smbd-setups N  the same at smbd, which starts a process for each (default 1000; 0 leaves it out)
  --window N       how many are under way at a time (default 16)
  --mib N          how many MiB are sent in messages of 65535 octets; smaller ones a part of that (default 400)
  --idle N         how many sessions say nothing (default 10000)
  others           see tools/bench --help
TEXT
}

declare -A sessions_at=([ours]=10.77.0.1 [bare]=10.77.0.2 [tcp]=10.77.0.3 [smbd]=10.77.0.4)

bench_sessions() {
    local setups=20000 smbd_setups=1000 window=16 mib=400 idle=10000
    while (($#)); do
        case $1 in
        --help) sessions_usage; return ;;
        --setups) number "$@"; setups=$2; shift ;;
        --smbd-setups) [[ ${2-} =~ ^[0-9]{1,6}$ ]] || wrong "--smbd-setups ${2-}: a number"
            smbd_setups=$2; shift ;;
        --window) number "$@"; window=$2; shift ;;
        --mib) number "$@"; mib=$2; shift ;;
        --idle) number "$@"; idle=$2; shift ;;
        *) wrong "sessions has no $1" ;;
        esac
        shift
    done
    if [[ ! ${NBTLAB_IN_LAB-} ]]; then
        prepare nbtd nbtlab bench.sessions
        NBTLAB_IN_LAB=1 "$bin/nbtlab" lab ours bare tcp smbd client -- "$PWD/tools/bench" sessions --setups "$setups" \
            --smbd-setups "$smbd_setups" --window "$window" --mib "$mib" --idle "$idle" \
            --bin "$(realpath "$bin")" --runs "$runs" --seed "$seed"
        return
    fi
    local loads
    sessions_measure
    sessions_report
}

# A port of a connection that has ended is not free again for a minute, and who finds none that is looks through all of
# them each time: that would be what is measured. Here they are free after a second.
sessions_ports() {
    on client bash -c 'echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse && echo 1024 65535 >/proc/sys/net/ipv4/ip_local_port_range'
}

# load COMMAND...: bench.sessions as a client; prints "DONE SECONDS".
load() {
    on client "$bin/tests/bench.sessions" "$@" || { said_all; echo "tools/bench: $* fails" >&2; exit 1; }
}

# Processor time that a server and its children have used, in hundredths of a second.
cpu_of() {
    sed 's/.*) //' "/proc/${PIDS[$1]}/stat" | awk '{ print $12 + $13 + $14 + $15 }'
}

# one ROW SERVER COMMAND...: leaves "ROW DONE SECONDS CPU" in $work/results, the server's microseconds.
one() {
    local before took
    before=$(cpu_of "$2")
    took=$(load "${@:3}") || exit 1
    printf '%s\t%s\t%s\n' "$1" "$took" "$((($(cpu_of "$2") - before) * 10000))" >>"$work/results"
}

# What is compared takes turns within a run, too, so that a busy moment of the machine is both's.
turns=4

sessions_rounds() {
    local run turn size total
    for ((run = 1; run <= runs; run++)); do
        say "set-ups, run $run of $runs"
        for ((turn = 0; turn < turns; turn++)); do
            one 'set-ups, bare loop' bare setups "${sessions_at[bare]}" 'SINK<20>' "$((setups / turns + 1))" "$window"
            one 'set-ups, nbtd' ours setups "${sessions_at[ours]}" 'SINK<20>' "$((setups / turns + 1))" "$window"
        done
        ((smbd_setups == 0)) || one 'set-ups, smbd' smbd setups "${sessions_at[smbd]}" 'SMBD<20>' "$smbd_setups" "$window"
        for size in 64 1460 65535; do
            total=$((mib * 1048576 / turns))
            case $size in 64) total=$((total / 40)) ;; 1460) total=$((total / 4)) ;; esac
            say "messages of $size octets, run $run of $runs"
            for ((turn = 0; turn < turns; turn++)); do
                one "$size octets, bare TCP" tcp send "${sessions_at[tcp]}" "$size" "$total"
                one "$size octets, control blocks" ours ncb "$work/client.sock" 'SINK<20>' "$size" "$total"
            done
        done
    done
}

memory_of() {
    awk '/^VmRSS/ { print $2 }' "/proc/${PIDS[$1]}/status"
}

sessions_idle() {
    local before
    say "$idle sessions that say nothing"
    before=$(memory_of ours)
    start idle client "$bin/tests/bench.sessions" idle "${sessions_at[ours]}" 'SINK<20>' "$idle" 60
    await idle '^[0-9]+' 180 >&2 || exit 1
    printf '%s\t%s\t%s\t%s\n' "$before" "$(memory_of ours)" "$(tr '\n' '\t' <idle.out)" "$idle" >"$work/idle"
    kill -KILL "${PIDS[idle]}"
}

sessions_measure() {
    # shellcheck source=tests/live/lib.sh
    . tests/live/lib.sh "$PWD" "$bin"
    in_lab
    trap 'end_all; rm -rf "$work"' EXIT
    loads=$(cut -d' ' -f1 /proc/loadavg)
    : >"$work/results"
    sessions_ports
    start ours ours "$bin/nbtd" --name OURS --interface eth0 --service none --service 'SINK<20>=sink' --keep-alive 10 \
        --sessions "$((idle + 1000))" --socket "$work/ours.sock"
    start driver client "$bin/nbtd" --name CLIENT --interface eth0 --service none --socket "$work/client.sock"
    start bare bare "$bin/tests/bench.sessions" accept
    start tcp tcp "$bin/tests/bench.sessions" sink
    await ours 'SINK<20> on LANA 0' >&2 && await driver settled >&2 && await bare ready >&2 && await tcp ready >&2 || exit 1
    if ((smbd_setups > 0)); then
        samba_conf smbd SMBD "${sessions_at[smbd]}"
        sed -i '/\[global\]/a log level = 0' smbd.conf
        start smbd smbd smbd --foreground --no-process-group -s smbd.conf
        until on client "$bin/tests/bench.sessions" setups "${sessions_at[smbd]}" 'SMBD<20>' 1 1 >/dev/null 2>&1; do read -rt 0.2 <> <(:) || true; done
    fi
    sessions_rounds
    sessions_idle
    loads+=" before, $(cut -d' ' -f1 /proc/loadavg) after"
    said_all
}

sessions_report() {
    echo "$runs runs of $turns turns; load of the machine $loads; $window set-ups under way; seed $seed"
    awk -v idle_file="$work/idle" "$sessions_awk" "$work/results"
}

sessions_awk='
BEGIN { FS = "\t" }
{
    row = $1
    if (!(row in runs)) order[++n] = row
    r = ++runs[row]
    rate[row, r] = $2 / $3; cost[row, r] = $4 / $2
}
function sorted(of, row, to,    i, j, t) {
    for (i = 1; i <= runs[row]; i++) {
        to[i] = of[row, i]
        for (j = i; j > 1 && to[j] < to[j - 1]; j--) { t = to[j]; to[j] = to[j - 1]; to[j - 1] = t }
    }
    return runs[row]
}
function middle(of, row,    a, m) { m = sorted(of, row, a); return a[int((m + 1) / 2)] }
function aim(kind, text, want, value, more,    good, by) {
    good = kind == "at-least" ? value >= want : value <= want
    by = kind == "at-least" ? value / want : (value > 0 ? want / value : 99)
    printf "%-62s %9.2f  %s, %.2f of the aim%s\n", text, value, good ? "met" : "MISSED", by, more
}
# The ratios of each round, least, middle and most.
function shares(a, b,    i, k, v, t, j) {
    k = runs[a] < runs[b] ? runs[a] : runs[b]
    for (i = 1; i <= k; i++) {
        v[i] = rate[a, i] / rate[b, i]
        for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    }
    least = v[1]; mid = v[int((k + 1) / 2)]; most = v[k]
}
function compare(text, want, a, b) {
    if (!(a in runs) || !(b in runs)) { printf "%-62s not measured\n", text; return }
    shares(a, b)
    aim("at-least", text, want, mid, sprintf(" (%.2f to %.2f); by the server\47s processor %.2f", least, most,
        middle(cost, a) > 0 ? middle(cost, b) / middle(cost, a) : 0))
}
END {
    printf "%-34s %12s %12s %12s %14s\n", "", "least", "middle", "most", "server\47s cpu"
    for (i = 1; i <= n; i++) {
        row = order[i]; m = sorted(rate, row, a)
        octets = row ~ /octets/
        unit = octets ? 1048576 : 1
        printf "%-34s %12.1f %12.1f %12.1f %14s\n", row, a[1] / unit, a[int((m + 1) / 2)] / unit, a[m] / unit,
            octets ? sprintf("%.2f ms/MiB", middle(cost, row) * 1048.576) : sprintf("%.1f us", middle(cost, row))
    }
    print "set-ups a second; MiB a second of messages"
    compare("set-ups beside the bare loop", 0.8, "set-ups, nbtd", "set-ups, bare loop")
    compare("set-ups beside smbd", 1, "set-ups, nbtd", "set-ups, smbd")
    compare("messages of 65535 octets beside bare TCP", 0.8, "65535 octets, control blocks", "65535 octets, bare TCP")
    compare("messages of 1460 octets beside bare TCP (no aim)", 0.8, "1460 octets, control blocks", "1460 octets, bare TCP")
    compare("messages of 64 octets beside bare TCP (no aim)", 0.8, "64 octets, control blocks", "64 octets, bare TCP")
    getline line < idle_file
    split(line, f, "\t")
    printf "%d idle sessions: %.1f MiB, %.2f KiB each; set up in %.1f s; %d have heard a keep-alive\n", f[8], f[2] / 1024,
        (f[2] - f[1]) / f[8], f[4], f[5]
    aim("at-most", "memory with idle sessions, MiB", 100, f[2] / 1024, "")
    aim("at-least", "idle sessions that hear a keep-alive, of all", 1, f[5] / f[8], "")
}
'
