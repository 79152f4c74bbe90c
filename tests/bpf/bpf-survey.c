/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints, for the tests, what the BPF source's library found: in one line of JSON, all namespaces,
 * and of those that no task is in, what holds them.
 *
 *     bpf-survey [--small] [TIMES]
 *
 * So many surveys, the last is printed: what is remembered counts too. With --small every map
 * begins with room for very little, and every run ends after a microsecond. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "census/bpf/survey.h"
#include "util/clock.h"

static void set_number(json_t *to, const char *key, uint64_t value)
{
        json_object_set_new(to, key, json_integer((json_int_t)value));
}

static json_t *holder_to_json(const struct found_holder *h)
{
        json_t *to = json_object();

        json_object_set_new(to, "kind", json_string(holder_kind_to_string(h->kind)));
        if (h->carried != HOLDER_NONE)
                json_object_set_new(to, "carried", json_string(holder_kind_to_string(h->carried)));
        if (h->pid > 0) {
                set_number(to, "pid", (uint64_t)h->pid);
                set_number(to, "tid", (uint64_t)h->tid);
        }
        if (h->fd >= 0)
                set_number(to, "fd", (uint64_t)h->fd);
        if (h->depth > 0)
                set_number(to, "depth", h->depth);
        if (h->inode > 0)
                set_number(to, "socketInode", h->inode);
        if (h->family >= 0) {
                set_number(to, "family", (uint64_t)h->family);
                set_number(to, "type", (uint64_t)h->type);
                set_number(to, "protocol", (uint64_t)h->protocol);
        }
        return to;
}

static json_t *namespace_to_json(const struct survey *survey, const struct look_net *ns)
{
        const struct tracked *t = survey_find(survey, ns->record.net);
        json_t *to = json_object(), *holders = json_array();

        set_number(to, "inode", ns->record.inode);
        set_number(to, "cookie", ns->record.cookie);
        json_object_set_new(to, "verdict", json_string(netns_verdict_to_string(ns->verdict)));
        set_number(to, "counted", (uint64_t)ns->record.count);
        set_number(to, "tasks", ns->tasks);
        set_number(to, "paths", (uint64_t)ns->record.paths);
        set_number(to, "ownerUserNamespaceInode", ns->record.owner_userns);
        if (!t) {
                json_decref(holders);
                return to;
        }
        set_number(to, "explained", t->explained);
        set_number(to, "pathsExplained", t->paths_explained);
        for (size_t i = 0; i < t->n_holders; i++)
                json_array_append_new(holders, holder_to_json(&t->holders[i]));
        json_object_set_new(to, "holders", holders);
        return to;
}

static void say_longest(json_t *to, const struct phase *p)
{
        if (p->loaded)
                set_number(to, phase_to_string(p->name), p->run->longest_ns);
}

#define SMALL 2 /* records; slots are four times as many */

static void make_small(struct phase *p)
{
        p->run_nsec = NSEC_PER_USEC;
        for (unsigned i = 0; i < PHASE_MAPS_MAX; i++)
                if (p->maps[i].entries > 1)
                        p->maps[i].entries = p->maps[i].entry_size == sizeof(struct slot)
                                                     ? SMALL * SLOT_SPARE
                                                     : SMALL;
}

static unsigned count_grown(const struct surveyor *s)
{
        unsigned n = s->looker.namespaces.grown + s->looker.tasks.grown;

        for (enum phase_name name = PHASE_FILES; name < _PHASE_MAX; name++)
                n += s->finder.phases[name].grown;
        return n;
}

static void make_all_small(struct surveyor *s)
{
        make_small(&s->looker.namespaces);
        make_small(&s->looker.tasks);
        for (enum phase_name name = PHASE_FILES; name < _PHASE_MAX; name++)
                make_small(&s->finder.phases[name]);
}

int main(int argc, char **argv)
{
        bool small = argc > 1 && strcmp(argv[1], "--small") == 0;
        int times = argc > 1 + small ? atoi(argv[1 + small]) : 1;
        struct surveyor surveyor;
        struct survey survey = {};
        json_t *root = json_object(), *list = json_array(), *longest = json_object();

        surveyor_init(&surveyor);
        if (small)
                make_all_small(&surveyor);
        uint64_t start = clock_usec(CLOCK_MONOTONIC);
        int r = surveyor_load(&surveyor);
        set_number(root, "loadUSec", clock_usec(CLOCK_MONOTONIC) - start);
        for (int i = 0; i < times && r >= 0; i++) {
                survey_deinit(&survey);
                start = clock_usec(CLOCK_MONOTONIC);
                r = surveyor_survey(&surveyor, false, &survey);
                set_number(root, "surveyUSec", clock_usec(CLOCK_MONOTONIC) - start);
        }
        if (r < 0) {
                fprintf(stderr, "%s: %s\n", program_invocation_short_name, strerror(-r));
                return r == -EPERM ? 77 : EXIT_FAILURE;
        }
        for (size_t i = 0; i < survey.look.n_nets; i++)
                json_array_append_new(list, namespace_to_json(&survey, &survey.look.nets[i]));
        json_object_set_new(root, "namespaces", list);
        set_number(root, "dying", survey.look.n_dying);
        set_number(root, "threads", survey.look.threads);
        set_number(root, "looks", survey.looks);
        set_number(root, "walks", surveyor.finder.walks);
        set_number(root, "grown", count_grown(&surveyor));
        say_longest(longest, &surveyor.looker.namespaces);
        say_longest(longest, &surveyor.looker.tasks);
        for (enum phase_name name = PHASE_FILES; name < _PHASE_MAX; name++)
                say_longest(longest, &surveyor.finder.phases[name]);
        json_object_set_new(root, "longestNSec", longest);
        json_dumpf(root, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(root);
        survey_deinit(&survey);
        surveyor_deinit(&surveyor);
        return EXIT_SUCCESS;
}
