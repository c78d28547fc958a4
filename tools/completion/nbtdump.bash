# bash completion for nbtdump(1). Options and their fixed words are those of nbtdump --help, which a
# test holds this file to; interfaces and the words of kinds come from nbtdump itself.

_nbtdump() {
    local nbtdump=$1 word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    # bash takes --time=delta for three words.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]] && ((COMP_CWORD > 1)); then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()

    local options='-i -r -D -w -c -q -v -x -V --follow --port --json --ek --time --color --lint --as
        --stats --names --explain --error --name --suffix --kind --rcode --conflict --host
        --transaction --life --role --help --usage --version'
    case $before in
    -i)
        mapfile -t COMPREPLY < <(compgen -W "any $("$nbtdump" -D 2>/dev/null | cut -d' ' -f1)" -- "$word")
        return
        ;;
    -r | -w)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --kind)
        # Several have commas between them: the last one is completed.
        local first= words
        [[ $word != *,* ]] || first=${word%,*},
        words=$("$nbtdump" -r /dev/null --kind '?' 2>&1 | sed -n 's/.*a kind is made of: //p')
        mapfile -t COMPREPLY < <(compgen -P "$first" -W "$words" -- "${word##*,}")
        return
        ;;
    --time) options='absolute relative delta' ;;
    --color) options='auto always never' ;;
    --as) options='rfc windows lenient' ;;
    --role) options='owner asker server' ;;
    --port) options='137= 138= 139= 1761= 1762= 1763= 1764= 2701= 2702= 2703= 2704=' ;;
    --rcode) options='FMT_ERR SRV_ERR NAM_ERR IMP_ERR RFS_ERR ACT_ERR CFT_ERR' ;;
    -c | --error | --name | --suffix | --host | --transaction | --life) return ;;
    *) [[ $word == -* ]] || return ;; # a filter of pcap-filter(7)
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _nbtdump nbtdump
