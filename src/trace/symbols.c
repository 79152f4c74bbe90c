/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "trace/debug-file.h"
#include "trace/symbolizer.h"
#include "util/macro.h"

/* Where it was not installed, as in tests: another place of it. Not where a set-user-id program or
 * a capability of a file brought us here. */
static const char *program(void)
{
        const char *given = secure_getenv("NSORPHAN_SYMBOLIZE");

        return given && *given ? given : NSORPHAN_SYMBOLIZE;
}

static int ask_names(struct symbols *s, struct symbolizer *child, uint64_t deadline_usec)
{
        _cleanup_free_ char *message = malloc(ANSWER_SIZE_MAX);
        if (!message)
                return -ENOMEM;

        ssize_t n = symbolizer_hear(child, message, ANSWER_SIZE_MAX, deadline_usec);
        return n < 0 ? (int)n : answer_parse_names(message, (size_t)n, s->n, s->names);
}

static int ask(struct symbols *s, int process_fd, uint64_t deadline_usec)
{
        _cleanup_(symbolizer_endp) struct symbolizer child = SYMBOLIZER_NONE;
        struct question q = {.n = (uint32_t)s->n};
        struct file_identity id;

        if (s->n > ANSWER_OFFSETS_MAX || strlen(s->link) >= sizeof(q.link))
                return -EINVAL;
        (void)snprintf(q.link, sizeof(q.link), "%s", s->link);
        memcpy(q.offsets, s->offsets, s->n * sizeof(*q.offsets));
        int r = symbolizer_start(&child, program());
        if (r < 0 || (r = symbolizer_tell(&child, &q, sizeof(q), process_fd)) < 0)
                return r;
        ssize_t n = symbolizer_hear(&child, &id, sizeof(id), deadline_usec);
        if (n < 0 || (r = answer_parse_identity(&id, (size_t)n, s->build_id)) < 0)
                return n < 0 ? (int)n : r;
        _cleanup_close_ int debug = *s->build_id ? debug_file_open(s->build_id) : -ENOENT;
        r = symbolizer_tell(&child, "", 1, debug);
        return r < 0 ? r : ask_names(s, &child, deadline_usec);
}

int symbols_find(struct symbols *s, int process_fd, uint64_t deadline_usec)
{
        return ask(s, process_fd, deadline_usec) == -ENOMEM ? -ENOMEM : 0;
}

void symbols_deinit(struct symbols *s)
{
        for (size_t i = 0; i < ARRAY_SIZE(s->names); i++) {
                free(s->names[i]);
                s->names[i] = NULL;
        }
}
