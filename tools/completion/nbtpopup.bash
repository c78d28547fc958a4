# bash completion for nbtpopup(1). The options are those of nbtpopup --help, which a test holds this file
# to.

_nbtpopup() {
    local word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    local options='-d -t -m -l -j -v -V --driver --to --mailslot --name --lana --json --verbose --help
        --usage --version'
    case $before in
    -d | --driver)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    -t | --to | --name | -l | --lana) return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _nbtpopup nbtpopup
