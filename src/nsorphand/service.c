/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <utlist.h>

#include "config.h"
#include "nsorphand/directories.h"
#include "nsorphand/service-methods.h"
#include "report/json-ledger.h"
#include "util/log.h"

static const struct varlink_service about = {
        .vendor = "nsorphan",
        .product = "nsorphand",
        .version = NSORPHAND_VERSION,
        .url = "https://varlink.org",
};

static int on_access(const struct varlink_peer *peer, const char *method, void *userdata)
{
        const struct service *s = userdata;

        if (peer->uid == 0 || (s->has_group && varlink_peer_in_group(peer, s->group)))
                return 0;
        return -EACCES;
}

static void waiter_free(struct waiter *w)
{
        DL_DELETE(w->service->waiters, w);
        varlink_call_on_gone(w->call, NULL, NULL);
        varlink_call_unref(w->call);
        json_decref(w->parameters);
        free(w);
}

static void on_waiter_gone(struct varlink_call *call, void *userdata)
{
        waiter_free(userdata);
}

int service_wait(struct service *s, struct varlink_call *call, json_t *parameters, uint64_t scan,
                 int (*run)(struct varlink_call *call, json_t *parameters, void *userdata))
{
        struct waiter *w = malloc(sizeof(*w));
        if (!w)
                return -ENOMEM;
        *w = (struct waiter){
                .service = s,
                .call = varlink_call_ref(call),
                .parameters = json_incref(parameters),
                .scan = scan,
                .run = run,
        };
        DL_APPEND(s->waiters, w);
        varlink_call_on_gone(call, on_waiter_gone, w);
        return 0;
}

void service_scan_ended(struct service *s, uint64_t scan, const char *failure)
{
        struct waiter *w, *next;

        DL_FOREACH_SAFE(s->waiters, w, next)
        {
                if (w->scan > scan)
                        continue;
                /* A failed answer ends the connection by itself when the call is released. */
                if (failure)
                        (void)varlink_call_error(w->call, INTERFACE ".ScanFailed",
                                                 json_pack("{ss}", "reason", failure));
                else
                        (void)w->run(w->call, w->parameters, s);
                waiter_free(w);
        }
}

static int reply_refreshed(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        const struct census *c = s->daemon->last->census;

        return varlink_call_reply(call,
                                  json_pack("{so so so so}", "scan", json_scan(c), "coverage",
                                            json_coverage(c), "verdicts", json_ledger_verdicts(c),
                                            "states", json_ledger_states(s->daemon->ledger)));
}

static int method_refresh(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;

        return service_wait(s, call, parameters, schedule_request(s->daemon->schedule),
                            reply_refreshed);
}

static const struct varlink_method methods[] = {
        {"GetStatus", method_get_status, 0},
        {"List", method_list, 0},
        {"Get", method_get, 0},
        {"Inspect", method_inspect, 0},
        {"Refresh", method_refresh, VARLINK_METHOD_ROOT_ONLY},
        {"Subscribe", method_subscribe, VARLINK_METHOD_REQUIRE_MORE},
        {"GetMetrics", method_get_metrics, 0},
        {},
};

/* In /etc/group, where systemd-sysusers puts it. */
static bool find_local_group(const char *name, gid_t *ret)
{
        const struct group *group;
        FILE *f = fopen("/etc/group", "re");

        if (!f)
                return false;
        while ((group = fgetgrent(f)) && strcmp(group->gr_name, name) != 0)
                ;
        if (group)
                *ret = group->gr_gid;
        (void)fclose(f);
        return group != NULL;
}

/* Who may read besides root. A group that does not exist is told once and is nobody. */
static void find_group(struct service *s)
{
        const char *name = s->daemon->config->group;

        if (!name)
                return;
        /* getgrnam() would load all of nsswitch.conf's modules, for good. */
        s->has_group = find_local_group(name, &s->group);
        const struct group *group = s->has_group ? NULL : getgrnam(name);
        if (group) {
                s->has_group = true;
                s->group = group->gr_gid;
        }
        if (!s->has_group)
                log_notice("There is no group \"%s\": only root can talk to the socket", name);
}

static int make_server(struct service *s, struct varlink_server **ret, struct error *error)
{
        const struct config *c = s->daemon->config;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;

        limits.connections = c->connections_max;
        limits.connections_per_uid = c->connections_per_user_max;
        int r = varlink_server_new(ret, s->daemon->event, &about, &limits);
        if (r < 0)
                return error_set_errno(error, r, "Can't make a Varlink server");
        varlink_server_set_access(*ret, on_access, s);
        return 0;
}

/* The sockets that systemd listens on for us. How many there were, or a negative errno. */
static int adopt_sockets(struct service *s, struct error *error)
{
        int n = sd_listen_fds(1);
        if (n < 0)
                return error_set_errno(error, n, "Can't tell which sockets systemd handed over");
        for (int i = 0; i < n; i++) {
                int r = varlink_server_adopt(s->server, SD_LISTEN_FDS_START + i, error);
                if (r < 0)
                        return r;
        }
        return n;
}

static int listen_ourselves(struct service *s, struct error *error)
{
        _cleanup_free_ char *path = NULL;

        int r = socket_path(s->daemon->config, &path, error);
        if (r < 0)
                return r;
        return varlink_server_listen(s->server, path, s->has_group ? 0660 : 0600,
                                     s->has_group ? s->group : (gid_t)-1, error);
}

static int make_metrics(struct service *s, struct error *error)
{
        int r = make_server(s, &s->metrics_server, error);
        if (r >= 0)
                r = varlink_server_add_interface(s->metrics_server, metrics_interface,
                                                 metrics_methods, s, error);
        return r < 0 ? r : service_listen_metrics(s, error);
}

int service_new(struct service **ret, struct daemon *daemon, struct error *error)
{
        struct error metrics_error = {};
        struct service *s = calloc(1, sizeof(*s));
        if (!s)
                return error_oom(error);
        s->daemon = daemon;
        find_group(s);
        int r = make_server(s, &s->server, error);
        if (r >= 0)
                r = varlink_server_add_interface(s->server, scanner_interface, methods, s, error);
        if (r >= 0)
                r = adopt_sockets(s, error);
        if (r == 0)
                r = listen_ourselves(s, error);
        if (r < 0) {
                service_free(s);
                return r;
        }
        /* Without it the daemon does its work all the same. */
        if (make_metrics(s, &metrics_error) < 0)
                log_warning("%s; no metrics for systemd-report(1)", metrics_error.text);
        *ret = s;
        return 0;
}

struct service *service_free(struct service *s)
{
        if (!s)
                return NULL;
        /* Before the servers: their going makes every call that is kept "gone". */
        while (s->waiters)
                waiter_free(s->waiters);
        subscribers_free(s);
        inspections_abandon(s);
        varlink_server_free(s->metrics_server);
        varlink_server_free(s->server);
        free(s);
        return NULL;
}
