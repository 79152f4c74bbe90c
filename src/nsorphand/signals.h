/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The signals that the daemon obeys: SIGTERM and SIGINT end the loop, SIGHUP reloads. */

#include <stdbool.h>
#include <systemd/sd-event.h>

typedef void (*signals_reload_fn)(void *userdata);

struct signals {
        bool has_terminal; /* that we were started in */
        signals_reload_fn reload;
        void *userdata;
};

/* Blocks them for this thread and those it starts, and has the loop take them. To be called before
 * anything is added to @event that clients can make happen; @s lives as long as that. 0 or a
 * negative errno. */
int signals_add(struct signals *s, sd_event *event, signals_reload_fn reload, void *userdata);
