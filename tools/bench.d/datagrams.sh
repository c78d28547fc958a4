#!/usr/bin/env bash
# nbtd's datagram service, to programs, from them and through a distribution server, against a bare UDP echo

datagrams_usage() {
    cat <<'TEXT'
usage: tools/bench datagrams [--length MS] [--window N] [--bin DIR] [--runs N]

Datagrams with 64 octets of data, so many under way at a time: through nbtd's distribution server, which
passes each on to one member of a group; to programs of an nbtd, each name waiting with its RECEIVE
DATAGRAM; and from a program of it, by SEND DATAGRAM. Beside them the limit of all, a bare UDP echo with
the same packets and the same batching. Those with programs also cross the driver's socket, once each way
for every datagram. Servers have one processor, the load has another.

  --length MS      how long one measurement is (default 500)
  --window N       how many datagrams are under way at a time (default 64, at most 120)
  others           see tools/bench --help
TEXT
}

bench_datagrams() {
    local length=500 window=64
    while (($#)); do
        case $1 in
        --help) datagrams_usage; return ;;
        --length) number "$@"; length=$2; shift ;;
        --window) number "$@"; window=$2; shift ;;
        *) wrong "datagrams has no $1" ;;
        esac
        shift
    done
    if [[ ! ${NBTLAB_IN_LAB-} ]]; then
        prepare nbtd nbtlab bench.datagrams bench.echo
        NBTLAB_IN_LAB=1 "$bin/nbtlab" lab server driver echo client -- "$PWD/tools/bench" datagrams \
            --length "$length" --window "$window" --bin "$(realpath "$bin")" --runs "$runs" --seed "$seed"
        return
    fi
    datagrams_measure
}

# datagrams_load SERVER KIND ARGUMENT...: one measurement, a line of $work/results.
datagrams_load() {
    local took before
    before=$(cpu_of "$1")
    took=$(on client taskset -c "$client_cpu" "$bin/tests/bench.datagrams" "${@:2}" "$window" "$length") ||
        { said_all; echo "tools/bench: it fails at $2" >&2; exit 1; }
    printf '%s\t%s\t%s\n' "$2" "$took" "$((($(cpu_of "$1") - before) * 10000))" >>"$work/results"
}

datagrams_measure() {
    local server_cpu client_cpu run
    # shellcheck source=tests/live/lib.sh
    . tests/live/lib.sh "$PWD" "$bin"
    # shellcheck source=tools/bench.d/names.sh
    . tools/bench.d/names.sh
    in_lab
    trap 'end_all; rm -rf "$work"' EXIT
    names_cpus
    : >"$work/results"
    echo '10.77.0.4 "LOAD           \0x20" #PRE' >hosts
    serve echo "$bin/tests/bench.echo"
    await_ready echo
    serve server "$bin/nbtd" --name-server --datagram-server --interface eth0 --memory --socket /run/ns.sock
    await_ready server
    serve driver "$bin/nbtd" --name ALPHA --interface eth0 --socket /run/alpha.sock --lmhosts hosts
    await driver settled 30 >&2 || exit 1
    for ((run = 1; run <= runs; run++)); do
        say "run $run of $runs"
        datagrams_load echo echo 10.77.0.3
        datagrams_load server relay 10.77.0.1
        datagrams_load driver receive 10.77.0.2 /run/alpha.sock
        datagrams_load driver send 10.77.0.2 /run/alpha.sock
    done
    said_all
    printf 'servers on processor %s, load on %s; %s runs of %s ms in turns; %s datagrams under way\n\n' "$server_cpu" \
        "$client_cpu" "$runs" "$length" "$window"
    awk "$datagrams_awk" "$work/results"
}

# Rates, and what part of the echo's rate in the same run they are: the middle one.
datagrams_awk='
BEGIN { FS = "\t" }
{
    if (!($1 in runs)) order[++n] = $1
    r = ++runs[$1]; rate[$1, r] = $2 / $3; again[$1] += $4; cost[$1, r] = $2 ? $5 / $2 : 0
    if ($1 == "echo") limit = $2 / $3
    share[$1, r] = limit ? $2 / $3 / limit : 0
}
function middle(of, what,    i, j, t, a) {
    for (i = 1; i <= runs[what]; i++) {
        a[i] = of[what, i]
        for (j = i; j > 1 && a[j] < a[j - 1]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
    }
    return a[int((runs[what] + 1) / 2)]
}
END {
    printf "%-10s %12s %18s %16s %16s %6s\n", "", "a second", "share of the echo", "server\047s cpu, us", "share by that", "lost"
    for (i = 1; i <= n; i++)
        printf "%-10s %12d %18.2f %16.2f %16.2f %6d\n", order[i], middle(rate, order[i]), middle(share, order[i]),
            middle(cost, order[i]), middle(cost, "echo") / middle(cost, order[i]), again[order[i]]
    print ""
    s = middle(share, "relay")
    printf "datagrams passed on, of 0.8 of the echo: %.2f  %s, %.2f of the aim\n", s, (s >= 0.8 ? "met" : "MISSED"), s / 0.8
}'
