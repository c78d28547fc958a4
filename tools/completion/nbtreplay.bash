# bash completion for nbtreplay(1). The options are those of nbtreplay --help, which a test holds
# this file to. Addresses are not guessed: that would ask the network.

_nbtreplay() {
    local word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    local options='-i -v -w -V --as --against --emulator --anonymise --to-scenario --key --raw --from --to --loop --port
        --peer --rename --map --scope --target-port --ignore --no-broadcasts --patience --late --verbose
        --json --tap --junit --profile --server --seed --interface --allow --timing --limit-rate --step
        --dry-run --help --usage --version'
    case $before in
    -i | --interface)
        mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word")
        return
        ;;
    --timing) options='captured scaled= asap' ;;
    --profile) options='rfc win95 nt4 nt4-patched win2000-unpatched win2000 samba' ;;
    --server) options='rfc windows samba' ;;
    --as | --against | --peer | --key | --port | --from | --to | --loop | --rename | --map | --scope) return ;;
    --target-port | --ignore | --patience | --late | --seed | --allow | --limit-rate) return ;;
    *)
        if [[ $word != -* ]]; then # a file
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _nbtreplay nbtreplay
