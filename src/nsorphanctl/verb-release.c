/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "inspect/release-guard.h"
#include "inspect/release.h"
#include "nsorphanctl/acting.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/verb.h"
#include "report/holder-text.h"
#include "util/text.h"

/* How often, and how long at first, it is looked whether the namespace has ended: the kernel gives
 * some sockets back later (RCU). */
#define LOOKS       6
#define LOOKS_KNOWN 2 /* where it is known what else keeps it */
#define LOOK_USEC   (20 * USEC_PER_MSEC)
#define ANSWER_MAX  80

struct who {
        pid_t pid; /* 0: any */
        int fd;    /* -1: any */
};

static int parse_number(const char *s, uint64_t *ret)
{
        return text_parse_u64(s, ret) < 0 || *ret > INT_MAX ? -EINVAL : 0;
}

/* PID[:FD] */
static int parse_holder(const char *s, struct who *ret, struct error *error)
{
        uint64_t pid, fd = 0;
        char text[64];

        *ret = (struct who){.fd = -1};
        if (!s)
                return 0;
        (void)snprintf(text, sizeof(text), "%s", s);
        char *colon = strchr(text, ':');
        if (colon)
                *colon = '\0';
        if (strlen(s) >= sizeof(text) || parse_number(text, &pid) < 0 || pid == 0 ||
            (colon && parse_number(colon + 1, &fd) < 0))
                return error_set(error, EINVAL, "--holder= takes PID or PID:FD, both numbers");
        ret->pid = (pid_t)pid;
        if (colon)
                ret->fd = (int)fd;
        return 0;
}

static void print_place(FILE *f, const struct holder *h)
{
        if (h->fd >= 0)
                fprintf(f, "fd %d of ", h->fd);
        holder_text_print_process(f, h);
}

static void print_file(FILE *f, const struct holder *h)
{
        holder_text_print_process(f, h);
        fputs(": ", f);
        holder_text_print(f, h, HOLDER_TEXT_DETAIL);
        fputc('\n', f);
}

/* What could be meant, to choose from. */
static void print_choice(const struct netns *ns, const struct who *who)
{
        uint64_t total = netns_holder_count(ns);

        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                if (h->pid <= 0 || (who->pid > 0 && h->pid != who->pid) || release_guard_kind(h))
                        continue;
                fprintf(stderr, "--holder=%d:%d  ", (int)h->pid, h->fd);
                print_file(stderr, h);
        }
        if (total > ns->n_holders)
                fprintf(stderr, "(%" PRIu64 " more are not listed)\n", total - ns->n_holders);
}

static size_t print_refused(const struct release *r)
{
        for (size_t i = 0; i < r->n; i++) {
                const struct release_place *p = &r->places[i];
                if (!*p->refused.text)
                        continue;
                fputs("Left alone: ", stderr);
                print_place(stderr, p->holder);
                fprintf(stderr, ": %s%s\n",
                        strncmp(p->refused.text, "failed", strlen("failed")) == 0 ? "" : "it ",
                        p->refused.text);
        }
        return r->n_refused;
}

static void print_plan(const struct netns *ns, const struct release *r)
{
        char name[NETNS_NAME_MAX];

        printf("To be replaced, in %s:\n", netns_identity_format(&ns->id, name));
        for (size_t i = 0; i < r->n; i++) {
                fputs("  ", stdout);
                print_file(stdout, r->places[i].holder);
        }
        puts("An unconnected unix datagram socket takes the place of the file, so that its number "
             "stays\ntaken. For that, one thread of each process is stopped for about a millisecond; "
             "no signal is\nsent. The program runs on; what it does with the file fails from then "
             "on.");
}

/* 0 when it is to be done, else an exit status. */
static int ask(const struct options *options, const struct netns_identity *id)
{
        char answer[ANSWER_MAX], wanted[NETNS_NAME_MAX];

        if (options->yes)
                return 0;
        (void)fflush(stdout);
        if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
                return fail_with(EXIT_FAILURE, "Nothing is changed without --yes, or a "
                                               "confirmation on a terminal");
        (void)netns_target_format(id, wanted);
        printf("Type %s to do it: ", wanted);
        (void)fflush(stdout);
        if (fgets(answer, sizeof(answer), stdin)) {
                answer[strcspn(answer, "\n")] = '\0';
                if (strcmp(answer, wanted) == 0)
                        return 0;
        }
        return fail_with(EXIT_FAILURE, "Not confirmed: nothing is changed");
}

/* Finds the file again in a census of this moment: the same process, the same descriptor. */
static int choose_again(const struct netns *ns, const struct holder *before,
                        const struct holder **ret, struct error *error)
{
        int r = release_choose(ns, before->pid, before->fd, ret, error);

        if (r >= 0 &&
            (!holder_same_process(before, *ret) || before->socket_inode != (*ret)->socket_inode))
                r = error_set(error, ESTALE, "The file has been closed meanwhile");
        return r;
}

static void print_done(const struct release *r)
{
        for (size_t i = 0; i < r->n; i++) {
                const struct release_place *p = &r->places[i];
                if (!p->done)
                        continue;
                fputs("Released: ", stdout);
                print_place(stdout, p->holder);
                if (p->stopped_nsec > 0)
                        printf(", one thread of which was stopped for %.2f ms",
                               (double)p->stopped_nsec / 1e6);
                putchar('\n');
        }
}

/* Whether it has ended, and what keeps it if not. */
static int print_end(const struct options *options, const struct netns_identity *id)
{
        char name[NETNS_NAME_MAX];

        (void)netns_identity_format(id, name);
        for (unsigned i = 0;; i++) {
                _cleanup_(census_freep) struct census *census = NULL;
                struct error error = {};
                int r = netns_target_census(options, SCAN_SOURCE_AUTO, false, &census, &error);
                if (r < 0)
                        return fail_because(r, &error);
                const struct netns *ns = census_find(census, id);
                if (!ns) {
                        if (acting_is_proof(census))
                                printf("%s has ended\n", name);
                        else
                                printf("%s is no longer seen, and not everything on this host could "
                                       "be (nsorphanctl scan says what)\n",
                                       name);
                        return EXIT_SUCCESS;
                }
                bool known = netns_holder_count(ns) >
                             ns->count[HOLDER_UNEXPLAINED] + ns->count[HOLDER_SOCKET_CLOSING];
                if (i < (known ? LOOKS_KNOWN : LOOKS)) {
                        (void)usleep((useconds_t)(LOOK_USEC << i));
                        continue;
                }
                printf("%s is still kept, by:\n", name);
                for (size_t k = 0; k < ns->n_holders; k++) {
                        fputs("  ", stdout);
                        print_file(stdout, &ns->holders[k]);
                }
                return EXIT_SUCCESS;
        }
}

/* Judges the namespace and the file once more, and does it. */
static int act(const struct options *options, const struct netns_identity *id,
               const struct holder *before, size_t n_before, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(release_deinit) struct release release = RELEASE_INIT;
        const struct holder *chosen;

        int r = acting_confirm(options, id, &census, error);
        if (r < 0)
                return r;
        const struct netns *ns = census_find(census, id);
        r = choose_again(ns, before, &chosen, error);
        if (r >= 0)
                r = release_plan(ns, chosen, &release, error);
        if (r < 0)
                return r;
        if (release.n != n_before || release.n_refused > 0) {
                (void)print_refused(&release);
                return error_set(error, EAGAIN,
                                 "It has changed meanwhile; nothing is changed by this");
        }
        release_act(&release);
        print_done(&release);
        (void)fflush(stdout);
        return print_refused(&release) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int verb_release(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(release_deinit) struct release plan = RELEASE_INIT;
        const struct holder *chosen = NULL;
        const struct netns *ns = NULL;
        struct error error = {};
        struct who who;

        int r = parse_holder(options->holder, &who, &error);
        if (r >= 0)
                r = acting_find(options, argv[0], &census, &ns, &error);
        if (r >= 0)
                r = release_choose(ns, who.pid, who.fd, &chosen, &error);
        if (r == -ENOTUNIQ && ns)
                print_choice(ns, &who);
        if (r >= 0)
                r = release_plan(ns, chosen, &plan, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        if (plan.n_refused > 0) {
                (void)print_refused(&plan);
                return fail_with(EX_NOPERM,
                                 "The file would stay open there, so nothing is changed");
        }
        if (!options->no_legend)
                print_plan(ns, &plan);
        size_t n = plan.n;
        /* It would be a holder in the next census. */
        release_deinit(&plan);
        r = ask(options, &ns->id);
        if (r != 0)
                return r;
        r = act(options, &ns->id, chosen, n, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        int end = print_end(options, &ns->id);
        return r > 0 ? r : end;
}
