/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/decode-birth.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "nsorphanctl/decode-fields.h"
#include "util/fair-share.h"
#include "util/macro.h"
#include "util/text.h"

/* A birth, and what is not as it has it. */
struct told_birth {
        struct told_frame *frames;
        size_t n_frames;
        uint64_t start_ticks;
        char *comm, *thread, *unit;
        pid_t pid, tid;
        uid_t uid;
        uint64_t opened_usec;
        bool accepted;
};

struct told_frame {
        char *function, *file, *build_id;
        uint64_t offset;
};

#define FIELD(structure, key, type, member)                                                        \
        {                                                                                          \
                key, type, offsetof(struct structure, member), false, NULL                         \
        }

static const struct decode_field frame_fields[] = {
        FIELD(told_frame, "function", DECODE_STRING, function),
        FIELD(told_frame, "file", DECODE_STRING, file),
        FIELD(told_frame, "offset", DECODE_NUMBER, offset),
        FIELD(told_frame, "buildId", DECODE_STRING, build_id),
};

static const struct decode_field birth_fields[] = {
        FIELD(told_birth, "pid", DECODE_INT, pid),
        FIELD(told_birth, "tid", DECODE_INT, tid),
        FIELD(told_birth, "startTicks", DECODE_NUMBER, start_ticks),
        FIELD(told_birth, "comm", DECODE_STRING, comm),
        FIELD(told_birth, "thread", DECODE_STRING, thread),
        FIELD(told_birth, "unit", DECODE_STRING, unit),
        FIELD(told_birth, "uid", DECODE_UID, uid),
        FIELD(told_birth, "openedUSec", DECODE_NUMBER, opened_usec),
        FIELD(told_birth, "accepted", DECODE_BOOL, accepted),
};

static const struct decode_field trace_fields[] = {
        {"sockets", DECODE_WORD, offsetof(struct census_trace, which), true,
         birth_trace_from_string},
        FIELD(census_trace, "sinceUSec", DECODE_NUMBER, since_usec),
        FIELD(census_trace, "births", DECODE_NUMBER, now),
        FIELD(census_trace, "noted", DECODE_NUMBER, noted),
        FIELD(census_trace, "refused", DECODE_NUMBER, refused),
};

static void told_birth_clear(struct told_birth *t)
{
        for (size_t i = 0; i < t->n_frames; i++) {
                free(t->frames[i].function);
                free(t->frames[i].file);
                free(t->frames[i].build_id);
        }
        free(t->frames);
        free(t->comm);
        free(t->thread);
        free(t->unit);
}

static int decode_frame(const json_t *o, void *ret, struct error *error)
{
        return decode_fields(o, "a frame", frame_fields, ARRAY_SIZE(frame_fields), ret, error);
}

static int refuse(struct error *error, const char *what)
{
        return error_set(error, EPROTO, "nsorphand's answer was not understood: %s", what);
}

static int take_frames(struct birth *b, struct told_birth *t, struct error *error)
{
        b->frames = calloc(t->n_frames + 1, sizeof(*b->frames));
        if (!b->frames)
                return error_oom(error);
        for (size_t i = 0; i < t->n_frames; i++) {
                struct told_frame *from = &t->frames[i];
                struct birth_frame *to = &b->frames[b->n_frames++];
                if (from->build_id && strlen(from->build_id) > BIRTH_BUILD_ID_MAX)
                        return refuse(error, "\"buildId\" of a frame is too long");
                to->function = text_shorten(TAKE_PTR(from->function));
                to->file = text_shorten(TAKE_PTR(from->file));
                to->offset = from->offset;
                if (from->build_id)
                        memcpy(to->build_id, from->build_id, strlen(from->build_id) + 1);
        }
        return 0;
}

static int make_birth(struct told_birth *t, struct birth **ret, struct error *error)
{
        const uint64_t nsec_per_tick = NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
        _cleanup_(birth_unrefp) struct birth *b = birth_new();

        if (!b)
                return error_oom(error);
        b->pid = t->pid;
        b->tid = t->tid;
        b->start_nsec = MIN(t->start_ticks, UINT64_MAX / nsec_per_tick) * nsec_per_tick;
        b->uid = t->uid;
        b->comm = text_shorten(TAKE_PTR(t->comm));
        b->thread = text_shorten(TAKE_PTR(t->thread));
        b->unit = text_shorten(TAKE_PTR(t->unit));
        b->opened_usec = t->opened_usec;
        b->accepted = t->accepted;
        int r = take_frames(b, t, error);
        if (r >= 0)
                *ret = TAKE_PTR(b);
        return r;
}

int decode_birth(const json_t *holder, struct birth **ret, struct error *error)
{
        _cleanup_(told_birth_clear) struct told_birth told = {.uid = UID_UNKNOWN};
        const json_t *o;

        *ret = NULL;
        int r = decode_fields_object(holder, "birth", &o, error);
        if (r <= 0)
                return r;
        r = decode_fields(o, "a birth", birth_fields, ARRAY_SIZE(birth_fields), &told, error);
        if (r >= 0 && json_array_size(json_object_get(o, "frames")) > BIRTH_FRAMES_MAX)
                r = refuse(error, "\"frames\" has too many");
        if (r >= 0)
                r = decode_fields_array(o, "frames", sizeof(*told.frames), decode_frame,
                                        (void **)&told.frames, &told.n_frames, error);
        return r < 0 ? r : make_birth(&told, ret, error);
}

int decode_birth_trace(const json_t *reply, struct census_trace *ret, struct error *error)
{
        const json_t *o;

        *ret = (struct census_trace){};
        int r = decode_fields_object(reply, "trace", &o, error);
        return r <= 0 ? r
                      : decode_fields(o, "a trace", trace_fields, ARRAY_SIZE(trace_fields), ret,
                                      error);
}
