/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Attributes that messages of several kinds have. */

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* A number of 8 or 32 bits; others are left at @otherwise. */
static inline uint32_t rt_attribute_number(const struct nlattr *attr, uint32_t otherwise)
{
        switch (mnl_attr_get_payload_len(attr)) {
        case sizeof(uint8_t):
                return mnl_attr_get_u8(attr);
        case sizeof(uint32_t):
                return mnl_attr_get_u32(attr);
        default:
                return otherwise;
        }
}

/* Copies an address that is exactly as long as @family wants it. */
static inline bool rt_attribute_copy_address(const struct nlattr *attr, int family,
                                             uint8_t bytes[static 16])
{
        size_t n = family == AF_INET6 ? 16 : 4;

        if (mnl_attr_get_payload_len(attr) != n)
                return false;
        memcpy(bytes, mnl_attr_get_payload(attr), n);
        return true;
}
