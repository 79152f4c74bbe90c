/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Varlink's interface description language (varlink.org/Interface-Definition): from text to
 * structures. A pure function of its bytes. */

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

enum varlink_kind {
        VARLINK_BOOL,
        VARLINK_INT,
        VARLINK_FLOAT,
        VARLINK_STRING,
        VARLINK_OBJECT, /* any JSON object */
        VARLINK_ANY,    /* any JSON value but null */
        VARLINK_NAMED,  /* a type of the interface, by name */
        VARLINK_ARRAY,  /* []T */
        VARLINK_MAP,    /* [string]T */
        VARLINK_MAYBE,  /* ?T: may be null or absent */
        VARLINK_STRUCT, /* (a: T, b: U) */
        VARLINK_ENUM,   /* (a, b, c) */
        _VARLINK_KIND_MAX,
};

struct varlink_field;
struct varlink_member;

struct varlink_type {
        enum varlink_kind kind;
        struct varlink_type *element; /* ARRAY, MAP, MAYBE */
        struct varlink_field *fields; /* STRUCT, ENUM (there without types) */
        size_t n_fields;
        char *name;                         /* NAMED */
        const struct varlink_member *named; /* NAMED: what it names, a VARLINK_TYPE member */
};

struct varlink_field {
        char *name;
        struct varlink_type *type;
};

enum varlink_member_kind { VARLINK_TYPE, VARLINK_METHOD, VARLINK_ERROR };

struct varlink_member {
        enum varlink_member_kind kind;
        char *name;                  /* without the interface */
        struct varlink_type *type;   /* TYPE: itself; METHOD: parameters in; ERROR: parameters */
        struct varlink_type *output; /* METHOD: parameters out */
};

struct varlink_interface {
        char *name;
        struct varlink_member *members; /* in the order of the text */
        size_t n_members;
};

/* Types in each other at most (a parser's limit, so that no text can exhaust the stack). */
#define VARLINK_IDL_DEPTH_MAX 32

/* Parses @n bytes of @text. Types that are named but not described, and names used twice, are
 * errors. 0, -EBADMSG with line and reason in @error, or -ENOMEM. */
int varlink_interface_parse(struct varlink_interface **ret, const char *text, size_t n,
                            struct error *error);
struct varlink_interface *varlink_interface_free(struct varlink_interface *interface);
DEFINE_CLEANUP(struct varlink_interface *, varlink_interface_free);

/* The member with that kind and name (without the interface), or NULL. */
const struct varlink_member *varlink_interface_find(const struct varlink_interface *interface,
                                                    enum varlink_member_kind kind,
                                                    const char *name);

/* Whether @name is a well-formed interface name: "io.nsorphan.Scanner". */
bool varlink_interface_name_is_valid(const char *name, size_t n);
