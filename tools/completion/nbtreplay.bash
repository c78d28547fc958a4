# bash completion for nbtreplay(1). The options are those of nbtreplay --help, which a test holds
# this file to. Addresses are not guessed: that would ask the network.

_nbtreplay() {
    local word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    local options='-V --anonymise --key --port
        --help --usage --version'
    case $before in
    --key | --port) return ;;
    *)
        if [[ $word != -* ]]; then
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
            return
        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _nbtreplay nbtreplay
