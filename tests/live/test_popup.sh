#!/usr/bin/env bash
# Messages that pop up: smbclient -M sends ours one over a session, and ours one another, over a session in
# one block and in several, and in a mailslot to one and to a workgroup.
. "$(dirname "$0")/lib.sh"
in_lab alpha box sender

samba_conf alpha ALPHA 10.77.0.1
nbtd_on box BOX
start popup box nbtpopup --driver /run/box.sock --json
check 'ours is ready' await popup '"event":"ready","name":"BOX"'

by_smbclient() {
    printf '%s' "$1" | on alpha smbclient -s alpha.conf -M BOX -I 10.77.0.2 >smbclient.out 2>&1 || {
        cat smbclient.out
        return 1
    }
}
check 'smbclient -M sends a message' by_smbclient 'lunch at one?'
check 'which is shown, with its sender' \
    await popup '"event":"message","from":"[^"]+","to":"BOX","text":"lunch at one\?","way":"session"'
LONG=$(printf 'so long a text that it takes several blocks, line %d. ' {1..12})
check 'smbclient -M sends one of several blocks' by_smbclient "$LONG"
check 'which is shown, too' await popup '"text":"so long a text that it takes several blocks, line 1\. .*line 12\. ","way":"session"'

nbtd_on sender SENDER
popup() {
    "$BIN/nbtpopup" --driver /run/sender.sock "$@"
}
check 'ours sends one over a session' exits 0 popup --to BOX 'from one of ours'
check 'which is shown' await popup '"from":"SENDER","to":"BOX","text":"from one of ours","way":"session"'
check 'and one of several blocks' exits 0 popup --to BOX "ours: $LONG"
check 'which is shown' await popup '"from":"SENDER","to":"BOX","text":"ours: so long a text.*line 12\. *","way":"session"'
check 'and one in a mailslot' exits 0 popup --mailslot --to BOX 'in a mailslot'
check 'which is shown' await popup '"from":"SENDER","to":"BOX","text":"in a mailslot","way":"mailslot"'
check 'nobody takes messages for GONE: it says so' exits 10 popup --to GONE 'hello?'
check 'in one line' says last.out '^nbtpopup: nobody takes messages there: NRC_NOCALL$'

start plain sender nbtpopup --driver /run/sender.sock
check 'the other way round, as text' await plain 'ready for messages to SENDER'
check 'ours sends' exits 0 "$BIN/nbtpopup" --driver /run/box.sock --to SENDER 'and back'
check 'and it is shown' await plain '^BOX to SENDER: and back$'
check 'it ends when it is told to' stop popup
finish
