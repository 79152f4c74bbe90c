/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/options.h"

#include <getopt.h>
#include <string.h>

#include "util/exit-status.h"

#define FIELD(f) offsetof(struct daemon_options, f)

const struct daemon_option daemon_option_table[] = {
        {"config", 'c', "FILE", "Read FILE and FILE.d/*.conf, nothing else", FIELD(config)},
        {"once", 0, NULL, "Scan once, print the census as JSON, exit", FIELD(once)},
        {"help", 'h', NULL, "Show this help and exit", FIELD(help)},
        {"version", 0, NULL, "Show the version and exit", FIELD(version)},
};

const size_t n_daemon_options = ARRAY_SIZE(daemon_option_table);

/* getopt's values of long options: an index into the table, beyond all letters. */
#define INDEX_BASE 256

static const struct daemon_option *option_from_value(int value)
{
        if (value >= INDEX_BASE)
                return &daemon_option_table[value - INDEX_BASE];
        for (size_t i = 0; i < n_daemon_options; i++)
                if (daemon_option_table[i].letter == value)
                        return &daemon_option_table[i];
        return NULL;
}

static void tables_fill(struct option *longs, char *letters)
{
        *letters++ = ':'; /* errors are ours to print */
        for (size_t i = 0; i < n_daemon_options; i++) {
                const struct daemon_option *o = &daemon_option_table[i];
                longs[i] = (struct option){o->name, o->argument ? required_argument : no_argument,
                                           NULL, INDEX_BASE + (int)i};
                if (o->letter)
                        *letters++ = o->letter;
                if (o->letter && o->argument)
                        *letters++ = ':';
        }
        longs[n_daemon_options] = (struct option){};
        *letters = '\0';
}

int daemon_options_parse(struct daemon_options *options, int argc, char **argv, struct error *error)
{
        struct option longs[ARRAY_SIZE(daemon_option_table) + 1];
        char letters[2 * ARRAY_SIZE(daemon_option_table) + 2];
        int c;

        tables_fill(longs, letters);
        optind = 0;
        while ((c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
                const char *word = optind > 0 ? argv[optind - 1] : "";
                if (c == ':')
                        return error_set(error, EINVAL,
                                         "Option \"%s\" needs an argument; see nsorphand --help",
                                         word);
                const struct daemon_option *o = c == '?' ? NULL : option_from_value(c);
                if (!o)
                        return error_set(error, EINVAL,
                                         "Unknown option \"%s\"; see nsorphand --help", word);
                void *field = (char *)options + o->offset;
                if (o->argument)
                        *(const char **)field = optarg;
                else
                        *(bool *)field = true;
        }
        if (optind < argc)
                return error_set(error, EINVAL,
                                 "nsorphand takes no arguments, only options; see nsorphand "
                                 "--help");
        return 0;
}

void daemon_options_print_help(FILE *f)
{
        fputs("Usage: nsorphand [OPTIONS…]\n\n"
              "Watch this host for network namespaces that nobody is in and no path leads to.\n\n"
              "Options:\n",
              f);
        for (size_t i = 0; i < n_daemon_options; i++) {
                const struct daemon_option *o = &daemon_option_table[i];
                char left[64];
                (void)snprintf(left, sizeof(left), "%s--%s%s%s",
                               o->letter ? (char[]){'-', o->letter, ' ', '\0'} : "   ", o->name,
                               o->argument ? "=" : "", o->argument ? o->argument : "");
                fprintf(f, "  %-18s %s\n", left, o->help);
        }
        fputs("\nExit statuses:\n", f);
        for (size_t i = 0; i < n_exit_statuses; i++)
                fprintf(f, "  %2d  %s\n", exit_statuses[i].status, exit_statuses[i].meaning);
        fputs("\nSee nsorphand(8) and nsorphand.conf(5).\n", f);
}
