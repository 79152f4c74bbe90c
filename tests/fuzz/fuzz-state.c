/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The ledger's state file: the input as it is, and the input as the second line behind a right
 * first one, whose checksum no fuzzer would guess. What is accepted must come out the same when it
 * is written again. */

#include <inttypes.h>
#include <stdio.h>

#include "fuzz.h"
#include "ledger/state-format.h"
#include "ledger/state-parse.h"
#include "ledger/state.h"

#define BOOT_ID       "0123456789abcdef0123456789abcdef"
#define PID_NAMESPACE UINT64_C(4026531836)

static void fuzz_file(const char *bytes, size_t size)
{
        static const struct ledger_settings settings = {};
        _cleanup_(ledger_freep) struct ledger *first = NULL, *second = NULL;
        struct error error = {};
        size_t n_first, n_second;

        must(ledger_new(&first, &settings) == 0 && ledger_new(&second, &settings) == 0);
        int r = ledger_state_parse(first, bytes, size, BOOT_ID, PID_NAMESPACE, &error);
        if (r < 0) {
                must(r == -EBADMSG || r == -ESTALE);
                must(error.text[0] && ledger_count(first) == 0);
                return;
        }
        _cleanup_free_ char *text = ledger_state_format(first, BOOT_ID, PID_NAMESPACE, &n_first);
        must(text);
        must(ledger_state_parse(second, text, n_first, BOOT_ID, PID_NAMESPACE, &error) == 0);
        _cleanup_free_ char *again = ledger_state_format(second, BOOT_ID, PID_NAMESPACE, &n_second);
        must(again && n_first == n_second && memcmp(text, again, n_first) == 0);
}

/* FNV-1a, as the file has it. */
static uint64_t checksum(const char *bytes, size_t size)
{
        uint64_t sum = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < size; i++)
                sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
        return sum;
}

/* @body, of which the first @size bytes add up, behind a first line of @version that says so. */
static void fuzz_body(const char *body, size_t size, int version)
{
        _cleanup_free_ char *file = malloc(size + 256);

        must(file);
        int n = snprintf(file, 256,
                         "{\"nsorphandState\":%d,\"bootId\":\"" BOOT_ID
                         "\",\"pidNamespace\":%" PRIu64 ",\"checksum\":\"%016" PRIx64 "\"}\n",
                         version, PID_NAMESPACE, checksum(body, size));
        memcpy(file + n, body, size);
        /* The sum of version 1 leaves the last newline out. */
        file[(size_t)n + size] = '\n';
        fuzz_file(file, (size_t)n + size + (version == 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *body = fuzz_string(data, size);

        fuzz_file(body, size);
        fuzz_body(body, size, 1);
        fuzz_body(body, size, 2);
        fuzz_body(body, size, 4);
        return 0;
}
