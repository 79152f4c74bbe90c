/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proc/comm.h"
#include "proc/maps.h"
#include "proc/stat.h"
#include "trace/symbols.h"
#include "util/clock.h"
#include "util/line-reader.h"
#include "util/text.h"

_Static_assert(BIRTH_FRAMES_MAX <= ANSWER_OFFSETS_MAX, "a file may have all frames");
_Static_assert(BIRTH_BUILD_ID_MAX + 1 >= ANSWER_BUILD_ID_TEXT, "room for a build id");

/* How many lines are read between two looks at the clock. */
#define LINES_AT_ONCE 1024

/* One address, and the mapping it lies in. */
struct place {
        uint64_t address;
        bool mapped; /* in code; all that follows is of the mapping */
        uint64_t start, end, offset, device, inode;
        char *name; /* escaped; NULL for none */
        bool asked; /* for its symbol */
};

struct stack {
        struct place places[BIRTH_FRAMES_MAX];
        size_t n;
};

/* The address of an instruction in the frame: that before the one which it goes on with. */
static uint64_t inside(const struct stack *s, const struct place *p)
{
        return p == s->places || p->address == 0 ? p->address : p->address - 1;
}

/* Whether @process_fd is that of @b, and it has not executed another program since. */
static bool is_same(const struct birth *b, int process_fd)
{
        uint64_t per_sec = (uint64_t)sysconf(_SC_CLK_TCK);
        _cleanup_free_ char *comm = NULL;
        struct proc_stat stat;

        if (process_fd < 0 || proc_stat_read(process_fd, &stat) < 0 || stat.state == 'Z' ||
            stat.start_ticks != b->start_nsec / (NSEC_PER_SEC / per_sec))
                return false;
        if (b->stack_start)
                return stat.stack_start == b->stack_start;
        /* A hint, in place of a proof. */
        return proc_comm_read(process_fd, &comm) >= 0 && b->comm && strcmp(comm, b->comm) == 0;
}

static int note_mapping(struct stack *s, const struct maps_line *m)
{
        for (size_t i = 0; i < s->n; i++) {
                struct place *p = &s->places[i];
                uint64_t address = inside(s, p);
                if (p->mapped || address < m->start || address >= m->end)
                        continue;
                p->mapped = true;
                p->start = m->start;
                p->end = m->end;
                p->offset = m->offset;
                p->device = m->device;
                p->inode = m->inode;
                if (m->name_length == 0)
                        continue;
                p->name = text_shorten(text_escape(m->name, m->name_length));
                if (!p->name)
                        return -ENOMEM;
        }
        return 0;
}

/* 0, -ETIMEDOUT, or another negative errno. */
static int read_mappings(struct stack *s, int process_fd, uint64_t deadline_usec)
{
        _cleanup_(line_reader_closep) struct line_reader reader;
        struct maps_line m;
        const char *line;
        size_t n;

        int r = line_reader_open(&reader, process_fd, "maps");
        for (unsigned i = 1; r >= 0 && (r = line_reader_next(&reader, &line, &n)) > 0; i++) {
                if (proc_maps_parse_any(line, n, &m) && m.executable)
                        r = note_mapping(s, &m);
                if (i % LINES_AT_ONCE == 0 && clock_usec(CLOCK_MONOTONIC) > deadline_usec)
                        r = -ETIMEDOUT;
        }
        return r;
}

/* Gives the frames of one file what is found out of it: @which are their numbers. */
static void take_symbols(struct birth *b, struct symbols *found, const size_t *which)
{
        for (size_t i = 0; i < found->n; i++) {
                struct birth_frame *f = &b->frames[which[i]];
                f->function = TAKE_PTR(found->names[i]);
                (void)snprintf(f->build_id, sizeof(f->build_id), "%s", found->build_id);
        }
}

/* The symbols of all places that are in the file of place @first. */
static int ask_symbols(struct birth *b, struct stack *s, size_t first, int process_fd,
                       uint64_t deadline_usec)
{
        const struct place *file = &s->places[first];
        _cleanup_(symbols_deinitp) struct symbols found = {};
        size_t which[BIRTH_FRAMES_MAX];
        char link[ANSWER_LINK_MAX];

        for (size_t i = first; i < s->n; i++) {
                struct place *p = &s->places[i];
                if (!p->mapped || p->device != file->device || p->inode != file->inode)
                        continue;
                p->asked = true;
                found.offsets[found.n] = inside(s, p) - p->start + p->offset;
                which[found.n++] = i;
        }
        /* The very file, whatever has become of its name, and in whichever mount namespace. */
        (void)snprintf(link, sizeof(link), "map_files/%" PRIx64 "-%" PRIx64, file->start,
                       file->end);
        found.link = link;
        int r = symbols_find(&found, process_fd, deadline_usec);
        if (r == 0)
                take_symbols(b, &found, which);
        return r;
}

/* What the mappings say: files and offsets. */
static void take_files(struct birth *b, struct stack *s)
{
        for (size_t i = 0; i < s->n; i++) {
                struct place *p = &s->places[i];
                if (p->mapped && p->name) {
                        b->frames[i].file = TAKE_PTR(p->name);
                        b->frames[i].offset = p->address - p->start + p->offset;
                }
        }
}

/* What may be of another program is not said. */
static void forget_symbols(struct birth *b)
{
        for (size_t i = 0; i < b->n_frames; i++) {
                free(b->frames[i].function);
                b->frames[i].function = NULL;
                *b->frames[i].build_id = '\0';
        }
}

static void leave_out_what_is_no_code(struct birth *b, const struct stack *s)
{
        size_t kept = 0;

        for (size_t i = 0; i < s->n; i++)
                if (s->places[i].mapped)
                        b->frames[kept++] = b->frames[i];
        b->n_frames = kept;
}

static int look(struct birth *b, struct stack *s, int process_fd, uint64_t deadline_usec)
{
        if (!is_same(b, process_fd))
                return 0;
        int r = read_mappings(s, process_fd, deadline_usec);
        if (r == -ENOMEM || !is_same(b, process_fd))
                return MIN(r, 0);
        bool complete = r == 0;
        take_files(b, s);
        r = 0;
        for (size_t i = 0; r == 0 && i < s->n && clock_usec(CLOCK_MONOTONIC) < deadline_usec; i++)
                if (s->places[i].mapped && s->places[i].inode && !s->places[i].asked)
                        r = ask_symbols(b, s, i, process_fd, deadline_usec);
        if (!is_same(b, process_fd))
                forget_symbols(b);
        if (complete)
                leave_out_what_is_no_code(b, s);
        return r;
}

int frames_resolve(struct birth *b, int process_fd, const uint64_t *addresses, size_t n,
                   uint64_t timeout_usec)
{
        uint64_t deadline = clock_usec(CLOCK_MONOTONIC) + timeout_usec;
        struct stack s = {.n = MIN(n, (size_t)BIRTH_FRAMES_MAX)};

        if (s.n == 0)
                return 0;
        b->frames = calloc(s.n, sizeof(*b->frames));
        if (!b->frames)
                return -ENOMEM;
        b->n_frames = s.n;
        for (size_t i = 0; i < s.n; i++)
                b->frames[i].offset = s.places[i].address = addresses[i];
        int r = look(b, &s, process_fd, deadline);
        for (size_t i = 0; i < s.n; i++)
                free(s.places[i].name);
        if (r == -ENOMEM)
                birth_drop_frames(b);
        return r == -ENOMEM ? r : 0;
}
