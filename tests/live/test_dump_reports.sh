#!/usr/bin/env bash
# nbtdump --explain and --names as they are typed: beside a network on which a computer's name is
# taken, from a file that it made, from a pipe, as JSON; with the exit status that scripts look at.
. "$(dirname "$0")/lib.sh"
in_lab alpha beta
export TZ=UTC

dump() {
    "$BIN/nbtdump" "$@"
}

# -- while it happens

start explain beta nbtdump -i eth0 --explain
start names beta nbtdump -i eth0 --names
start keep beta nbtdump -i eth0 -w night.pcap.gz
await explain 'listening on eth0'
await names 'listening on eth0'
await keep 'listening on eth0'

nbtd_on alpha FRED
start nbtd-beta beta nbtd --name FRED --interface eth0 --socket /run/beta.sock --json
await nbtd-beta '"event":"settled"'
check 'the finding comes while nbtdump listens' \
    await explain '^1\. FRED<00>, FRED<20> and FRED<03>: refused' 25
check 'it says who refused' says explain.out '10\.77\.0\.1 \([0-9a-f:]+\) refused each'

stop nbtd-beta
stop nbtd-alpha
stop_all() {
    stop explain INT
    explained=$?
    stop names INT
    named=$?
    stop keep INT
}
stop_all
check 'SIGINT ends it with what was found' test "$explained" = 3
check 'and prints the counts' says explain.err '[0-9]+ messages in [0-9]+ packets'
check 'the names that were held are printed at the end' says names.out '^FRED<20>  file server'
check 'with their holders' says names.out '10\.77\.0\.1 [0-9a-f:]+ unique .* released'
check 'which is no failure' test "$named" = 0

# -- of a file

check 'the same from the file' exits 3 dump -r night.pcap.gz --explain
check 'says a clone' says last.out 'refused, a clone'
check 'and what the program got' says last.out 'NRC_INUSE \(0x16'
gunzip -c night.pcap.gz >night.pcap
piped() {
    dump -r - --explain <night.pcap | diff - <(dump -r night.pcap --explain)
}
check 'the same from a pipe' piped
json() {
    dump -r night.pcap --explain --json |
        jq -se 'length == 1 and .[0].finding == "clone" and .[0].rcode == 6 and
            .[0].nrc == "NRC_INUSE" and .[0].other.ip == "10.77.0.1" and
            (.[0].names | sort) == ["FRED<00>", "FRED<03>", "FRED<20>"] and
            (.[0].frames | length) > 1' >/dev/null
}
check 'as JSON' json
names_json() {
    dump -r night.pcap --names --json |
        jq -se 'map(select(.name == "FRED<20>")) | length == 1 and .[0].ip == "10.77.0.1" and
            .[0].state == "released" and .[0].from < .[0].to and .[0].group == false' >/dev/null
}
check 'the names as JSON' names_json
check 'nothing that fails is status 0' exits 0 dump -r night.pcap --explain src host 10.77.0.9
check 'and said' says last.out '^No claim failed'
check 'one thing is shown at a time' exits 2 dump -r night.pcap --explain --names
finish
