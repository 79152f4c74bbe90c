/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the server share. */

#include "util/hash.h"
#include "varlink/connection.h"
#include "varlink/idl.h"
#include "varlink/listen.h"
#include "varlink/server.h"

/* An interface the server has. */
struct registration {
        struct varlink_interface *interface;
        const char *description;
        const struct varlink_method *methods;
        void *userdata;
};

/* A socket it listens on. */
struct listener {
        struct listener *next;
        struct varlink_server *server;
        int fd;
        sd_event_source *io;
        struct varlink_socket_file file;
};

/* What one uid has of the server. */
struct user {
        uid_t uid;
        unsigned n;      /* connections, also those that are closed and not reaped */
        unsigned n_open; /* of them, those that are not closed */
        size_t unsent;   /* bytes, of all of them */
        size_t unparsed; /* the same */
        struct turn_user turn;
        UT_hash_handle hh;
};

struct varlink_server {
        sd_event *event;
        struct varlink_service service;
        struct varlink_limits limits;
        varlink_access_t access;
        void *access_userdata;
        struct registration *registrations;
        size_t n_registrations;
        struct listener *listeners;
        sd_event_source *accept_again; /* armed while no fd is left to accept with */
        struct connection *connections;
        struct connection *closed; /* to be reaped */
        size_t n_open;             /* of them, those that are not closed */
        size_t unsent;             /* bytes, of all connections */
        size_t unparsed;           /* the same */
        struct user *users;        /* hash table, by uid: those who have a connection */
        struct turns turns;
};

/* Takes note of a connection by @uid: 0 with the user, -EUSERS, or -ENOMEM. */
int server_admit(struct varlink_server *server, uid_t uid, struct user **ret);

/* One of @user's is closed: its slot is free. */
void server_release(struct varlink_server *server, struct user *user);

/* It is reaped; the user may be gone then. */
void server_dismiss(struct varlink_server *server, struct user *user);

/* The registration of the interface named by the first @n bytes of @name, or NULL. */
const struct registration *server_find(const struct varlink_server *server, const char *name,
                                       size_t n);

/* Registers org.varlink.service. */
int server_add_service(struct varlink_server *server, struct error *error);

/* Answers @message, of which @call was made, with its method or with the error it deserves. As
 * varlink_method's run. */
int server_dispatch(struct varlink_server *server, struct varlink_call *call,
                    const struct varlink_message *message);
