#!/usr/bin/env bash
# nbtlab doctor beside nbtd: finds nothing in a healthy network, and each fault that is planted there:
# firewalls, wrong broadcast addresses, a port that is taken. And it asks little. The other faults are in
# test_doctor_names.sh.
. "$(dirname "$0")/lib.sh"
in_lab alpha beta client

. "$ROOT/tests/live/doctor.sh"

# -- a healthy network of nbtd

check 'no NetBIOS here is no fault' finds 0 '' client
check 'but is told' has port-free
nbtd_on alpha FRED
nbtd_on beta JOE
check 'two nbtd' finds 0 '' alpha --peer 10.77.0.2
for word in port-held broadcast-in peer-answers peer-hears names-good; do
    check "is told: $word" has "$word"
done
on alpha nbtlab doctor --wait 0 --peer 10.77.0.2 >doctor.out
check 'in plain words' says doctor.out '^good   port-held: UDP port 137 is held by nbtd \(pid [0-9]+\)$'
check 'with a count' test "$(tail -n 1 doctor.out)" = '0 faults'

# -- it asks little, and only that

start dump alpha nbtdump -i eth0 -w asked.pcap
await dump 'listening on'
doctor alpha --peer 10.77.0.2 --server 10.77.0.2
stop dump INT
kinds() {
    "$BIN/nbtdump" -r asked.pcap | grep -E '^[^>]*10\.77\.0\.1(:[0-9]+)? > ' |
        grep -oE '[a-z-]+-(request|response|demand|registration)|wack' | sort | uniq -c
}
kinds >kinds.out
only_questions() {
    [[ -s kinds.out ]] && ! grep -vE 'query-request|status-request|-response' kinds.out
}
check 'nothing but queries and node status' only_questions
check 'not many' test "$(awk '/-request/ { n += $1 } END { print n }' kinds.out)" -le 60

# -- firewalls

firewall beta udp dport 137 drop
check 'the peer drops' finds 3 peer-silent alpha --peer 10.77.0.2
check 'with a remedy' jq -es 'any(.[]; .remedy and (.remedy | startswith("Let UDP port 137 in at 10.77.0.2")))' doctor.json
no_firewall beta
firewall beta udp dport 137 reject
check 'the peer rejects' finds 3 peer-closed alpha --peer 10.77.0.2
no_firewall beta
firewall beta udp dport 137 reject with icmp type admin-prohibited
check 'and says why' finds 3 peer-forbidden alpha --peer 10.77.0.2
no_firewall beta
firewall beta pkttype broadcast drop
check 'the peer drops broadcasts' finds 3 peer-deaf alpha --peer 10.77.0.2
no_firewall beta
firewall alpha iifname eth0 udp dport 137 drop
check 'this machine drops what others ask' finds 3 broadcast-deaf alpha --peer 10.77.0.2
no_firewall alpha
firewall alpha iifname eth0 udp sport 137 drop
doctor alpha --peer 10.77.0.2
check 'this machine drops answers' test "$DOCTOR:$(has answers-dropped && echo yes)" = 3:yes
no_firewall alpha
check 'nobody is there' finds 3 peer-away alpha --peer 10.77.0.99

# -- a wrong broadcast address

readdress() { # HOST ADDRESS BROADCAST
    on "$1" ip address del "$2/24" dev eth0
    on "$1" ip address add "$2/24" broadcast "$3" dev eth0
}
readdress alpha 10.77.0.1 10.77.255.255
doctor alpha --peer 10.77.0.2
check 'of this machine' test "$DOCTOR:$(has broadcast-address && echo yes)" = 3:yes
check 'which others do not hear then' has peer-deaf
readdress alpha 10.77.0.1 10.77.0.255
readdress client 10.77.0.3 10.77.255.255
start doctor alpha nbtlab doctor --json --wait 4
start asking client bash -c "while :; do '$BIN/nbtquery' --timeout 200 --retries 0 NOTHERE; done"
ended doctor
check "another's" says doctor.out '"finding":"broadcast-other","grade":"fault","text":"10\.77\.0\.3 sends its broadcasts to 10\.77\.255\.255'
stop asking
readdress client 10.77.0.3 10.77.0.255

# -- a port that is taken

start taken client python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 137))
print("ready", flush=True)
time.sleep(1000)'
await taken ready
check 'by what is no NetBIOS' finds 3 port-taken client
check 'it is named' jq -es 'any(.[]; .text and (.text | test("UDP port 137 is held by python3 .pid [0-9]+.")))' doctor.json
stop taken

# -- its own manners

check 'an interface that is not there' exits 5 "$BIN/nbtlab" doctor --interface nothere0
check 'an address that is none' exits 2 "$BIN/nbtlab" doctor --peer JOE
as_user() {
    on alpha setpriv --reuid 65534 --clear-groups "$BIN/nbtlab" doctor --wait 0 --json >doctor.json 2>&1
}
as_user
check 'without rights it says so' has wire-unseen
stop nbtd-alpha
finish
