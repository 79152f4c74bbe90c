/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.varlink.service, and which method a call gets. */

#include <string.h>

#include "varlink/check.h"
#include "varlink/server-internal.h"

static const char description[] =
        "# The Varlink Service Interface is provided by every Varlink service. It\n"
        "# describes the service and the interfaces it implements.\n"
        "interface org.varlink.service\n"
        "\n"
        "# Gets a list of all the interfaces a service provides and information\n"
        "# about the implementation.\n"
        "method GetInfo() -> (\n"
        "  vendor: string,\n"
        "  product: string,\n"
        "  version: string,\n"
        "  url: string,\n"
        "  interfaces: []string\n"
        ")\n"
        "\n"
        "# Gets the description of an interface that is implemented by this service.\n"
        "method GetInterfaceDescription(interface: string) -> (description: string)\n"
        "\n"
        "# The requested interface was not found.\n"
        "error InterfaceNotFound (interface: string)\n"
        "\n"
        "# The requested method was not found.\n"
        "error MethodNotFound (method: string)\n"
        "\n"
        "# The interface defines the requested method, but the service does not\n"
        "# implement it.\n"
        "error MethodNotImplemented (method: string)\n"
        "\n"
        "# One of the passed parameters is invalid.\n"
        "error InvalidParameter (parameter: string)\n"
        "\n"
        "# The client is not allowed to call the method.\n"
        "error PermissionDenied ()\n"
        "\n"
        "# The method can only be called with `more`.\n"
        "error ExpectedMore ()\n";

static int get_info(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const struct varlink_server *server = userdata;
        const struct varlink_service *service = &server->service;
        json_auto_t *interfaces = json_array();

        for (size_t i = 0; i < server->n_registrations; i++)
                if (json_array_append_new(
                            interfaces, json_string(server->registrations[i].interface->name)) < 0)
                        return -ENOMEM;
        return varlink_call_reply(call, json_pack("{s:s, s:s, s:s, s:s, s:O}", "vendor",
                                                  service->vendor, "product", service->product,
                                                  "version", service->version, "url", service->url,
                                                  "interfaces", interfaces));
}

static int error_interface_not_found(struct varlink_call *call, const char *name, size_t n)
{
        return varlink_call_error(call, VARLINK_ERROR_INTERFACE_NOT_FOUND,
                                  json_pack("{s:s%}", "interface", name, n));
}

static int get_interface_description(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const struct varlink_server *server = userdata;
        const char *name = json_string_value(json_object_get(parameters, "interface"));
        const struct registration *found = server_find(server, name, strlen(name));

        if (!found)
                return error_interface_not_found(call, name, strlen(name));
        return varlink_call_reply(call, json_pack("{s:s}", "description", found->description));
}

static const struct varlink_method methods[] = {
        {"GetInfo", get_info},
        {"GetInterfaceDescription", get_interface_description},
        {},
};

int server_add_service(struct varlink_server *server, struct error *error)
{
        return varlink_server_add_interface(server, description, methods, server, error);
}

static bool is_allowed(const struct varlink_server *server, const struct varlink_method *method,
                       const struct varlink_call *call)
{
        const struct varlink_peer *peer = varlink_call_peer(call);

        if (method->flags & VARLINK_METHOD_ROOT_ONLY && peer->uid != 0)
                return false;
        return !server->access ||
               server->access(peer, varlink_call_method(call), server->access_userdata) >= 0;
}

static const struct varlink_method *find_method(const struct registration *registration,
                                                const char *name)
{
        const struct varlink_method *method = registration->methods;

        while (method->name && strcmp(method->name, name) != 0)
                method++;
        return method->name ? method : NULL;
}

int server_dispatch(struct varlink_server *server, struct varlink_call *call,
                    const struct varlink_message *message)
{
        const char *dot = strrchr(message->method, '.'), *parameter;
        size_t n = dot ? (size_t)(dot - message->method) : strlen(message->method);

        const struct registration *registration = server_find(server, message->method, n);
        if (!dot || !registration)
                return error_interface_not_found(call, message->method, n);
        const struct varlink_member *member =
                varlink_interface_find(registration->interface, VARLINK_METHOD, dot + 1);
        const struct varlink_method *method = member ? find_method(registration, dot + 1) : NULL;
        if (!method)
                return varlink_call_error(call,
                                          member ? VARLINK_ERROR_METHOD_NOT_IMPLEMENTED
                                                 : VARLINK_ERROR_METHOD_NOT_FOUND,
                                          json_pack("{s:s}", "method", message->method));
        if (!is_allowed(server, method, call))
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
