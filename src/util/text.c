/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Length of the well-formed UTF-8 sequence at @p (shortest form, no surrogates, at most U+10FFFF),
 * its code point in @ret, or 0. */
static size_t utf8_decode(const unsigned char *p, size_t n, uint32_t *ret)
{
        static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        size_t length = p[0] < 0x80             ? 1
                        : (p[0] & 0xe0) == 0xc0 ? 2
                        : (p[0] & 0xf0) == 0xe0 ? 3
                        : (p[0] & 0xf8) == 0xf0 ? 4
                                                : 0;
        if (length == 0 || length > n)
                return 0;
        uint32_t c = length == 1 ? p[0] : p[0] & (0x7fu >> length);
        for (size_t i = 1; i < length; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (p[i] & 0x3f);
        }
        if (c < smallest[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;
        *ret = c;
        return length;
}

/* C0 and C1 controls, DEL, line and paragraph separators, and what turns the reading order of a
 * terminal around or hides in it. */
static bool is_unprintable(uint32_t c)
{
        return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c ||
               (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
               (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
               (c >= 0xe0000 && c <= 0xe007f);
}

char *text_escape(const void *bytes, size_t n_bytes)
{
        static const char hex[] = "0123456789abcdef";
        const unsigned char *p = bytes;

        if (n_bytes > (SIZE_MAX - 1) / 4)
                return NULL;
        char *result = malloc(n_bytes * 4 + 1), *out = result;
        if (!result)
                return NULL;
        for (size_t i = 0; i < n_bytes;) {
                uint32_t c;
                size_t length = utf8_decode(p + i, n_bytes - i, &c);
                if (length > 0 && !is_unprintable(c)) {
                        if (c == '\\')
                                *out++ = '\\';
                        for (size_t j = 0; j < length; j++)
                                *out++ = (char)p[i + j];
                        i += length;
                        continue;
                }
                for (size_t end = i + MAX(length, (size_t)1); i < end; i++) {
                        *out++ = '\\';
                        *out++ = 'x';
                        *out++ = hex[p[i] >> 4];
                        *out++ = hex[p[i] & 15];
                }
        }
        *out = '\0';
        /* Room was made for the worst. */
        char *fitting = realloc(result, (size_t)(out - result) + 1);
        return fitting ? fitting : result;
}

char *text_escape_string(const char *s)
{
        return text_escape(s, strlen(s));
}

/* What stands for the middle of a long name: a backslash that is none of text_escape()'s. */
#define OMISSION "\\…"

/* How much of the beginning of a long name is kept, of its greatest length; its end says more. */
#define SHORTENED_HEAD(max) ((max)*5 / 16)

/* Length of the escape or character at @p. */
static size_t unit_length(const char *p)
{
        size_t n = strnlen(p, 4);
        uint32_t c;

        if (p[0] == '\\')
                return p[1] == 'x' ? n : MIN(n, (size_t)2);
        return MAX(utf8_decode((const unsigned char *)p, n, &c), (size_t)1);
}

char *text_shorten_to(char *s, size_t max)
{
        size_t length = s ? strlen(s) : 0, head = 0, tail = 0;

        if (length <= max)
                return s;
        for (size_t next = 0; next <= SHORTENED_HEAD(max); next += unit_length(s + next))
                head = next;
        size_t room = max - strlen(OMISSION) - head;
        for (tail = head; length - tail > room;)
                tail += unit_length(s + tail);
        memmove(mempcpy(s + head, OMISSION, strlen(OMISSION)), s + tail, length - tail + 1);
        char *fitting = realloc(s, strlen(s) + 1);
        return fitting ? fitting : s;
}

char *text_shorten(char *s)
{
        return text_shorten_to(s, TEXT_NAME_MAX);
}

bool text_is_shortened(const char *s)
{
        for (const char *p = s; *p; p += unit_length(p))
                if (strncmp(p, OMISSION, strlen(OMISSION)) == 0)
                        return true;
        return false;
}

bool text_is_printable(const char *s)
{
        for (; *s; s++)
                if ((unsigned char)*s < ' ' || *s == 0x7f)
                        return false;
        return true;
}

int text_hex_digit(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t text_unescape(char *s)
{
        char *out = s;

        for (const char *p = s; *p;) {
                if (p[0] == '\\' && p[1] == '\\') {
                        *out++ = '\\';
                        p += 2;
                } else if (p[0] == '\\' && p[1] == 'x' && text_hex_digit(p[2]) >= 0 &&
                           text_hex_digit(p[3]) >= 0) {
                        *out++ = (char)(text_hex_digit(p[2]) << 4 | text_hex_digit(p[3]));
                        p += 4;
                } else
                        *out++ = *p++;
        }
        *out = '\0';
        return (size_t)(out - s);
}

int text_parse_u64(const char *s, uint64_t *ret)
{
        uint64_t value = 0;

        if (!*s)
                return -EINVAL;
        for (; *s; s++) {
                if (*s < '0' || *s > '9')
                        return -EINVAL;
                if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
                    __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
                        return -ERANGE;
        }
        *ret = value;
        return 0;
}

int text_parse_boolean(const char *s)
{
        static const char *const yes[] = {"1", "yes", "y", "true", "t", "on"};
        static const char *const no[] = {"0", "no", "n", "false", "f", "off"};

        for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
                if (strcasecmp(s, yes[i]) == 0)
                        return 1;
                if (strcasecmp(s, no[i]) == 0)
                        return 0;
        }
        return -EINVAL;
}

static const struct {
        const char *name;
        uint64_t usec;
        bool printed; /* the name text_format_timespan() uses for this size */
} time_units[] = {
        {"us", 1, true},
        {"usec", 1, false},
        {"µs", 1, false},
        {"ms", USEC_PER_MSEC, true},
        {"msec", USEC_PER_MSEC, false},
        {"s", USEC_PER_SEC, true},
        {"sec", USEC_PER_SEC, false},
        {"second", USEC_PER_SEC, false},
        {"seconds", USEC_PER_SEC, false},
        {"min", 60 * USEC_PER_SEC, true},
        {"m", 60 * USEC_PER_SEC, false},
        {"minute", 60 * USEC_PER_SEC, false},
        {"minutes", 60 * USEC_PER_SEC, false},
        {"h", 3600 * USEC_PER_SEC, true},
        {"hr", 3600 * USEC_PER_SEC, false},
        {"hour", 3600 * USEC_PER_SEC, false},
        {"hours", 3600 * USEC_PER_SEC, false},
        {"d", 86400 * USEC_PER_SEC, true},
        {"day", 86400 * USEC_PER_SEC, false},
        {"days", 86400 * USEC_PER_SEC, false},
        {"w", 7 * 86400 * USEC_PER_SEC, true},
        {"week", 7 * 86400 * USEC_PER_SEC, false},
        {"weeks", 7 * 86400 * USEC_PER_SEC, false},
        {"month", 2629800 * USEC_PER_SEC, true},
        {"M", 2629800 * USEC_PER_SEC, false},
        {"months", 2629800 * USEC_PER_SEC, false},
        {"y", 31557600 * USEC_PER_SEC, true},
        {"year", 31557600 * USEC_PER_SEC, false},
        {"years", 31557600 * USEC_PER_SEC, false},
};

static uint64_t unit_usec(const char *name, size_t length)
{
        if (length == 0)
                return USEC_PER_SEC;
        for (size_t i = 0; i < ARRAY_SIZE(time_units); i++)
                if (strlen(time_units[i].name) == length &&
                    memcmp(time_units[i].name, name, length) == 0)
                        return time_units[i].usec;
        return 0;
}

/* One "1.5h" at *@s, added to @total; leaves *@s behind it. */
static int parse_span_part(const char **s, uint64_t *total)
{
        const char *p = *s;
        uint64_t whole = 0, scaled, fraction = 0, scale = 1;
        bool digits = false;

        for (; isdigit((unsigned char)*p); p++, digits = true)
                if (__builtin_mul_overflow(whole, UINT64_C(10), &whole) ||
                    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
                        return -ERANGE;
        if (*p == '.') {
                for (p++; isdigit((unsigned char)*p); p++, digits = true)
                        if (scale < 1000000) {
                                fraction = fraction * 10 + (uint64_t)(*p - '0');
                                scale *= 10;
                        }
        }
        if (!digits)
                return -EINVAL;
        while (*p == ' ')
                p++;
        size_t length = strcspn(p, " .0123456789");
        uint64_t unit = unit_usec(p, length);
        /* Without a unit nothing may follow but the next part. */
        if (unit == 0 || (length == 0 && *p && p[-1] != ' '))
                return -EINVAL;
        /* The fraction has at most six digits and the largest unit 2^45 us: no overflow. */
        if (__builtin_mul_overflow(whole, unit, &scaled) ||
            __builtin_add_overflow(scaled, unit * fraction / scale, &scaled) ||
            __builtin_add_overflow(*total, scaled, total) || *total == UINT64_MAX)
                return -ERANGE;
        *s = p + length;
        return 0;
}

int text_parse_timespan(const char *s, uint64_t *ret_usec)
{
        uint64_t total = 0;

        s += strspn(s, " ");
        if (strcmp(s, "infinity") == 0) {
                *ret_usec = UINT64_MAX;
                return 0;
        }
        if (!*s)
                return -EINVAL;
        while (*s) {
                int r = parse_span_part(&s, &total);
                if (r < 0)
                        return r;
                s += strspn(s, " ");
        }
        *ret_usec = total;
        return 0;
}

const char *text_format_timespan(char buffer[static TEXT_TIMESPAN_MAX], uint64_t usec)
{
        char *p = buffer;
        unsigned parts = 0;

        if (usec == UINT64_MAX || usec == 0)
                return strcpy(buffer, usec ? "infinity" : "0");
        for (size_t i = ARRAY_SIZE(time_units); i-- > 0 && parts < 2;) {
                if (!time_units[i].printed)
                        continue;
                if (usec < time_units[i].usec) {
                        if (parts > 0)
                                break;
                        continue;
                }
                p += sprintf(p, "%s%" PRIu64 "%s", parts++ ? " " : "", usec / time_units[i].usec,
                             time_units[i].name);
                usec %= time_units[i].usec;
        }
        return buffer;
}

const char *text_format_duration(char buffer[static TEXT_TIMESPAN_MAX], uint64_t usec)
{
        if (usec >= 10 * USEC_PER_SEC)
                usec -= usec % USEC_PER_SEC;
        else if (usec >= USEC_PER_MSEC)
                usec -= usec % USEC_PER_MSEC;
        return text_format_timespan(buffer, usec);
}
