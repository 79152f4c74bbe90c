/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/server.h"

#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <utlist.h>

#include "varlink/dialogue.h"
#include "varlink/service.h"
#include "varlink/socket.h"

/* How long nothing is accepted when there is no fd or no memory to do it with. */
#define ACCEPT_AGAIN_USEC (100 * USEC_PER_MSEC)

/* How many connections are looked at before one more is refused. */
#define LOOKED_AT_MAX 64u

/* How many are accepted in one event. */
#define ACCEPT_MAX 16u

/* A socket it listens on. */
struct listener {
        struct listener *next;
        struct varlink_server *server;
        int fd;
        sd_event_source *io;
        struct varlink_socket_file file;
};

struct varlink_server {
        struct registry registry;
        struct crowd crowd;
        struct listener *listeners;
        sd_event_source *accept_again; /* armed while no fd is left to accept with */
};

static void set_accepting(struct varlink_server *server, int enabled)
{
        struct listener *listener;

        LL_FOREACH(server->listeners, listener)
        (void)sd_event_source_set_enabled(listener->io, enabled);
}

static int on_accept_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        set_accepting(userdata, SD_EVENT_ON);
        return 0;
}

/* The timer is made before it is needed: to make one takes an fd, perhaps. */
static int prepare_accept_again(struct varlink_server *server)
{
        int r = sd_event_add_time_relative(server->crowd.event, &server->accept_again,
                                           CLOCK_MONOTONIC, 0, 0, on_accept_again, server);
        return r < 0 ? r : sd_event_source_set_enabled(server->accept_again, SD_EVENT_OFF);
}

/* Half of the fds there may be are the program's own, and an eighth of the rest is root's. */
static void limit_connections(struct varlink_limits *limits)
{
        struct rlimit files;

        if (getrlimit(RLIMIT_NOFILE, &files) < 0)
                return;
        uint64_t room = files.rlim_cur / 2, root = MAX(room / 8, 1u);
        limits->connections_root = (unsigned)MIN((uint64_t)limits->connections_root, root);
        limits->connections = (unsigned)MIN((uint64_t)limits->connections, room - root);
}

static void reap_closed(void *userdata)
{
        struct varlink_server *server = userdata;

        while (server->crowd.closed)
                dialogue_end(server->crowd.closed);
}

int varlink_server_new(struct varlink_server **ret, sd_event *event,
                       const struct varlink_service *service, const struct varlink_limits *limits)
{
        struct varlink_server *server = calloc(1, sizeof(*server));

        if (!server)
                return -ENOMEM;
        server->crowd.event = sd_event_ref(event);
        server->crowd.registry = &server->registry;
        server->registry.service = *service;
        server->crowd.limits = limits ? *limits : VARLINK_LIMITS_DEFAULT;
        limit_connections(&server->crowd.limits);
        server->crowd.turns.fd = -EBADF;
        int r = turns_init(&server->crowd.turns, event, dialogue_step, reap_closed, server);
        if (r >= 0)
                r = prepare_accept_again(server);
        if (r >= 0)
                r = service_register(&server->registry, NULL);
        if (r < 0) {
                varlink_server_free(server);
                return r;
        }
        *ret = server;
        return 0;
}

static void listener_free(struct listener *listener)
{
        sd_event_source_disable_unref(listener->io);
        fd_close(listener->fd);
        varlink_socket_file_remove(&listener->file);
        free(listener);
}

struct varlink_server *varlink_server_free(struct varlink_server *server)
{
        if (!server)
                return NULL;
        while (server->listeners) {
                struct listener *listener = server->listeners;
                LL_DELETE(server->listeners, listener);
                listener_free(listener);
        }
        sd_event_source_disable_unref(server->accept_again);
        while (server->crowd.connections) {
                struct connection *c = server->crowd.connections;
                connection_close(c);
                dialogue_end(c);
        }
        registry_deinit(&server->registry);
        turns_deinit(&server->crowd.turns);
        sd_event_unref(server->crowd.event);
        free(server);
        return NULL;
}

void varlink_server_set_access(struct varlink_server *server, varlink_access_fn access,
                               void *userdata)
{
        server->registry.access = access;
        server->registry.access_userdata = userdata;
}

int varlink_server_add_interface(struct varlink_server *server, const char *description,
                                 const struct varlink_method *methods, void *userdata,
                                 struct error *error)
{
        return registry_add(&server->registry, description, methods, userdata, error);
}

/* Those of the user's first connections that their peer has closed already, which the loop has not
 * come to see. With a low limit, a client that reconnects would find no room. A call that is not
 * read yet, and to which nobody waits for the answer, is lost with them. */
static void close_gone(const struct crowd *crowd, uid_t uid)
{
        struct connection *c, *looked_at[LOOKED_AT_MAX];
        struct pollfd fds[LOOKED_AT_MAX];
        unsigned n = 0;

        DL_FOREACH(crowd->connections, c)
        {
                if (c->peer.uid != uid || c->state != CONNECTION_READING || c->n_messages > 0 ||
                    varlink_buffer_size(&c->in) > 0 || varlink_buffer_size(&c->out) > 0)
                        continue;
                looked_at[n] = c;
                fds[n++] = (struct pollfd){.fd = c->fd}; /* POLLHUP is always told */
                if (n == LOOKED_AT_MAX)
                        break;
        }
        if (n == 0 || poll(fds, n, 0) <= 0)
                return;
        for (unsigned i = 0; i < n; i++)
                if (fds[i].revents & POLLHUP)
                        connection_close(looked_at[i]);
}

/* 0 with the user, -EUSERS, or -ENOMEM. */
static int admit(struct crowd *crowd, uid_t uid, struct crowd_user **ret)
{
        if (!crowd_has_room(crowd, uid))
                close_gone(crowd, uid);
        return crowd_has_room(crowd, uid) ? crowd_enter(crowd, uid, ret) : -EUSERS;
}

size_t varlink_server_connections(const struct varlink_server *server)
{
        return server->crowd.n_open;
}

int varlink_server_add_connection(struct varlink_server *server, int fd)
{
        struct varlink_peer peer;
        struct crowd_user *user;

        int r = varlink_peer_init(&peer, fd);
        if (r < 0) {
                fd_close(fd);
                return r;
        }
        r = admit(&server->crowd, peer.uid, &user);
        if (r < 0) {
                fd_close(fd);
                varlink_peer_deinit(&peer);
                return r;
        }
        return connection_new(&server->crowd, fd, &peer, user);
}

/* Several at once: a client that reconnects without end fills the queue, and others wait in it. */
static int on_accept(sd_event_source *s, int listen_fd, uint32_t revents, void *userdata)
{
        struct listener *listener = userdata;
        struct varlink_server *server = listener->server;

        for (unsigned i = 0; i < ACCEPT_MAX; i++) {
                int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
                if (fd < 0)
                        break;
                (void)varlink_server_add_connection(server, fd);
                if (i + 1 == ACCEPT_MAX)
                        return 0;
        }
        /* The client is still in the queue and would wake us again at once: look away for a
         * moment, until some fd has become free. */
        if ((errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) &&
            sd_event_source_set_time_relative(server->accept_again, ACCEPT_AGAIN_USEC) >= 0 &&
            sd_event_source_set_enabled(server->accept_again, SD_EVENT_ONESHOT) >= 0)
                set_accepting(server, SD_EVENT_OFF);
        return 0;
}

/* Takes over @fd and @file. */
static int add_listener(struct varlink_server *server, int fd, struct varlink_socket_file *file,
                        struct error *error)
{
        struct listener *listener = calloc(1, sizeof(*listener));

        if (!listener) {
                fd_close(fd);
                varlink_socket_file_remove(file);
                return error_oom(error);
        }
        *listener = (struct listener){.server = server, .fd = fd, .file = *file};
        int r = sd_event_add_io(server->crowd.event, &listener->io, fd, EPOLLIN, on_accept,
                                listener);
        if (r < 0) {
                listener_free(listener);
                return error_set_errno(error, r, "Failed to watch the Varlink socket");
        }
        LL_PREPEND(server->listeners, listener);
        return 0;
}

int varlink_server_listen(struct varlink_server *server, const char *path, mode_t mode, gid_t gid,
                          struct error *error)
{
        struct varlink_socket_file file;
        int fd;

        int r = varlink_socket_listen(path, mode, gid, &fd, &file, error);
        if (r < 0)
                return r;
        return add_listener(server, fd, &file, error);
}

int varlink_server_adopt(struct varlink_server *server, int fd, struct error *error)
{
        struct varlink_socket_file none = {};

        int r = varlink_socket_check(fd, error);
        return r < 0 ? r : add_listener(server, fd, &none, error);
}
