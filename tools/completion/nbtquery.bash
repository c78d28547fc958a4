# bash completion for nbtquery(1). The options are those of nbtquery --help, which a test holds this
# file to. Names and addresses are not guessed: that would ask the network.

_nbtquery() {
    local word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    local options='-i -s -j -V --status --register --refresh --release --check --group --opcode
        --interface --scope --profile --timeout --retries --source-port --from --json --help --usage --version'
    case $before in
    -i | --interface)
        mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word")
        return
        ;;
    --profile) options='rfc win95 nt4 nt4-patched win2000-unpatched win2000 samba' ;;
    --opcode) options='5 8 9 15' ;;
    -s | --scope | --status | --timeout | --retries | --source-port | --from) return ;;
    *) [[ $word == -* ]] || return ;; # a name, or @SERVER
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _nbtquery nbtquery
