#!/usr/bin/env bash
# nbtlab-persona(7) has the table of personas as nbtd prints it, and nbtd's own page all their words.
#
# usage: persona_test.sh ROOT BUILD [--update]
set -euo pipefail
cd "$1"
page=tools/man/nbtlab-persona.7.scd
table=$("$2/nbtd" --persona help)
now=$(awk '/^```$/ { within = !within; next } within' "$page")
if [[ ${3-} == --update ]]; then
    TABLE=$table awk '/^```$/ { within = !within; print; if (within) print ENVIRON["TABLE"]; next } !within' \
        "$page" >"$page.new"
    mv "$page.new" "$page"
elif ! diff <(echo "$now") <(echo "$table"); then
    echo "$page (<) is not what nbtd --persona help says (>): tests/rules/persona_test.sh . BUILD --update"
    exit 1
fi
faults=0
for word in $(sed -n 's/^\([a-z0-9]*\): .*/\1/p' <<<"$table"); do
    for where in tools/man/nbtd.1.scd tools/man/nbtlab-scenario.5.scd; do
        grep -qF "*$word*" "$where" || { echo "$where does not have the persona $word"; faults=$((faults + 1)); }
    done
done
exit $((faults > 0))
