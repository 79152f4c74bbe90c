/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/junit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "util/macro.h"

/* Bytes of the character of more than one byte at @s that XML 1.0 allows ("Char"), or 0. */
static size_t long_character(const unsigned char *s)
{
        size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
        uint32_t c = s[0] & (0x7fU >> n);

        if (s[0] < 0xc2 || s[0] > 0xf4)
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((s[i] & 0xc0U) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3fU);
        }
        /* Too long, a surrogate, no character, too large. */
        if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || (c >= 0xd800 && c <= 0xdfff) ||
            c == 0xfffe || c == 0xffff || c > 0x10ffff)
                return 0;
        return n;
}

static const char *entity_of(unsigned char c)
{
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\n':
                return "&#10;";
        default:
                return NULL;
        }
}

/* @keeps_lines: outside of an attribute, where a newline stays one. */
static void print_text(FILE *f, const char *text, bool keeps_lines)
{
        for (const unsigned char *s = (const unsigned char *)text; *s;) {
                const char *entity = *s == '\n' && keeps_lines ? NULL : entity_of(*s);
                size_t n = *s >= 0x80 ? long_character(s) : 1;

                if (entity)
                        fputs(entity, f);
                else if (n == 0 || (*s < ' ' && *s != '\n') || *s == 0x7f)
                        fprintf(f, "\\x%02x", *s);
                else
                        fwrite(s, 1, n, f);
                s += MAX(n, (size_t)1);
        }
}

static void print_attribute(FILE *f, const char *name, const char *value)
{
        fprintf(f, " %s=\"", name);
        print_text(f, value, false);
        fputc('"', f);
}

static void print_time(FILE *f, uint64_t usec)
{
        fprintf(f, " time=\"%" PRIu64 ".%03" PRIu64 "\"", usec / USEC_PER_SEC,
                usec % USEC_PER_SEC / USEC_PER_MSEC);
}

static void print_element(FILE *f, const char *name, const char *message, const char *text)
{
        fprintf(f, "      <%s", name);
        if (message)
                print_attribute(f, "message", message);
        if (!text) {
                fputs("/>\n", f);
                return;
        }
        fputc('>', f);
        print_text(f, text, true);
        fprintf(f, "</%s>\n", name);
}

static void print_case(FILE *f, const struct junit_suite *suite, const struct junit_case *c)
{
        static const char *const elements[] = {
                [JUNIT_FAILED] = "failure",
                [JUNIT_ERROR] = "error",
                [JUNIT_SKIPPED] = "skipped",
        };

        fputs("    <testcase", f);
        print_attribute(f, "classname", suite->name);
        print_attribute(f, "name", c->name);
        print_time(f, c->usec);
        fputs(">\n", f);
        if (c->result != JUNIT_PASSED)
                print_element(f, elements[c->result], c->message ? c->message : "", c->text);
        if (c->output)
                print_element(f, "system-out", NULL, c->output);
        fputs("    </testcase>\n", f);
}

/* Attributes of the whole. */
static void print_sums(FILE *f, const struct junit_suite *suite)
{
        size_t counts[JUNIT_SKIPPED + 1] = {};
        uint64_t usec = 0;

        for (size_t i = 0; i < suite->n_cases; i++) {
                counts[suite->cases[i].result]++;
                usec += suite->cases[i].usec;
        }
        print_attribute(f, "name", suite->name);
        fprintf(f, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", suite->n_cases,
                counts[JUNIT_FAILED], counts[JUNIT_ERROR], counts[JUNIT_SKIPPED]);
        print_time(f, usec);
}

void junit_write(FILE *f, const struct junit_suite *suite)
{
        time_t seconds = (time_t)(suite->start_usec / USEC_PER_SEC);
        char start[32] = "1970-01-01T00:00:00";
        struct tm tm;

        if (gmtime_r(&seconds, &tm))
                (void)strftime(start, sizeof(start), "%FT%T", &tm);
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", f);
        print_sums(f, suite);
        fprintf(f, " timestamp=\"%s\">\n", start);
        if (suite->n_properties > 0)
                fputs("    <properties>\n", f);
        for (size_t i = 0; i < suite->n_properties; i++) {
                fputs("      <property", f);
                print_attribute(f, "name", suite->properties[i].name);
                print_attribute(f, "value", suite->properties[i].value);
                fputs("/>\n", f);
        }
        if (suite->n_properties > 0)
                fputs("    </properties>\n", f);
        for (size_t i = 0; i < suite->n_cases; i++)
                print_case(f, suite, &suite->cases[i]);
        fputs("  </testsuite>\n</testsuites>\n", f);
}
