# SPDX-License-Identifier: LGPL-2.1-or-later
# bash(1) completion for nsorphanctl(1)

# The orphans there are, by inode number: from the daemon, else from a scan if we may.
__nsorphanctl_namespaces() {
        { nsorphanctl list --no-legend --no-pager 2>/dev/null ||
          nsorphanctl scan --no-legend --no-pager 2>/dev/null; } |
                sed -n 's/^net:\[\([0-9]*\)\].*/\1/p'
}

_nsorphanctl() {
        local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= count=0 i word
        local verbs='scan list show explain enter pin silence release unpin graph run trace status watch refresh check metrics report'
        local options='--help --version --json= --no-legend --no-pager'

        COMPREPLY=()
        # bash takes --json=short for three words.
        [ "$cur" = = ] && cur=
        [ "$prev" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}

        for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                case $word in
                        = | -*) ;;
                        *)
                                [ "${COMP_WORDS[i-1]}" = = ] && continue
                                case ${COMP_WORDS[i-1]} in
                                        --json | --verdict | --source | --state | --socket | --timeout | --format | --holder | --settle | --error-exitcode | --output | --junit | --sockets) continue ;;
                                esac
                                if [ -z "$verb" ]; then verb=$word; else ((count++)); fi
                                ;;
                esac
        done

        case $prev in
                --json) COMPREPLY=($(compgen -W 'short pretty off' -- "$cur")); return ;;
                --verdict) COMPREPLY=($(compgen -W 'attached pinned orphaned' -- "$cur")); return ;;
                --source) COMPREPLY=($(compgen -W 'auto bpf procfs' -- "$cur")); return ;;
                --sockets) COMPREPLY=($(compgen -W 'foreign yes' -- "$cur")); return ;;
                --state) COMPREPLY=($(compgen -W 'suspected leaked' -- "$cur")); return ;;
                --format)
                        word='dot svg mermaid'
                        [ "$verb" = metrics ] && word='prometheus openmetrics'
                        COMPREPLY=($(compgen -W "$word" -- "$cur"))
                        return
                        ;;
                --socket | --output | --junit) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac

        case $verb in
                scan) options+=' --all --verdict= --source= --compare' ;;
                list) options+=' --all --verdict= --state= --by-holder --socket=' ;;
                check) options+=' --socket= --timeout=' ;;
                report) options+=' --socket= --command-lines' ;;
                show | explain | enter | pin | status | watch | refresh) options+=' --socket=' ;;
                metrics) options+=' --socket= --format=' ;;
                graph) options+=' --format= --socket=' ;;
                silence) options+=' --undo --unnamed --empty --socket=' ;;
                run) options+=' --source= --settle= --error-exitcode= --own --strict --output= --junit= --trace --socket=' ;;
                trace) options+=' --sockets=' ;;
                release) options+=' --holder= --yes --unnamed --socket=' ;;
                unpin) options+=' --empty --socket=' ;;
        esac

        if [[ $cur == -* ]]; then
                COMPREPLY=($(compgen -W "$options" -- "$cur"))
                [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
        elif [ -z "$verb" ]; then
                COMPREPLY=($(compgen -W "$verbs" -- "$cur"))
        else
                case $verb:$count in
                        show:0 | explain:0 | enter:0 | pin:0 | silence:0 | release:0 | unpin:0 | graph:0)
                                COMPREPLY=($(compgen -W "$(__nsorphanctl_namespaces)" -- "$cur")) ;;
                        report:0)
                                compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
                        enter:1 | run:0)
                                COMPREPLY=($(compgen -c -- "$cur")) ;;
                esac
        fi
}

complete -F _nsorphanctl nsorphanctl
