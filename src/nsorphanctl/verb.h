/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The verbs: one file each (verb-NAME.c). */

#include "nsorphanctl/options.h"
#include "util/exit-status.h"

/* What monitoring systems expect of a plugin, and what `check` answers. */
enum {
        CHECK_NONE = 0,
        CHECK_SUSPECTED = 1,
        CHECK_LEAKED = 2,
        CHECK_UNKNOWN = 3,
};

struct verb {
        const char *name;
        const char *arguments; /* "NETNS NAME", or "" */
        int min, max;          /* number of arguments; max -1: any */
        const char *help;      /* one line, for the list of verbs */
        const char *details;   /* more of it, for --help of the verb; NULL */
        /* Gets its arguments without its own name. Returns an exit status. */
        int (*run)(int argc, char **argv, const struct options *options);
        bool scans;         /* it may make a census in this process */
        bool takes_command; /* what follows its first arguments is another program's */
        int failed;         /* its exit status for a wrong option and the like; 0: EX_USAGE */
        const struct exit_status *statuses; /* of its own, not those of all; NULL */
        size_t n_statuses;
};

int verb_check(int argc, char **argv, const struct options *options);
int verb_enter(int argc, char **argv, const struct options *options);
int verb_explain(int argc, char **argv, const struct options *options);
int verb_graph(int argc, char **argv, const struct options *options);
int verb_list(int argc, char **argv, const struct options *options);
int verb_metrics(int argc, char **argv, const struct options *options);
int verb_pin(int argc, char **argv, const struct options *options);
int verb_refresh(int argc, char **argv, const struct options *options);
int verb_release(int argc, char **argv, const struct options *options);
int verb_report(int argc, char **argv, const struct options *options);
int verb_run(int argc, char **argv, const struct options *options);
int verb_scan(int argc, char **argv, const struct options *options);
int verb_show(int argc, char **argv, const struct options *options);
int verb_silence(int argc, char **argv, const struct options *options);
int verb_unpin(int argc, char **argv, const struct options *options);
int verb_status(int argc, char **argv, const struct options *options);
int verb_trace(int argc, char **argv, const struct options *options);
int verb_watch(int argc, char **argv, const struct options *options);
