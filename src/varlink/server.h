/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A Varlink server on an sd-event loop.
 *
 * Make it, register interfaces, listen; the loop does the rest. Everything here belongs to the
 * thread that runs the loop, methods are called there and must not block: one that has to wait
 * keeps the call (varlink_call_ref()) and answers later.
 *
 * org.varlink.service is there by itself, and so are the answers to calls of unknown interfaces
 * and methods, with wrong parameters, with `upgrade`, or by the wrong user. Calls of one
 * connection are answered in the order they came in: the next one is not begun before the last
 * one is answered for good. A message that is no Varlink call, or beyond the limits, ends its
 * connection, and no other. */

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "util/error.h"
#include "varlink/error.h"
#include "varlink/limits.h"
#include "varlink/method.h"

struct varlink_server;

/* Makes a server on @event, of which it keeps a reference. @limits may be NULL for the defaults.
 * 0 or a negative errno. */
int varlink_server_new(struct varlink_server **ret, sd_event *event,
                       const struct varlink_service *service, const struct varlink_limits *limits);

/* Ends all connections and stops listening; socket files it made are removed if they are still
 * its own. Calls that are still kept by somebody are gone (varlink_call_is_gone()) and stay valid
 * until released; their on_gone functions are called from here. Accepts NULL, returns NULL. */
struct varlink_server *varlink_server_free(struct varlink_server *server);
DEFINE_CLEANUP(struct varlink_server *, varlink_server_free);

/* Everyone who gets through the socket's mode may call everything that is not ROOT_ONLY unless
 * @access says no. */
void varlink_server_set_access(struct varlink_server *server, varlink_access_fn access,
                               void *userdata);

/* Registers the interface that @description describes (Varlink IDL, NUL-terminated), with the
 * functions in @methods. A described method that is missing there is answered with
 * org.varlink.service.MethodNotImplemented. @description and @methods must outlive the server.
 *
 * 0, -EBADMSG (the description is not valid), -ENOENT (a method of the table is not described),
 * -EEXIST (the interface is registered already), -ENOMEM, with the sentence in @error. */
int varlink_server_add_interface(struct varlink_server *server, const char *description,
                                 const struct varlink_method *methods, void *userdata,
                                 struct error *error);

/* Makes the socket file @path (absolute) with @mode and group @gid ((gid_t)-1: leave it) and
 * listens there. The file has no other mode or group at any moment. One left behind by a dead
 * server is replaced; with a living one behind it, or if @path is something else than a socket,
 * nothing is touched.
 *
 * 0, -EADDRINUSE (another server answers there), -EEXIST (not a socket), -ENAMETOOLONG, -EBUSY
 * (another process of ours holds the lock) or another negative errno, with the sentence in
 * @error. */
int varlink_server_listen(struct varlink_server *server, const char *path, mode_t mode, gid_t gid,
                          struct error *error);

/* Takes over @fd, a listening AF_UNIX stream socket of socket activation (sd_listen_fds(3)), whose
 * file is left alone. What is no such socket is not touched. 0 or a negative errno with the
 * sentence. */
int varlink_server_adopt(struct varlink_server *server, int fd, struct error *error);

/* Takes over @fd, one connected AF_UNIX stream socket. It is the server's from here on, also on
 * failure. 0, -EUSERS (a connection limit) or another negative errno. */
int varlink_server_add_connection(struct varlink_server *server, int fd);

/* Connections at this moment. */
size_t varlink_server_connections(const struct varlink_server *server);
