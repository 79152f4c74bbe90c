/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In place of the source, where it was not built (-Dbpf=). */
#include "census/bpf/source.h"

int bpf_source_new(struct source **ret, struct error *reason)
{
        return error_set(reason, EOPNOTSUPP, "this program was built without it");
}
