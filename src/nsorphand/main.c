/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "census/scan.h"
#include "config.h"
#include "netns/mark.h"
#include "nsorphand/daemon-options.h"
#include "nsorphand/daemon.h"
#include "nsorphand/once.h"
#include "util/exit-status.h"
#include "util/heap.h"
#include "util/kernel.h"
#include "util/log.h"

/* systemd gives 1024 fds to begin with and lets us have more; each connection is one. */
static void raise_fd_limit(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
                return;
        limit.rlim_cur = MIN(limit.rlim_max, (rlim_t)65536);
        (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Until the end: a scan that got stuck may still use it. */
static struct fork_server *fork_server;

static int fail(int status, const struct error *error)
{
        log_error("%s", error->text);
        return status;
}

static int run_daemon(const struct daemon_options *options, struct config *config)
{
        _cleanup_(daemon_freep) struct daemon *d = NULL;
        const struct config_source source = {.file = options->config};
        struct error error = {};

        raise_fd_limit();
        int r = daemon_new(&d, &source, config, fork_server, &error);
        if (r >= 0)
                r = daemon_run(d, &error);
        return r < 0 ? fail(exit_status_from_errno(r), &error) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        _cleanup_(configuration_freep) struct config *config = NULL;
        struct daemon_options options = {};
        struct error error = {};

        if (daemon_options_parse(&options, argc, argv, &error) < 0)
                return fail(EX_USAGE, &error);
        if (options.help) {
                daemon_options_print_help(stdout);
                return EXIT_SUCCESS;
        }
        if (options.version) {
                puts("nsorphand " NSORPHAND_VERSION);
                return EXIT_SUCCESS;
        }
        if (kernel_require(&error) < 0)
                return fail(EX_OSERR, &error);
        if (geteuid() != 0) {
                (void)error_set(&error, EPERM, "Only root can look into every process");
                return fail(EX_NOPERM, &error);
        }
        const struct config_source source = {.file = options.config};
        if (configuration_load(&source, daemon_log_config_warning, NULL, &config, &error) < 0)
                return fail(EX_CONFIG, &error);
        /* One heap for the loop and one for scans: the loop must not wait for a lock that a thread
         * of low priority holds, and more heaps would only be more to give back. */
        heap_limit(2);
        (void)signal(SIGPIPE, SIG_IGN);
        /* Before anything is looked at. */
        int r = mark_set();
        if (r < 0)
                log_info("Failed to mark this process as a scanner: %s, continuing without a mark",
                         strerror(-r));
        r = scan_fork_server(&fork_server, &error);
        if (r < 0)
                return fail(exit_status_from_errno(r), &error);
        return options.once ? once_run(config, fork_server)
                            : run_daemon(&options, TAKE_PTR(config));
}
