/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/parse.h"

#include <string.h>

#include "util/macro.h"

/* A decimal number at *@p, before @end. Moves *@p behind it. */
static bool take_u64(const char **p, const char *end, uint64_t *ret)
{
        const char *q = *p;
        uint64_t value = 0;

        for (; q < end && *q >= '0' && *q <= '9'; q++)
                if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
                    __builtin_add_overflow(value, (uint64_t)(*q - '0'), &value))
                        return false;
        if (q == *p)
                return false;
        *p = q;
        *ret = value;
        return true;
}

static bool take_text(const char **p, const char *end, const char *text)
{
        size_t n = strlen(text);
        if ((size_t)(end - *p) < n || memcmp(*p, text, n) != 0)
                return false;
        *p += n;
        return true;
}

int parse_typed_link(const char *text, size_t n, const char *type, uint64_t *ret_inode)
{
        const char *p = text, *end = text + n;
        uint64_t inode;

        if (!take_text(&p, end, type) || !take_text(&p, end, ":[") || !take_u64(&p, end, &inode) ||
            !take_text(&p, end, "]") || p != end)
                return -EINVAL;
        *ret_inode = inode;
        return 0;
}

int parse_stat_start_ticks(const char *text, size_t n, uint64_t *ret_ticks)
{
        const char *p = memrchr(text, ')', n), *end = text + n;

        if (!p)
                return -EINVAL;
        p++;
        /* Behind the name, fields 3 to 21 are skipped; each starts with one space. */
        for (unsigned field = 3;; field++) {
                if (!take_text(&p, end, " "))
                        return -EINVAL;
                if (field == 22)
                        return take_u64(&p, end, ret_ticks) ? 0 : -EINVAL;
                const char *space = memchr(p, ' ', (size_t)(end - p));
                if (!space)
                        return -EINVAL;
                p = space;
        }
}

/* The next field of a mountinfo line: up to a space or the end. It may be empty. */
static bool take_any_field(const char **p, const char *end, const char **ret, size_t *ret_length)
{
        if (*p >= end)
                return false;
        const char *space = memchr(*p, ' ', (size_t)(end - *p));
        const char *stop = space ? space : end;
        *ret = *p;
        *ret_length = (size_t)(stop - *p);
        *p = space ? space + 1 : end;
        return true;
}

static bool take_field(const char **p, const char *end, const char **ret, size_t *ret_length)
{
        return take_any_field(p, end, ret, ret_length) && *ret_length > 0;
}

/* "major:minor". */
static bool take_device(const char *text, size_t n, uint64_t *ret)
{
        const char *p = text, *end = text + n;
        uint64_t major, minor;

        if (!take_u64(&p, end, &major) || !take_text(&p, end, ":") || !take_u64(&p, end, &minor) ||
            p != end)
                return false;
        *ret = major << 32 | minor;
        return true;
}

/* Mount options and optional fields ("shared:N", "master:N"), ended by a single hyphen. */
static bool take_options(const char **p, const char *end, struct mountinfo *ret)
{
        const char *f;
        size_t l;

        for (;;) {
                if (!take_field(p, end, &f, &l))
                        return false;
                if (l == 1 && *f == '-')
                        return true;
                const char *q = f;
                if (take_text(&q, f + l, "shared:"))
                        (void)take_u64(&q, f + l, &ret->group);
                else if (take_text(&q, f + l, "master:"))
                        (void)take_u64(&q, f + l, &ret->master);
        }
}

int parse_mountinfo(const char *line, size_t n, struct mountinfo *ret)
{
        const char *p = line, *end = line + n, *f;
        size_t l;

        *ret = (struct mountinfo){};
        if (!take_u64(&p, end, &ret->id) || !take_text(&p, end, " ") ||
            !take_field(&p, end, &f, &l) || /* parent */
            !take_field(&p, end, &f, &l) || !take_device(f, l, &ret->device) ||
            !take_field(&p, end, &ret->root, &ret->root_length) ||
            !take_field(&p, end, &ret->target, &ret->target_length) ||
            !take_options(&p, end, ret) || !take_field(&p, end, &ret->type, &ret->type_length) ||
            !take_any_field(&p, end, &f, &l) || /* source: mount(8) takes "" */
            !take_field(&p, end, &ret->options, &ret->options_length))
                return -EINVAL;
        return 0;
}

static bool text_is(const char *text, size_t n, const char *expected)
{
        return n == strlen(expected) && memcmp(text, expected, n) == 0;
}

bool parse_mountinfo_is(const struct mountinfo *m, const char *type)
{
        return text_is(m->type, m->type_length, type);
}

/* hidepid=noaccess (1) shows all processes, and refuses what is in them as ptrace access does. */
static bool hides_processes(const char *option, size_t n)
{
        const char *p = option, *end = option + n;

        if (take_text(&p, end, "subset="))
                return true;
        return take_text(&p, end, "hidepid=") && !text_is(p, (size_t)(end - p), "noaccess") &&
               !text_is(p, (size_t)(end - p), "1") && !text_is(p, (size_t)(end - p), "off");
}

int parse_mountinfo_proc(const char *line, size_t n, bool *ret_hides)
{
        struct mountinfo m;

        if (parse_mountinfo(line, n, &m) < 0)
                return -EINVAL;
        if (!text_is(m.type, m.type_length, "proc") || !text_is(m.target, m.target_length, "/proc"))
                return 0;
        *ret_hides = false;
        for (const char *p = m.options, *end = p + m.options_length; p < end; p++) {
                const char *comma = memchr(p, ',', (size_t)(end - p));
                *ret_hides |= hides_processes(p, (size_t)((comma ? comma : end) - p));
                if (!comma)
                        break;
                p = comma;
        }
        return 1;
}

size_t parse_unescape_octal(char *text, size_t n)
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

bool parse_line(const char **text, const char *end, const char **ret, size_t *ret_length)
{
        if (*text >= end)
                return false;
        const char *newline = memchr(*text, '\n', (size_t)(end - *text));
        *ret = *text;
        *ret_length = (size_t)((newline ? newline : end) - *text);
        *text = newline ? newline + 1 : end;
        return true;
}

uint32_t parse_devices_major(const char *line, size_t n, const char *name)
{
        const char *p = line, *end = line + n;
        uint64_t major;

        while (p < end && *p == ' ')
                p++;
        return take_u64(&p, end, &major) && take_text(&p, end, " ") && take_text(&p, end, name) &&
                               p == end && major <= UINT32_MAX
                       ? (uint32_t)major
                       : 0;
}

bool parse_status_is_exiting(const char *text, size_t n)
{
        const char *end = text + n, *line;
        bool ended = false, has_files = true, has_memory = false;
        size_t length;

        while (parse_line(&text, end, &line, &length)) {
                const char *p = line, *line_end = line + length;
                uint64_t size;
                if (take_text(&p, line_end, "State:\t"))
                        ended = p < line_end && (*p == 'Z' || *p == 'X');
                else if (take_text(&p, line_end, "VmSize:"))
                        has_memory = true;
                else if (take_text(&p, line_end, "FDSize:\t") && take_u64(&p, line_end, &size))
                        has_files = size > 0;
        }
        return !ended && !has_files && !has_memory;
}

/* "major:minor", in hex. */
static bool take_hex_device(const char *text, size_t n, uint64_t *ret)
{
        uint64_t parts[2] = {};
        unsigned part = 0;

        for (size_t i = 0; i < n; i++) {
                char c = text[i];
                if (c == ':' && part == 0)
                        part = 1;
                else if (c >= '0' && c <= '9')
                        parts[part] = parts[part] << 4 | (uint64_t)(c - '0');
                else if (c >= 'a' && c <= 'f')
                        parts[part] = parts[part] << 4 | (uint64_t)(c - 'a' + 10);
                else
                        return false;
        }
        *ret = parts[0] << 32 | (parts[1] & UINT32_MAX);
        return part == 1;
}

/* "start-end perms offset dev inode      name". */
bool parse_maps(const char *line, size_t n, struct maps_line *ret)
{
        const char *p = line, *end = line + n, *f;
        size_t l;

        *ret = (struct maps_line){};
        if (!take_field(&p, end, &f, &l) || !take_field(&p, end, &f, &l) || l < 2)
                return false;
        ret->writable = f[1] == 'w';
        if (!take_field(&p, end, &f, &l) || !take_field(&p, end, &f, &l) ||
            !take_hex_device(f, l, &ret->device) || !take_u64(&p, end, &ret->inode))
                return false;
        while (p < end && *p == ' ')
                p++;
        ret->name = p;
        ret->name_length = (size_t)(end - p);
        return ret->inode > 0;
}
