/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/birth-text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "census/birth-stack.h"
#include "util/text-file.h"
#include "util/text.h"

/* A name of C++ or of a generic function can have a thousand characters. */
#define PLACE_MAX 64

const char *birth_text_what(const struct holder *h)
{
        enum holder_kind kind = h->carried != HOLDER_NONE ? h->carried : h->kind;

        return kind == HOLDER_TUN ? "the tun" : kind == HOLDER_TAP ? "the tap" : "the socket";
}

void birth_text_print_opener(FILE *f, const struct birth *b)
{
        fputs(text_or(b->comm, "a process"), f);
        if (b->pid > 0)
                fprintf(f, " (pid %d%s%s)", (int)b->pid, b->unit ? ", " : "", text_or(b->unit, ""));
        else if (b->unit)
                fprintf(f, " (%s)", b->unit);
}

/* Of "github.com/vishvananda/netlink.NewHandle" what is behind the last slash. What stands in
 * brackets are types. */
static const char *without_path(const char *function)
{
        const char *name = function;

        for (const char *p = function; *p && *p != '[' && *p != '('; p++)
                if (*p == '/' && p[1])
                        name = p + 1;
        return name;
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash && slash[1] ? slash + 1 : path;
}

static void print_place(FILE *f, const struct birth_frame *frame)
{
        _cleanup_free_ char *name = strdup(frame->function ? without_path(frame->function)
                                                           : base_name(text_or(frame->file, "?")));

        name = text_shorten_to(name, PLACE_MAX);
        fputs(text_or(name, "?"), f);
        if (!frame->function)
                fprintf(f, "+0x%" PRIx64, frame->offset);
}

void birth_text_print_places(FILE *f, const struct birth *b, const char *before, size_t max,
                             const char *arrow)
{
        size_t picked[BIRTH_STACK_MAX], n = birth_stack_pick(b, picked);

        for (size_t i = 0; i < n && i < max; i++) {
                fputs(i == 0 ? before : arrow, f);
                print_place(f, &b->frames[picked[i]]);
        }
        if (n > max)
                fprintf(f, "%s…", arrow);
}

void birth_text_print_frame(FILE *f, const struct birth_frame *frame, bool path)
{
        if (frame->function)
                fprintf(f, "%s (", frame->function);
        if (frame->file)
                fprintf(f, "%s+", path ? frame->file : base_name(frame->file));
        fprintf(f, "0x%" PRIx64, frame->offset);
        if (frame->function)
                fputc(')', f);
        else if (frame->build_id[0])
                fprintf(f, " (build id %s)", frame->build_id);
}

char *birth_text_stack(const struct birth *b)
{
        struct text_buffer text;
        FILE *f = text_file_open(&text);

        if (!f)
                return NULL;
        for (size_t i = 0; i < b->n_frames; i++) {
                if (i > 0)
                        fputc('\n', f);
                birth_text_print_frame(f, &b->frames[i], true);
        }
        return text_file_close(f, &text, NULL);
}
