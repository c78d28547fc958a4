#!/usr/bin/env bash
# nbtd's name server against nmbd as WINS server and a bare UDP echo

names_usage() {
    cat <<'TEXT'
usage: tools/bench names [--full] [--sizes N,N...] [--length MS] [--nmbd-names N] [--dc-names N] [--window N]
                         [--kept-window N] [--bin DIR] [--runs N] [--seed N]

Asks a name server, nmbd as WINS server, the name server of Samba's domain controller, and the limit
of all, a bare UDP echo with the same batching, over UDP port 137: for names that are held and names that are not, for refreshes and
registrations of new names, with the name server's store in a temporary folder. They run in network
namespaces that vanish with the run; the servers have one processor, the client has another.

  --full           with 1000000 names, too
  --sizes N,N...   how many names there are (default 1000,100000)
  --length MS      how long one measurement is (default 400)
  --nmbd-names N   the most names that nmbd is measured with (default 100000): it takes 20 seconds
                   to register as many, and longer and longer beyond
  --dc-names N     the same for the domain controller's server (default 10000), which registers some
                   hundred or thousand a second; 0 leaves it out
  --window N       how many requests are under way at a time (default 64)
  --kept-window N  the same for registrations and refreshes at nbtd, whose answers wait for the store
                   (default 1024)
  others           see tools/bench --help
TEXT
}

bench_names() {
    local sizes=1000,100000 length=400 nmbd_names=100000 dc_names=10000 window=64 kept_window=1024
    while (($#)); do
        case $1 in
        --help) names_usage; return ;;
        --full) sizes=$sizes,1000000 ;;
        --sizes) [[ ${2-} =~ ^[1-9][0-9]{0,6}(,[1-9][0-9]{0,6})*$ ]] || wrong "--sizes ${2-}: numbers from 1"
            sizes=$2; shift ;;
        --length) number "$@"; length=$2; shift ;;
        --nmbd-names) number "$@"; nmbd_names=$2; shift ;;
        --dc-names) [[ ${2-} =~ ^[0-9]{1,7}$ ]] || wrong "--dc-names ${2-}: a number"
            dc_names=$2; shift ;;
        --window) number "$@"; window=$2; shift ;;
        --kept-window) number "$@"; kept_window=$2; shift ;;
        *) wrong "names has no $1" ;;
        esac
        shift
    done
    if [[ ! ${NBTLAB_IN_LAB-} ]]; then
        prepare nbtd nbtlab bench.names bench.echo
        NBTLAB_IN_LAB=1 "$bin/nbtlab" lab ours nmbd echo client dc -- "$PWD/tools/bench" names --sizes "$sizes" \
            --length "$length" --nmbd-names "$nmbd_names" --dc-names "$dc_names" \
            --window "$window" --kept-window "$kept_window" \
            --bin "$(realpath "$bin")" --runs "$runs" --seed "$seed"
        return
    fi
    local server_cpu client_cpu answered names_empty loads
    names_measure
    names_report
}

# Where each server is. Programs are run in the background as the live tests do it (tests/live/lib.sh).
declare -A names_at=([ours]=10.77.0.1 [nmbd]=10.77.0.2 [echo]=10.77.0.3 [dc]=10.77.0.5)

# The first two processors that this process may use; one, if there is but one.
names_cpus() {
    local list
    list=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)
    read -r server_cpu client_cpu < <(awk -v list="$list" 'BEGIN {
        n = split(list, part, ",")
        for (i = 1; i <= n; i++) {
            ends = split(part[i], e, "-")
            for (c = e[1]; c <= e[ends]; c++) cpu[++k] = c
        }
        print cpu[1], (k > 1 ? cpu[2] : cpu[1])
    }')
}

# load KIND SERVER FROM NAMES WINDOW MILLISECONDS: one load; prints what bench.names prints.
load() {
    on client taskset -c "$client_cpu" "$bin/tests/bench.names" "$1" "${names_at[$2]}" "${@:3}" "$seed" ||
        { said_all; echo "tools/bench: $2 fails at $1" >&2; exit 1; }
}

# serve LABEL PROGRAM...: starts a server on its processor.
serve() {
    local label=$1
    shift
    start "$label" "$label" taskset -c "$server_cpu" "$@"
}

serve_ours() {
    serve ours "$bin/nbtd" --name-server --interface eth0 --store "$work/names.db" --socket "$work/ns.sock"
}

# Processor time that a server has used, in hundredths of a second; memory of its own, in KiB.
cpu_of() {
    sed 's/.*) //' "/proc/${PIDS[$1]}/stat" | awk '{ print $12 + $13 }'
}

memory_of() {
    awk '/^RssAnon/ { print $2 }' "/proc/${PIDS[$1]}/status"
}

# Until a server has done what it still had to do; three seconds at most.
rest_of() {
    local i used=-1
    for ((i = 0; i < 30 && $(cpu_of "$1") != used; i++)); do
        used=$(cpu_of "$1")
        sleep 0.1
    done
}

# one KIND SERVER NAMES FROM WINDOW: measures, and leaves "SERVER KIND NAMES ANSWERED AGAIN SECONDS P50 P99
# CPU" in $work/results, the processor time being microseconds a request. New names go on from FROM.
one() {
    local kind=$1 server=$2 count=$3 before took
    [[ $kind != register ]] || count=100000000 # until the time is over
    before=$(cpu_of "$server")
    took=$(load "$kind" "$server" "$4" "$count" "$5" "$length") || exit 1
    [[ $server == echo ]] || rest_of "$server"
    printf '%s\t%s\t%s\t%s\t%s\n' "$server" "$kind" "$3" "$took" \
        "$((($(cpu_of "$server") - before) * 10000))" >>"$work/results"
    answered=${took%%$'\t'*}
}

# fill SERVER N WINDOW STEP: registers N names there, some at a time.
fill() {
    local have n
    for ((have = 0; have < $2; have += n)); do
        n=$(($2 - have < $4 ? $2 - have : $4))
        say "$2 names: $1 has $have"
        load register "$1" "$have" "$n" "$3" 600000 >/dev/null
    done
}

serve_nmbd() {
    rm -rf /run/samba-nmbd
    samba_conf nmbd WINSHOST "${names_at[nmbd]}"
    sed -i '/\[global\]/a wins support = yes\nlog level = 0' nmbd.conf
    serve nmbd nmbd --foreground --no-process-group -s nmbd.conf
    load first nmbd 0 1 1 "$EPOCHREALTIME" >/dev/null
}

# The database of a domain controller is made once; each size begins with a copy of it.
serve_dc() {
    if [[ ! -d /run/samba-dc.new ]]; then
        say "a domain controller's database is made"
        samba_dc dc BENCHDC BENCH "${names_at[dc]}" >&2 || exit 1
        cp -a /run/samba-dc /run/samba-dc.new
    fi
    rm -rf /run/samba-dc
    cp -a /run/samba-dc.new /run/samba-dc
    serve dc setsid samba --interactive --model=single --debug-stdout -s dc.conf
    say "a domain controller begins"
    local tries=0 # it claims its own names first
    until on client "$bin/tests/bench.names" first "${names_at[dc]}" 0 1 1 "$EPOCHREALTIME" "$seed" >/dev/null 2>&1; do
        ((++tries < 6)) || { said_all; echo "tools/bench: the domain controller does not answer" >&2; exit 1; }
    done
}

# rounds SERVER WINDOW: what is measured with $size names at a server that has them, the echo in each
# round. The new names of registrations stay, so they come last; `new` is how many names there are then.
rounds() {
    local run
    for ((run = 1; run <= runs; run++)); do
        say "$size names: questions to $1, run $run of $runs"
        one echo echo "$size" 0 "$window"
        one held "$1" "$size" 0 "$window"
        one absent "$1" "$size" 0 "$window"
    done
    new=$size
    for ((run = 1; run <= runs; run++)); do
        say "$size names: registrations at $1, run $run of $runs"
        one echo echo "$size" 0 "$window"
        one refresh "$1" "$size" 0 "$2"
        one register "$1" "$size" "$new" "$2"
        new=$((new + answered))
    done
}

# One server after the other: nmbd goes on working in the background when it has many names.
names_size() {
    local new empty
    rm -f "$work"/names.db*
    serve_ours
    await_ready ours
    empty=$(memory_of ours)
    fill ours "$size" "$kept_window" 100000
    printf '%s\t%s\t%s\n' "$size" filled $((($(memory_of ours) - empty) * 1024 / size)) >>"$work/facts"
    rounds ours "$kept_window"
    names_restart
    ((size > nmbd_names)) || names_peer nmbd
    ((size > dc_names)) || names_peer dc
}

# names_peer SERVER: the same at somebody else's.
names_peer() {
    "serve_$1"
    fill "$1" "$size" "$window" 10000
    rounds "$1" "$window"
    end "$1"
}

# end LABEL: suddenly.
end() {
    { stop "$1" KILL || true; } 2>/dev/null
}

await_ready() {
    await "$1" ready 30 >&2 || exit 1
}

# A server that was killed and begins again: how long until its first answer, and what its names take.
names_restart() {
    local began run took rcode
    for ((run = 1; run <= 3; run++)); do
        say "$size names: killed and begun again, run $run of 3"
        end ours
        began=$EPOCHREALTIME
        serve_ours
        read -r took rcode < <(load first ours 0 1 1 "$began")
        [[ $rcode == 0 ]] || { said_all; echo "tools/bench: a name is lost after kill -9" >&2; exit 1; }
        printf '%s\t%s\t%s\t%s\n' "$size" restart "$took" "$new" >>"$work/facts"
    done
    printf '%s\t%s\t%s\n' "$size" read $((($(memory_of ours) - names_empty) * 1024 / new)) >>"$work/facts"
    end ours
}

names_measure() {
    # shellcheck source=tests/live/lib.sh
    . tests/live/lib.sh "$PWD" "$bin"
    in_lab
    trap 'end_all; rm -rf "$work"' EXIT
    names_cpus
    loads=$(cut -d' ' -f1 /proc/loadavg)
    : >"$work/results"
    : >"$work/facts"
    serve echo "$bin/tests/bench.echo"
    await_ready echo
    serve_ours
    await_ready ours
    names_empty=$(memory_of ours)
    end ours
    for size in ${sizes//,/ }; do
        names_size
    done
    end echo
    loads+=" before, $(cut -d' ' -f1 /proc/loadavg) after"
    said_all
}

names_report() {
    printf 'servers on processor %s, client on %s; load of the machine %s; seed %s\n' "$server_cpu" "$client_cpu" \
        "$loads" "$seed"
    printf '%s runs of %s ms in turns; %s requests under way, %s for registrations and refreshes at nbtd\n' "$runs" \
        "$length" "$window" "$kept_window"
    awk -v nmbd_names="$nmbd_names" -v facts="$work/facts" "$names_awk" "$work/results"
}

# Rates, their ratios to the echo of the same round, and what became of the aims.
names_awk='
BEGIN { FS = "\t" }
{
    row = $1 SUBSEP $2 SUBSEP $3
    if (!(row in runs)) { order[++n] = row; if (!($3 in sized)) { sized[$3] = 1; sizes[++k] = $3 } }
    r = ++runs[row]
    rate[row, r] = $4 / $6; p50[row, r] = $7; p99[row, r] = $8
    cost[row, r] = $9 / $4; again[row] += $5; all[row] += $4
    if ($2 == "echo") limit = $4 / $6
    share[row, r] = rate[row, r] / limit
}
function sorted(of, row, to,    i, j, t) {
    for (i = 1; i <= runs[row]; i++) {
        to[i] = of[row, i]
        for (j = i; j > 1 && to[j] < to[j - 1]; j--) { t = to[j]; to[j] = to[j - 1]; to[j - 1] = t }
    }
    return runs[row]
}
function middle(of, row,    a, m) { m = sorted(of, row, a); return a[int((m + 1) / 2)] }
function spread(of, row, form,    a, m) {
    m = sorted(of, row, a)
    return sprintf(form "  " form "  " form, a[1], a[int((m + 1) / 2)], a[m])
}
function row_of(server, kind, size) { return server SUBSEP kind SUBSEP size }
function aim(kind, text, want, value, form, more,    good, by) {
    good = kind == "at-least" ? value >= want : value <= want
    by = kind == "at-least" ? value / want : (value > 0 ? want / value : 99)
    printf "%-66s %9s  %s, %.2f of the aim%s\n", text, sprintf(form, value), good ? "met" : "MISSED", by, more
}
function by_time(a, b) {
    return a > 0 && b > 0 ? sprintf("; by time of the processor %.2f", a / b) : ""
}
function compare(text, want, a, b) {
    if (!(a in runs) || !(b in runs)) { printf "%-66s not measured\n", text; return }
    aim("at-least", text, want, middle(share, a) / middle(share, b), "%.2f",
        by_time(middle(cost, b), middle(cost, a)))
}
function fall(kind, a, b,    x, y) {
    x = row_of("ours", kind, a); y = row_of("ours", kind, b)
    aim("at-least", kind " names, " b " beside " a " names: what is left, of 0.9", 0.9,
        middle(share, y) / middle(share, x), "%.2f", by_time(middle(cost, x), middle(cost, y)))
}
function read_facts(    line, f) {
    while ((getline line < facts) > 0) {
        split(line, f, "\t")
        if (f[2] == "restart") { restarts[f[1]] = restarts[f[1]] " " f[3]; had[f[1]] = f[4]
            if (f[3] > slowest[f[1]]) slowest[f[1]] = f[3]
        } else { memory[f[1], f[2]] = f[3] }
    }
}
END {
    print "the shares are those of the echo of the same round; the new names of registrations stay, so that there"
    print "are more and more; the time of the processor is the server\47s for a request, with its store\47s; the aims are"
    print "judged by the middle of the shares; where others use the processors, their time says more than the clock"
    if (sizes[k] > nmbd_names) print "nmbd with " nmbd_names " names at most"
    printf "\n%-26s %-28s %-20s %15s %8s %9s\n", "", "a second", "share of the echo", "answer in us",
        "time of", "sent"
    printf "%-26s %-28s %-20s %15s %8s %9s\n", "", "least, middle, most", "least, middle, most", "p50, p99",
        "cpu, us", "again"
    for (i = 1; i <= n; i++) {
        row = order[i]; split(row, f, SUBSEP)
        printf "%-26s %-28s %-20s %15s %8.1f %9s\n", f[1] == "ours" ? "nbtd, " f[2] ", " f[3] : \
            (f[1] == "echo" ? "" : f[1] ", ") f[2] ", " f[3], spread(rate, row, "%8d"), spread(share, row, "%.3f"),
            middle(p50, row) ", " middle(p99, row), middle(cost, row), again[row] ? again[row] : "-"
    }
    read_facts()
    printf "\n"
    for (i = 1; i <= k; i++) {
        printf "%d names: %d octets of memory a name when registered; with %d names, read from the store, %d; ",
            sizes[i], memory[sizes[i], "filled"], had[sizes[i]], memory[sizes[i], "read"]
        printf "first answer after kill -9 in%s ms\n", restarts[sizes[i]]
    }
    printf "\n%-66s %9s\n", "aim", "measured"
    for (i = 1; i <= k; i++) {
        s = sizes[i]
        held = row_of("ours", "held", s); new = row_of("ours", "register", s); limit = row_of("echo", "echo", s)
        compare(s " names: held names a second, echo times 0.9", 0.9, held, limit)
        compare(s " names: absent names a second, echo times 0.9", 0.9, row_of("ours", "absent", s), limit)
        compare(s " names: registrations a second, held names times 0.5", 0.5, new, held)
        compare(s " names: refreshes a second, held names times 0.5", 0.5, row_of("ours", "refresh", s), held)
        if (s != 100000) continue # what the aim is about
        compare(s " names: held names a second, nmbd times 20", 20, held, row_of("nmbd", "held", s))
        compare(s " names: registrations a second, nmbd times 20", 20, new, row_of("nmbd", "register", s))
    }
    for (i = 2; i <= k; i++) { fall("held", sizes[1], sizes[i]); fall("absent", sizes[1], sizes[i]) }
    s = sizes[k]
    aim("at-most", s " names: octets of memory a name, registered, 128", 128, memory[s, "filled"], "%d", "")
    aim("at-most", had[s] " names: octets of memory a name, read again, 128", 128, memory[s, "read"], "%d", "")
    aim("at-most", had[s] " names: ms to the first answer after a restart, 1000", 1000, slowest[s], "%.1f", "")
}'
