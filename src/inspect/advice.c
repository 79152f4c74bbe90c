/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/advice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/unit-name.h"

/* Engines that restart a container by its id. The name of the manager is ours, not the
 * container's. */
static const struct {
        const char *manager;
        const char *command;
} engines[] = {
        {"docker", "docker restart"},
        {"podman", "podman restart"},
        {"containerd", "crictl stop"},
        {"cri_o", "crictl stop"},
};

static const char *engine_command(const struct process_facts *p)
{
        const struct container *c = &p->container;

        if (!p->in_container || c->claimed || !c->manager || !container_is_id(c->name))
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
                if (strcmp(engines[i].manager, c->manager) == 0)
                        return engines[i].command;
        return NULL;
}

/* systemd's own programs and the message bus, also where no unit says so. */
static bool is_vital_program(const struct process_facts *p)
{
        const char *slash = p->executable && p->root_owned ? strrchr(p->executable, '/') : NULL;

        return slash && (strncmp(slash + 1, "systemd", strlen("systemd")) == 0 ||
                         strncmp(slash + 1, "dbus-", strlen("dbus-")) == 0);
}

/* The first process of a pid namespace: all others in it end with it. */
static bool is_first_process(const struct process_facts *p)
{
        return p->pid == 1 || (p->n_pids > 0 && p->pids[p->n_pids - 1] == 1);
}

static bool is_service(const char *unit)
{
        return unit_name_is_valid(unit) && unit_name_has_suffix(unit, ".service");
}

static bool is_user_manager(const char *unit)
{
        return unit && strncmp(unit, "user@", strlen("user@")) == 0;
}

/* A login session, or what a user's manager runs. */
static bool is_of_people(const char *unit)
{
        return is_user_manager(unit) || strncmp(unit, "session-", strlen("session-")) == 0;
}

static struct advice none(const char *reason)
{
        return (struct advice){ADVICE_NONE, reason};
}

/* A process below user@UID.service: its own units are that user's to choose, and only that user's
 * services are concerned by what becomes of them. */
static struct advice for_user(const struct process_facts *p)
{
        if (!p->user_unit || unit_name_is_vital(p->user_unit))
                return none("belongs to a user's service manager, which all of that user's "
                            "services end with");
        if (is_service(p->user_unit) && p->has_owner)
                return (struct advice){ADVICE_RESTART_USER_UNIT};
        return (struct advice){ADVICE_END_PROCESS};
}

struct advice advice_for(const struct process_facts *p)
{
        if (p->gone)
                return none("has ended");
        if (p->pid == 1)
                return none("is the first process of this host");
        if (engine_command(p))
                return (struct advice){ADVICE_RESTART_CONTAINER};
        if (is_vital_program(p))
                return none("is a part of the system that others depend on");
        if (is_user_manager(p->unit))
                return for_user(p);
        if (unit_name_is_vital(p->unit))
                return none(strncmp(p->unit, "session-", strlen("session-")) == 0
                                    ? "belongs to a login session, and may be what keeps it open"
                                    : "is a part of the system that others depend on");
        if (is_service(p->unit))
                return (struct advice){ADVICE_RESTART_UNIT};
        if (p->unit_unknown)
                return none("belongs to a unit that cannot be determined");
        if (is_first_process(p))
                return none("is the first process of a container, which ends with it");
        return (struct advice){ADVICE_END_PROCESS};
}

/* An executable is believed to be what it calls itself here, for nothing comes of it. */
const char *advice_vital(const struct process_facts *p)
{
        const char *slash = p->executable ? strrchr(p->executable, '/') : NULL;
        bool by_name = slash && (strncmp(slash + 1, "systemd", strlen("systemd")) == 0 ||
                                 strncmp(slash + 1, "dbus-", strlen("dbus-")) == 0);

        if (p->pid == 1)
                return "is the first process of this host";
        if (!p->executable)
                return "has no program that can be known, as the kernel's own have none";
        if (by_name || (unit_name_is_vital(p->unit) && !is_of_people(p->unit)) ||
            (is_user_manager(p->unit) && p->user_unit && unit_name_is_vital(p->user_unit)))
                return "is a part of the system that others depend on";
        if (p->unit_unknown)
                return "belongs to a unit that cannot be determined";
        return NULL;
}

char *advice_command(const struct advice *advice, const struct process_facts *p)
{
        char *command = NULL;
        int r = -1;

        switch (advice->kind) {
        case ADVICE_RESTART_UNIT:
                /* Quotes for the backslashes that systemd escapes with. */
                r = asprintf(&command, "systemctl restart '%s'", p->unit);
                break;
        case ADVICE_RESTART_USER_UNIT:
                r = asprintf(&command, "systemctl --user -M %" PRIu32 "@ restart '%s'",
                             (uint32_t)p->owner, p->user_unit);
                break;
        case ADVICE_RESTART_CONTAINER:
                r = asprintf(&command, "%s %s", engine_command(p), p->container.name);
                break;
        case ADVICE_END_PROCESS:
                r = asprintf(&command, "kill %d", (int)p->pid);
                break;
        case ADVICE_NONE:
                break;
        }
        return r < 0 ? NULL : command;
}

const char *advice_affected(const struct advice *advice, const struct process_facts *p)
{
        switch (advice->kind) {
        case ADVICE_RESTART_UNIT:
                return "all processes of this service are started anew";
        case ADVICE_RESTART_USER_UNIT:
                return "all processes of this user's service are started anew";
        case ADVICE_RESTART_CONTAINER:
                return strcmp(engine_command(p), "crictl stop") == 0
                               ? "the container ends, and its pod's manager starts another"
                               : "the container is started anew";
        default:
                return "the process ends, with all else that it does";
        }
}

static bool same_text(const char *a, const char *b)
{
        return a && b && strcmp(a, b) == 0;
}

bool advice_is_same(const struct process_facts *a, const struct process_facts *b)
{
        const struct advice x = advice_for(a), y = advice_for(b);

        if (a == b)
                return true;
        if (x.kind != y.kind)
                return false;
        switch (x.kind) {
        case ADVICE_RESTART_UNIT:
                return same_text(a->unit, b->unit);
        case ADVICE_RESTART_USER_UNIT:
                return a->owner == b->owner && same_text(a->user_unit, b->user_unit);
        case ADVICE_RESTART_CONTAINER:
                return same_text(a->container.name, b->container.name);
        default:
                return false;
        }
}
