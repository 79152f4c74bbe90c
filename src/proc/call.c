/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/call.h"

#include "proc/rest.h"
#include "util/file.h"

static bool take_hex(struct rest *r, uint64_t *ret)
{
        rest_take_blanks(r);
        return rest_take_text(r, "0x") && rest_take_number(r, 16, ret);
}

int proc_call_parse(const char *text, size_t n, struct proc_call *ret)
{
        struct rest r = REST_OF(text, n);
        struct proc_call c = {.state = PROC_CALL_WAITING};
        uint64_t program_counter;

        if (rest_take_text(&r, "running")) {
                *ret = (struct proc_call){.state = PROC_CALL_RUNNING};
                return 0;
        }
        if (rest_take_text(&r, "-1"))
                c.state = PROC_CALL_OTHER;
        else if (!rest_take_number(&r, 10, &c.number))
                return -EINVAL;
        for (size_t i = 0; c.state == PROC_CALL_WAITING && i < ARRAY_SIZE(c.arguments); i++)
                if (!take_hex(&r, &c.arguments[i]))
                        return -EINVAL;
        if (!take_hex(&r, &c.stack_pointer) || !take_hex(&r, &program_counter))
                return -EINVAL;
        *ret = c;
        return 0;
}

int proc_call_read(int dir_fd, struct proc_call *ret)
{
        _cleanup_free_ char *text = NULL;
        size_t n;

        int r = file_read_at(dir_fd, "syscall", 4096, &text, &n);
        return r < 0 ? r : proc_call_parse(text, n, ret);
}
