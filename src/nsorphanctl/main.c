/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "census/scan.h"
#include "config.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/verbs.h"
#include "util/heap.h"
#include "util/text.h"

/* Until the end: a scan that got stuck may still use it. */
static struct fork_server *fork_server;

static int fail_usage(const char *verb, int status, const char *sentence)
{
        return fail_with(status, "%s; see nsorphanctl%s%s --help", sentence, verb ? " " : "",
                         text_or(verb, ""));
}

static int usage_status(const struct verb *verb)
{
        return verb && verb->failed ? verb->failed : EX_USAGE;
}

/* The verb, when the options were not parsed: the first word that is one. */
static const struct verb *verb_in(int argc, char **argv)
{
        const struct verb *verb = NULL;

        for (int i = 1; i < argc && !verb; i++)
                verb = verbs_find(argv[i]);
        return verb;
}

static int run(int argc, char **argv, struct pager *pager)
{
        struct options options = {.pager = pager, .columns = fold_columns(STDOUT_FILENO)};
        struct error error = {};
        char **words;
        int n;

        int r = verbs_parse_options(&options, argc, argv, &words, &n, &error);
        if (r < 0)
                return fail_usage(NULL, usage_status(verb_in(argc, argv)), error.text);
        if (options.version) {
                puts("nsorphanctl " NSORPHAND_VERSION);
                return EXIT_SUCCESS;
        }
        const struct verb *verb = n > 0 ? verbs_find(words[0]) : NULL;
        if (n > 0 && !verb) {
                _cleanup_free_ char *shown = text_escape_string(words[0]);
                return fail_with(EX_USAGE, "Unknown verb \"%s\"; see nsorphanctl --help",
                                 text_or(shown, ""));
        }
        if (options.help) {
                (void)fold_start(options.columns);
                if (verb)
                        verbs_print_help_of(verb, stdout);
                else
                        verbs_print_help(stdout);
                return EXIT_SUCCESS;
        }
        if (!verb)
                return fail_usage(NULL, EX_USAGE, "A verb is missing");
        if (n - 1 < verb->min)
                return fail_usage(verb->name, usage_status(verb), "An argument is missing");
        if (verb->max >= 0 && n - 1 > verb->max)
                return fail_usage(verb->name, usage_status(verb), "Too many arguments");
        pager->wanted = !options.no_pager;
        if (verb->scans && geteuid() == 0) {
                r = scan_fork_server(&fork_server, &error);
                if (r < 0) {
                        int status = fail_because(r, &error);
                        return verb->failed ? verb->failed : status;
                }
                options.fork_server = fork_server;
        }
        return verb->run(n - 1, words + 1, &options);
}

/* Where standard input, output or error is closed, no file of ours may get its number: it would be
 * read from or written to, or put aside. Reading and writing fail as before, and another program
 * gets them closed, as we did. */
static void keep_standard_closed(void)
{
        int fd;

        while ((fd = open("/", O_PATH | O_CLOEXEC)) >= 0 && fd <= STDERR_FILENO)
                ;
        fd_close(fd);
}

int main(int argc, char **argv)
{
        struct pager pager = {};

        keep_standard_closed();

        /* One heap for all threads. A walker's own would grow by an mprotect(2) for every few pages
         * (measured: 3 % of a scan of 100,000 sockets), and nothing here waits for its lock. */
        heap_limit(1);
        (void)setlocale(LC_ALL, "");
        int status = run(argc, argv, &pager);
        /* A full disk or a closed pipe must not look like a success. The pager ends with its input.
         */
        bool written = !ferror(stdout);
        written = fclose(stdout) == 0 && written;
        if (!written && status == EXIT_SUCCESS)
                status = fail_with(EXIT_FAILURE, "Failed to write the output: %m");
        pager_close(&pager);
        return status;
}
