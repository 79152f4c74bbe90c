/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/connection.h"

#include <stdio.h>
#include <string.h>

#include "nsorphanctl/decode-fields.h"
#include "util/product.h"
#include "util/text.h"

int connection_open(struct varlink_client **ret, const struct options *options, struct error *error)
{
        const char *path = text_or(options->socket, PRODUCT_SOCKET);

        int r = varlink_client_connect(ret, path, VARLINK_CLIENT_TIMEOUT_USEC, error);
        if (r == -ENOENT || r == -ECONNREFUSED)
                return error_set(error, ECONNREFUSED,
                                 "nsorphand does not run (nobody listens at %s); start it with "
                                 "\"systemctl start nsorphand\", or look without it: "
                                 "\"nsorphanctl scan\"",
                                 path);
        if (r == -EACCES || r == -EPERM)
                return error_set(error, EACCES,
                                 "You may not talk to nsorphand at %s: it is for root and the "
                                 "group nsorphan",
                                 path);
        return r;
}

/* What an error of the daemon is to a person. */
static int set_daemon_error(struct error *error, const char *name, json_t *parameters)
{
        static const struct {
                const char *name;
                int errnum;
                const char *sentence;
        } known[] = {
                {PRODUCT_INTERFACE ".NoSuchNamespace", ENXIO,
                 "There is no such network namespace (any more)"},
                {PRODUCT_INTERFACE ".AmbiguousInode", ENOTUNIQ,
                 "This inode number has been used again, and it is not proved yet that the "
                 "namespace which had it before is gone; ask by cookie:N"},
                {VARLINK_ERROR_PERMISSION_DENIED, EACCES, "Only root may do that"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcmp(known[i].name, name) == 0)
                        return error_set(error, known[i].errnum, "%s", known[i].sentence);
        if (strcmp(name, PRODUCT_INTERFACE ".ScanFailed") == 0) {
                static const struct decode_field field = {"reason", DECODE_STRING, 0, true, NULL};
                _cleanup_free_ char *reason = NULL;
                (void)decode_fields(parameters, "an error", &field, 1, &reason, NULL);
                return error_set(error, EIO, "The scan failed: %s",
                                 text_or(reason, "for no known reason"));
        }
        _cleanup_free_ char *shown = text_escape_string(name);
        return error_set(error, EPROTO, "nsorphand answered with an unexpected error: %s",
                         text_or(shown, "?"));
}

int connection_call(struct varlink_client *client, const char *method, json_t *parameters,
                    json_t **ret, struct error *error)
{
        _cleanup_(varlink_client_reply_deinit) struct varlink_reply reply = {};
        char name[128];

        (void)snprintf(name, sizeof(name), PRODUCT_INTERFACE ".%s", method);
        int r = varlink_client_call(client, name, parameters, &reply, error);
        if (r < 0)
                return r;
        if (reply.error)
                return set_daemon_error(error, reply.error, reply.parameters);
        *ret = json_incref(reply.parameters);
        return 0;
}

int connection_ask(const struct options *options, const char *method, json_t *parameters,
                   json_t **ret, struct error *error)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;

        int r = connection_open(&client, options, error);
        if (r < 0) {
                json_decref(parameters);
                return r;
        }
        return connection_call(client, method, parameters, ret, error);
}

int connection_follow(struct varlink_client *client, const char *method, json_t *parameters,
                      int (*each)(json_t *parameters, void *userdata), void *userdata,
                      struct error *error)
{
        char name[128];
        bool continues = true;

        (void)snprintf(name, sizeof(name), PRODUCT_INTERFACE ".%s", method);
        int r = varlink_client_send(client, name, parameters, VARLINK_CALL_MORE, error);
        while (r == 0 && continues) {
                _cleanup_(varlink_client_reply_deinit) struct varlink_reply reply = {};
                r = varlink_client_receive(client, &reply, error);
                if (r < 0)
                        return r;
                if (reply.error)
                        return set_daemon_error(error, reply.error, reply.parameters);
                continues = reply.continues;
                r = each(reply.parameters, userdata);
        }
        return r;
}
