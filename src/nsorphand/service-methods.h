/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the service share. */

#include "nsorphand/daemon.h"
#include "nsorphand/service.h"
#include "util/product.h"
#include "varlink/server.h"

#define INTERFACE PRODUCT_INTERFACE

/* The text of io.nsorphan.Scanner.varlink. */
extern const char scanner_interface[];
/* The text of io.systemd.Metrics.varlink. */
extern const char metrics_interface[];
extern const struct varlink_method metrics_methods[];

/* A call that waits for a scan to end. */
struct waiter {
        struct service *service;
        struct varlink_call *call;
        json_t *parameters;
        uint64_t scan; /* its number, or an earlier one than any: the next to end will do */
        int (*run)(struct varlink_call *call, json_t *parameters, void *userdata);
        struct waiter *prev, *next;
};

struct subscriber {
        struct service *service;
        struct varlink_call *call;
        /* Until it is told what there is: what there was, how far it has got, and the changes
         * since, which are to come behind. */
        struct netns_identity *present;
        size_t n_present, i_present;
        uint64_t sequence;
        json_t *held; /* NULL: told */
        bool lost;    /* one of them */
        struct subscriber *prev, *next;
};

struct service {
        struct daemon *daemon;
        struct varlink_server *server;
        struct varlink_server *metrics_server; /* of io.systemd.Metrics alone */
        bool has_group;
        gid_t group;
        struct waiter *waiters;
        struct subscriber *subscribers;
        struct inspection_call *inspections;
};

/* Runs @run when the scan numbered @scan, or one after it, has ended well; answers ScanFailed when
 * it has not. 0, or -ENOMEM. */
int service_wait(struct service *s, struct varlink_call *call, json_t *parameters, uint64_t scan,
                 int (*run)(struct varlink_call *call, json_t *parameters, void *userdata));

/* The methods; @userdata is the service. */
int method_list(struct varlink_call *call, json_t *parameters, void *userdata);
int method_get(struct varlink_call *call, json_t *parameters, void *userdata);
int method_inspect(struct varlink_call *call, json_t *parameters, void *userdata);
int method_subscribe(struct varlink_call *call, json_t *parameters, void *userdata);
int method_get_status(struct varlink_call *call, json_t *parameters, void *userdata);
int method_get_metrics(struct varlink_call *call, json_t *parameters, void *userdata);

/* Listens where systemd collects metrics, if it does. 0 or a negative errno with the sentence. */
int service_listen_metrics(struct service *s, struct error *error);

/* The namespace of the last census that the parameters inode and cookie name; there is a census.
 * 1 with *ret, else the call was answered, or -ENOMEM. */
int service_find_netns(struct service *s, struct varlink_call *call, json_t *parameters,
                       const struct netns **ret);

void subscribers_free(struct service *s);

/* Lets go of the calls that are being inspected for; the threads are left to themselves. */
void inspections_abandon(struct service *s);
