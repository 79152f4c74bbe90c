/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-machine.h"

const struct inject_machine *inject_machine(void)
{
#if defined(__x86_64__) && defined(__LP64__)
        return &inject_x86;
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
        return &inject_arm64;
#else
        return NULL;
#endif
}
