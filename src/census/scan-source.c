/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/scan-source.h"

#include "util/string-table.h"

static const char *const source_texts[_SCAN_SOURCE_MAX] = {
        [SCAN_SOURCE_AUTO] = "auto",
        [SCAN_SOURCE_BPF] = "bpf",
        [SCAN_SOURCE_PROCFS] = "procfs",
};

const char *scan_source_to_string(enum scan_source source)
{
        return source < _SCAN_SOURCE_MAX ? source_texts[source] : NULL;
}

int scan_source_from_string(const char *s)
{
        return string_table_find(source_texts, _SCAN_SOURCE_MAX, s);
}
