# shellcheck shell=bash
# What the live tests of nbtlab doctor share. Sourced behind lib.sh, in a lab.

# doctor HOST ARGUMENT...: its status in DOCTOR; what it says in doctor.json.
doctor() {
    local host=$1
    shift
    on "$host" timeout 60 "$BIN/nbtlab" doctor --json --wait 0 "$@" >doctor.json 2>doctor.err
    DOCTOR=$?
}

# faults: the words of the faults, in one line.
faults() {
    jq -rs '[.[] | select(.event == "finding" and .grade == "fault") | .finding] | join(" ")' doctor.json
}

# finds STATUS FAULTS HOST ARGUMENT...: exactly these.
finds() {
    local status=$1 wanted=$2 got
    shift 2
    doctor "$@"
    got=$(faults)
    [[ $DOCTOR == "$status" && $got == "$wanted" ]] && return
    printf '   status %s, not %s; faults "%s", not "%s"\n' "$DOCTOR" "$status" "$got" "$wanted"
    cat doctor.err doctor.json
    return 1
}
has() {
    jq -es --arg word "$1" 'any(.[]; .finding == $word)' doctor.json >/dev/null
}

firewall() { # HOST RULE...
    local host=$1
    shift
    on "$host" nft add table ip doctor
    on "$host" nft add chain ip doctor in '{ type filter hook input priority 0; }'
    on "$host" nft add rule ip doctor in "$@"
}
no_firewall() {
    on "$1" nft delete table ip doctor
}
