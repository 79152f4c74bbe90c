/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/json-birth.h"

#include "report/json-put.h"
#include "util/fair-share.h"

static json_t *json_frame(const struct birth_frame *f)
{
        json_auto_t *o = json_object();

        /* What is no address at all may have the highest bit, which JSON's numbers have not. */
        if (!o || json_put_string(o, "function", f->function) < 0 ||
            json_put_string(o, "file", f->file) < 0 ||
            (f->offset <= INT64_MAX &&
             json_put(o, "offset", json_integer((json_int_t)f->offset)) < 0) ||
            (f->build_id[0] && json_put_string(o, "buildId", f->build_id) < 0))
                return NULL;
        return TAKE_PTR(o);
}

static json_t *json_frames(const struct birth *b)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < b->n_frames; i++)
                if (json_array_append_new(array, json_frame(&b->frames[i])) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

json_t *json_birth(const struct birth *b)
{
        json_auto_t *o = json_object();

        if (!o || json_put_nonzero(o, "pid", (uint64_t)b->pid) < 0 ||
            json_put_nonzero(o, "tid", (uint64_t)b->tid) < 0 ||
            json_put_nonzero(o, "startTicks", birth_start_ticks(b)) < 0 ||
            json_put_string(o, "comm", b->comm) < 0 ||
            json_put_string(o, "thread", b->thread) < 0 ||
            json_put_string(o, "unit", b->unit) < 0 ||
            (b->uid != UID_UNKNOWN && json_put(o, "uid", json_integer((json_int_t)b->uid)) < 0) ||
            json_put_nonzero(o, "openedUSec", b->opened_usec) < 0 ||
            (b->accepted && json_put(o, "accepted", json_true()) < 0) ||
            json_put(o, "frames", json_frames(b)) < 0)
                return NULL;
        return TAKE_PTR(o);
}
