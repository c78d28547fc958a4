# bash completion for rcagent(1). The options are those of rcagent --help, which a test holds this file
# to.

_rcagent() {
    local word=${COMP_WORDS[COMP_CWORD]} before=
    ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    local options='-d -p -P -l -j -v -V --driver --protocols --product --permission --ask-timeout
        --viewers --allow --files --down-time --udp-flaw --compression --lana --name --json --verbose --help
        --usage --version'
    case $before in
    -d | --driver)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --files)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    -p | --protocols) options='netbios tcp udp netbios,tcp netbios,udp' ;;
    -P | --product) options='sms1.2 sms2.0 sms2.0sp2' ;;
    --permission) options='ask grant deny' ;;
    --allow) options='all control chat transfer execute reboot' ;;
    --udp-flaw) options='none out-of-step too-many-naks' ;;
    --compression) options='rle zlib auto' ;;
    -l | --lana | --name | --ask-timeout | --viewers | --down-time) return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -F _rcagent rcagent
