/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "census/patient-scan.h"
#include "census/scan.h"
#include "netlink/netlink.h"
#include "netns/visit-lock.h"
#include "nsorphand/configuration.h"
#include "util/array.h"
#include "util/product.h"
#include "util/text.h"

static int parse_timespan(const struct config_key *key, const char *value, void *field,
                          struct error *error)
{
        char low[TEXT_TIMESPAN_MAX], high[TEXT_TIMESPAN_MAX];
        uint64_t usec;

        if (text_parse_timespan(value, &usec) < 0)
                return error_set(error, EINVAL,
                                 "it is not a time span such as \"90s\" or \"2min 30s\"");
        if (usec < key->min || usec > key->max)
                return error_set(error, EINVAL, "it must be between %s and %s",
                                 text_format_timespan(low, key->min),
                                 text_format_timespan(high, key->max));
        *(uint64_t *)field = usec;
        return 0;
}

static int parse_interval(const struct config_key *key, const char *value, void *field,
                          struct error *error)
{
        if (strcmp(value, "auto") == 0) {
                *(uint64_t *)field = CONFIG_INTERVAL_AUTO;
                return 0;
        }
        return parse_timespan(key, value, field, error);
}

static int parse_source(const struct config_key *key, const char *value, void *field,
                        struct error *error)
{
        int source = scan_source_from_string(value);

        if (source < 0)
                return error_set(error, EINVAL, "it must be auto, bpf or procfs");
        *(enum scan_source *)field = (enum scan_source)source;
        return 0;
}

static int parse_trace(const struct config_key *key, const char *value, void *field,
                       struct error *error)
{
        int trace = birth_trace_from_string(value);

        if (trace < 0)
                return error_set(error, EINVAL, "it must be no, foreign or yes");
        *(enum birth_trace *)field = (enum birth_trace)trace;
        return 0;
}

/* As parse_timespan(), where 0, "no" and "infinity" mean never. */
static int parse_timespan_or_never(const struct config_key *key, const char *value, void *field,
                                   struct error *error)
{
        uint64_t usec;

        if (strcmp(value, "no") == 0 ||
            (text_parse_timespan(value, &usec) >= 0 && (usec == 0 || usec == UINT64_MAX))) {
                *(uint64_t *)field = UINT64_MAX;
                return 0;
        }
        return parse_timespan(key, value, field, error);
}

static int parse_unsigned(const struct config_key *key, const char *value, void *field,
                          struct error *error)
{
        uint64_t number;

        if (text_parse_u64(value, &number) < 0 || number < key->min || number > key->max)
                return error_set(error, EINVAL,
                                 "it must be a number between %" PRIu64 " and %" PRIu64, key->min,
                                 key->max);
        *(unsigned *)field = (unsigned)number;
        return 0;
}

static int parse_boolean(const struct config_key *key, const char *value, void *field,
                         struct error *error)
{
        int r = text_parse_boolean(value);
        if (r < 0)
                return error_set(error, EINVAL, "it must be yes or no");
        *(bool *)field = r > 0;
        return 0;
}

static int parse_choice(const struct config_key *key, const char *value, void *field,
                        struct error *error)
{
        for (unsigned i = 0; i < 2; i++)
                if (strcmp(value, key->names[i]) == 0) {
                        *(bool *)field = i == 1;
                        return 0;
                }
        return error_set(error, EINVAL, "it must be %s or %s", key->names[1], key->names[0]);
}

/* An empty value is "none". */
static int parse_word(const struct config_key *key, const char *value, void *field,
                      struct error *error)
{
        char **s = field, *copy = NULL;

        if (*value) {
                copy = strdup(value);
                if (!copy)
                        return -ENOMEM;
        }
        free(*s);
        *s = copy;
        return 0;
}

static int parse_path(const struct config_key *key, const char *value, void *field,
                      struct error *error)
{
        if (*value && *value != '/')
                return error_set(error, EINVAL, "it must be an absolute path");
        if (strlen(value) > key->max)
                return error_set(error, EINVAL, "it must have at most %" PRIu64 " bytes", key->max);
        return parse_word(key, value, field, error);
}

/* One glob a line; lines add up, an empty one starts over, as in systemd's lists. */
static int parse_globs(const struct config_key *key, const char *value, void *field,
                       struct error *error)
{
        char ***list = field;
        size_t n = 0;

        while (*list && (*list)[n])
                n++;
        if (!*value) {
                for (size_t i = 0; i < n; i++)
                        free((*list)[i]);
                free(*list);
                *list = NULL;
                return 0;
        }
        if (n >= key->max)
                return error_set(error, EINVAL, "there can be at most %" PRIu64 " of them",
                                 key->max);
        /* The NULL at the end is an element, too. */
        if (!*list && !(*list = calloc(1, sizeof(char *))))
                return -ENOMEM;
        _cleanup_free_ char *copy = strdup(value);
        char **grown = copy ? array_grow(*list, n + 1, sizeof(char *)) : NULL;
        if (!grown)
                return -ENOMEM;
        *list = grown;
        grown[n] = TAKE_PTR(copy);
        grown[n + 1] = NULL;
        return 0;
}

/* One absolute path a line, likewise. */
static int parse_paths(const struct config_key *key, const char *value, void *field,
                       struct error *error)
{
        if (*value && *value != '/')
                return error_set(error, EINVAL, "it must be an absolute path");
        return parse_globs(key, value, field, error);
}

static const char *const priority_names[] = {"normal", "idle"};

/* sizeof(sockaddr_un.sun_path) less its NUL. */
#define SOCKET_PATH_MAX 107

/* What a scan may rightly wait without any progress is less, or every such wait would be told as a
 * process that blocks. As patient as a scan that somebody waits for. */
#define STUCK_MIN_USEC PATIENT_SCAN_USEC
#define STUCK_MIN      STRINGIFY(PATIENT_SCAN_SEC) "s"
_Static_assert(STUCK_MIN_USEC > 2 * VISIT_LOCK_USEC, "a scan begins with this wait");
_Static_assert(STUCK_MIN_USEC > NETLINK_ANSWER_USEC, "one answer may take so long");

#define FIELD(f) offsetof(struct config, f)
#define MINUTE   (60 * USEC_PER_SEC)
#define HOUR     (60 * MINUTE)
#define DAY      (24 * HOUR)

const struct config_key configuration_keys[] = {
        {"Scan", "Source", parse_source, FIELD(source), "auto",
         "Where a scan gets what it says from: bpf, the kernel's own lists, or procfs, a walk over "
         "/proc. auto is bpf where that can be used; what has failed once is not tried again until "
         "a restart, and nsorphanctl status says why. With bpf a scan fails where it cannot be "
         "used."},
        {"Scan", "CrossCheck", parse_timespan_or_never, FIELD(cross_check_usec), "30min",
         "Where scans are by bpf, /proc is walked, too, every so often, the first time at the "
         "second scan, and the two are compared. If they disagree, three times in a row and with "
         "nothing that explains it, scans are by procfs until a restart, whatever Source= says, and "
         "the journal and nsorphanctl status say why. Cross-checks take at most a hundredth of the "
         "time: long ones are made less often. 0 or no: never.",
         .min = USEC_PER_SEC, .max = 7 * DAY},
        {"Scan", "Interval", parse_interval, FIELD(interval_usec), "auto",
         "Time from the start of one scan to the start of the next. A scan that takes long "
         "stretches it. auto is 5s with bpf and 60s with procfs.",
         .min = USEC_PER_SEC, .max = 7 * DAY},
        {"Scan", "Deep", parse_boolean, FIELD(deep), "yes",
         "Whether to look for sockets in flight: files that were sent over a unix socket and not "
         "received yet. They are looked at without being taken out of the queue. When off, "
         "coverage says so."},
        {"Scan", "Threads", parse_unsigned, FIELD(threads), STRINGIFY(SCAN_THREADS_DEFAULT),
         "How many threads walk the processes side by side.", .min = 1, .max = 64},
        {"Scan", "Trigger", parse_boolean, FIELD(trigger), "yes",
         "Whether to scan also soon after a task that was in another network namespace has exited, "
         "where scans are by procfs (with bpf they are frequent anyway). "
         "Needs the kernel's process connector and CAP_NET_ADMIN; is off by itself without."},
        {"Scan", "Priority", parse_choice, FIELD(idle_priority), "idle",
         "CPU and I/O priority of scans: idle (nice 19, and disk time that nobody else wants) or "
         "normal.",
         .names = priority_names},
        {"Scan", "StuckSec", parse_timespan, FIELD(stuck_usec), "30s",
         "A scan that makes no progress for so long is left behind, because reading some process "
         "blocks in the kernel. Scans go on without that process, and coverage says so. A scan may "
         "rightly wait some seconds, for another scan's lock or a long list of sockets: " STUCK_MIN
         " is the least.",
         .min = STUCK_MIN_USEC, .max = HOUR},

        {"Alert", "GraceSec", parse_timespan, FIELD(grace_usec), "2min",
         "How long a namespace must have been orphaned, in at least two scans, before it is "
         "reported as leaked.",
         .min = 0, .max = 7 * DAY},
        {"Alert", "RepeatSec", parse_timespan_or_never, FIELD(repeat_usec), "0",
         "Repeat the alert of a leak that stays after so long. 0: never.", .min = MINUTE,
         .max = 365 * DAY},
        {"Alert", "MaxPerMinute", parse_unsigned, FIELD(max_per_minute), "60",
         "At most so many alerts about the namespaces of one share (a user, or a unit of root's) "
         "are written to the journal within a minute, and four times as many about those of all; "
         "one more entry per share has the number of those held back, and these count as not "
         "reported until then. No leak is forgotten by this: nsorphanctl list shows all.",
         .min = 1, .max = 100000},

        {"Alert", "Unnamed", parse_boolean, FIELD(unnamed), "no",
         "Whether to alert also about unnamed namespaces: no process is in one, and only open files "
         "lead to it, no mount. Most often somebody forgot to close them. A program may also keep "
         "a namespace for later in this way. nsorphanctl list --state=leaked shows them."},
        {"Alert", "StrayThread", parse_boolean, FIELD(stray_threads), "no",
         "Whether to alert also about stray threads: a thread is in another network namespace than "
         "its process, that is than the first thread. Some programs have threads elsewhere by "
         "design. nsorphanctl list --state=leaked shows the namespaces."},

        {"Trace", "Sockets", parse_trace, FIELD(trace), "no",
         "Whether the kernel notes who opens a socket, a tun or a tap in a network namespace that "
         "is not the host's: the process, its thread and its unit, when, and from where in its "
         "program. Alerts, explain and list say it of what keeps an orphan alive. foreign: those "
         "that a process opens outside of its own namespace, and outside of that of its topmost "
         "ancestor in the same control group; a container's own are not among them. yes: all. Up "
         "to 65536 are kept while they are open (512 bytes each), an eighth of them of one user, "
         "or of one unit of root's; more are not noted, and counted. Programs of BPF are attached "
         "to functions of the kernel for it; this needs Linux 6.1 and CONFIG_SECURITY_NETWORK. "
         "nsorphanctl status says why, where it cannot be."},

        {"Ignore", "Unit", parse_globs, FIELD(ignore_units), "",
         "Do not alert for namespaces held only by processes of systemd units that match this "
         "glob. May be given more than once; an empty one forgets those before it.",
         .max = 1024},
        {"Ignore", "Executable", parse_paths, FIELD(ignore_executables), "",
         "As Unit=, by the file that a holder runs: the absolute path of a program on this host. "
         "Only a regular file of root's that nobody else may write to is taken, and only a holder "
         "that runs this very file is ignored, not one that has the same name. After an upgrade, a "
         "holder that still runs the old file is ignored no longer until it is restarted.",
         .max = 1024},
        {"Ignore", "Namespace", parse_globs, FIELD(ignore_namespaces), "",
         "As Unit=, by the namespace's name: net:[4026532177] or cookie:4102. A name lasts as "
         "long as its namespace; inode numbers are used again.",
         .max = 1024},

        {"Varlink", "Socket", parse_path, FIELD(socket), "",
         "Where to listen, unless systemd hands over a socket. Empty: " PRODUCT_INTERFACE " in "
         "$RUNTIME_DIRECTORY, which is " PRODUCT_RUN_DIRECTORY ". Read at start only.",
         .max = SOCKET_PATH_MAX},
        {"Varlink", "MetricsSocket", parse_path, FIELD(metrics_socket), "",
         "Where to serve io.systemd.Metrics, unless systemd hands over a socket "
         "(nsorphand-metrics.socket), and if the directory exists. Empty: nowhere. Read at start "
         "only.",
         .max = SOCKET_PATH_MAX},
        {"Varlink", "Group", parse_word, FIELD(group), "nsorphan",
         "The group whose members may read besides root. Refresh is for root alone. Empty, or "
         "when there is no such group: only root. Read at start only."},
        {"Varlink", "ConnectionsMax", parse_unsigned, FIELD(connections_max), "4096",
         "At most so many connections in all. Root has 64 more that nobody else can take. Read at "
         "start only.",
         .min = 1, .max = 65536},
        {"Varlink", "ConnectionsPerUserMax", parse_unsigned, FIELD(connections_per_user_max),
         "2048", "At most so many connections of one user. Read at start only.", .min = 1,
         .max = 65536},

        {"State", "Directory", parse_path, FIELD(state_directory), "",
         "Where the ledger is kept across restarts. Empty: $STATE_DIRECTORY, which is " PRODUCT_STATE_DIRECTORY
         ". Read at start only.",
         .max = 4000},
};

const size_t n_configuration_keys = ARRAY_SIZE(configuration_keys);
