#!/usr/bin/env bash
# many computers on one network in real time, beside as many nmbd as fit

lab_usage() {
    cat <<'TEXT'
usage: tools/bench lab [--sizes N,N...] [--nmbd N] [--bin DIR] [--runs N]

Switches N computers on with `nbtlab up`, in a network namespace that vanishes with the run: each claims
three names by broadcast. Measures until the last claim has ended, then has nmblookup of another namespace
look for a name of each of them. Then as many nmbd, each in a namespace of its own, are started at once, until
nmblookup finds each.

  --sizes N,N...   how many computers (default 100,1000,10000)
  --nmbd N         how many nmbd (default 8, at most 13)
  others           see tools/bench --help

Beside the numbers of the processes: RFC 1002 has three requests 250 ms apart, so that no claim ends in less
than 0.75 seconds. Memory is the most that the process that runs them had, less what it has with one computer.
TEXT
}

# What of a process is measured: "SECONDS KIB", of processor time so far and of memory at most.
lab_took() {
    awk '{ ns += $1 } END { printf "%.4f ", ns / 1e9 }' /proc/"$1"/task/*/schedstat
    awk '/VmHWM/ { print $2 }' "/proc/$1/status"
}

on() {
    nsenter --net="/run/netns/$1" "${@:2}"
}

# The namespaces' networks, large enough for all.
lab_network() {
    local host=$1 number=$2
    on "$host" ip -batch - <<TEXT
addr flush dev eth0
addr add 10.80.0.$number/16 brd 10.80.255.255 dev eth0
TEXT
}

# lab_run N: N computers, a line of results: "N SECONDS CPU KIB LOST SENT FOUND LOOKED".
lab_run() {
    local n=$1 watcher child took i found begun names=()
    : >"$work/up" # what the last one said must not be taken for this one's
    nsenter --net=/run/netns/many "$bin/nbtlab" up --interface eth0 --count "$n" --json "$work/lan.scn" \
        >"$work/up" 2>"$work/up.err" &
    watcher=$!
    until grep -q '"event":"up"' "$work/up"; do
        kill -0 "$watcher" 2>/dev/null || { cat "$work/up.err" >&2; return 1; }
        read -rt 0.1 <>"$work/never" || true
    done
    child=$(pgrep -P "$watcher")
    took=$(lab_took "$child")
    for ((i = 1; i <= n; i++)); do names+=("PC$i#20"); done
    ((n > 1)) || names=('PC#20')
    begun=$EPOCHREALTIME
    found=$(printf '%s\n' "${names[@]}" | on asker xargs -n 500 nmblookup -s "$work/smb.conf" -B 10.80.255.255 2>/dev/null |
        grep -cE '^10\.80\.[0-9.]+ PC[0-9]*<20>$')
    begun=$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
    kill "$watcher"
    wait "$watcher" || { cat "$work/up.err" >&2; return 1; }
    jq -r --arg n "$n" --arg took "$took" --arg found "$found" --arg looked "$begun" \
        'select(.event == "up") | "\($n) \(.seconds) \($took) \(.lost) \(.sent) \($found) \($looked) \(.obtained)"' "$work/up"
}

# The same of nmbd: each claims five names or so, and asks for a master besides.
lab_nmbd() {
    local n=$1 i pids=() begun kib=0 cpu=0 took
    for ((i = 1; i <= n; i++)); do
        rm -rf "/run/samba-n$i"
        lab_network "n$i" "$((100 + i))"
        samba_conf "n$i" "NMBD$i" "10.80.0.$((100 + i))"
        sed -i "s|10.80.0.$((100 + i))/24|10.80.0.$((100 + i))/16|" "n$i.conf"
    done
    begun=$EPOCHREALTIME
    for ((i = 1; i <= n; i++)); do
        nsenter --net="/run/netns/n$i" nmbd --foreground --no-process-group -s "n$i.conf" >/dev/null 2>&1 &
        pids+=($!)
    done
    for ((i = 1; i <= n; i++)); do
        until on asker nmblookup -s "$work/smb.conf" -B 10.80.255.255 "NMBD$i#20" >/dev/null 2>&1; do :; done
    done
    begun=$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
    for i in "${pids[@]}"; do
        read -r took kib_one < <(lab_took "$i" | tr '\n' ' '; echo)
        cpu=$(awk -v a="$cpu" -v b="$took" 'BEGIN { print a + b }')
        ((kib += kib_one))
    done
    kill "${pids[@]}"
    wait "${pids[@]}" 2>/dev/null
    echo "nmbd $n $begun $cpu $kib"
}

lab_inside() {
    local sizes=$1 nmbd=$2 n run
    work=$PWD
    mkfifo never
    # shellcheck source=/dev/null
    source "$root/tests/live/lib.sh" "$root" "$bin"
    cat >lan.scn <<'SCN'
scenario lan "many computers"
about "A row of them."
network LAN subnet=10.80.0.0/16
computer PC address=10.80.1.0
end 1s
SCN
    samba_conf asker ASKER 10.80.0.2
    sed 's|/24|/16|' asker.conf >smb.conf
    lab_network many 1
    lab_network asker 2
    for ((run = 1; run <= runs; run++)); do
        for n in 1 ${sizes//,/ }; do
            say "run $run of $runs: $n computers"
            lab_run "$n" || return
        done
        say "run $run of $runs: $nmbd nmbd"
        lab_nmbd "$nmbd" || return
    done >results
}

# The best, middle and worst of each size.
lab_table() {
    awk -v runs="$runs" '
    function order(a, m,    i, j, t) {
        for (i = 2; i <= m; i++) for (j = i; j > 1 && a[j] < a[j - 1]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
    }
    function spread(row, what, form,    i, a) {
        for (i = 1; i <= k[row]; i++) a[i] = v[row, what, i]
        order(a, k[row])
        best[row, what] = a[1]; worst[row, what] = a[k[row]]
        return sprintf(form " " form " " form, a[1], a[int((k[row] + 1) / 2)], a[k[row]])
    }
    $1 == "nmbd" { row = "nmbd"; size[row] = $2; i = ++k[row]; v[row, "s", i] = $3; v[row, "cpu", i] = $4; v[row, "kib", i] = $5; next }
    {
        row = $1; size[row] = $1; i = ++k[row]
        if (i == 1) rows[++n] = row
        v[row, "s", i] = $2; v[row, "cpu", i] = $3; v[row, "kib", i] = $4; v[row, "ask", i] = $8
        lost[row] += $5; sent[row] = $6; missing[row] += row - $7; refused[row] += 3 * row - $9
    }
    END {
        printf "%-10s %-26s %-26s %14s %9s %8s %8s %8s %12s\n", "computers", "seconds until quiet", "processor seconds",
            "KiB a computer", "packets", "lost", "refused", "missing", "found a s"
        for (r = 1; r <= n; r++) {
            row = rows[r]
            s = spread(row, "s", "%8.3f"); cpu = spread(row, "cpu", "%8.3f"); spread(row, "kib", "%d"); spread(row, "ask", "%f")
            printf "%-10d %-26s %-26s %14s %9d %8d %8d %8d %12d\n", row, s, cpu,
                (row > 1 ? sprintf("%.2f", (worst[row, "kib"] - best["1", "kib"]) / (row - 1)) : ""), sent[row], lost[row],
                refused[row], missing[row], row / best[row, "ask"]
        }
        row = "nmbd"
        printf "%-10s %-26s %-26s %14.0f\n\n", size[row] " nmbd", spread(row, "s", "%8.3f"), spread(row, "cpu", "%8.2f"),
            (spread(row, "kib", "%d") ? worst[row, "kib"] : 0) / size[row]
        big = rows[n]; small = rows[2]
        printf "%s computers: %.2f seconds beyond the RFC'"'"'s 0.75 (aim: 30 at most)\n", big, best[big, "s"] - 0.75
        printf "memory a computer: %.2f KiB (aim: below 4); nmbd %.0f times that\n",
            (worst[big, "kib"] - best["1", "kib"]) / (big - 1),
            worst["nmbd", "kib"] / size["nmbd"] / ((worst[big, "kib"] - best["1", "kib"]) / (big - 1))
        printf "processor time a computer, %s beside %s: %.2f times (aim: flat)\n", big, small,
            (best[big, "cpu"] / big) / (best[small, "cpu"] / small)
        printf "messages lost: %d, names not found: %d (aims: none)\n", lost[big], missing[big]
    }' "$work/results"
}

bench_lab() {
    local sizes=100,1000,10000 nmbd=8 hosts=(many asker) i
    while (($#)); do
        case $1 in
        --help) lab_usage; return ;;
        --sizes) sizes=$2; shift ;;
        --nmbd) number "$@"; nmbd=$2; shift ;;
        *) wrong "lab has no $1" ;;
        esac
        shift
    done
    [[ $sizes =~ ^[0-9]+(,[0-9]+)*$ ]] || wrong "--sizes $sizes: it is numbers with commas between them"
    ((nmbd <= 13)) || wrong "--nmbd $nmbd: a lab has room for 13"
    prepare nbtlab
    bin=$(realpath "$bin") root=$PWD
    for ((i = 1; i <= nmbd; i++)); do hosts+=("n$i"); done
    export bin root runs
    "$bin/nbtlab" lab "${hosts[@]}" -- bash -c "$(declare -f lab_inside lab_run lab_nmbd lab_network lab_took on say number)
        cd $(printf %q "$work"); lab_inside \"\$@\"" bash "$sizes" "$nmbd" ||
        { said_all; echo 'tools/bench: a run failed; its message is above' >&2; exit 1; }
    said_all
    echo "$runs runs in turns; best, median and worst"
    lab_table
}
