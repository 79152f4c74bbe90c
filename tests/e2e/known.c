/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A program with a function of a known name: prints the address in it that a call returns to, and
 * waits. */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((noinline)) static uintptr_t where(void)
{
        __asm__ volatile("");
        return (uintptr_t)__builtin_return_address(0);
}

uintptr_t known_function(volatile unsigned *n);

__attribute__((noinline)) uintptr_t known_function(volatile unsigned *n)
{
        uintptr_t address = where();

        *n += 1;
        return address;
}

int main(void)
{
        volatile unsigned n = 0;

        printf("%" PRIxPTR "\n", known_function(&n));
        (void)fflush(stdout);
        for (;;)
                (void)pause();
}
