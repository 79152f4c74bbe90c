/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service-control.h"

#include <string.h>

#include "nsorphand/service-private.h"
#include "util/log.h"

static int method_ping(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return varlink_call_reply(call, json_object());
}

/* What failed with a negative errno, as sd_varlink_error_errno(3) answers it. */
static int error_errno(struct varlink_call *call, int r)
{
#ifdef __GLIBC__
        const char *name = strerrorname_np(-r);
#else
        const char *name = NULL;
#endif

        return varlink_call_error(call, "io.systemd.System",
                                  json_pack("{ss sI ss*}", "origin", "linux", "errno",
                                            (json_int_t)-r, "errnoName", name));
}

static int method_reload(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const struct service *s = userdata;

        int r = s->reload(s->reload_userdata);
        return r < 0 ? error_errno(call, r) : varlink_call_reply(call, json_object());
}

static int method_set_log_level(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const json_t *level = json_object_get(parameters, "level");

        if (!json_is_integer(level) || json_integer_value(level) < LOG_EMERG ||
            json_integer_value(level) > LOG_DEBUG)
                return varlink_call_error_invalid_parameter(call, "level");
        log_set_level((int)json_integer_value(level));
        return varlink_call_reply(call, json_object());
}

static int method_get_log_level(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return varlink_call_reply(call, json_pack("{sI}", "level", (json_int_t)log_level()));
}

static int method_get_environment(struct varlink_call *call, json_t *parameters, void *userdata)
{
        json_auto_t *array = json_array();

        for (char **e = environ; array && *e; e++)
                if (json_array_append_new(array, json_string(*e)) < 0)
                        return varlink_call_error(
                                call, "io.systemd.service.InconsistentEnvironment", json_object());
        return varlink_call_reply(call, array ? json_pack("{sO}", "environment", array) : NULL);
}

/* The environment may have what is nobody's business. */
const struct varlink_method service_control_methods[] = {
        {"Ping", method_ping, 0},
        {"Reload", method_reload, VARLINK_METHOD_ROOT_ONLY},
        {"SetLogLevel", method_set_log_level, VARLINK_METHOD_ROOT_ONLY},
        {"GetLogLevel", method_get_log_level, 0},
        {"GetEnvironment", method_get_environment, VARLINK_METHOD_ROOT_ONLY},
        {},
};
