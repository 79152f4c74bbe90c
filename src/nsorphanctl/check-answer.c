/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/check-answer.h"

#include "report/json-put.h"

static const char *const words[] = {
        [CHECK_NONE] = "OK",
        [CHECK_SUSPECTED] = "WARNING",
        [CHECK_LEAKED] = "CRITICAL",
        [CHECK_UNKNOWN] = "UNKNOWN",
};

const char *check_answer_word(int status)
{
        return words[status];
}

json_t *check_answer_json(const struct check_answer *a)
{
        json_auto_t *o = json_pack("{si ss ss}", "status", a->status, "word",
                                   check_answer_word(a->status), "text", a->text);

        if (!o ||
            (a->counted &&
             (json_put(o, "leaked", json_integer((json_int_t)a->counts[CHECK_LEAKED])) < 0 ||
              json_put(o, "suspected", json_integer((json_int_t)a->counts[CHECK_SUSPECTED])) < 0)))
                return NULL;
        return TAKE_PTR(o);
}
