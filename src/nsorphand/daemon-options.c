/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/daemon-options.h"

#include "util/exit-status.h"

#define FIELD(f) offsetof(struct daemon_options, f)

const struct option_key daemon_options_keys[] = {
        {"config", 'c', "FILE", NULL, "Read FILE and FILE.d/*.conf, nothing else",
         option_parse_word, FIELD(config)},
        {"once", 0, NULL, NULL, "Scan once, print the census as JSON, exit", option_parse_flag,
         FIELD(once)},
        {"help", 'h', NULL, NULL, "Show this help and exit", option_parse_flag, FIELD(help)},
        {"version", 0, NULL, NULL, "Show the version and exit", option_parse_flag, FIELD(version)},
};

const size_t n_daemon_options_keys = ARRAY_SIZE(daemon_options_keys);

static const struct option_table table = {daemon_options_keys, ARRAY_SIZE(daemon_options_keys)};

int daemon_options_parse(struct daemon_options *options, int argc, char **argv, struct error *error)
{
        struct error found = {};
        int n;

        int r = option_parse(&table, options, argc, argv, &n, NULL, &found);
        if (r == -ENOMEM)
                return error_oom(error);
        if (r < 0)
                return error_set(error, EINVAL, "%s; see nsorphand --help", found.text);
        if (n > 0)
                return error_set(error, EINVAL,
                                 "nsorphand takes no arguments, only options; see nsorphand "
                                 "--help");
        return 0;
}

void daemon_options_print_help(FILE *f)
{
        fputs("Usage: nsorphand [OPTIONS…]\n\n"
              "Watch this host for network namespaces that nobody is in and no path leads to.\n",
              f);
        option_print_help(&table, NULL, f);
        fputs("\nExit statuses:\n", f);
        for (size_t i = 0; i < n_exit_statuses; i++)
                fprintf(f, "  %2d  %s\n", exit_statuses[i].status, exit_statuses[i].meaning);
        fputs("\nSee nsorphand(8) and nsorphand.conf(5).\n", f);
}
