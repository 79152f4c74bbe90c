/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/cross-check.h"

#include <stdio.h>
#include <string.h>

#include "census/compare-sentence.h"

struct checking {
        cross_check_look_fn look;
        void *userdata;
        struct census *bpf, *procfs;
        struct comparison *found; /* in every look so far */
};

/* Puts a new census in the place of *@census. */
static int look_anew(const struct checking *c, enum scan_source source, struct census **census,
                     struct error *error)
{
        struct census *made = NULL;

        int r = c->look(source, c->userdata, &made, error);
        if (r < 0)
                return r;
        census_free(*census);
        *census = made;
        return 0;
}

static int compare_anew(struct checking *c, struct error *error)
{
        _cleanup_(compare_freep) struct comparison *earlier = TAKE_PTR(c->found);

        int r = compare_censuses(c->bpf, c->procfs, &c->found);
        if (r < 0)
                return error_oom(error);
        compare_leave_users_out(c->found);
        if (earlier)
                compare_keep(c->found, earlier);
        return 0;
}

static int look_until_explained(struct checking *c, struct error *error)
{
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < COMPARE_LOOKS_MAX && (i == 0 || c->found->n > 0); i++) {
                /* BPF first: what the walk finds that began meanwhile is known as younger. */
                if (i > 0)
                        r = look_anew(c, SCAN_SOURCE_BPF, &c->bpf, error);
                if (r >= 0)
                        r = look_anew(c, SCAN_SOURCE_PROCFS, &c->procfs, error);
                if (r >= 0)
                        r = compare_anew(c, error);
        }
        return r;
}

static void note(struct census *census, const struct comparison *found)
{
        struct census_check *check = &census->check;
        char name[NETNS_NAME_MAX], sentence[COMPARE_SENTENCE_MAX];

        *check = (struct census_check){.made = true, .disagreements = found->n};
        if (found->n == 0)
                return;
        (void)snprintf(check->text, sizeof(check->text), "%s: %s",
                       netns_identity_format(&found->list[0].id, name),
                       compare_sentence(&found->list[0], sentence));
        (void)snprintf(census->not_bpf, sizeof(census->not_bpf), "BPF and procfs disagree, %s",
                       check->text);
}

int cross_check(struct census **census, cross_check_look_fn look, void *userdata,
                struct error *error)
{
        struct checking c = {.look = look, .userdata = userdata, .bpf = *census};
        _cleanup_(census_freep) struct census *unused = NULL;

        int r = look_until_explained(&c, error);
        _cleanup_(compare_freep) struct comparison *found = c.found;
        bool disagree = r >= 0 && found->n > 0;
        *census = disagree ? c.procfs : c.bpf;
        unused = disagree ? c.bpf : c.procfs;
        if (r == -ECANCELED)
                return r;
        if (r >= 0)
                note(*census, found);
        else
                (void)snprintf((*census)->check.text, sizeof((*census)->check.text), "%.*s",
                               CENSUS_CHECK_TEXT_MAX - 1,
                               error->text[0] ? error->text : strerror(-r));
        return 0;
}
