/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/maps.h"

#include "proc/rest.h"

/* "major:minor", in hex. */
static bool take_device(struct rest *r, uint64_t *ret)
{
        uint64_t major, minor;

        if (!rest_take_number(r, 16, &major) || !rest_take_text(r, ":") ||
            !rest_take_number(r, 16, &minor) || r->p != r->end)
                return false;
        *ret = major << 32 | (minor & UINT32_MAX);
        return true;
}

/* "start-end", in hex. */
static bool take_range(struct rest *r, struct maps_line *ret)
{
        return rest_take_number(r, 16, &ret->start) && rest_take_text(r, "-") &&
               rest_take_number(r, 16, &ret->end) && r->p == r->end;
}

/* "start-end perms offset dev inode      name". */
bool proc_maps_parse_any(const char *line, size_t n, struct maps_line *ret)
{
        struct rest r = REST_OF(line, n), range, access, offset, device;

        *ret = (struct maps_line){};
        if (!rest_take_field(&r, &range) || !take_range(&range, ret) ||
            !rest_take_field(&r, &access) || rest_length(&access) < 3 ||
            !rest_take_field(&r, &offset) || !rest_take_number(&offset, 16, &ret->offset) ||
            !rest_take_field(&r, &device) || !take_device(&device, &ret->device) ||
            !rest_take_number(&r, 10, &ret->inode))
                return false;
        ret->writable = access.p[1] == 'w';
        ret->executable = access.p[2] == 'x';
        rest_take_blanks(&r);
        ret->name = r.p;
        ret->name_length = rest_length(&r);
        return true;
}

bool proc_maps_parse(const char *line, size_t n, struct maps_line *ret)
{
        return proc_maps_parse_any(line, n, ret) && ret->inode > 0;
}
