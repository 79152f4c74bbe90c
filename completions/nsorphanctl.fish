# SPDX-License-Identifier: LGPL-2.1-or-later
# fish(1) completion for nsorphanctl(1)

# The orphans there are, with what holds them: from the daemon, else from a scan if we may.
function __nsorphanctl_namespaces
    begin
        nsorphanctl list --no-legend --no-pager 2>/dev/null
        or nsorphanctl scan --no-legend --no-pager 2>/dev/null
    end | string replace -rf '^net:\[(\d+)\]\s*(.*)$' '$1\t$2'
end

set -l verbs scan list show explain enter pin silence release unpin graph run trace status watch refresh check metrics report
set -l daemon_verbs list show explain enter pin silence release unpin graph run status watch refresh check metrics report

complete -c nsorphanctl -f
complete -c nsorphanctl -s h -l help -d 'Show a help text and exit'
complete -c nsorphanctl -l version -d 'Show the version and exit'
complete -c nsorphanctl -l json -x -a 'short pretty off' -d 'Print JSON'
complete -c nsorphanctl -l no-legend -d 'Do not print column headers and hints'
complete -c nsorphanctl -l no-pager -d 'Do not start a pager'
complete -c nsorphanctl -n '__fish_seen_subcommand_from scan list' -s a -l all -d 'Show every namespace, not only orphaned ones'
complete -c nsorphanctl -n '__fish_seen_subcommand_from scan list' -l verdict -x -a 'attached pinned orphaned' -d 'Show only these'
complete -c nsorphanctl -n '__fish_seen_subcommand_from scan run' -l source -x -a 'auto bpf procfs' -d 'Ask the kernel by BPF, or walk over procfs'
complete -c nsorphanctl -n '__fish_seen_subcommand_from scan' -l compare -d 'Hold both sources against each other'
complete -c nsorphanctl -n '__fish_seen_subcommand_from report' -l command-lines -d 'Have the command lines of holders in it, too'
complete -c nsorphanctl -n '__fish_seen_subcommand_from report' -F
complete -c nsorphanctl -n '__fish_seen_subcommand_from list' -l by-holder -d 'Show one line for each process that holds some'
complete -c nsorphanctl -n '__fish_seen_subcommand_from list' -l state -x -a 'suspected leaked' -d 'Show only these'
complete -c nsorphanctl -n "__fish_seen_subcommand_from $daemon_verbs" -l socket -r -F -d 'Talk to the daemon that listens there'
complete -c nsorphanctl -n '__fish_seen_subcommand_from check' -l timeout -x -d 'Answer UNKNOWN after so long'
complete -c nsorphanctl -n '__fish_seen_subcommand_from silence' -l undo -d 'Switch on again what was switched off'
complete -c nsorphanctl -n '__fish_seen_subcommand_from silence release' -l unnamed -d 'It may be one that only open files keep'
complete -c nsorphanctl -n '__fish_seen_subcommand_from silence unpin' -l empty -d 'It may be one that only its name keeps'
complete -c nsorphanctl -n '__fish_seen_subcommand_from run' -l settle -x -d 'Let what is under way settle for so long'
complete -c nsorphanctl -n '__fish_seen_subcommand_from run' -l error-exitcode -x -d 'Exit with this when there is a leak'
complete -c nsorphanctl -n '__fish_seen_subcommand_from run' -l own -d 'Count only what descendants of the command hold'
complete -c nsorphanctl -n '__fish_seen_subcommand_from run' -l strict -d 'Fail where not everything could be seen'
complete -c nsorphanctl -n '__fish_seen_subcommand_from run' -l output -r -F -d 'Write the report there'
complete -c nsorphanctl -n '__fish_seen_subcommand_from run' -l junit -r -F -d 'Write JUnit XML there, too'
complete -c nsorphanctl -n '__fish_seen_subcommand_from run' -l trace -d 'Note who opens sockets meanwhile, and say so of leaks'
complete -c nsorphanctl -n '__fish_seen_subcommand_from run' -a '(__fish_complete_command)'
complete -c nsorphanctl -n '__fish_seen_subcommand_from trace' -l sockets -x -a 'foreign yes' -d 'Note these'
complete -c nsorphanctl -n '__fish_seen_subcommand_from release' -l holder -x -d 'Which process is to let go, and of which file'
complete -c nsorphanctl -n '__fish_seen_subcommand_from release' -s y -l yes -d 'Do it without asking'
complete -c nsorphanctl -n '__fish_seen_subcommand_from graph' -l format -x -a 'dot svg mermaid' -d 'Draw this, or for this program'
complete -c nsorphanctl -n '__fish_seen_subcommand_from metrics' -l format -x -a 'prometheus openmetrics' -d 'Print this format'

complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a scan -d 'Look at this host now, without the daemon (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a list -d 'List orphaned namespaces, from the daemon'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a show -d 'Show one namespace with all its holders, from the daemon'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a explain -d 'Say what it is, why it lives and what to do (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a enter -d 'Run a command, or a shell, inside (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a pin -d 'Give it a name that `ip netns` knows (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a silence -d 'Take it off the wire, so that it answers no more (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a release -d 'Make a process let go of one file that keeps it (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a unpin -d 'Take its name away, in whichever mount namespace (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a graph -d 'Draw the way from an address to what holds it (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a run -d 'Run a command, and fail if a namespace leaks (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a trace -d 'Note who opens sockets, and tell of those that leak (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a status -d 'Show how the daemon is doing'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a watch -d 'Follow changes live, from the daemon'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a refresh -d 'Have the daemon scan now, and wait for it (root)'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a check -d 'Answer a monitoring system, from the daemon'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a metrics -d 'Print the daemon\'s metrics for Prometheus'
complete -c nsorphanctl -n "not __fish_seen_subcommand_from $verbs" -a report -d 'Write all that a search for a fault needs (root)'
complete -c nsorphanctl -n '__fish_seen_subcommand_from show explain enter pin silence release unpin graph' -a '(__nsorphanctl_namespaces)'
