/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/server.h"

#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <utlist.h>

#include "util/array.h"
#include "varlink/server-internal.h"

/* How long nothing is accepted when there is no fd or no memory to do it with. */
#define ACCEPT_AGAIN_USEC (100 * USEC_PER_MSEC)

/* So many connections are looked at before one more is refused. */
#define LOOKED_AT_MAX 64u

/* So many are accepted in one event. */
#define ACCEPT_MAX 16u

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
        int r = sd_event_add_time_relative(server->event, &server->accept_again, CLOCK_MONOTONIC, 0,
                                           0, on_accept_again, server);
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

        while (server->closed)
                connection_reap(server->closed);
}

int varlink_server_new(struct varlink_server **ret, sd_event *event,
                       const struct varlink_service *service, const struct varlink_limits *limits)
{
        struct varlink_server *server = calloc(1, sizeof(*server));

        if (!server)
                return -ENOMEM;
        server->event = sd_event_ref(event);
        server->service = *service;
        server->limits = limits ? *limits : VARLINK_LIMITS_DEFAULT;
        limit_connections(&server->limits);
        server->turns.fd = -EBADF;
        int r = turns_init(&server->turns, event, connection_step, reap_closed, server);
        if (r >= 0)
                r = prepare_accept_again(server);
        if (r >= 0)
                r = server_add_service(server, NULL);
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
        while (server->connections) {
                struct connection *c = server->connections;
                connection_close(c);
                connection_reap(c);
        }
        for (size_t i = 0; i < server->n_registrations; i++)
                varlink_interface_free(server->registrations[i].interface);
        free(server->registrations);
        turns_deinit(&server->turns);
        sd_event_unref(server->event);
        free(server);
        return NULL;
}

void varlink_server_set_access(struct varlink_server *server, varlink_access_t access,
                               void *userdata)
{
        server->access = access;
        server->access_userdata = userdata;
}

const struct registration *server_find(const struct varlink_server *server, const char *name,
                                       size_t n)
{
        for (size_t i = 0; i < server->n_registrations; i++) {
                const char *known = server->registrations[i].interface->name;
                if (strlen(known) == n && memcmp(known, name, n) == 0)
                        return &server->registrations[i];
        }
        return NULL;
}

int varlink_server_add_interface(struct varlink_server *server, const char *description,
                                 const struct varlink_method *methods, void *userdata,
                                 struct error *error)
{
        _cleanup_(varlink_interface_freep) struct varlink_interface *interface = NULL;

        int r = varlink_interface_parse(&interface, description, strlen(description), error);
        if (r < 0)
                return r;
        if (server_find(server, interface->name, strlen(interface->name)))
                return error_set(error, EEXIST, "The interface %s is there already",
                                 interface->name);
        for (const struct varlink_method *method = methods; method->name; method++)
                if (!varlink_interface_find(interface, VARLINK_METHOD, method->name))
                        return error_set(error, ENOENT,
                                         "The interface %s does not describe its method %s",
                                         interface->name, method->name);

        struct registration *registrations =
                array_grow(server->registrations, server->n_registrations, sizeof(*registrations));
        if (!registrations)
                return error_oom(error);
        server->registrations = registrations;
        registrations[server->n_registrations++] = (struct registration){
                .interface = TAKE_PTR(interface),
                .description = description,
                .methods = methods,
                .userdata = userdata,
        };
        return 0;
}

static size_t root_connections(const struct varlink_server *server)
{
        const uid_t root = 0;
        const struct user *user;

        HASH_FIND(hh, server->users, &root, sizeof(root), user);
        return user ? user->n_open : 0;
}

/* Root has some slots that nobody else can take, and takes a common one only when those are full.
 */
static bool has_slot(const struct varlink_server *server, uid_t uid, unsigned n)
{
        const struct varlink_limits *limits = &server->limits;

        if (n >= limits->connections_per_uid)
                return false;
        if (uid == 0 && n < limits->connections_root)
                return true;
        return server->n_open - MIN(root_connections(server), limits->connections_root) <
               limits->connections;
}

/* Those of the first connections that their peer has closed already, which the loop has not come to
 * see. With a low limit, who goes and comes again would find no room. */
static void close_gone(struct varlink_server *server, uid_t uid)
{
        struct connection *c;
        unsigned n = 0;
        char byte;

        DL_FOREACH(server->connections, c)
        {
                if (n++ == LOOKED_AT_MAX)
                        return;
                if (c->peer.uid == uid && c->state == CONNECTION_READING && c->n_messages == 0 &&
                    varlink_buffer_size(&c->in) == 0 && varlink_buffer_size(&c->out) == 0 &&
                    recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
                        connection_close(c);
        }
}

int server_admit(struct varlink_server *server, uid_t uid, struct user **ret)
{
        struct user *user;

        HASH_FIND(hh, server->users, &uid, sizeof(uid), user);
        if (user && !has_slot(server, uid, user->n_open))
                close_gone(server, uid);
        if (!has_slot(server, uid, user ? user->n_open : 0))
                return -EUSERS;
        if (!user) {
                user = calloc(1, sizeof(*user));
                if (!user)
                        return -ENOMEM;
                user->uid = uid;
                HASH_ADD(hh, server->users, uid, sizeof(user->uid), user);
                if (!user->hh.tbl) {
                        free(user);
                        return -ENOMEM;
                }
        }
        user->n++;
        user->n_open++;
        server->n_open++;
        *ret = user;
        return 0;
}

void server_release(struct varlink_server *server, struct user *user)
{
        user->n_open--;
        server->n_open--;
}

void server_dismiss(struct varlink_server *server, struct user *user)
{
        if (--user->n > 0)
                return;
        turns_forget_user(&server->turns, &user->turn);
        HASH_DEL(server->users, user);
        free(user);
}

size_t varlink_server_connections(const struct varlink_server *server)
{
        return server->n_open;
}

int varlink_server_add_connection(struct varlink_server *server, int fd)
{
        struct connection *c;
        return connection_new(&c, server, fd);
}

/* Several at once: who comes and goes without end fills the queue, and others wait in it. */
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
        int r = sd_event_add_io(server->event, &listener->io, fd, EPOLLIN, on_accept, listener);
        if (r < 0) {
                listener_free(listener);
                return error_set_errno(error, r, "Could not watch the Varlink socket");
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
