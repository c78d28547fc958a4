#!/usr/bin/env bash
# Sessions between nbtd and Samba: a CALL to smbd, and smbclient calling a computer of ours.
. "$(dirname "$0")/lib.sh"
in_lab alpha samba client

nbtd_on alpha ALPHA
samba_conf samba SAMBA 10.77.0.2
samba_conf client CALLER 10.77.0.3
start nmbd samba nmbd --foreground --no-process-group -s samba.conf
start smbd samba smbd --foreground --no-process-group -s samba.conf

samba_up() {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10; do # each FIND NAME waits for a second or more itself
        ncb alpha find 'SAMBA<20>' >/dev/null && return
    done
    return 1
}
check 'nmbd has its name' samba_up

# -- our CALL to smbd

# rows: C24
call_samba() {
    ncb alpha add 'CALLER<00>' then call 'CALLER<00>' 'SAMBA<20>' then sessions 'CALLER<00>' \
        then hangup >call.out
    local status=$?
    ((status == 0)) && says call.out 'CALL CALLER<00> SAMBA<20>: NRC_GOODRET' &&
        says call.out 'established CALLER<00> with SAMBA<20>'
}
check 'CALL opens a session with a real smbd, HANG UP closes it' call_samba

# smbd refuses a calling name whose 16th byte is 'R' with code 0x82.
# rows: G37
call_refused() {
    ncb alpha add 'CALLER<52>' then call 'CALLER<52>' 'SAMBA<20>' >call.out
    local status=$?
    ((status == 1)) && says call.out 'CALL CALLER<52> SAMBA<20>: NRC_NOCALL \(0x14\)' &&
        says nbtd-alpha.out '"code":130'
}
check 'a refusal by smbd is reported with its code 0x82' call_refused

# -- smbclient calls us

# tshark on the bridge, a line for each NEGATIVE SESSION RESPONSE: address of who refuses, code.
tshark -l -i br0 -f 'tcp port 139' -Y 'nbss.type == 0x83' -T fields -e ip.src -e nbss.error_code \
    >>tshark.out 2>tshark.err &
await tshark ' File: ' # what it says once the interface is open; 'Capturing on' comes before that

# smbclient_calls NAME: it says nothing of the code, so tshark is asked. After a refusal it tries
# *SMBSERVER too, which is never there.
smbclient_calls() {
    on client timeout 20 smbclient -s client.conf -p 139 -n CALLER -N -I 10.77.0.1 "//$1/share" \
        -c quit >smbclient.out 2>&1
}

# rows: C15
nobody_listens() {
    ! smbclient_calls ALPHA && await tshark '^10\.77\.0\.1\s0x80$'
}
check 'smbclient is refused with 0x80 where nobody listens' nobody_listens

# rows: C14
no_such_name() {
    : >tshark.out
    ! smbclient_calls NOTHERE && await tshark '^10\.77\.0\.1\s0x82$' && ! says tshark.out '0x80'
}
check 'smbclient is refused with 0x82 where the called name is not there' no_such_name

# rows: C17 C23
somebody_listens() {
    start listener alpha nbtlab ncb --driver /run/alpha.sock add 'LISTENER<20>' \
        then listen 'LISTENER<20>' '*' then receive then hangup
    await listener 'ADD NAME LISTENER<20>: NRC_GOODRET' || return
    ! smbclient_calls LISTENER
    await listener 'LISTEN LISTENER<20> \*: NRC_GOODRET.*with CALLER<00>' &&
        await listener 'RECEIVE: NRC_GOODRET.*: \.SMB'
}
check 'smbclient gets a session where a LISTEN waits, and its first message arrives' somebody_listens

finish
