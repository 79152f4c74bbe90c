/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/machine.h"

/* Every transition, spelled a second time: whoever changes the table must mean it. */
static const struct {
        enum ledger_state from;
        enum ledger_event event;
        enum ledger_state to;
        enum ledger_action action;
} transitions[] = {
#define T(from, event, to, action)                                                                 \
        {                                                                                          \
                LEDGER_##from, LEDGER_EVENT_##event, LEDGER_##to, LEDGER_ACTION_##action           \
        }
        T(NONE, ORPHANED, SUSPECTED, SUSPECT),
        T(NONE, DUE, SUSPECTED, SUSPECT),
        T(NONE, ATTACHED, NONE, NOTHING),
        T(NONE, PINNED, NONE, NOTHING),
        T(NONE, PINNED_UNSEEN, NONE, NOTHING),
        T(NONE, GONE, NONE, NOTHING),
        T(NONE, UNPINNED, NONE, NOTHING),
        T(NONE, LEFT, NONE, NOTHING),
        T(NONE, OFF, NONE, NOTHING),
        T(NONE, UNPROVEN, NONE, NOTHING),
        T(NONE, SCAN_FAILED, NONE, NOTHING),
        T(SUSPECTED, ORPHANED, SUSPECTED, WATCH),
        T(SUSPECTED, DUE, LEAKED, ALERT),
        T(SUSPECTED, ATTACHED, NONE, CLEAR),
        T(SUSPECTED, PINNED, NONE, CLEAR),
        T(SUSPECTED, PINNED_UNSEEN, SUSPECTED, NOTHING),
        T(SUSPECTED, GONE, NONE, CLEAR),
        T(SUSPECTED, UNPINNED, NONE, CLEAR),
        T(SUSPECTED, LEFT, NONE, CLEAR),
        T(SUSPECTED, OFF, NONE, CLEAR),
        T(SUSPECTED, UNPROVEN, SUSPECTED, DOUBT),
        T(SUSPECTED, SCAN_FAILED, SUSPECTED, NOTHING),
        T(LEAKED, ORPHANED, LEAKED, REVIEW),
        T(LEAKED, DUE, LEAKED, REVIEW),
        T(LEAKED, ATTACHED, NONE, RESOLVE),
        T(LEAKED, PINNED, NONE, RESOLVE),
        T(LEAKED, PINNED_UNSEEN, LEAKED, NOTHING),
        T(LEAKED, GONE, NONE, RESOLVE),
        T(LEAKED, UNPINNED, NONE, RESOLVE),
        T(LEAKED, LEFT, NONE, RESOLVE),
        T(LEAKED, OFF, NONE, RESOLVE),
        T(LEAKED, UNPROVEN, LEAKED, DOUBT),
        T(LEAKED, SCAN_FAILED, LEAKED, NOTHING),
#undef T
};

static void test_table(void **state)
{
        bool covered[_LEDGER_STATE_MAX][_LEDGER_EVENT_MAX] = {};

        for (size_t i = 0; i < ARRAY_SIZE(transitions); i++) {
                struct ledger_step step =
                        ledger_machine_step(transitions[i].from, transitions[i].event);
                assert_int_equal(step.state, transitions[i].to);
                assert_int_equal(step.action, transitions[i].action);
                covered[transitions[i].from][transitions[i].event] = true;
        }
        for (size_t s = 0; s < _LEDGER_STATE_MAX; s++)
                for (size_t e = 0; e < _LEDGER_EVENT_MAX; e++)
                        assert_true(covered[s][e]);
}

static void test_a_leak_ends_on_proof_alone(void **state)
{
        for (enum ledger_event e = 0; e < _LEDGER_EVENT_MAX; e++) {
                bool proof = e == LEDGER_EVENT_ATTACHED || e == LEDGER_EVENT_PINNED ||
                             e == LEDGER_EVENT_GONE || e == LEDGER_EVENT_UNPINNED ||
                             e == LEDGER_EVENT_LEFT || e == LEDGER_EVENT_OFF;
                assert_int_equal(ledger_machine_step(LEDGER_LEAKED, e).state == LEDGER_NONE, proof);
        }
}

static void test_names(void **state)
{
        for (enum ledger_state s = 0; s < _LEDGER_STATE_MAX; s++)
                assert_int_equal(ledger_entry_state_from_string(ledger_entry_state_to_string(s)),
                                 s);
        for (enum ledger_ending e = LEDGER_ENDING_NONE + 1; e < _LEDGER_ENDING_MAX; e++)
                assert_int_equal(ledger_entry_ending_from_string(ledger_entry_ending_to_string(e)),
                                 e);
        for (enum ledger_finding f = 0; f < _LEDGER_FINDING_MAX; f++)
                assert_int_equal(
                        ledger_entry_finding_from_string(ledger_entry_finding_to_string(f)), f);
        assert_int_equal(ledger_entry_finding_from_string(""), -EINVAL);
        assert_int_equal(ledger_entry_state_from_string("leake"), LEDGER_NONE);
        assert_int_equal(ledger_entry_ending_from_string(""), LEDGER_ENDING_NONE);
        assert_null(ledger_entry_ending_to_string(LEDGER_ENDING_NONE));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_a_leak_ends_on_proof_alone),
                cmocka_unit_test(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
