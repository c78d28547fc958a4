#!/usr/bin/env bash
# Captures of real systems, Windows among them, played against our own computers of the same kind: for
# each host of each capture, how much of what the others said then came again. The counts are in
# replay-real.tsv; what a difference is, `nbtreplay CAPTURE --emulator --as HOST ...` tells.
#
#     tests/golden/test_replay_real.sh . build/dev --update       writes the counts anew
set -u
ROOT=$(realpath "$1")
BIN=$(realpath "$2")
UPDATE=${3-}
TABLE=$ROOT/tests/golden/replay-real.tsv
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
shopt -s nullglob
cd "${NBTLAB_CAPTURES:-$ROOT/../shared/captures}" 2>/dev/null || exit 77
captures=(samba/*.pcap elsewhere/*.pcap)
((${#captures[@]})) || exit 77

# kind CAPTURE: the profiles of computers and name servers that are as its hosts were.
kind() {
    case $1 in
    samba/2[0-5]-* | samba/41-*) echo samba windows ;; # the domain controller's server
    samba/*) echo samba samba ;;
    *) echo win2000 windows ;;
    esac
}

# hosts CAPTURE: the addresses that have said something in it.
hosts() {
    timeout 60 "$BIN/nbtreplay" "$1" --as 0.0.0.1 --emulator 2>&1 |
        sed -n 's/.* it has: //p' | grep -oE '[0-9]+(\.[0-9]+){3}'
}

bad=0
for capture in "${captures[@]}"; do
    read -r profile server < <(kind "$capture")
    for host in $(hosts "$capture"); do
        timeout 60 "$BIN/nbtreplay" "$capture" --emulator --as "$host" --profile "$profile" --server "$server" \
            --seed 1 >"$TMP/out" 2>&1
        status=$?
        if ((status != 0 && status != 3)) && ! grep -q 'has nothing to be played' "$TMP/out"; then
            echo "FAILED $capture as $host: exit status $status"
            tail -n 3 "$TMP/out"
            bad=1
        fi
        printf '%s\t%s\t%s\t%s\t%d\t%s\n' "$capture" "$host" "$profile" "$server" "$status" "$(tail -n 1 "$TMP/out")"
    done
done >"$TMP/rows"
if ((bad)); then
    grep FAILED -A 3 "$TMP/rows"
elif [[ $UPDATE == --update ]]; then
    { printf 'capture\tas\tprofile\tserver\tstatus\tcounts\n'; cat "$TMP/rows"; } >"$TABLE"
else
    diff <(tail -n +2 "$TABLE") "$TMP/rows" || bad=1
fi
((bad == 0)) && printf '%d replays as expected\n' "$(wc -l <"$TMP/rows")"
exit $bad
