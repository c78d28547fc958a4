#!/usr/bin/env bash
# nbtlab run --live: the scenarios of the catalogue hold for real as they do simulated.
. "$(dirname "$0")/lib.sh"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1
SCENARIOS=$ROOT/fixtures/scenarios

# Not here, and why.
declare -A ELSEWHERE=(
    [session-lost]='three minutes, until a keep-alive was sent and TCP has given it up: live.scenarios_long'
    [context-lost]='more than a minute, until a security context is idle: live.scenarios_long'
    [server-down-at-boot]='an hour, until a hybrid node asks its server again'
    [server-flips]='two hours'
    [refresh-keeps]='thirty days'
    [refresh-lost]='sixty days'
)

# The files that are run, those that say why they cannot be, and that all others take longer than anybody waits for.
short=() too_long=() simulated=()
for file in "$SCENARIOS"/*.scn; do
    name=$(basename "$file" .scn)
    if [[ ${ELSEWHERE[$name]-} ]]; then
        too_long+=("$file")
    elif grep -q '^only simulated "' "$file"; then
        simulated+=("$file")
    else
        short+=("$file")
    fi
done

lasts() {
    "$BIN/nbtlab" list --json "$@" | jq -s "$lasting"
}
lasting='[.[].lasts_us] | min > 40e6'
check 'what is left to longer tests, or to the simulated network, lasts more than 40 s' \
    test "$(lasts "${too_long[@]}")" = true

cannot() {
    local file
    printf '%s\n' 'scenario x "x"' 'only simulated "nobody can do that"' 'computer PC address=10.0.0.1' 'end 1s' >x.scn
    for file in x.scn "${simulated[@]}"; do
        exits 2 "$BIN/nbtlab" run --live "$file" && says last.out "$(basename "$file") cannot be run live: [^(]" || return
    done
}
check "what is only simulated says why it cannot be run for real, ${#simulated[@]} of the catalogue among it" cannot

whole_catalogue() {
    timeout 110 "$BIN/nbtlab" run --live --jobs 16 "${short[@]}" >all.out 2>all.err && return
    grep -v ': held: live' all.out | head -n 60
    grep -v 'scenarios are over' all.err
    return 1
}
check "${#short[@]} scenarios of the catalogue hold for real" whole_catalogue
check 'each of them has said so' test "$(grep -c ': held: live, ' all.out)" = "${#short[@]}"
finish
