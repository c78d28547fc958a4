# bash completion for nbtd(1). The options are those of nbtd --help, which a test holds this file to. Names
# and addresses are not guessed: that would ask the network.

_nbtd() {
    local word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    local options='-i -j -n -s -S -v -V --answer --clock-jumps --exit-on-duplicate --interface --json --keep-alive --lmhosts
        --nbdd --node-type --name --persona --profile --service --sessions --scope --socket --user --verbose --wins --workgroup --challenge-count
        --challenge-timeout --datagram-server --max-names --memory --migrate --name-server --non-secured --not-back
        --redirect --served --server-profile --server-socket --store --help --usage --version'
    case $before in
    -i | --interface)
        mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word")
        return
        ;;
    -S | --socket | --server-socket | --lmhosts | --store)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --node-type) options='b p m h' ;;
    --persona) options='win31 win95 win98 nt4 win2000 xp samba help' ;;
    --profile) options='rfc win95 nt4 nt4-patched win2000-unpatched win2000 samba' ;;
    --server-profile) options='rfc windows samba' ;;
    --service) options='workstation server messenger none' ;;
    --answer | --keep-alive | --nbdd | -n | --name | --sessions | -s | --scope | --user | --wins | --workgroup | --challenge-count | \
        --challenge-timeout | --max-names | --redirect | --served) return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _nbtd nbtd
