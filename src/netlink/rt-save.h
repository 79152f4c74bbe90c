/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Switching an interface off and on again, and what the kernel forgets in between: its addresses
 * (IPv6), its routes. They are kept as the very messages that rtnetlink(7) answers with, as `ip
 * address save` does, so that nothing about them is lost. All of it is of the namespace the calling
 * thread is in. */

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"
#include "util/text-buffer.h"

/* More than this no interface of a container has; one with more is not switched off. */
#define RT_SAVE_MAX ((size_t)1 << 20)

/* Messages, one behind the other, each aligned as netlink wants it: addresses, then routes. */
struct rt_save {
        struct text_buffer messages;
};

/* Saves the addresses of interface @index and the routes by it, but for what the kernel makes by
 * itself (the table "local", cached routes). 0, -EFBIG, -EAGAIN when they change too fast, or
 * another negative errno. */
int rt_save_link(int index, struct rt_save *ret);

/* Gives them back to the interface, which is up again. What is there already is left alone. Tries
 * all of it, whatever fails: the first error, or 0. */
int rt_save_restore(const struct rt_save *s);

/* Whether @s, which was read from a file, is such a list: messages of these kinds, whole ones. */
bool rt_save_is_valid(const struct rt_save *s);

void rt_save_deinit(struct rt_save *s);

/* Switches interface @index on or off (IFF_UP). 0 or a negative errno. */
int rt_save_switch(int index, bool up);
