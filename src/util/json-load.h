/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading JSON: what is damaged, and what there was no memory for, are two things. jansson's parser
 * (up to 2.14) says of the latter that it does not know, or that a token is invalid. */

#include <errno.h>
#include <jansson.h>

/* What a function of jansson's has failed for, before which errno was 0: -EBADMSG, or -ENOMEM. */
static inline int json_load_error(const json_error_t *error)
{
        enum json_error_code code = json_error_code(error);

        if (errno == ENOMEM)
                return -ENOMEM;
        return code == json_error_unknown || code == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
}

/* A new reference to a value in which no key stands twice. 0, -EBADMSG or -ENOMEM. */
static inline int json_load(const char *bytes, size_t n, json_t **ret)
{
        json_error_t error;

        errno = 0; /* malloc(3) sets it */
        *ret = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &error);
        return *ret ? 0 : json_load_error(&error);
}
