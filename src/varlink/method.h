/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a program offers through a server: itself, methods, and who may call them. */

#include <jansson.h>

#include "varlink/call.h"
#include "varlink/peer.h"

/* What org.varlink.service.GetInfo says of the program. The strings must outlive the server. */
struct varlink_service {
        const char *vendor;
        const char *product;
        const char *version;
        const char *url;
};

enum varlink_method_flags {
        /* Without `more` the call gets org.varlink.service.ExpectedMore. */
        VARLINK_METHOD_REQUIRE_MORE = 1 << 0,
        /* Any uid but 0 gets org.varlink.service.PermissionDenied. */
        VARLINK_METHOD_ROOT_ONLY = 1 << 1,
};

/* One method of an interface. A table of them ends with an entry without name.
 *
 * @run gets an object of @parameters (never NULL, borrowed for the time of the call) that agrees
 * with the interface description: nothing unknown, nothing missing, every type right; optional
 * ones may be absent or null. @userdata is what the interface was registered with.
 *
 * @run returns 0 when it has answered, or keeps a reference to @call and will. A negative errno
 * is for a failure it cannot answer (out of memory): the connection ends. */
struct varlink_method {
        const char *name; /* without the interface: "GetStatus" */
        int (*run)(struct varlink_call *call, json_t *parameters, void *userdata);
        enum varlink_method_flags flags;
};

/* Says whether @peer may call @method ("io.nsorphan.Scanner.List"; those of org.varlink.service
 * too): 0, or a negative errno for org.varlink.service.PermissionDenied. ROOT_ONLY has been
 * checked already. */
typedef int (*varlink_access_fn)(const struct varlink_peer *peer, const char *method,
                                 void *userdata);
