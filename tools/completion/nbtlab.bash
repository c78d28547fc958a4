# bash completion for nbtlab(1). Subcommands, options and fixed words are those of nbtlab --help and
# of each subcommand's, which a test holds this file to.

_nbtlab_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(
        compgen -f -X "$1" -- "$2"
        compgen -d -- "$2"
    )
}

_nbtlab() {
    local nbtlab=$1 word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    # bash takes --seed=7 for three words.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]] && ((COMP_CWORD > 1)); then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()

    local commands='run explore check list doctor watch reproduce lab up status exec down ncb names' options='' kind=none
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
        return
    fi
    case ${COMP_WORDS[1]} in
    run)
        kind=scenarios
        options='-j -v --simulate --live --interface --bridge --tap --allow --jobs --seed --seeds --capture --ladder --json --verbose'
        ;;
    explore)
        kind=scenarios
        options='-j -o --losses --duplicates --delay --grain --states --memory --look-for --output
            --json'
        ;;
    check)
        kind=scenarios
        options='--json'
        ;;
    list)
        kind=scenarios
        options='-j --json'
        ;;
    doctor)
        options='-i -j --interface --peer --server --wait --json'
        ;;
    watch)
        options='-i -r -o -j -q --interface --read --output --json --quiet --syslog --metrics --again --names'
        ;;
    up)
        kind=scenarios
        options='--interface --bridge --tap --listen --connect --multicast --datagrams
            --subnet --gateway --count --sockets --shard --control --detach --list --seed --json'
        ;;
    status)
        options='-j --control --computer --name --conflicts --all --watch --json'
        ;;
    exec)
        options='--control'
        ;;
    down)
        options='--interface --sockets'
        ;;
    reproduce)
        kind=cases
        options='--out --profile --claim --jobs --list --json'
        ;;
    ncb)
        kind=commands
        options='-d -l --driver --lana'
        ;;
    names)
        kind=requests
        options='-S -j --socket --json'
        ;;
    *) return ;;
    esac
    options+=' --help --usage --version'

    case $before in
    --profile) options='rfc win95 nt4 nt4-patched win2000-unpatched win2000 samba' ;;
    -i | --interface | --bridge | --tap) options=$(cd /sys/class/net 2>/dev/null && echo *) ;;
    --claim) options='each-attempt held both' ;;
    --look-for)
        options='two-owners group-and-unique completion-twice no-completion server-shares
            message-changed message-lost leaked two-owners-ever group-and-unique-ever two-owners-left
            nobody-left connected-ever refused-ever'
        ;;
    --out | --capture | -o | --output | -r | --read | --syslog | --metrics | --sockets | --listen | --connect | -d | --driver | -S | --socket)
        _nbtlab_files '' "$word"
        return
        ;;
    --peer | --server | --subnet | --gateway | --multicast | --datagrams | --wait | --again | --count | --names | --seed | --seeds | --losses | --duplicates | --delay | --grain | --states | --memory | --jobs | \
        -l | --lana) return ;;
    *)
        if [[ $word != -* ]]; then
            case $kind in
            scenarios)
                _nbtlab_files '!*.scn' "$word"
                return
                ;;
            cases) options=$("$nbtlab" reproduce --list 2>/dev/null | cut -d' ' -f1) ;;
            commands)
                options='add add-group delete find status sessions call listen send receive hangup
                    send-datagram receive-datagram send-broadcast receive-broadcast lanas reset hold
                    then'
                ;;
            requests) options='list status watch add delete put import export freeze thaw' ;;
            esac
        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _nbtlab nbtlab
