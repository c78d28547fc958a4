#!/usr/bin/env bash
# Captures that nbtreplay can make little of, or nothing, as a user would name them: each is told
# plainly, and what there is of it is played. Targets that are silent, reset or say rubbish are
# live.replay_target's.
#
# usage: test_replay_bad.sh ROOT BUILD
set -u
cd "$1" || exit 1
BIN=$2
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
passed=0 failed=0

# says STATUS REGEX ARGUMENT...: nbtreplay ends so, and a line of what it said is like that.
says() {
    local want=$1 regex=$2 got=0
    shift 2
    timeout 60 "$BIN/nbtreplay" "$@" >"$TMP/said" 2>&1 || got=$?
    if ((got == want)) && grep -qE "$regex" "$TMP/said"; then
        ((passed += 1))
        return
    fi
    printf 'FAILED nbtreplay %s: status %d, not %d, or no line like %s; it said:\n' "$*" "$got" "$want" "$regex"
    head -n 8 "$TMP/said"
    ((failed += 1))
}

python3 - "$TMP" <<'MAKE'
import struct, sys
def packets(data):
    at = 24
    while at < len(data):
        size = struct.unpack("<I", data[at + 8:at + 12])[0]
        yield data[at:at + 16 + size]
        at += 16 + size
def write(name, data):
    open(f"{sys.argv[1]}/{name}.pcap", "wb").write(data)
lookups = open("fixtures/captures/samba-lookups.pcap", "rb").read()
sessions = open("fixtures/captures/sessions.pcap", "rb").read()
write("one-side", lookups[:24] + b"".join(p for p in packets(lookups) if p[42:46] == bytes([10, 77, 0, 4])))
write("cut-short", sessions[:4200])
write("begins-late", sessions[:24] + b"".join(list(packets(sessions))[52:]))
write("another-link", sessions[:20] + struct.pack("<I", 189) + sessions[24:])
write("empty", sessions[:24])
MAKE

# A host that is not in it: who is.
says 2 'has nothing that 10\.0\.0\.99 said; it has: 10\.0\.0\.1 \(6 messages\), 10\.0\.0\.3 \(3 messages\)' \
    fixtures/captures/conflict.pcap --as 10.0.0.99 --emulator
says 2 'has nothing that 10\.0\.0\.99 said; it has: 10\.0\.0\.1 ' fixtures/captures/conflict.pcap --as 10.0.0.99 --to-scenario "$TMP/x"
says 2 'has nothing that 10\.0\.0\.99 said; it has: ' fixtures/captures/conflict.pcap --as 10.0.0.1 --peer 10.0.0.99 --emulator
says 2 'has nothing that 10\.0\.0\.1 said in the part that --from and --to leave; it has: nobody' fixtures/captures/conflict.pcap --as 10.0.0.1 --emulator --from 99s

# One side only: it is said, and nothing is expected.
says 0 '^.*one-side.pcap has only one side: nothing is expected of anybody$' "$TMP/one-side.pcap" --as 10.77.0.4 --emulator
says 0 '^14 sent; 0 expected$' "$TMP/one-side.pcap" --as 10.77.0.4 --emulator
says 2 'has nothing that 10\.77\.0\.1 said; it has: 10\.77\.0\.4 ' "$TMP/one-side.pcap" --as 10.77.0.1 --emulator

# A file that ends in the middle of a session, and one that begins there: the rest is played.
says 3 '^damaged after packet 50: it breaks off in the middle of a packet; what is before was played$' \
    "$TMP/cut-short.pcap" --as 10.0.0.5 --emulator
says 3 '^16 sent; 16 expected' "$TMP/cut-short.pcap" --as 10.0.0.5 --emulator
says 2 'damaged after packet 50: it breaks off in the middle of a packet$' "$TMP/cut-short.pcap" --to-scenario "$TMP/cut.scn"
"$BIN/nbtlab" run "$TMP/cut.scn" >"$TMP/said" || { cat "$TMP/said"; ((failed += 1)); }
says 3 '^left out: 1 messages on connections whose beginning the capture lacks$' "$TMP/begins-late.pcap" --as 10.0.0.5 --emulator
says 3 '^3 sent; 1 expected' "$TMP/begins-late.pcap" --as 10.0.0.5 --emulator

# Nothing that could be read: a link type, no packets, no capture, no file.
for ways in "--as 10.0.0.5 --emulator" "--as 10.0.0.5 --against 127.0.0.1" "--to-scenario $TMP/x"; do
    read -ra way <<<"$ways"
    says 2 'nobody: 64 packets are of link type USB_LINUX, which is not read$' "$TMP/another-link.pcap" "${way[@]}"
    says 2 'nobody: there is no message of NetBIOS$' "$TMP/empty.pcap" "${way[@]}"
    says 2 'README.md: no capture file: neither pcap nor pcapng$' README.md "${way[@]}"
    says 2 'none.pcap: No such file or directory$' "$TMP/none.pcap" "${way[@]}"
    [[ ! -e $TMP/x ]] || { echo "FAILED: a scenario of nothing"; ((failed += 1)); }
done
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 20))
