/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/verbs.h"

#include <string.h>

#include "nsorphanctl/run-status.h"

const struct verb verbs[] = {
        {"scan", "", 0, 0, "Look at this host now, without the daemon (root)",
         "Makes one census in this process and shows the orphaned network namespaces;\n"
         "with --all every namespace. JSON always has all of them. What it did not see is\n"
         "reported on stderr. With --compare it makes two, by BPF and by procfs, and\n"
         "shows what they disagree in and nothing explains; it exits with 1 if there is\n"
         "anything.",
         verb_scan, true},
        {"list", "", 0, 0, "List orphaned namespaces, from the daemon",
         "Shows what the last scan of the daemon found and what its ledger knows of it;\n"
         "with --all every namespace. With --by-holder it shows the processes that hold\n"
         "them, and how many.",
         verb_list},
        {"show", "WHAT", 1, 1, "Show one namespace with all its holders, from the daemon",
         "A namespace is asked for by its number; of all else that WHAT can be, a scan in\n"
         "this process finds the namespace (root).",
         verb_show, true},
        {"explain", "WHAT", 1, 1, "Say what it is, why it lives and what to do (root)",
         "Scans in this process; the daemon, where it runs, is asked since when. Where\n"
         "WHAT is found in several namespaces, they are listed: explain one of them. So\n"
         "pid: and unit: list all that a process or a unit holds.",
         verb_explain, true},
        {"enter", "WHAT [COMMAND…]", 1, -1, "Run a command, or a shell, inside (root)",
         "What follows WHAT is the command, with its options:\n"
         "nsorphanctl enter WHAT ip -br a. The namespace is found by a scan in this\n"
         "process. The exit status is the command's.",
         verb_enter, true, true},
        {"pin", "WHAT NAME", 2, 2, "Give it a name that `ip netns` knows (root)",
         "Binds the namespace to /run/netns/NAME. It stays, holders or not, until:\n"
         "ip netns del NAME.",
         verb_pin, true},
        {"silence", "WHAT", 1, 1, "Take it off the wire, so that it answers no more (root)",
         "Switches off the host's end of each veth that leads into it, so that nothing\n"
         "inside is lost; where there is no such end, the interface inside, whose\n"
         "addresses and routes are kept. --undo switches them on again and gives those\n"
         "back. Only an orphan is silenced: never the host's own namespace, nor one that\n"
         "a process is in.",
         verb_silence, true},
        {"release", "WHAT", 1, 1, "Make a process let go of one file that keeps it (root)",
         "The process runs on: an unconnected unix datagram socket takes the place of the file, in each\n"
         "fd table that has it, and one thread is stopped for about a millisecond for that. Shows what\n"
         "it is about to do, and does it with --yes, or when that is confirmed on a terminal. Only of\n"
         "an orphan, and never of pid 1, the message bus or systemd's own. It is refused, with the\n"
         "reason, where the program could notice more than the loss of that file. x86-64 and arm64 only.",
         verb_release, true},
        {"unpin", "WHAT", 1, 1, "Take its name away, in whichever mount namespace (root)",
         "Unmounts the namespace wherever it is mounted, with --empty: of one that\n"
         "nothing but mounts keeps, so that it ends. One that has an interface, a route\n"
         "or rules (nft, iptables, xfrm) may forward traffic and is left alone. Nothing\n"
         "from inside a container is executed. Says what was taken away, and where.",
         verb_unpin, true},
        {"graph", "[WHAT]", 0, 1, "Draw the way from an address to what holds it (root)",
         "From the host's bridge and address to the process and its unit. Without WHAT\n"
         "all orphans are in one picture, up to 16:\n"
         "nsorphanctl graph --format=svg >orphans.svg. JSON has all of it.",
         verb_graph, true},
        {"run", "CMD…", 1, -1, "Run a command, and fail if a namespace leaks (root)",
         "Makes a census before CMD and two after it. What is orphaned, unnamed (only open\n"
         "files lead to it) or empty (only its name keeps it), was not so before, and still\n"
         "is when --settle= is over, is listed and explained: on stderr, or in\n"
         "--output=FILE, where /dev/fd/N is a descriptor, also as JSON. CMD has stdin,\n"
         "stdout and stderr as they are; what follows it is its own. Without --own each\n"
         "leak of the host counts, whatever holds it. Exits as CMD does (128 + N for signal\n"
         "N), unless that is 0 and there is a leak; with --error-exitcode= as that says\n"
         "whenever there is one.",
         verb_run, true, true, RUN_STATUS_FAILED, run_statuses, RUN_STATUSES},
        {"trace", "", 0, 0, "Note who opens sockets, and tell of those that leak (root)",
         "Has the kernel note from now on which process opens a socket, a tun or a tap in\n"
         "a namespace that is not the host's, and from where in its program. Looks every\n"
         "second, and shows that of each socket that has come to keep an orphan alive,\n"
         "once, until interrupted. With --sockets=yes also those that a process opens in\n"
         "its own namespace: a container's. Needs Linux 6.1, BPF and CONFIG_SECURITY_NETWORK.",
         verb_trace, true},
        {"status", "", 0, 0, "Show how the daemon is doing", NULL, verb_status},
        {"watch", "", 0, 0, "Follow changes live, from the daemon",
         "Shows the orphans there are, and then every change as it happens, until\n"
         "interrupted.",
         verb_watch},
        {"refresh", "", 0, 0, "Have the daemon scan now, and wait for it (root)", NULL,
         verb_refresh},
        {"check", "", 0, 0, "Answer a monitoring system, from the daemon",
         "Exits with 0 when there is no orphan, 1 when one is suspected, 2 when one has\n"
         "leaked, and 3 when it is unknown: the daemon does not answer in time\n"
         "(--timeout=), its last scan failed or is too long ago, or its view was partial\n"
         "and nothing was found. Ignored ones do not count.",
         verb_check, .failed = CHECK_UNKNOWN},
        {"metrics", "", 0, 0, "Print the daemon's metrics for Prometheus", NULL, verb_metrics},
        {"report", "FILE", 1, 1, "Write all that a search for a fault needs (root)",
         "FILE is a tar archive that is not there yet: versions, configuration, what of\n"
         "the kernel matters, what the daemon says, its last entries in the journal, a\n"
         "scan by BPF, one by procfs, and what the two disagree in. There are no command\n"
         "lines of processes in it unless --command-lines says so, and no addresses of\n"
         "the kernel; names of processes are.",
         verb_report, true},
};

const size_t n_verbs = ARRAY_SIZE(verbs);

const struct verb *verbs_find(const char *name)
{
        for (size_t i = 0; i < n_verbs; i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        return NULL;
}

/* What follows WHAT in `enter`, and CMD in `run`, is the command's. */
static bool ends(char *const *words, int n)
{
        const struct verb *verb = verbs_find(words[0]);

        return verb && verb->takes_command && n == 1 + verb->min;
}

static int check_for_verb(const bool *given, const char *verb, struct error *error)
{
        for (size_t i = 0; i < n_options_keys; i++)
                if (given[i] && !option_is_for(&options_keys[i], verb))
                        return error_set(error, EINVAL, "\"%s\" has no option --%s", verb,
                                         options_keys[i].name);
        return 0;
}

static void print_statuses(const struct exit_status *statuses, size_t n, FILE *f)
{
        fputs("\nExit statuses:\n", f);
        for (size_t i = 0; i < n; i++)
                fprintf(f, " %3d  %s\n", statuses[i].status, statuses[i].meaning);
}

#define WHAT_HELP                                                                                  \
        "\nWHAT is a network namespace: an inode number (4026532177), net:[4026532177] as\n"       \
        "`ls -l /proc/PID/ns` shows it, or cookie:4102, which is never used twice while\n"         \
        "the host is up; of one that is shown as net:[?411/8775], that or\n"                       \
        "nameless:411/8775. Or what leads to one: an interface of this host or inside, a\n"        \
        "bridge, an IP or MAC address inside, a container (its name, its id or the first\n"        \
        "12 digits of it), a systemd unit, a pid. netns:, link:, addr:, container:,\n"             \
        "unit: and pid: before it say which is meant; without them the first of this\n"            \
        "order that is found.\n"

void verbs_print_help_of(const struct verb *verb, FILE *f)
{
        const struct option_table table = {options_keys, n_options_keys, NULL};

        fprintf(f, "Usage: nsorphanctl %s [OPTIONS…]%s%s\n\n%s.\n", verb->name,
                *verb->arguments ? " " : "", verb->arguments, verb->help);
        if (verb->details)
                fprintf(f, "%s\n", verb->details);
        if (strstr(verb->arguments, "WHAT"))
                fputs(WHAT_HELP, f);
        option_print_help(&table, verb->name, f);
        if (verb->statuses)
                print_statuses(verb->statuses, verb->n_statuses, f);
        else
                print_statuses(exit_statuses, n_exit_statuses, f);
}

void verbs_print_help(FILE *f)
{
        const struct option_table table = {options_keys, n_options_keys, NULL};

        fputs("Usage: nsorphanctl [OPTIONS…] VERB [ARGUMENTS…]\n\n"
              "Find network namespaces that no task is in and no path leads to, and what keeps them "
              "alive.\n\nVerbs:\n",
              f);
        for (size_t i = 0; i < n_verbs; i++) {
                char left[64];
                (void)snprintf(left, sizeof(left), "%s%s%s", verbs[i].name,
                               *verbs[i].arguments ? " " : "", verbs[i].arguments);
                fprintf(f, "  %-22s %s\n", left, verbs[i].help);
        }
        fputs(WHAT_HELP, f);
        option_print_help(&table, NULL, f);
        fputs("\nEach verb has options of its own: nsorphanctl VERB --help.\n", f);
        print_statuses(exit_statuses, n_exit_statuses, f);
        fputs("\nSee nsorphanctl(1) and nsorphand(8).\n", f);
}

int verbs_parse_options(struct options *o, int argc, char **argv, char ***ret_words, int *ret_n,
                        struct error *error)
{
        const struct option_table table = {options_keys, n_options_keys, ends};
        _cleanup_free_ bool *given = calloc(n_options_keys, sizeof(*given));

        if (!given)
                return error_oom(error);
        int r = option_parse(&table, o, argc, argv, ret_n, given, error);
        if (r < 0)
                return r;
        *ret_words = argv + 1;
        return *ret_n > 0 && verbs_find(argv[1]) ? check_for_verb(given, argv[1], error) : 0;
}
