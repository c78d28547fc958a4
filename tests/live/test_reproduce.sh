#!/usr/bin/env bash
# nbtlab reproduce, as a user types it; and its captures as tshark sees them.
. "$(dirname "$0")/lib.sh"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
cd "$TMP" || exit 1

whole_run() {
    "$BIN/nbtlab" reproduce --jobs 24 --json >results.json 2>progress.err || {
        cat progress.err
        jq -r '.[] | select(.agrees | not) | "\(.case) \(.claim): \(.deviations | join("; "))"' results.json
        return 1
    }
}
check 'every case comes out as expected under both models of claiming' whole_run

query() {
    [[ $(jq -r "$1" results.json) == "$2" ]] || {
        printf '   %s gives %s, not %s\n' "$1" "$(jq -r "$1" results.json)" "$2"
        return 1
    }
}
attempt='.[] | select(.case == $c and .claim == "each-attempt") | .attempts[$n]'
refused() {
    local got
    got=$(jq -r --arg c "$1" --argjson n "$2" "$attempt | \"\\(.ncb) \\(.nrc) \\(.retcode)\"" results.json)
    [[ $got == "$3" ]] || { printf '   attempt %s of %s: %s, not %s\n' "$2" "$1" "$got" "$3"; return 1; }
}

# rows: G9
check 'the second NetBIOS viewer: NRC_DUPNAME' refused netbios-then-netbios 1 'ADD NAME NRC_DUPNAME 13'
# rows: G11
check 'the second adapter: NRC_INUSE' refused two-lanas 1 'ADD NAME NRC_INUSE 22'
# rows: G21
check 'the clone: NRC_INUSE' refused clone 1 'ADD NAME NRC_INUSE 22'
# rows: G34 G29 E46
check 'after a late conflict: NRC_NAMCONF' refused late-conflict 2 'ADD NAME NRC_NAMCONF 25'
check 'nothing on the wire about the local refusal' \
    query '[.[] | select(.case == "netbios-then-netbios") | .attempts[1].packets] | unique | tojson' '[0]'
# What the proof of a case with a name server is made of.
proof() {
    query ".[] | select(.case == \"$1\" and .claim == \"held\") | [.proof[].what] | join(\" \")" "$2"
}
check 'a live owner, asked by the name server: NRC_INUSE' refused server-owner-alive 1 'ADD NAME NRC_INUSE 22'
check 'after WACK, challenge and answer' proof server-owner-alive \
    'registration-request wack query-request positive-query-response negative-registration-response'
check 'a dead owner is asked three times' proof server-owner-dead \
    'registration-request wack query-request query-request query-request positive-registration-response'
check 'a static mapping: NRC_INUSE' refused server-static 0 'ADD NAME NRC_INUSE 22'
check 'refused at once' proof server-static 'registration-request negative-registration-response'
check 'without the server: NRC_INUSE' refused server-down 1 'ADD NAME NRC_INUSE 22'
check 'by broadcast, the server having been asked in vain' proof server-down \
    'registration-request registration-request registration-request registration-request overwrite-demand registration-request negative-registration-response'
check 'a crashed console is still found, and gets its name back at once' proof server-stale \
    'query-request positive-query-response registration-request positive-registration-response'
check 'a slow owner answers when the name is given away' proof server-owner-slow \
    'registration-request wack query-request query-request query-request positive-registration-response positive-query-response'
check 'an owner vouches for the other adapter' proof server-two-lanas \
    'multihomed-registration positive-registration-response multihomed-registration wack query-request positive-query-response positive-registration-response'
check 'two servers give one name to two' query \
    '[.[] | select(.case == "server-two") | .obtained] | tojson' '[2,2]'
check 'a group: NRC_INUSE' refused server-group 1 'ADD NAME NRC_INUSE 22'
check 'the outcome of tcp-tcp-netbios-tcp depends on the model' \
    query '[.[] | select(.case == "tcp-tcp-netbios-tcp") | .obtained] | tojson' '[3,1]'

well_formed() {
    local bad=0 names=0 f
    for f in out/*.pcap; do
        tshark -r "$f" -Y '_ws.malformed || _ws.short || nbns.incomplete_entry' >malformed.out 2>tshark.err ||
            { cat tshark.err; bad=1; }
        [[ -s malformed.out ]] && { printf '   %s:\n' "$f"; sed 's/^/   | /' malformed.out; bad=1; }
        names=$((names + $(tshark -r "$f" -Y nbns 2>/dev/null | wc -l)))
    done
    printf '   %s captures, %s name service packets\n' "$(ls out/*.pcap | wc -l)" "$names"
    ((bad == 0 && names > 1000))
}
check 'tshark decodes every frame of every capture without a malformed mark' well_formed

# Samba has a hand in one case.
as_the_rfc_has_it() {
    local f as status=0
    for f in out/*.pcap; do
        [[ $f == *samba* ]] && continue
        as=rfc
        [[ $f == *server-down* || $f == *server-two-lanas* ]] && as=windows # no H nodes, no opcode 15 in the RFC
        "$BIN/nbtdump" --lint --as $as -r "$f" >lint.out || {
            printf '   %s:\n' "$f"
            grep ' lint ' lint.out | head -n 5
            status=1
        }
    done
    return $status
}
check 'nbtdump --lint finds nothing against the RFCs in what nbtd sends' as_the_rfc_has_it

without_its_scenarios() {
    mkdir -p alone/bin && cp "$BIN/nbtlab" alone/bin && exits 7 alone/bin/nbtlab reproduce && says last.out 'share/nbtlab/scenarios'
}
check 'a program without its scenarios says where they should be' without_its_scenarios

# Its scenario expects one claim more, and a refusal over the wire that there is not.
deviates() {
    mkdir -p other/bin other/share/nbtlab && cp "$BIN"/{nbtlab,nbtd,rcview,rcagent} other/bin || return
    cp -r "$ROOT/fixtures/scenarios" other/share/nbtlab || return
    sed -i 's/count=3 message/count=4 message/; $a expect message to=CONSOLE negative-registration-response CONSOLE<41>' \
        other/share/nbtlab/scenarios/netbios-then-netbios.scn
    exits 1 other/bin/nbtlab reproduce --claim held --out dev netbios-then-netbios || return
    says dev/report.txt 'DEVIATES: the capture has not what is expected: "expect count=4 .*\(3 such frames\)' &&
        says dev/report.txt 'DEVIATES: the capture has not what is expected: "expect message to=CONSOLE neg.*\(0 such' &&
        says dev/report.txt 'it never came'
}
check 'what a scenario expects and the capture has not makes a case deviate' deviates

seen_by_tshark() {
    local frame name
    for name in clone two-lanas samba-owner server-owner-alive server-static server-group; do
        frame=$(jq -r --arg c $name '[.[] | select(.case == $c) | .attempts[] | .frame | select(.)][0]' results.json)
        tshark -r "out/$name.pcap" -Y "frame.number == $frame" -T fields -e nbns.flags.response \
            -e nbns.flags.opcode -e nbns.flags.rcode >frame.out 2>/dev/null
        grep -qE '^1\s5\s6$' frame.out || { printf '   %s frame %s: %s\n' $name "$frame" "$(cat frame.out)"; return 1; }
    done
}
# rows: B30
check 'tshark sees the refusals in the frames that the table names' seen_by_tshark

check 'nt4 timing: the fault is the same' \
    exits 0 "$BIN/nbtlab" reproduce --profile nt4 --claim each-attempt --out nt4 netbios-then-tcp clone

# Which messages of remote control nbtdump sees, over TCP and inside NetBIOS sessions.
remote_control() {
    "$BIN/nbtdump" -q -r "$1" "$2" >lines.out || return
    local kind
    for kind in rights verdict open opened screen bye ${3-}; do
        grep -q " rc-$kind " lines.out || { printf '   %s: no rc-%s\n' "$1" "$kind"; return 1; }
    done
    ! grep -E 'malformed|began before|not captured' lines.out
}
check 'nbtdump shows remote control over TCP' remote_control out/tcp-only-held.pcap 'tcp portrange 1761-1762' keys
check 'nbtdump shows remote control over NetBIOS' remote_control out/netbios-closed-then-tcp-held.pcap 'tcp port 139'

# An ordinary user may have namespaces or not: the machine decides. Either way it is clear.
nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
as_ordinary_user() {
    local home=$TMP/user place=$TMP/installed # as `cmake --install` lays it out
    mkdir -m 777 "$home" && chmod 755 "$TMP" && mkdir -p "$place/bin" "$place/share/nbtlab" || return
    cp "$BIN"/{nbtlab,nbtd,rcview,rcagent} "$place/bin" && cp -r "$ROOT/fixtures/scenarios" "$place/share/nbtlab" || return
    chmod -R a+rX "$place"
    cd "$home" || return
    nobody "$place/bin/nbtlab" reproduce --jobs 24 --claim each-attempt >user.out 2>&1
    local status=$?
    cd "$TMP" || return
    ((status == $1)) && says user/user.out "$2" && return
    tail -n 20 user/user.out
    return 1
}
if ((EUID == 0)) && nobody unshare -Ur true 2>/dev/null; then
    check 'an ordinary user gets the same' as_ordinary_user 0 'every case came out as expected'
elif ((EUID == 0)); then
    check 'an ordinary user is told that namespaces are not allowed' as_ordinary_user 4 'not allowed here'
fi

interrupted() {
    "$BIN/nbtlab" reproduce --out int --profile nt4 >int.out 2>int.err &
    local pid=$! status child
    # Its first capture file says that it is at work.
    timeout 20 bash -c 'until compgen -G "int/*.pcap" >/dev/null; do read -rt 0.05 <> <(:); done'
    child=$(cat "/proc/$pid/task/$pid/children")
    kill -INT "$pid"
    wait "$pid"
    status=$?
    ((status == 130)) && says int.err 'interrupted' && [[ ! -d /proc/${child% } ]]
}
check 'an interrupt ends it with one line and leaves no process' interrupted

check 'an unknown case is refused' exits 2 "$BIN/nbtlab" reproduce no-such-case
check '--list names the cases' exits 0 "$BIN/nbtlab" reproduce --list
check 'among them the clone' says last.out '^clone '
check 'messages name the command as it is typed' exits 2 "$BIN/nbtlab" reproduce --claim never
check 'nbtlab reproduce' says last.out '^nbtlab reproduce: --claim never'
check 'a host with a bad name' exits 2 "$BIN/nbtlab" lab 'bad name!' -- true
check 'is named' says last.out 'bad name! is no host'

finish
