/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The daemon's replies as structs, each once. What answers may be anybody: a value of another type,
 * a number out of range or a string that is not safe to print is refused; keys that are not known
 * are left alone, and so are words of a later daemon where there is another way to say it.
 *
 * All return 0, -EPROTO with the sentence, or -ENOMEM; what was read until then is in *ret, to be
 * cleared. *ret is empty before. */

#include <jansson.h>

#include "nsorphanctl/view.h"
#include "util/error.h"

/* {"namespaces": […]}, of which each reply to List has some: appended to @list. */
int decode_namespaces(const json_t *reply, struct view_list *list, struct error *error);

/* {"namespace": …} */
int decode_netns(const json_t *reply, struct view_netns *ret, struct error *error);

/* {"inspection": …} */
int decode_inspection(const json_t *reply, struct view_inspection *ret, struct error *error);

/* What GetStatus answers; Refresh has some of it. */
int decode_status(const json_t *reply, struct view_status *ret, struct error *error);

/* One reply to Subscribe. */
int decode_event(const json_t *reply, struct view_event *ret, struct error *error);

/* {"text": …}, the metrics: lines. New string. */
int decode_metrics(const json_t *reply, char **ret, struct error *error);
