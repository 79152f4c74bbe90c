/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "nsorphand/configuration.h"

static void on_warning(const char *text, void *userdata)
{
        /* One line, and nothing raw of what stands in the file. */
        must(*text);
        for (const char *p = text; *p; p++)
                must((unsigned char)*p >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(configuration_freep) struct config *c = NULL;
        struct error error = {};

        must(configuration_new(&c, NULL) == 0);
        if (configuration_parse(c, "fuzz.conf", (const char *)data, size, on_warning, NULL,
                                &error) < 0)
                must(error.text[0]);
        return 0;
}
