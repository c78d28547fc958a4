#!/usr/bin/env bash
# nbtd as Windows 95 is: whatever port a request is from, it answers to port 137. Who asks from a port of
# its own hears nothing, and the scanners have an option for that.
. "$(dirname "$0")/lib.sh"
in_lab old new client

nbtd_on old OLD --profile win95
nbtd_on new NEW
samba_conf client NOBODY 10.77.0.3

asks() { # STATUS REGEX ARGUMENT...
    local want=$1 regex=$2 got
    shift 2
    on client nbtquery "$@" >ask.out 2>&1
    got=$?
    ((got == want)) && says ask.out "$regex" && return
    sed 's/^/   | /' ask.out
    return 1
}
# rows: B18
check 'it does not answer a port of its own' asks 1 'nobody has answered|no answer|silent|has not answered' \
    --retries 1 --timeout 300 --status 10.77.0.1
check 'nor a question' asks 1 '' --retries 1 --timeout 300 'OLD<20>'
check 'port 137 it does' asks 0 'OLD<20> +unique' --source-port 137 --status 10.77.0.1
check 'a question, too' asks 0 'OLD<20> is found' --source-port 137 'OLD<20>'
check 'another profile answers both' asks 0 'NEW<20> +unique' --status 10.77.0.2

scan() { # what nbtscan finds of both
    on client nbtscan -q "$@" 10.77.0.1-2 2>/dev/null | awk '{ print $1, $2 }' | sort | tr '\n' ' '
}
check 'nbtscan does not see it' test "$(scan)" = '10.77.0.2 NEW '
check 'with -r it does' test "$(scan -r)" = '10.77.0.1 OLD 10.77.0.2 NEW '

looks_up() { # nmblookup ARGUMENT...
    on client nmblookup -s client.conf "$@" >lookup.out 2>&1
    says lookup.out '^	OLD +<20> '
}
not() {
    ! "$@"
}
check 'nmblookup does not' not looks_up -A 10.77.0.1 # nor with -r, which of Samba 4.17 asks by another socket
not_by_nmap() {
    on client timeout 60 nmap -sU -p137 --script nbstat -Pn -n "$1" >nmap.out 2>&1
    ! grep -q 'NetBIOS name' nmap.out
}
check 'nmap, which asks from a port of its own, does not' not_by_nmap 10.77.0.1
check 'though it sees the other' not not_by_nmap 10.77.0.2

on client nbtlab doctor --wait 0 --json --peer 10.77.0.1 >doctor.json
check 'nbtlab doctor sees why' jq -es 'any(.[]; .finding == "peer-at-137") and .[-1].faults == 0' doctor.json
stop nbtd-old
stop nbtd-new
finish
