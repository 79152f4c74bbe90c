/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/unit-name.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "util/macro.h"

/* src/basic/unit-def.h: UNIT_NAME_MAX. */
#define UNIT_NAME_MAX 255

static const char valid_chars[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  ":-_.\\@";

static const char *const suffixes[] = {
        ".service", ".socket", ".target", ".device", ".mount", ".automount",
        ".swap",    ".timer",  ".path",   ".slice",  ".scope", ".snapshot",
};

static const char *const vital[] = {
        "dbus.service",   "dbus@*.service", "dbus-*.service",  "systemd-*",
        "user@*.service", "init.scope",     "session-*.scope", "*.slice",
};

bool unit_name_has_suffix(const char *s, const char *suffix)
{
        size_t n = s ? strlen(s) : 0, k = strlen(suffix);

        return n > k && strcmp(s + n - k, suffix) == 0;
}

bool unit_name_is_valid(const char *s)
{
        size_t n = s ? strlen(s) : 0;

        if (n == 0 || n > UNIT_NAME_MAX || *s == '@' || strspn(s, valid_chars) != n)
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
                if (unit_name_has_suffix(s, suffixes[i]))
                        return true;
        return false;
}

bool unit_name_is_vital(const char *s)
{
        for (size_t i = 0; s && i < ARRAY_SIZE(vital); i++)
                if (fnmatch(vital[i], s, FNM_NOESCAPE) == 0)
                        return true;
        return false;
}
