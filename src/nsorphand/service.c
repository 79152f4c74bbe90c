/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "config.h"
#include "nsorphand/directories.h"
#include "nsorphand/service-control.h"
#include "nsorphand/service-get.h"
#include "nsorphand/service-inspect.h"
#include "nsorphand/service-list.h"
#include "nsorphand/service-metrics.h"
#include "nsorphand/service-private.h"
#include "nsorphand/service-status.h"
#include "nsorphand/service-subscribe.h"
#include "nsorphand/service-wait.h"
#include "report/json-ledger.h"
#include "util/log.h"

/* The texts of io.nsorphan.Scanner.varlink, io.systemd.Metrics.varlink and
 * io.systemd.service.varlink. */
extern const char scanner_interface[];
extern const char metrics_interface[];
extern const char control_interface[];

/* What nsorphand-metrics.socket calls its socket (FileDescriptorName=). */
#define METRICS_FD_NAME "varlink-metrics"

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

static int reply_refreshed(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        const struct census *c = s->findings->last->census;

        return varlink_call_reply(call,
                                  json_pack("{so so so so}", "scan", json_scan(c), "coverage",
                                            json_coverage(c), "verdicts", json_ledger_verdicts(c),
                                            "states", json_ledger_states(s->findings->ledger)));
}

static int method_refresh(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;

        return service_wait(s, call, parameters, scans_request(s->scans), reply_refreshed);
}

static const struct varlink_method methods[] = {
        {"GetStatus", service_status_method, 0},
        {"List", service_list_method, 0},
        {"Get", service_get_method, 0},
        {"Inspect", service_inspect_method, 0},
        {"Refresh", method_refresh, VARLINK_METHOD_ROOT_ONLY},
        {"Subscribe", service_subscribe_method, VARLINK_METHOD_REQUIRE_MORE},
        {"GetMetrics", service_metrics_method, 0},
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

/* The group that may read besides root. One that does not exist is reported once, and is nobody. */
static void find_group(struct service *s, const char *name)
{
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

static int make_server(struct service *s, const struct config *c, struct varlink_server **ret,
                       struct error *error)
{
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;

        limits.connections = c->connections_max;
        limits.connections_per_uid = c->connections_per_user_max;
        int r = varlink_server_new(ret, s->event, &about, &limits);
        if (r < 0)
                return error_set_errno(error, r, "Failed to make a Varlink server");
        varlink_server_set_access(*ret, on_access, s);
        return 0;
}

/* The sockets that systemd listens on for us. How many of them are the first server's, or a
 * negative errno. */
static int adopt_sockets(struct service *s, struct error *error)
{
        char **names = NULL;
        int n_first = 0, r = 0;

        int n = sd_listen_fds_with_names(1, &names);
        if (n < 0)
                return error_set_errno(error, n, "Failed to take over systemd's sockets");
        for (int i = 0; r >= 0 && i < n; i++) {
                bool is_metrics = strcmp(names[i], METRICS_FD_NAME) == 0;
                r = varlink_server_adopt(is_metrics ? s->metrics_server : s->server,
                                         SD_LISTEN_FDS_START + i, error);
                n_first += !is_metrics;
                s->has_metrics = s->has_metrics || is_metrics;
        }
        for (int i = 0; i < n; i++)
                free(names[i]);
        free(names);
        return r < 0 ? r : n_first;
}

static int listen_ourselves(struct service *s, const struct config *config, struct error *error)
{
        _cleanup_free_ char *path = NULL;

        int r = directories_socket_path(config, &path, error);
        if (r < 0)
                return r;
        return varlink_server_listen(s->server, path, s->has_group ? 0660 : 0600,
                                     s->has_group ? s->group : (gid_t)-1, error);
}

static int make_metrics(struct service *s, const struct config *config, struct error *error)
{
        int r = make_server(s, config, &s->metrics_server, error);
        return r < 0 ? r
                     : varlink_server_add_interface(s->metrics_server, metrics_interface,
                                                    service_metrics_methods, s, error);
}

int service_new(struct service **ret, sd_event *event, const struct config *config,
                const struct findings *findings, struct scans *scans, struct error *error)
{
        struct error metrics_error = {};
        struct service *s = calloc(1, sizeof(*s));
        if (!s)
                return error_oom(error);
        s->event = event;
        s->findings = findings;
        s->scans = scans;
        find_group(s, config->group);
        int r = make_server(s, config, &s->server, error);
        if (r >= 0)
                r = varlink_server_add_interface(s->server, scanner_interface, methods, s, error);
        if (r >= 0)
                r = varlink_server_add_interface(s->server, control_interface,
                                                 service_control_methods, s, error);
        if (r >= 0)
                r = make_metrics(s, config, error);
        if (r >= 0)
                r = adopt_sockets(s, error);
        if (r == 0)
                r = listen_ourselves(s, config, error);
        if (r < 0) {
                service_free(s);
                return r;
        }
        /* Without it the daemon does its work all the same. */
        if (!s->has_metrics &&
            service_metrics_listen(s, config->metrics_socket, &metrics_error) < 0)
                log_warning("%s, continuing without metrics for systemd-report(1)",
                            metrics_error.text);
        *ret = s;
        return 0;
}

void service_set_reload(struct service *s, service_reload_fn reload, void *userdata)
{
        s->reload = reload;
        s->reload_userdata = userdata;
}

struct service *service_free(struct service *s)
{
        if (!s)
                return NULL;
        /* Before the servers: their going makes every call that is kept "gone". */
        service_wait_free(s);
        service_subscribe_free(s);
        service_inspect_free(s);
        varlink_server_free(s->metrics_server);
        varlink_server_free(s->server);
        free(s);
        return NULL;
}
