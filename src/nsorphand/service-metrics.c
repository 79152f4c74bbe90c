/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service-metrics.h"

#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "nsorphand/service-private.h"
#include "report/metrics.h"
#include "util/log.h"

static struct metrics_source source_of(const struct service *s)
{
        const struct findings *f = s->findings;
        struct metrics_source source = {
                .version = NSORPHAND_VERSION,
                .census = f->last ? f->last->census : NULL,
                .ledger = f->ledger,
                .n_scans = f->n_scans,
                .n_failed = f->n_failed,
                .n_leaks = f->n_leaks,
                .n_checks = f->n_checks,
                .n_disagreements = f->n_disagreements,
        };
        (void)scans_skipped(s->scans, &source.n_skipped);
        if (f->traces->tracer)
                source.trace = tracer_count(f->traces->tracer);
        return source;
}

int service_metrics_method(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const struct service *s = userdata;
        const struct metrics_source source = source_of(s);
        const char *format = json_string_value(json_object_get(parameters, "format"));
        /* A word that is none was refused by the interface. */
        int f = format ? metrics_format_from_string(format) : METRICS_PROMETHEUS;
        _cleanup_free_ char *text = metrics_text(&source, (enum metrics_format)f);

        return text ? varlink_call_reply(call, json_pack("{ss}", "text", text)) : -ENOMEM;
}

static int reply_each(struct varlink_call *call, json_t *replies)
{
        json_auto_t *array = replies;
        size_t n = json_array_size(array);
        int r = 0;

        if (!array)
                return -ENOMEM;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                json_t *reply = json_incref(json_array_get(array, i));
                r = i + 1 < n ? varlink_call_reply_continues(call, reply)
                              : varlink_call_reply(call, reply);
        }
        return r;
}

static int method_metrics_list(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const struct service *s = userdata;
        const struct metrics_source source = source_of(s);

        return reply_each(call, metrics_json(&source));
}

static int method_metrics_describe(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return reply_each(call, metrics_describe_json());
}

const struct varlink_method service_metrics_methods[] = {
        {"List", method_metrics_list, VARLINK_METHOD_REQUIRE_MORE},
        {"Describe", method_metrics_describe, VARLINK_METHOD_REQUIRE_MORE},
        {},
};

/* Whether the directory that @path is in exists: systemd makes it where it collects reports. */
static bool has_directory(const char *path)
{
        _cleanup_free_ char *directory = strndup(path, (size_t)(strrchr(path, '/') - path));
        struct stat st;

        return directory && stat(*directory ? directory : "/", &st) >= 0 && S_ISDIR(st.st_mode);
}

int service_metrics_listen(struct service *s, const char *path, struct error *error)
{
        if (!path || !has_directory(path))
                return 0;
        if (s->has_group) {
                int r = varlink_server_listen(s->metrics_server, path, 0660, s->group, error);
                if (r != -EPERM)
                        return r;
        }
        /* As a service we have no CAP_CHOWN, and may not give a file to the group: then these
         * metrics are root's. The group reads them from our own socket, which systemd made. */
        return varlink_server_listen(s->metrics_server, path, 0600, (gid_t)-1, error);
}
