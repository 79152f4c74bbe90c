/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Text that comes from elsewhere: other processes' names, users' numbers and times. */

#include <stdbool.h>
#include <stdint.h>

#include "util/macro.h"

/* Makes @bytes safe to print anywhere (terminal, journal, JSON): printable UTF-8 stays, a
 * backslash becomes two, and every control character, bidirectional override, byte of invalid
 * UTF-8 and DEL becomes \xNN, byte by byte. Reversible. Every name that another process chose
 * goes through here at the moment it is read, so that nothing raw travels on.
 *
 * Returns a new string, NULL when out of memory. */
char *text_escape(const void *bytes, size_t n_bytes);

/* text_escape() of a C string. */
char *text_escape_string(const char *s);

/* Longest name that is kept of what others chose, escaped, without its NUL. */
#define TEXT_NAME_MAX 256

/* Shortens @s, an escaped text, to TEXT_NAME_MAX bytes: its middle becomes "\…", which
 * text_escape() never makes. Takes @s, which may be NULL, and returns what takes its place; cannot
 * fail. */
char *text_shorten(char *s);

/* The same to @max bytes, from 16. */
char *text_shorten_to(char *s, size_t max);

/* Whether that was done to @s. */
bool text_is_shortened(const char *s);

/* Whether @s, which was escaped once, is free of control characters still: of a file that somebody
 * may have changed since. */
bool text_is_printable(const char *s);

/* The value of a hexadecimal digit in small letters, or -1. */
int text_hex_digit(char c);

/* Undoes text_escape() in place: the bytes as they were, of which it returns the number. */
size_t text_unescape(char *s);

/* Parses a whole decimal number, no sign, no space. 0, -EINVAL or -ERANGE. */
int text_parse_u64(const char *s, uint64_t *ret);

/* Parses 1/0, yes/no, true/false, on/off, y/n, t/f as systemd does. Returns 0 or 1, or -EINVAL. */
int text_parse_boolean(const char *s);

/* Parses a time span in systemd's syntax (systemd.time(7)): "2min 30s", "500ms", "90", "1.5h",
 * "infinity"; a number without a unit is seconds. @ret_usec gets microseconds, UINT64_MAX for
 * infinity. 0, -EINVAL or -ERANGE. */
int text_parse_timespan(const char *s, uint64_t *ret_usec);

/* Longest text_format_timespan() makes, with its NUL. */
#define TEXT_TIMESPAN_MAX 64

/* "2min 30s", as systemd prints spans, cut to the two largest units that matter ("3d 4h");
 * text_parse_timespan() reads it back. */
const char *text_format_timespan(char buffer[static TEXT_TIMESPAN_MAX], uint64_t usec);

/* text_format_timespan() of how long something took, without what nobody asks for: "12ms", "2s
 * 20ms", "14s". */
const char *text_format_duration(char buffer[static TEXT_TIMESPAN_MAX], uint64_t usec);

/* A string, never NULL, for printing. */
static inline const char *text_or(const char *s, const char *otherwise)
{
        return s ? s : otherwise;
}
