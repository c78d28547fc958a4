#!/usr/bin/env bash
# nbtlab-scenario(5) has every word of the scenario language: those of words.def, the keys and lines
# that the parser takes, and the words that are from elsewhere, such as those of profiles.
#
# usage: scenario_test.sh ROOT [BUILD]
set -euo pipefail
cd "$1"
page=tools/man/nbtlab-scenario.5.scd
faults=0

# What stands there in bold, a word a line; "challenge-doubles=yes" is two, "by=_TIME_" is "by=".
bold=$(sed 's/\\[*]//g; s/\\//g' $page | grep -oE '\*[^*]+\*' | tr -d '*' | sed -E 's/^([a-z-]+=)([a-z].*)/\1\n\2/' | tr ' ' '\n' | sort -u)

# words WHAT LEAST: of standard input.
words() {
    local n=0 word
    while read -r word; do
        n=$((n + 1))
        grep -qxE -- "$word=?" <<<"$bold" || {
            echo "$page does not have $word ($1)"
            faults=$((faults + 1))
        }
    done
    ((n >= $2)) || {
        echo "$1: only $n words were found; does this test still find them?"
        faults=$((faults + 1))
    }
}

words 'words.def' 80 < <(grep -oE '^SCENE_W_[A-Z_]+\([A-Za-z_]+, "[^"]+"' tools/scene/words.def | cut -d'"' -f2)
words 'a line' 20 < <(sed -n '/^} statements\[\]/,/^};/s/^    { "\([a-z]*\)".*/\1/p' tools/scene/parse.c)
words 'a key' 60 < <(grep -ohE '\{ "[a-z_-]+=?", ?(set|network)?[a-z_#]*' tools/scene/parse_*.c | cut -d'"' -f2)
words 'a window' 3 < <(grep -ohE 'scene_rd_take\(r, "[a-z]+"' tools/scene/parse_sight.c | cut -d'"' -f2)
words 'a step of a program' 3 < <(sed -n '/^static bool read_program_step/,/^}/s/.*scene_rd_take(r, "\([a-z]*\)").*/\1/p' tools/scene/parse_step.c)
words 'a profile' 8 < <(sed -n 's/^    \.name = "\(.*\)",/\1/p' nbt/profile.def nbt/nbns.def)
words 'a persona' 7 < <(sed -n 's/^    \.word = "\([a-z0-9]*\)",.*/\1/p' nbt/persona.def)
words 'a product' 3 < <(sed -n 's/^    \.word = "\(.*\)",/\1/p' rc/profile.def)
words 'an end' 10 < <(sed -n '/^#define RC_ENDS/,/^$/s/^    X([A-Z_]*, "\([a-z-]*\)".*/\1/p' rc/app.h)
words 'a unit' 6 < <(sed -n '/^const scene_unit scene_units/,/^};/p' tools/scene/words.c | grep -oE '"[a-z]+"' | tr -d '"')
exit $((faults > 0))
