/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where evidence comes from. The two are never mixed: one source makes a whole census. */
enum scan_source {
        SCAN_SOURCE_AUTO, /* BPF where it can be used, else procfs */
        SCAN_SOURCE_BPF,  /* or the scan fails */
        SCAN_SOURCE_PROCFS,
        _SCAN_SOURCE_MAX,
};
const char *scan_source_to_string(enum scan_source source);
int scan_source_from_string(const char *s); /* enum scan_source or -EINVAL */
