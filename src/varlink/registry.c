/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/registry.h"

#include <string.h>

#include "util/array.h"
#include "varlink/check.h"
#include "varlink/error.h"

const struct registration *registry_find(const struct registry *registry, const char *name,
                                         size_t n)
{
        for (size_t i = 0; i < registry->n_registrations; i++) {
                const char *known = registry->registrations[i].interface->name;
                if (strlen(known) == n && memcmp(known, name, n) == 0)
                        return &registry->registrations[i];
        }
        return NULL;
}

int registry_add(struct registry *registry, const char *description,
                 const struct varlink_method *methods, void *userdata, struct error *error)
{
        _cleanup_(varlink_interface_freep) struct varlink_interface *interface = NULL;

        int r = varlink_interface_parse(&interface, description, strlen(description), error);
        if (r < 0)
                return r;
        if (registry_find(registry, interface->name, strlen(interface->name)))
                return error_set(error, EEXIST, "The interface %s is there already",
                                 interface->name);
        for (const struct varlink_method *method = methods; method->name; method++)
                if (!varlink_interface_find(interface, VARLINK_METHOD, method->name))
                        return error_set(error, ENOENT,
                                         "The interface %s does not describe its method %s",
                                         interface->name, method->name);

        struct registration *registrations = array_grow(
                registry->registrations, registry->n_registrations, sizeof(*registrations));
        if (!registrations)
                return error_oom(error);
        registry->registrations = registrations;
        registrations[registry->n_registrations++] = (struct registration){
                .interface = TAKE_PTR(interface),
                .description = description,
                .methods = methods,
                .userdata = userdata,
        };
        return 0;
}

void registry_deinit(struct registry *registry)
{
        for (size_t i = 0; i < registry->n_registrations; i++)
                varlink_interface_free(registry->registrations[i].interface);
        free(registry->registrations);
}

int registry_error_not_found(struct varlink_call *call, const char *name, size_t n)
{
        return varlink_call_error(call, VARLINK_ERROR_INTERFACE_NOT_FOUND,
                                  json_pack("{s:s%}", "interface", name, n));
}

static bool is_allowed(const struct registry *registry, const struct varlink_method *method,
                       const struct varlink_call *call)
{
        const struct varlink_peer *peer = varlink_call_peer(call);

        if (method->flags & VARLINK_METHOD_ROOT_ONLY && peer->uid != 0)
                return false;
        return !registry->access ||
               registry->access(peer, varlink_call_method(call), registry->access_userdata) >= 0;
}

static const struct varlink_method *find_method(const struct registration *registration,
                                                const char *name)
{
        const struct varlink_method *method = registration->methods;

        while (method->name && strcmp(method->name, name) != 0)
                method++;
        return method->name ? method : NULL;
}

int registry_dispatch(const struct registry *registry, struct varlink_call *call,
                      const struct varlink_message *message)
{
        const char *dot = strrchr(message->method, '.'), *parameter;
        size_t n = dot ? (size_t)(dot - message->method) : strlen(message->method);

        const struct registration *registration = registry_find(registry, message->method, n);
        if (!dot || !registration)
                return registry_error_not_found(call, message->method, n);
        const struct varlink_member *member =
                varlink_interface_find(registration->interface, VARLINK_METHOD, dot + 1);
        const struct varlink_method *method = member ? find_method(registration, dot + 1) : NULL;
        if (!method)
                return varlink_call_error(call,
                                          member ? VARLINK_ERROR_METHOD_NOT_IMPLEMENTED
                                                 : VARLINK_ERROR_METHOD_NOT_FOUND,
                                          json_pack("{s:s}", "method", message->method));
        if (!is_allowed(registry, method, call))
                return varlink_call_error_permission_denied(call);
        /* No method here turns its connection into something else. That is an ordinary error:
         * the peer has not left Varlink yet, and stays in it. */
        if (message->upgrade)
                return varlink_call_error_invalid_parameter(call, "upgrade");
        if (method->flags & VARLINK_METHOD_REQUIRE_MORE && !message->more)
                return varlink_call_error(call, VARLINK_ERROR_EXPECTED_MORE, json_object());
        if (varlink_check(member->type, message->parameters, &parameter) < 0)
                return varlink_call_error_invalid_parameter(call, parameter);
        return method->run(call, message->parameters, registration->userdata);
}
