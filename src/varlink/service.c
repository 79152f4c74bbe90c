/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/service.h"

#include <string.h>

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
        const struct registry *registry = userdata;
        const struct varlink_service *service = &registry->service;
        json_auto_t *interfaces = json_array();

        for (size_t i = 0; i < registry->n_registrations; i++)
                if (json_array_append_new(interfaces,
                                          json_string(registry->registrations[i].interface->name)) <
                    0)
                        return -ENOMEM;
        return varlink_call_reply(call, json_pack("{s:s, s:s, s:s, s:s, s:O}", "vendor",
                                                  service->vendor, "product", service->product,
                                                  "version", service->version, "url", service->url,
                                                  "interfaces", interfaces));
}

static int get_interface_description(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const struct registry *registry = userdata;
        const char *name = json_string_value(json_object_get(parameters, "interface"));
        const struct registration *found = registry_find(registry, name, strlen(name));

        if (!found)
                return registry_error_not_found(call, name, strlen(name));
        return varlink_call_reply(call, json_pack("{s:s}", "description", found->description));
}

static const struct varlink_method methods[] = {
        {"GetInfo", get_info},
        {"GetInterfaceDescription", get_interface_description},
        {},
};

int service_register(struct registry *registry, struct error *error)
{
        return registry_add(registry, description, methods, registry, error);
}
