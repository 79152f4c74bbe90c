/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of systemd units, by systemd's own rule: systemd.unit(5), "Unit names". */

#include <stdbool.h>

/* Whether @s is a unit name: at most 255 bytes, letters, digits and :-_.\@ before one of systemd's
 * suffixes. All of these are printable, and harmless between single quotes. */
bool unit_name_is_valid(const char *s);

/* Whether @s ends in @suffix, e.g. ".service". False for NULL. */
bool unit_name_has_suffix(const char *s, const char *suffix);

/* Whether a host may lose more than one service when this unit is restarted: systemd's own units,
 * the message bus, a user's manager, init.scope and login sessions. False for NULL. */
bool unit_name_is_vital(const char *s);
