/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "census/birth-stack.h"
#include "ledger/share.h"
#include "ledger/state-birth.h"
#include "ledger/state-format.h"
#include "ledger/state-identity.h"
#include "ledger/state-parse.h"
#include "ledger/state.h"
#include "test-birth.h"
#include "test-directory.h"
#include "test-ledger.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/text.h"

#define BOOT "0123456789abcdef0123456789abcdef"

/* A ledger with everything in it: suspect and leak, partial, ignored, reports, something held. */
static void fill(struct fixture *f)
{
        const struct ledger_settings settings = {
                .grace_usec = 120 * SEC, .max_per_minute = 2, .ignore_netns = GLOBS("4005")};

        fixture_init(f, &settings);
        for (int i = 0; i < 3; i++) {
                struct census *c = test_census();
                for (unsigned k = 0; k < 5; k++)
                        test_orphan(c, 4001 + k, 11 + k, (pid_t)(100 + k))->partial = k == 1;
                test_blind(c, 1, GAP_PROCESS_UNREADABLE);
                struct holder *born = &c->namespaces[1].holders[0];
                born->socket_cookie = 700;
                born->birth = test_birth();
                born->birth->accepted = true;
                test_frame(born->birth, "\\x1b[2J", NULL, UINT64_MAX,
                           "00112233445566778899aabbccddeeff00112233");
                if (i == 2) {
                        test_orphan(c, 4010, 20, 110);
                        struct holder *h = &c->namespaces[0].holders[0];
                        h->pid = 200;
                        process_unref(h->process);
                        h->process = process_ref(test_process(c, 200, 1, "a\\x0a\\xff", NULL));
                }
                fixture_scan(f, 120 * SEC, c);
        }
}

static char *format(const struct ledger *l, size_t *n)
{
        char *text = ledger_state_format(l, BOOT, 42, n);
        assert_non_null(text);
        assert_int_equal(strlen(text), *n);
        return text;
}

static void test_round_trip(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_free_ char *first = NULL, *second = NULL;
        struct error error;
        size_t n, m;

        fill(&f);
        assert_true(ledger_outbox(f.ledger)->n >= 4);
        fixture_init(&g, NULL);
        first = format(f.ledger, &n);
        assert_int_equal(ledger_state_parse(g.ledger, first, n, BOOT, 42, &error), 0);
        second = format(g.ledger, &m);
        assert_string_equal(first, second);
        assert_int_equal(ledger_count(g.ledger), ledger_count(f.ledger));
        assert_int_equal(ledger_sequence(g.ledger), ledger_sequence(f.ledger));
}

/* What was loaded goes on as if nothing had been: no second alert, and the end is told. */
static void test_goes_on(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_free_ char *text = NULL;
        struct error error;
        size_t n;

        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        fixture_sent(&f);
        text = format(f.ledger, &n);
        fixture_init(&g, NULL);
        assert_int_equal(ledger_state_parse(g.ledger, text, n, BOOT, 42, &error), 0);
        g.now = f.now;
        assert_int_equal(fixture_scan(&g, 60 * SEC, one_orphan(100)), 0);
        assert_int_equal(fixture_scan(&g, 60 * SEC, none_left()), 1);
        assert_int_equal(fixture_change(&g, 0), LEDGER_CHANGE_RESOLVED);
        assert_int_equal(ledger_outbox(g.ledger)->n, 1);
}

static void test_a_suspect_keeps_its_time(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_free_ char *text = NULL;
        struct error error;
        size_t n;

        fixture_init(&f, NULL);
        fixture_scan(&f, 0, one_orphan(100));
        text = format(f.ledger, &n);
        fixture_init(&g, NULL);
        assert_int_equal(ledger_state_parse(g.ledger, text, n, BOOT, 42, &error), 0);
        g.now = f.now;
        assert_int_equal(fixture_scan(&g, 120 * SEC, one_orphan(100)), 1);
        assert_int_equal(fixture_change(&g, 0), LEDGER_CHANGE_LEAKED);
}

static void test_other_boot(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_free_ char *text = NULL;
        struct error error;
        size_t n;

        fill(&f);
        text = format(f.ledger, &n);
        fixture_init(&g, NULL);
        assert_int_equal(ledger_state_parse(g.ledger, text, n, "f" BOOT, 42, &error), -ESTALE);
        assert_int_equal(ledger_state_parse(g.ledger, text, n, BOOT, 43, &error), -ESTALE);
        assert_int_equal(ledger_count(g.ledger), 0);
}

/* Every prefix, and every byte changed: refused, and nothing of it is taken over. */
static void test_damage(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_free_ char *text = NULL;
        struct error error;
        size_t n;

        fill(&f);
        text = format(f.ledger, &n);
        fixture_init(&g, NULL);
        for (size_t i = 0; i < n; i++) {
                int r = ledger_state_parse(g.ledger, text, i, BOOT, 42, &error);
                assert_int_equal(r, -EBADMSG);
                text[i] ^= 1;
                r = ledger_state_parse(g.ledger, text, n, BOOT, 42, &error);
                assert_true(r == -EBADMSG || r == -ESTALE);
                text[i] ^= 1;
                assert_int_equal(ledger_count(g.ledger), 0);
                assert_int_equal(ledger_outbox(g.ledger)->n, 0);
        }
        assert_int_equal(ledger_state_parse(g.ledger, text, n, BOOT, 42, &error), 0);
}

/* A file of version @version with @to in place of @from, whose checksum is right, and what comes of
 * reading it. */
static int read_forged(int version, const char *from, const char *to, struct fixture *g,
                       struct error *error)
{
        _fixture_ struct fixture f;
        _cleanup_free_ char *text = NULL, *forged = NULL;
        const char *body, *at;
        uint64_t sum = UINT64_C(0xcbf29ce484222325);
        char whole[65536];
        size_t n;

        fill(&f);
        text = format(f.ledger, &n);
        body = strchr(text, '\n') + 1;
        at = strstr(body, from);
        assert_non_null(at);
        (void)snprintf(whole, sizeof(whole), "%.*s%s%s", (int)(at - body), body, to,
                       at + strlen(from));
        for (const char *p = whole; *p; p++)
                sum = (sum ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
        assert_true(asprintf(&forged,
                             "{\"nsorphandState\":%d,\"bootId\":\"%s\",\"pidNamespace\":42,"
                             "\"checksum\":\"%016lx\"}\n%s",
                             version, BOOT, (unsigned long)sum, whole) > 0);
        fixture_init(g, NULL);
        return ledger_state_parse(g->ledger, forged, strlen(forged), BOOT, 42, error);
}

/* The checksum is no wall: what adds up but makes no sense is refused, too. */
static void check_nonsense(const char *from, const char *to)
{
        _fixture_ struct fixture g;
        struct error error;

        assert_int_equal(read_forged(4, from, to, &g, &error), -EBADMSG);
        assert_non_null(strstr(error.text, "not a ledger"));
        assert_int_equal(ledger_count(g.ledger), 0);
}

/* What has underscores now had hyphens once. */
static void test_names_with_hyphens(void **state)
{
        _fixture_ struct fixture g;
        struct error error;

        assert_int_equal(read_forged(4, "\"kind\":\"coverage_degraded\"",
                                     "\"kind\":\"coverage-degraded\"", &g, &error),
                         0);
        assert_true(ledger_count(g.ledger) > 0);
}

/* The births that were written are those that are read, and a report has the short stack. */
static void test_births(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_free_ char *text = NULL;
        struct error error;
        size_t n, n_reports = 0;

        fill(&f);
        text = format(f.ledger, &n);
        fixture_init(&g, NULL);
        assert_int_equal(ledger_state_parse(g.ledger, text, n, BOOT, 42, &error), 0);
        const struct netns_identity id = {4002, 12, {}};
        const struct ledger_entry *e = ledger_find(g.ledger, &id);
        const struct birth *b = e->holders[0].birth;
        assert_int_equal(e->holders[0].socket_cookie, 700);
        assert_non_null(b);
        assert_int_equal(b->pid, 812);
        assert_int_equal(b->tid, 815);
        assert_int_equal(b->start_nsec, UINT64_C(5000000000));
        assert_int_equal(b->uid, 0);
        assert_string_equal(b->comm, "dockerd");
        assert_string_equal(b->thread, "creator");
        assert_string_equal(b->unit, "docker.service");
        assert_int_equal(b->opened_usec, UINT64_C(1699740800000000));
        assert_int_equal(b->opened_boot_usec, UINT64_C(500000000));
        assert_true(b->accepted);
        assert_int_equal(b->n_frames, 7);
        assert_string_equal(b->frames[4].function, "main.creator");
        assert_string_equal(b->frames[4].file, "/usr/bin/dockerd");
        assert_int_equal(b->frames[4].offset, 0x5234);
        assert_string_equal(b->frames[4].build_id, "");
        assert_null(b->frames[6].file);
        assert_int_equal(b->frames[6].offset, UINT64_MAX);
        assert_string_equal(b->frames[6].build_id, "00112233445566778899aabbccddeeff00112233");
        assert_null(e->told_holder.birth);
        for (size_t i = 0; i < ledger_outbox(g.ledger)->n; i++) {
                const struct report *r = ledger_outbox(g.ledger)->reports[i];
                if (!r->holder.birth)
                        continue;
                assert_string_equal(r->holder.birth->frames[1].function,
                                    "github.com/vishvananda/netlink.NewHandle");
                n_reports++;
        }
        assert_int_equal(n_reports, 1);
}

/* What is longer than what is read was made shorter when it was written. */
static void test_a_long_name(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_free_ char *text = NULL;
        char name[1001];
        struct error error;
        size_t n;

        memset(name, 'f', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        fixture_init(&f, NULL);
        struct census *c = one_orphan(100);
        c->namespaces[0].holders[0].birth = test_birth();
        test_frame(c->namespaces[0].holders[0].birth, name, name, 1, "");
        fixture_scan(&f, 0, c);
        text = format(f.ledger, &n);
        fixture_init(&g, NULL);
        assert_int_equal(ledger_state_parse(g.ledger, text, n, BOOT, 42, &error), 0);
        const struct birth *b = ledger_get(g.ledger, 0)->holders[0].birth;
        assert_true(text_is_shortened(b->frames[6].function));
        assert_int_equal(strlen(b->frames[6].file), TEXT_NAME_MAX);
}

/* Version 3 had no births. */
static void test_version_3(void **state)
{
        _fixture_ struct fixture g;
        struct error error;

        assert_int_equal(read_forged(3, "", "", &g, &error), 0);
        assert_true(ledger_count(g.ledger) > 0);
}

/* Version 2 had no history. */
static void test_version_2(void **state)
{
        _fixture_ struct fixture g, h;
        struct error error;

        assert_int_equal(read_forged(2, "\"history\":0,", "", &g, &error), 0);
        assert_true(ledger_count(g.ledger) > 0);
        assert_int_equal(read_forged(2, "\"history\":0,", "\"history\":0,", &h, &error), -EBADMSG);
}

static void test_nonsense(void **state)
{
        check_nonsense("\"sequence\"", "\"Sequence\"");
        check_nonsense("\"failing\":false", "\"failing\":0");
        check_nonsense("\"state\":\"leaked\"", "\"state\":\"lost\"");
        check_nonsense("\"censuses\":3", "\"censuses\":\"3\"");
        check_nonsense("\"kind\":\"socket\"", "\"kind\":\"bucket\"");
        check_nonsense("\"holderCount\":1", "\"holderCount\":0");
        check_nonsense("\"comm\":\"leaker\"", "\"comm\":\"\\u001b[2J\"");
        check_nonsense("\"comm\":\"leaker\"", "\"comm\":\"leaker\",\"more\":1");
        check_nonsense("\"kind\":\"coverage_degraded\"", "\"kind\":\"suspected\"");
        check_nonsense("\"shares\":1", "\"shares\":2");
        check_nonsense("\"shares\":1", "\"shares\":0");
        check_nonsense("\"shares\":1", "\"shares\":-1");
        check_nonsense("\"share\":\"leaker.service\"", "\"share\":\"\"");
        check_nonsense("\"told\":true", "\"told\":true,\"held\":\"resolved\"");
        check_nonsense("\"told\":true", "\"told\":true,\"held\":\"scan_failed\"");
        check_nonsense("}\n{\"name\"", "}\n\n{\"name\"");
        check_nonsense("\"history\":0,", "");
        check_nonsense("\"history\":0", "\"history\":1");
        check_nonsense("\"history\":0", "\"history\":-1");
        check_nonsense("\"birth\":{", "\"birth\":{\"more\":1,");
        check_nonsense("\"birth\":{\"pid\":812", "\"birth\":{\"pid\":-1");
        check_nonsense("\"thread\":\"creator\"", "\"thread\":\"\\u001b[2J\"");
        check_nonsense("\"frames\":[", "\"frames\":[7,");
        check_nonsense("\"frames\":[", "\"frames\":[{\"function\":\"f\"},");
        check_nonsense("\"frames\":[", "\"frame\":[");
        check_nonsense("\"buildId\":\"00", "\"buildId\":\"0000");
        check_nonsense("\"buildId\":\"00", "\"buildId\":\"0x");
        char name[TEXT_NAME_MAX + 32] = "\"thread\":\"", many[65536] = "\"frames\":[";
        memset(name + strlen(name), 'x', TEXT_NAME_MAX + 1);
        (void)snprintf(name + strlen(name), 2, "\"");
        check_nonsense("\"thread\":\"creator\"", name);
        for (size_t i = 0; i < BIRTH_FRAMES_MAX; i++)
                (void)snprintf(many + strlen(many), 32, "{\"offset\":1},");
        check_nonsense("\"frames\":[", many);
}

static char *directory(void)
{
        static char path[TEST_DIRECTORY_MAX];
        test_directory_make(path);
        return path;
}

static void remove_directory(const char *path)
{
        char command[256];
        (void)snprintf(command, sizeof(command), "rm -rf '%s'", path);
        assert_int_equal(system(command), 0);
}

/* Saves; whether the file was written anew. */
static bool is_written(struct ledger_state_file *file, const char *path, const struct ledger *l)
{
        struct stat before = {}, after;
        struct error error;

        (void)stat(path, &before);
        /* Else the new file could get the old one's number. */
        int held = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(ledger_state_flush(file, l, 60 * SEC, &error), LEDGER_STATE_SAVED);
        assert_int_equal(stat(path, &after), 0);
        fd_close(held);
        return before.st_ino != after.st_ino;
}

static void test_file(void **state)
{
        _fixture_ struct fixture f, g;
        _cleanup_(ledger_state_file_freep) struct ledger_state_file *file = NULL, *again = NULL;
        struct error error;
        char path[256];
        struct stat st;
        const char *folder = directory();

        (void)snprintf(path, sizeof(path), "%s/ledger.json", folder);
        fixture_init(&f, NULL);
        assert_int_equal(ledger_state_file_new(&file, path, &error), 0);
        assert_int_equal(ledger_state_load(file, f.ledger, &error), LEDGER_STATE_ABSENT);
        assert_true(is_written(file, path, f.ledger));
        assert_false(is_written(file, path, f.ledger));
        fixture_leak(&f, 100);
        assert_true(is_written(file, path, f.ledger));
        /* Nothing new: not written. */
        fixture_scan(&f, 60 * SEC, one_orphan(100));
        assert_false(is_written(file, path, f.ledger));
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);

        fixture_init(&g, NULL);
        assert_int_equal(ledger_state_file_new(&again, path, &error), 0);
        assert_int_equal(ledger_state_load(again, g.ledger, &error), LEDGER_STATE_LOADED);
        assert_int_equal(ledger_count(g.ledger), 1);
        assert_false(is_written(again, path, g.ledger));
        remove_directory(folder);
}

static void test_damaged_file_is_set_aside(void **state)
{
        _fixture_ struct fixture f;
        _cleanup_(ledger_state_file_freep) struct ledger_state_file *file = NULL;
        struct error error;
        char path[256], aside[300];
        const char *folder = directory();

        (void)snprintf(path, sizeof(path), "%s/ledger.json", folder);
        (void)snprintf(aside, sizeof(aside), "%s.damaged", path);
        assert_int_equal(file_replace(path, "nonsense\n", 9), 0);
        fixture_init(&f, NULL);
        assert_int_equal(ledger_state_file_new(&file, path, &error), 0);
        assert_int_equal(ledger_state_load(file, f.ledger, &error), LEDGER_STATE_SET_ASIDE);
        assert_non_null(strstr(error.text, aside));
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(access(aside, F_OK), 0);
        assert_true(is_written(file, path, f.ledger));
        remove_directory(folder);
}

static void test_unwritable(void **state)
{
        _fixture_ struct fixture f;
        _cleanup_(ledger_state_file_freep) struct ledger_state_file *file = NULL;
        struct error error;

        fixture_init(&f, NULL);
        assert_int_equal(ledger_state_file_new(&file, "/proc/no/ledger.json", &error), 0);
        assert_int_equal(ledger_state_load(file, f.ledger, &error), LEDGER_STATE_ABSENT);
        assert_int_equal(ledger_state_flush(file, f.ledger, 60 * SEC, &error), -ENOENT);
        assert_non_null(strstr(error.text, "Failed to write state file /proc/no/ledger.json"));
}

/* A disk that does not answer: a FIFO that nobody reads stands where the new file goes. */
static void test_a_write_that_hangs_is_not_waited_for(void **state)
{
        _fixture_ struct fixture f;
        _cleanup_(ledger_state_file_freep) struct ledger_state_file *file = NULL;
        struct error error;
        char path[256], fifo[300];
        const char *folder = directory();

        (void)snprintf(path, sizeof(path), "%s/ledger.json", folder);
        (void)snprintf(fifo, sizeof(fifo), "%s.new", path);
        assert_int_equal(mkfifo(fifo, 0600), 0);
        fixture_init(&f, NULL);
        fixture_leak(&f, 100);
        assert_int_equal(ledger_state_file_new(&file, path, &error), 0);
        uint64_t start = clock_usec(CLOCK_MONOTONIC);
        assert_int_equal(ledger_state_save(file, f.ledger, &error), LEDGER_STATE_SAVING);
        assert_int_equal(ledger_state_save(file, f.ledger, &error), LEDGER_STATE_SAVING);
        assert_true(clock_usec(CLOCK_MONOTONIC) - start < SEC);
        assert_int_equal(ledger_state_flush(file, f.ledger, SEC / 10, &error), LEDGER_STATE_SAVING);
        assert_true(ledger_state_saving_usec(file) >= SEC / 10);
        assert_int_equal(ledger_state_saved_sequence(file), 0);
        /* It comes back, and what has changed meanwhile is written after it. */
        int reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        assert_true(reader >= 0);
        fixture_scan(&f, 60 * SEC, test_census());
        int r = ledger_state_flush(file, f.ledger, 60 * SEC, &error);
        /* fsync(2) of a FIFO gives an error, so that write fails; the next has a real file. */
        if (r < 0)
                r = ledger_state_flush(file, f.ledger, 60 * SEC, &error);
        assert_int_equal(r, LEDGER_STATE_SAVED);
        assert_int_equal(ledger_state_saved_sequence(file), ledger_sequence(f.ledger));
        fd_close(reader);
        remove_directory(folder);
}

/* What the largest file can hold is less than what is read of one. */
static void test_the_largest_file_is_read(void **state)
{
        _fixture_ struct fixture f;
        struct text_buffer with = {}, without = {};
        char name[TEXT_NAME_MAX + 1];
        struct text_buffer born = {}, told = {};

        memset(name, '"', sizeof(name) - 1); /* two bytes of JSON each */
        name[sizeof(name) - 1] = '\0';
        fixture_init(&f, NULL);
        for (int i = 0; i < 3; i++) {
                struct census *c = one_orphan(100);
                struct holder *h = &c->namespaces[0].holders[0];
                struct process *p = c->processes[0];
                free(p->comm);
                free(p->unit);
                p->comm = strdup(name);
                p->unit = strdup(name);
                p->start_ticks = h->socket_inode = UINT64_MAX / 2 - (i == 2);
                h->path = strdup(name);
                h->device = strdup(name);
                h->reason = name;
                c->namespaces[0].id = (struct netns_identity){UINT64_MAX / 2, UINT64_MAX / 2, {}};
                c->namespaces[0].partial = true;
                fixture_scan(&f, 120 * SEC, c);
                if (i == 0)
                        assert_int_equal(
                                ledger_note(f.ledger, &ledger_get(f.ledger, 0)->id, name, name), 0);
        }
        assert_int_equal(ledger_state_format_body(f.ledger, &with), 0);
        size_t n_reports = ledger_outbox(f.ledger)->n;
        assert_true(n_reports > 0);
        fixture_sent(&f);
        assert_int_equal(ledger_state_format_body(f.ledger, &without), 0);
        /* An entry here has two holders, one of them that it was told of; a report the same. It may
         * be of several namespaces, but then it does not say whose and what is inside. */
        struct text_buffer list = {};
        struct netns_identity more[REPORT_LISTED_MAX];
        for (size_t i = 0; i < REPORT_LISTED_MAX; i++)
                more[i] = (struct netns_identity){UINT64_MAX / 2, UINT64_MAX / 2, {}};
        state_identity_print_list(&list, more, REPORT_LISTED_MAX);
        size_t entry = without.n, report = (with.n - without.n) / n_reports + list.n;
        text_buffer_deinit(&list);
        uint64_t holders = LEDGER_HOLDERS_TOTAL + STATE_ENTRIES_MAX * LEDGER_HOLDERS_LEAST;
        uint64_t all = STATE_ENTRIES_MAX * entry + holders * entry / 2 + STATE_REPORTS_MAX * report;
        /* The births of holders, and the shorter ones of reports. */
        struct birth *b = birth_new(), *shorter;
        b->pid = b->tid = INT_MAX;
        b->start_nsec = b->opened_usec = b->opened_boot_usec = UINT64_MAX / 2;
        b->accepted = true;
        b->comm = strdup(name);
        b->thread = strdup(name);
        b->unit = strdup(name);
        for (size_t i = 0; i < BIRTH_FRAMES_MAX; i++)
                test_frame(b, name, name, UINT64_MAX / 2,
                           "00112233445566778899aabbccddeeff00112233");
        shorter = birth_stack_shorten(b);
        state_birth_print(&born, b);
        state_birth_print(&told, shorter);
        all += LEDGER_BIRTHS_TOTAL * born.n + STATE_REPORTS_MAX * told.n;
        birth_unref(b);
        birth_unref(shorter);
        assert_true(entry > 3000 && report > 1000);
        assert_true(all < STATE_SIZE_MAX);
        text_buffer_deinit(&born);
        text_buffer_deinit(&told);
        text_buffer_deinit(&with);
        text_buffer_deinit(&without);
}

/* What version 0.1 wrote: the kinds of holders with hyphens. */
static void test_a_file_of_version_0_1(void **state)
{
        _fixture_ struct fixture f;
        _cleanup_free_ char *text = NULL;
        size_t n, n_nameless = 0, seen[_HOLDER_KIND_MAX] = {};
        char path[4096];
        struct error error;

        fixture_init(&f, NULL);
        (void)snprintf(path, sizeof(path), "%s/tests/unit/state-0.1.json",
                       getenv("NSORPHAND_SOURCE"));
        assert_int_equal(file_read_at(AT_FDCWD, path, 1 << 20, &text, &n), 0);
        assert_int_equal(ledger_state_parse(f.ledger, text, n, BOOT, 4026531836, &error), 0);
        assert_int_equal(ledger_count(f.ledger), 6);
        for (size_t i = 0; i < 6; i++) {
                const struct ledger_entry *e = ledger_get(f.ledger, i);
                assert_int_equal(e->state, LEDGER_LEAKED);
                assert_true(e->told);
                assert_int_equal(e->n_holders, 1);
                seen[e->holders[0].kind]++;
                if (e->id.inode)
                        continue;
                /* Its "anonymous" said no more than the number of the file. */
                assert_int_equal(e->id.nameless.file_inode, 4026532618);
                assert_int_equal(e->id.nameless.kind, HOLDER_PROC_NET_FILE);
                assert_int_equal(e->id.nameless.pid, e->holders[0].pid);
                assert_int_equal(e->id.nameless.start_ticks, holder_start_ticks(&e->holders[0]));
                n_nameless++;
        }
        assert_int_equal(n_nameless, 1);
        assert_int_equal(seen[HOLDER_SOCKET], 1);
        assert_int_equal(seen[HOLDER_TUN], 1);
        assert_int_equal(seen[HOLDER_SOCKET_IN_FLIGHT], 2);
        assert_int_equal(seen[HOLDER_SOCKET_MAPPING], 1);
        assert_int_equal(seen[HOLDER_PROC_NET_FILE], 1);
}

/* jansson asserts, or damages the heap, where the buffer of its parser does not grow: its sizes are
 * powers of two. Of all else, one fails. */
static unsigned n_asked, fails_at;

static void *fail_once(size_t size)
{
        if ((size & (size - 1)) == 0 || ++n_asked != fails_at)
                return malloc(size);
        errno = ENOMEM;
        return NULL;
}

/* Such a file is not damaged: set aside, it would be forgotten. */
static void test_without_memory(void **state)
{
        _fixture_ struct fixture f;
        int r = -ENOMEM;
        size_t n;

        fill(&f);
        _cleanup_free_ char *text = format(f.ledger, &n);
        json_set_alloc_funcs(fail_once, free);
        n_asked = fails_at = 0;
        while (n_asked >= fails_at) {
                _fixture_ struct fixture g;
                struct error error = {};

                fixture_init(&g, NULL);
                n_asked = 0;
                fails_at++;
                r = ledger_state_parse(g.ledger, text, n, BOOT, 42, &error);
                if (r < 0 && r != -ENOMEM)
                        break;
        }
        json_set_alloc_funcs(malloc, free);
        assert_true(fails_at > 100);
        assert_int_equal(r, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_goes_on),
                cmocka_unit_test(test_a_suspect_keeps_its_time),
                cmocka_unit_test(test_other_boot),
                cmocka_unit_test(test_a_file_of_version_0_1),
                cmocka_unit_test(test_damage),
                cmocka_unit_test(test_nonsense),
                cmocka_unit_test(test_names_with_hyphens),
                cmocka_unit_test(test_births),
                cmocka_unit_test(test_a_long_name),
                cmocka_unit_test(test_version_3),
                cmocka_unit_test(test_version_2),
                cmocka_unit_test(test_file),
                cmocka_unit_test(test_damaged_file_is_set_aside),
                cmocka_unit_test(test_unwritable),
                cmocka_unit_test(test_a_write_that_hangs_is_not_waited_for),
                cmocka_unit_test(test_the_largest_file_is_read),
                cmocka_unit_test(test_without_memory),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
