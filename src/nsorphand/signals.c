/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/signals.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "util/log.h"

/* Whether we are somebody's foreground job. A service has no terminal, and it is the leader of a
 * session: any terminal it opened without O_NOCTTY would become its own, and that one's user could
 * interrupt it. Nothing here does; but if it happened, that user would still be nobody to us. */
static bool has_terminal(void)
{
        _cleanup_close_ int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        return fd >= 0;
}

static int on_interrupt(sd_event_source *source, const struct signalfd_siginfo *info,
                        void *userdata)
{
        const struct signals *s = userdata;

        /* The kernel's own is that of a terminal (isig() in drivers/tty/n_tty.c). */
        if (info->ssi_code == SI_KERNEL && !s->has_terminal) {
                log_warning("A terminal that is not ours has sent an interrupt, ignoring");
                return 0;
        }
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        const struct signals *s = userdata;

        s->reload(s->userdata);
        return 0;
}

static int add_signal(sd_event *event, int number, sd_event_signal_handler_t handler,
                      void *userdata)
{
        sd_event_source *source = NULL;

        int r = sd_event_add_signal(event, &source, number, handler, userdata);
        if (r >= 0)
                r = sd_event_source_set_priority(source, SD_EVENT_PRIORITY_IMPORTANT);
        if (r >= 0)
                r = sd_event_source_set_floating(source, true);
        sd_event_source_unref(source);
        return r;
}

int signals_add(struct signals *s, sd_event *event, signals_reload_fn reload, void *userdata)
{
        sigset_t mask;

        *s = (struct signals){has_terminal(), reload, userdata};
        (void)sigemptyset(&mask);
        (void)sigaddset(&mask, SIGTERM);
        (void)sigaddset(&mask, SIGINT);
        (void)sigaddset(&mask, SIGHUP);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return negative_errno();
        if (!s->has_terminal) {
                (void)signal(SIGQUIT, SIG_IGN);
                (void)signal(SIGTSTP, SIG_IGN);
        }
        /* Without a handler sd-event exits the loop, and the userdata is the code. */
        int r = add_signal(event, SIGTERM, NULL, NULL);
        if (r >= 0)
                r = add_signal(event, SIGINT, on_interrupt, s);
        return r < 0 ? r : add_signal(event, SIGHUP, on_reload, s);
}
