# shellcheck shell=bash
# What the tests of browsers share: Samba as local master of NBTLAB at alpha, its list as smbclient shows it, and
# who is master. Sourced by tests/live/test_browse*.sh.
#
# nmbd looks at its timers every few seconds, writes its list for smbd not more often than every five, and forgets
# who is master when it is itself not any more, until he announces himself: so all of it is asked for until it is so,
# as a whole.
. "$(dirname "$0")/lib.sh"

LONG_ENOUGH=150 # seconds: an announcement was lost, and the next comes a minute later, on a busy machine

samba_is_master() {
    samba_conf alpha ALPHA 10.77.0.1
    sed -i '/\[share\]/,$d' alpha.conf
    printf '  %s\n' 'log level = 4' 'local master = yes' 'preferred master = yes' 'os level = 20' 'domain master = no' \
        'server string = the lab' >>alpha.conf
    start nmbd alpha nmbd --foreground --no-process-group --debug-stdout -s alpha.conf
    start smbd alpha smbd --foreground --no-process-group --debug-stdout -s alpha.conf
    await nmbd 'ALPHA is now a local master browser for workgroup NBTLAB' "$LONG_ENOUGH"
}

# browses HOST OPTION...: our browser at that computer, in the workgroup.
browses() {
    local label=$1 host=$1
    shift
    start "$label" "$host" nbtbrowse --driver "/run/$host.sock" --workgroup NBTLAB --json --verbose "$@"
}

# comes_to FILE COMMAND... -- REGEX...: the command is given again until it succeeds and FILE, which it writes, has a
# line for each of them.
comes_to() {
    local file=$1 until=$((SECONDS + LONG_ENOUGH)) command=() missing
    shift
    while [[ $1 != -- ]]; do
        command+=("$1")
        shift
    done
    shift
    while :; do
        missing=
        if "${command[@]}"; then
            for regex; do
                says "$file" "$regex" || missing=$regex
            done
            [[ $missing ]] || return 0
        fi
        ((SECONDS < until)) || break
    done
    printf '   nothing matched %s within %s s; at last it was:\n' "${missing:-(it failed)}" "$LONG_ENOUGH"
    sed 's/^/   | /' "$file"
    return 1
}

# smbclient asks for the list of the domain that smbd names, which without SPNEGO is the workgroup.
list() {
    on alpha smbclient -N -s alpha.conf --option='client use spnego = no' -L ALPHA -I 10.77.0.1 -p 139 >list.out 2>&1
}
lists() {
    comes_to list.out list -- "$@"
}

look() {
    on alpha nmblookup -s alpha.conf "$@" >look.out 2>&1
}
master_is() {
    comes_to look.out look -M NBTLAB -- "^${1//./\\.} NBTLAB<1d>"
}
