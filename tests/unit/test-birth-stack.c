/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "census/birth-stack.h"
#include "test-birth.h"

/* A stack of functions, innermost first, "FILE!" for one of which only the file is known, "?" for
 * an address; each is followed by a blank. What is picked, likewise. */
static void check(const char *stack, const char *expected)
{
        _cleanup_(birth_unrefp) struct birth *b = birth_new(), *shorter = NULL;
        size_t picked[BIRTH_STACK_MAX];
        char words[4096], found[4096] = "";

        (void)snprintf(words, sizeof(words), "%s", stack);
        for (char *save, *word = strtok_r(words, " ", &save); word;
             word = strtok_r(NULL, " ", &save)) {
                char *end = word + strlen(word) - 1;
                if (strcmp(word, "?") == 0)
                        test_frame(b, NULL, NULL, 0x7f0000001000, "");
                else if (*end == '!') {
                        *end = '\0';
                        test_frame(b, NULL, word, 0x1234, "");
                } else
                        test_frame(b, word, "/usr/bin/x", 0x1234, "");
        }
        size_t n = birth_stack_pick(b, picked);
        shorter = birth_stack_shorten(b);
        assert_int_equal(shorter->n_frames, n);
        for (size_t i = 0; i < n; i++) {
                const struct birth_frame *f = &b->frames[picked[i]];
                strcat(found, f->function ? f->function : f->file);
                strcat(found, f->function ? " " : "! ");
                assert_string_equal(f->function ? f->function : f->file,
                                    f->function ? shorter->frames[i].function
                                                : shorter->frames[i].file);
        }
        assert_string_equal(found, expected);
        /* What was picked is picked again. */
        assert_int_equal(birth_stack_pick(shorter, picked), n);
}

static void test_go(void **state)
{
        check("internal/runtime/syscall.Syscall6 syscall.RawSyscall6 syscall.RawSyscall syscall.Socket "
              "github.com/vishvananda/netlink.NewHandle main.creator runtime.goexit.abi0",
              "github.com/vishvananda/netlink.NewHandle main.creator ");
        check("syscall.RawSyscall.abi0 golang.org/x/sys/unix.socket golang.org/x/sys/unix.Socket main.main "
              "runtime.main runtime.goexit",
              "main.main ");
        check("syscall.Socket net.sysSocket net.socket net.(*Dialer).DialContext net.Dial main.dial "
              "main.main runtime.main",
              "net.Dial main.dial main.main ");
        /* What only begins like one. */
        check("main.syscall syscallmain.Do main.runtime",
              "main.syscall syscallmain.Do main.runtime ");
}

static void test_c(void **state)
{
        check("__socket nl_connect main __libc_start_call_main __libc_start_main@@GLIBC_2.34 _start",
              "nl_connect main ");
        check("socket worker start_thread __clone3", "worker ");
        check("__libc_open64 open_tun main _start", "open_tun main ");
        /* A stripped C library names few of its own. */
        check("/usr/lib/x86_64-linux-gnu/libc.so.6! /usr/bin/x! /usr/bin/x! "
              "/usr/lib/x86_64-linux-gnu/libc-2.31.so! ?",
              "/usr/bin/x! /usr/bin/x! ");
        check("socketeer openers accept4me", "socketeer openers accept4me ");
}

static void test_what_is_left(void **state)
{
        check("", "");
        check("? ? ?", "");
        check("? main.creator ? main.main", "main.creator main.main ");
        /* Nothing but what says nothing: that, then. */
        check("__socket _start", "__socket _start ");
        check("_start", "_start ");
        check("a b c d e f g h i j", "a b c d e f g h ");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_go),
                cmocka_unit_test(test_c),
                cmocka_unit_test(test_what_is_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
