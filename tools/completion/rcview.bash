# bash completion for rcview(1). The options are those of rcview --help, which a test holds this file
# to. Clients are not guessed: that would ask the network.

_rcview() {
    local word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    local options='-d -p -P -a -l -j -v -V --driver --protocols --product --address --claim
        --name-policy --lana --console --user --type --ping --get --put --as --chat --execute --reboot
        --wait --snapshot --no-input --json --verbose --help --usage --version'
    case $before in
    -d | --driver | --put | --as | --snapshot)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    -p | --protocols) options='netbios tcp udp netbios,tcp netbios,udp' ;;
    -P | --product) options='sms1.2 sms2.0 sms2.0sp2' ;;
    --claim) options='each-attempt held' ;;
    --name-policy) options='per-session shared group numbered tolerant' ;;
    -a | -l | --address | --lana | --console | --user | --type | --ping | --get | --execute | --wait)
        return
        ;;
    *) [[ $word == -* ]] || return ;; # a client
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _rcview rcview
