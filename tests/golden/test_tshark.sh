#!/usr/bin/env bash
# nbtdump beside tshark, over every capture that is here: the same frames, the same messages in them,
# and field for field the same values. What differs is listed in tshark-differs.tsv.
set -u
ROOT=$(realpath "$1")
BIN=$(realpath "$2")
here=$ROOT/tests/golden
captures=${NBTLAB_CAPTURES:-$ROOT/../shared/captures}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
shopt -s nullglob

files=("$ROOT"/fixtures/captures/*.pcap)
for file in "$captures"/*/*.pcap "$captures"/*/*.snoop; do
    if [[ $file == *.snoop ]]; then # Sun's format, which nbtdump does not read
        name=$(basename -s .snoop "$file")
        editcap -F pcap "$file" "$TMP/$name.pcap" || exit 1
        file=$TMP/$name.pcap
    fi
    files+=("$file")
done
/usr/bin/python3 "$here/tshark_fields.py" "$BIN/nbtdump" "$here/tshark-differs.tsv" "${files[@]}"
