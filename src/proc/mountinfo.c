/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/mountinfo.h"

#include <string.h>

#include "proc/rest.h"
#include "util/macro.h"

static bool take_text(struct rest *r, const char **ret, size_t *ret_length)
{
        struct rest field;

        if (!rest_take_field(r, &field) || field.p == field.end)
                return false;
        *ret = field.p;
        *ret_length = rest_length(&field);
        return true;
}

/* "major:minor". */
static bool take_device(struct rest *r, uint64_t *ret)
{
        struct rest field;
        uint64_t major, minor;

        if (!rest_take_field(r, &field) || !rest_take_number(&field, 10, &major) ||
            !rest_take_text(&field, ":") || !rest_take_number(&field, 10, &minor) ||
            field.p != field.end)
                return false;
        *ret = major << 32 | minor;
        return true;
}

/* Mount options and optional fields ("shared:N", "master:N"), ended by a single hyphen. */
static bool take_options(struct rest *r, struct mountinfo *ret)
{
        struct rest field;

        for (;;) {
                if (!rest_take_field(r, &field) || field.p == field.end)
                        return false;
                if (rest_is(&field, "-"))
                        return true;
                if (rest_take_text(&field, "shared:"))
                        (void)rest_take_number(&field, 10, &ret->group);
                else if (rest_take_text(&field, "master:"))
                        (void)rest_take_number(&field, 10, &ret->master);
        }
}

int proc_mountinfo_parse(const char *line, size_t n, struct mountinfo *ret)
{
        struct rest r = REST_OF(line, n), source;

        *ret = (struct mountinfo){};
        if (!rest_take_number(&r, 10, &ret->id) || !rest_take_text(&r, " ") ||
            !rest_take_number(&r, 10, &ret->parent) || !rest_take_text(&r, " ") ||
            !take_device(&r, &ret->device) || !take_text(&r, &ret->root, &ret->root_length) ||
            !take_text(&r, &ret->target, &ret->target_length) || !take_options(&r, ret) ||
            !take_text(&r, &ret->type, &ret->type_length) ||
            !rest_take_field(&r, &source) || /* mount(8) takes "" */
            !take_text(&r, &ret->options, &ret->options_length))
                return -EINVAL;
        return 0;
}

bool proc_mountinfo_is(const struct mountinfo *m, const char *type)
{
        return rest_is(&REST_OF(m->type, m->type_length), type);
}

/* hidepid=noaccess (1) shows all processes, and refuses what is in them as ptrace access does. */
static bool hides_processes(struct rest option)
{
        if (rest_take_text(&option, "subset="))
                return true;
        return rest_take_text(&option, "hidepid=") && !rest_is(&option, "noaccess") &&
               !rest_is(&option, "1") && !rest_is(&option, "off");
}

int proc_mountinfo_hides(const char *line, size_t n, bool *ret_hides)
{
        struct mountinfo m;

        if (proc_mountinfo_parse(line, n, &m) < 0)
                return -EINVAL;
        if (!proc_mountinfo_is(&m, "proc") ||
            !rest_is(&REST_OF(m.target, m.target_length), "/proc"))
                return 0;
        *ret_hides = false;
        for (const char *p = m.options, *end = p + m.options_length; p < end; p++) {
                const char *comma = memchr(p, ',', (size_t)(end - p));
                *ret_hides |= hides_processes((struct rest){p, comma ? comma : end});
                if (!comma)
                        break;
                p = comma;
        }
        return 1;
}

size_t proc_mountinfo_unescape(char *text, size_t n)
{
        size_t out = 0;

        for (size_t i = 0; i < n; out++) {
                const char *p = text + i;
                if (n - i >= 4 && p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' &&
                    p[2] <= '7' && p[3] >= '0' && p[3] <= '7') {
                        text[out] = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
                        i += 4;
                } else {
                        text[out] = *p;
                        i++;
                }
        }
        return out;
}
