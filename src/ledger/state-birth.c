/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state-birth.h"

#include <errno.h>
#include <string.h>

#include "ledger/fields.h"
#include "util/macro.h"
#include "util/text.h"

#define BIRTH(key, type, member)                                                                   \
        {                                                                                          \
                key, type, offsetof(struct birth, member)                                          \
        }
static const struct field birth_fields[] = {
        BIRTH("pid", FIELD_INT, pid),
        BIRTH("tid", FIELD_INT, tid),
        BIRTH("startNSec", FIELD_U64, start_nsec),
        BIRTH("uid", FIELD_U32, uid),
        BIRTH("comm", FIELD_STRING, comm),
        BIRTH("thread", FIELD_STRING, thread),
        BIRTH("unit", FIELD_STRING, unit),
        BIRTH("openedUSec", FIELD_U64, opened_usec),
        BIRTH("openedBootUSec", FIELD_U64, opened_boot_usec),
        BIRTH("accepted", FIELD_BOOL_OR_NO, accepted),
};
#undef BIRTH

#define FRAME(key, type, member)                                                                   \
        {                                                                                          \
                key, type, offsetof(struct birth_frame, member)                                    \
        }
static const struct field frame_fields[] = {
        FRAME("function", FIELD_STRING, function),
        FRAME("file", FIELD_STRING, file),
        FRAME("offset", FIELD_U64, offset),
};
#undef FRAME

/* What is read is bounded. */
static char *bounded(const char *s)
{
        return s ? text_shorten(strdup(s)) : NULL;
}

static void print_frame(struct text_buffer *b, const struct birth_frame *f)
{
        _cleanup_free_ char *function = bounded(f->function), *file = bounded(f->file);
        const struct birth_frame frame = {.function = function, .file = file, .offset = f->offset};

        if ((f->function && !function) || (f->file && !file))
                b->failed = true;
        text_buffer_add(b, "{", 1);
        fields_print(b, frame_fields, ARRAY_SIZE(frame_fields), &frame);
        if (f->build_id[0]) {
                fields_print_key(b, "buildId");
                text_buffer_add_json(b, f->build_id);
        }
        fields_print_end(b, '}');
        text_buffer_add(b, ",", 1);
}

void state_birth_print(struct text_buffer *b, const struct birth *birth)
{
        if (!birth)
                return;
        fields_print_key(b, "birth");
        text_buffer_add(b, "{", 1);
        fields_print(b, birth_fields, ARRAY_SIZE(birth_fields), birth);
        fields_print_key(b, "frames");
        text_buffer_add(b, "[", 1);
        for (size_t i = 0; i < birth->n_frames; i++)
                print_frame(b, &birth->frames[i]);
        fields_print_end(b, ']');
        fields_print_end(b, '}');
        text_buffer_add(b, ",", 1);
}

static bool is_bounded(const char *s)
{
        return !s || strlen(s) <= TEXT_NAME_MAX;
}

/* It may be missing. */
static int parse_build_id(const json_t *object, char ret[static BIRTH_BUILD_ID_MAX + 1],
                          size_t *keys)
{
        const json_t *value = json_object_get(object, "buildId");
        const char *s = json_string_value(value);
        size_t n = json_string_length(value);

        if (!value)
                return 0;
        (*keys)++;
        if (n == 0 || n > BIRTH_BUILD_ID_MAX)
                return -EBADMSG;
        for (size_t i = 0; i < n; i++)
                if (text_hex_digit(s[i]) < 0)
                        return -EBADMSG;
        memcpy(ret, s, n + 1);
        return 0;
}

static int parse_frame(const json_t *object, struct birth_frame *ret)
{
        size_t keys = 0;
        int r = json_is_object(object)
                        ? fields_parse(object, frame_fields, ARRAY_SIZE(frame_fields), ret, &keys)
                        : -EBADMSG;

        if (r >= 0)
                r = parse_build_id(object, ret->build_id, &keys);
        if (r < 0)
                return r;
        return keys == json_object_size(object) && is_bounded(ret->function) &&
                               is_bounded(ret->file)
                       ? 0
                       : -EBADMSG;
}

static int parse_frames(const json_t *array, struct birth *b)
{
        size_t n = json_array_size(array);
        int r = 0;

        if (!json_is_array(array) || n > BIRTH_FRAMES_MAX)
                return -EBADMSG;
        b->frames = calloc(n + 1, sizeof(*b->frames));
        if (!b->frames)
                return -ENOMEM;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = parse_frame(json_array_get(array, i), &b->frames[b->n_frames++]);
        return r;
}

int state_birth_parse(const json_t *holder, struct birth **ret, size_t *ret_keys)
{
        const json_t *object = json_object_get(holder, "birth");
        _cleanup_(birth_unrefp) struct birth *b = object ? birth_new() : NULL;
        size_t keys = 0;

        *ret = NULL;
        if (!object)
                return 0;
        (*ret_keys)++;
        if (!b)
                return -ENOMEM;
        int r = json_is_object(object)
                        ? fields_parse(object, birth_fields, ARRAY_SIZE(birth_fields), b, &keys)
                        : -EBADMSG;
        if (r >= 0)
                r = parse_frames(json_object_get(object, "frames"), b);
        if (r < 0)
                return r;
        if (keys + 1 != json_object_size(object) || b->pid < 0 || b->tid < 0 ||
            !is_bounded(b->comm) || !is_bounded(b->thread) || !is_bounded(b->unit))
                return -EBADMSG;
        *ret = TAKE_PTR(b);
        return 0;
}
