#!/usr/bin/env bash
# simulated networks of 4, 100 and 10000 computers, seeds of a scenario, and exploration

simulate_usage() {
    cat <<'TEXT'
usage: tools/bench simulate [--seeds N] [--losses N] [--day SECONDS] [--most N] [--bin DIR]
                            [--runs N] [--seed N]

Simulates networks of B nodes, up to 100 of which claim three names each minute by broadcast and give
them back; the largest once with all of them claiming when they boot; and networks of H nodes that boot, claim three names each at a name server and refresh them every hour.
Then it runs a scenario of four computers, one of which is a clone, under many seeds, and explores
all that can happen when three B nodes claim one name.

  --seeds N        runs of the scenario (default 20000); what a million take is worked out from them
  --losses N       messages that may be lost in the exploration (default 5)
  --day SECONDS    how long the large networks are simulated (default 86400)
  --most N         how many computers the largest networks have (default 10000)
  others           see tools/bench --help
TEXT
}

# How many frames and copies a load has: the same in every run. load_size LOAD COMPUTERS CLAIMERS SECONDS
load_size() {
    say "how much $1 of $2 computers is"
    "$bin/tests/bench.simulate" "${1/boot/broadcast}" "${@:2}" "$seed" | awk '{ print $6, $8, $2 }'
}

# plan_load LOAD COMPUTERS CLAIMERS SECONDS: a row that counts copies, or frames.
plan_load() {
    local frames copies simulated what row
    read -r frames copies simulated < <(load_size "$@")
    row="$1, $2 computers"
    [[ $1 == server ]] && what=$frames || what=$copies
    plan "$row" "$what" 99 "$bin/tests/bench.simulate" "${1/boot/broadcast}" "${@:2}" "$seed"
    printf '%s\t%s\t%s\t%s\n' "$row" "$simulated" "$frames" "$copies" >>"$work/loads"
}

# What a simulated second and a message cost.
simulate_rates() {
    awk -v loads="$work/loads" "$lib_awk"'
    END {
        printf "\n%-30s %14s %16s %12s %12s %9s\n", "", "simulated s/s", "messages", "messages/s", "copies", "ns/copy"
        while ((getline line < loads) > 0) {
            split(line, f, "\t")
            printf "%-30s %14d %16d %12d %12d %9d\n", f[1], f[2] / best(f[1]), f[3], f[3] / best(f[1]), f[4],
                best(f[1]) / f[4] * 1e9
        }
        print ""
    }' "$work/results"
}

bench_simulate() {
    local seeds=20000 losses=5 day=86400 most=10000 states
    while (($#)); do
        case $1 in
        --help) simulate_usage; return ;;
        --seeds) number "$@"; seeds=$2; shift ;;
        --losses) number "$@"; losses=$2; shift ;;
        --day) number "$@"; day=$2; shift ;;
        --most) number "$@"; most=$2; shift ;;
        *) wrong "simulate has no $1" ;;
        esac
        shift
    done
    prepare nbtlab bench.simulate bench.run
    : >"$work/loads"
    cat >"$work/three.scn" <<'TEXT'
scenario three "three B nodes claim one name"
network lan subnet=10.0.0.0/24 delay=20ms
computer A address=10.0.0.1 services=none
computer B address=10.0.0.2 services=none
computer C address=10.0.0.3 services=none
program P1 on=A
program P2 on=B
program P3 on=C

at 0s P1 add FRED<20>
at 0s slack=500ms P2 add FRED<20>
at 0s slack=500ms P3 add FRED<20>
end +2s
TEXT
    plan_load broadcast 4 4 $((day * 5))
    plan_load broadcast 100 100 "$day"
    plan_load broadcast "$most" 100 $((day / 480))
    plan_load boot "$most" "$most" 60
    plan_load server 4 4 $((day * 1000))
    plan_load server 100 100 $((day * 40))
    plan_load server "$most" "$most" "$day"
    plan 'seeds, 4 computers' "$seeds" 99 "$bin/nbtlab" run --seeds "1..$seeds" fixtures/scenarios/clone.scn
    say 'how many states there are'
    states=$("$bin/nbtlab" explore --json --look-for completion-twice --losses "$losses" "$work/three.scn" |
        awk -F'[:,]' '/"states"/ { print $2 + 0 }')
    plan 'explore, 3 computers' "$states" 99 "$bin/nbtlab" explore --look-for completion-twice \
        --losses "$losses" "$work/three.scn"
    measure
    echo "$runs runs in turns; seed $seed; $day s simulated; items are copies that arrived (broadcast, boot),"
    echo "messages (server), seeds, states"
    table item
    simulate_rates
    aims <<TEXT
at-most|server: $most computers for $day s: processor seconds, 60|60|best("server, $most computers")
at-most|boot: $most computers claim three names each: processor seconds, 60|60|best("boot, $most computers")
at-most|a million seeds of four computers, from $seeds: minutes, 10|10|1000000 / rate(have("seeds, 4 computers")) / 60
at-least|explore: states a second, 200000|200000|rate(have("explore, 3 computers"))
at-most|server: a message, $most beside 100 computers, 2|2|rate("server, 100 computers") / rate("server, $most computers")
at-most|broadcast: a copy, $most beside 100 computers, 2|2|rate("broadcast, 100 computers") / rate("broadcast, $most computers")
TEXT
}
