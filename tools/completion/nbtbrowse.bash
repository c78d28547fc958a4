# bash completion for nbtbrowse(1). The options are those of nbtbrowse --help, which a test holds this file
# to.

_nbtbrowse() {
    local word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    local options='-d -w -p -P -l -j -v -V --driver --workgroup --part --profile --os-level --comment
        --name --lana --check --obey-reset --json --verbose --help --usage --version'
    case $before in
    -d | --driver)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    -p | --part) options='host potential preferred' ;;
    -P | --profile) options='win95 nt4 win2000 xp samba' ;;
    -w | --workgroup | --os-level | --comment | --name | -l | --lana | --check) return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _nbtbrowse nbtbrowse
