/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/options.h"

#include <string.h>

#include "util/text.h"

static int parse_json(const struct option_key *key, const char *value, void *field,
                      struct error *error)
{
        const char *word;
        int r = option_parse_word(key, value, &word, error);
        if (r < 0)
                return r;
        *(enum json_mode *)field = strcmp(word, "short") == 0    ? JSON_SHORT
                                   : strcmp(word, "pretty") == 0 ? JSON_PRETTY
                                                                 : JSON_OFF;
        return 0;
}

/* No time at all would be no answer, and what comes after an hour helps nobody. */
#define TIMEOUT_MAX_USEC (3600 * USEC_PER_SEC)

static int parse_timeout(const struct option_key *key, const char *value, void *field,
                         struct error *error)
{
        uint64_t usec;

        if (text_parse_timespan(value, &usec) < 0 || usec == 0 || usec > TIMEOUT_MAX_USEC)
                return error_set(error, EINVAL,
                                 "Bad value \"%s\" of --%s=, must be a time span of an hour at "
                                 "most, such as \"10s\"",
                                 value, key->name);
        *(uint64_t *)field = usec;
        return 0;
}

static int parse_settle(const struct option_key *key, const char *value, void *field,
                        struct error *error)
{
        struct option_number n = {.given = true};

        if (text_parse_timespan(value, &n.number) < 0 || n.number > TIMEOUT_MAX_USEC)
                return error_set(error, EINVAL,
                                 "Bad value \"%s\" of --%s=, must be a time span of an hour at "
                                 "most, such as \"2s\"",
                                 value, key->name);
        *(struct option_number *)field = n;
        return 0;
}

static int parse_exitcode(const struct option_key *key, const char *value, void *field,
                          struct error *error)
{
        struct option_number n = {.given = true};

        if (text_parse_u64(value, &n.number) < 0 || n.number > 255)
                return error_set(error, EINVAL, "Bad value \"%s\" of --%s=, must be 0 to 255",
                                 value, key->name);
        *(struct option_number *)field = n;
        return 0;
}

#define FIELD(f) offsetof(struct options, f)

const struct option_key options_keys[] = {
        {"help", 'h', NULL, NULL, "Show this help, or that of a verb, and exit", option_parse_flag,
         FIELD(help)},
        {"version", 0, NULL, NULL, "Show the version and exit", option_parse_flag, FIELD(version)},
        {"json", 0, "MODE", NULL, "Print JSON: short, pretty, or off (default)", parse_json,
         FIELD(json), "short pretty off"},
        {"no-legend", 0, NULL, NULL, "Do not print column headers and hints", option_parse_flag,
         FIELD(no_legend)},
        {"no-pager", 0, NULL, NULL, "Do not start a pager", option_parse_flag, FIELD(no_pager)},
        {"all", 'a', NULL, "scan list ", "Show every namespace, not only orphaned ones",
         option_parse_flag, FIELD(all)},
        {"verdict", 0, "VERDICT", "scan list ", "Show only attached, pinned or orphaned ones",
         option_parse_word, FIELD(verdict), "attached pinned orphaned"},
        {"source", 0, "SOURCE", "scan run ",
         "Ask the kernel by BPF, or walk over procfs (default: auto)", option_parse_word,
         FIELD(source), "auto bpf procfs"},
        {"compare", 0, NULL, "scan ", "Hold both sources against each other", option_parse_flag,
         FIELD(compare)},
        {"command-lines", 0, NULL, "report ", "Have the command lines of holders in it, too",
         option_parse_flag, FIELD(command_lines)},
        {"by-holder", 0, NULL, "list ", "Show one line for each process that holds some",
         option_parse_flag, FIELD(by_holder)},
        {"undo", 0, NULL, "silence ", "Switch on again what was switched off", option_parse_flag,
         FIELD(undo)},
        {"holder", 0, "PID[:FD]", "release ", "Which process is to let go, and of which file",
         option_parse_word, FIELD(holder)},
        {"yes", 'y', NULL, "release ", "Do it without asking", option_parse_flag, FIELD(yes)},
        {"unnamed", 0, NULL, "silence release ", "It may be one that only open files keep",
         option_parse_flag, FIELD(unnamed)},
        {"empty", 0, NULL, "silence unpin ", "It may be one that only its name keeps",
         option_parse_flag, FIELD(empty)},
        {"state", 0, "STATE", "list ", "Show only suspected or leaked ones", option_parse_word,
         FIELD(state), "suspected leaked"},
        {"socket", 0, "PATH",
         "list show explain enter pin silence release unpin graph status refresh watch check metrics report run ",
         "Talk to the daemon that listens there", option_parse_word, FIELD(socket)},
        {"timeout", 0, "TIME", "check ", "Answer UNKNOWN after so long (default: 10s)",
         parse_timeout, FIELD(timeout_usec)},
        {"settle", 0, "TIME", "run ", "Let what is under way settle for so long (default: 2s)",
         parse_settle, FIELD(settle)},
        {"error-exitcode", 0, "N", "run ",
         "Exit with N when there is a leak, whatever CMD exits with; 0: never for a leak",
         parse_exitcode, FIELD(error_exitcode)},
        {"own", 0, NULL, "run ", "Count only what descendants of CMD hold", option_parse_flag,
         FIELD(own)},
        {"strict", 0, NULL, "run ", "Fail where not everything could be seen", option_parse_flag,
         FIELD(strict)},
        {"output", 0, "FILE", "run ", "Write the report there, and not to stderr",
         option_parse_word, FIELD(output)},
        {"junit", 0, "FILE", "run ", "Write JUnit XML there, too", option_parse_word, FIELD(junit)},
        {"trace", 0, NULL, "run ", "Note who opens sockets meanwhile, and say so of leaks",
         option_parse_flag, FIELD(trace)},
        {"sockets", 0, "WHICH", "trace ",
         "Note those in a namespace that is not the process's own (foreign, default), or all (yes)",
         option_parse_word, FIELD(sockets), "foreign yes"},
        {"format", 0, "FORMAT", "graph ",
         "Draw for Graphviz (dot, default) or mermaid, or a picture (svg)", option_parse_word,
         FIELD(format), "dot svg mermaid"},
        {"format", 0, "FORMAT", "metrics ",
         "Print what Prometheus reads (prometheus, default) or openmetrics", option_parse_word,
         FIELD(format), "prometheus openmetrics"},
};

const size_t n_options_keys = ARRAY_SIZE(options_keys);
