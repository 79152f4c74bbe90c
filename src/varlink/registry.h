/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The interfaces of a server, and which method a call gets. For the files of the server only. */

#include "util/error.h"
#include "varlink/interface.h"
#include "varlink/message.h"
#include "varlink/method.h"

/* An interface the server has. */
struct registration {
        struct varlink_interface *interface;
        const char *description;
        const struct varlink_method *methods;
        void *userdata;
};

struct registry {
        struct varlink_service service;
        varlink_access_fn access;
        void *access_userdata;
        struct registration *registrations;
        size_t n_registrations;
};

/* As varlink_server_add_interface(). */
int registry_add(struct registry *registry, const char *description,
                 const struct varlink_method *methods, void *userdata, struct error *error);
void registry_deinit(struct registry *registry);

/* The registration of the interface named by the first @n bytes of @name, or NULL. */
const struct registration *registry_find(const struct registry *registry, const char *name,
                                         size_t n);

/* Answers that there is no interface named by the first @n bytes of @name. */
int registry_error_not_found(struct varlink_call *call, const char *name, size_t n);

/* Answers @message, of which @call was made, with its method or with the error it deserves. As
 * varlink_method's run. */
int registry_dispatch(const struct registry *registry, struct varlink_call *call,
                      const struct varlink_message *message);
