/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state-fields.h"

#include <string.h>

#include "ledger/state-identity.h"
#include "ledger/store.h"

static const char *state_name(unsigned value)
{
        return ledger_entry_state_to_string(value);
}

static int state_from_name(const char *name)
{
        return (int)ledger_entry_state_from_string(name);
}

static const char *ending_name(unsigned value)
{
        return ledger_entry_ending_to_string(value);
}

static int ending_from_name(const char *name)
{
        return (int)ledger_entry_ending_from_string(name);
}

static const char *finding_name(unsigned value)
{
        return ledger_entry_finding_to_string(value);
}

static int finding_from_name(const char *name)
{
        return ledger_entry_finding_from_string(name);
}

static const char *change_name(unsigned value)
{
        return ledger_change_to_string(value);
}

#define HOLDER(key, type, member)                                                                  \
        {                                                                                          \
                key, type, offsetof(struct state_holder, holder.member)                            \
        }
#define PROCESS(key, type, member)                                                                 \
        {                                                                                          \
                key, type, offsetof(struct state_holder, process.member)                           \
        }
const struct field state_fields_holder[] = {
        {"kind", FIELD_NAME, offsetof(struct state_holder, holder.kind),
         state_identity_kind_to_name, state_identity_kind_from_name, HOLDER_NONE},
        {"carried", FIELD_NAME, offsetof(struct state_holder, holder.carried),
         state_identity_kind_to_name, state_identity_kind_from_name, HOLDER_NONE},
        HOLDER("pid", FIELD_INT, pid),
        HOLDER("tid", FIELD_INT, tid),
        PROCESS("startTicks", FIELD_U64, start_ticks),
        HOLDER("fd", FIELD_INT, fd),
        HOLDER("socketInode", FIELD_U64, socket_inode),
        HOLDER("socketCookie", FIELD_U64_OR_NONE, socket_cookie),
        HOLDER("family", FIELD_INT, family),
        HOLDER("type", FIELD_INT, type),
        HOLDER("protocol", FIELD_INT, protocol),
        PROCESS("executableDevice", FIELD_U64_OR_NONE, executable.device),
        PROCESS("executableInode", FIELD_U64_OR_NONE, executable.inode),
        PROCESS("comm", FIELD_STRING, comm),
        PROCESS("unit", FIELD_STRING, unit),
        HOLDER("path", FIELD_STRING, path),
        HOLDER("device", FIELD_STRING, device),
        HOLDER("homeInode", FIELD_U64_OR_NONE, home_inode),
        HOLDER("reason", FIELD_STRING, reason),
};
#undef HOLDER
#undef PROCESS
const size_t n_state_fields_holder = ARRAY_SIZE(state_fields_holder);

#define ENTRY(key, type, member)                                                                   \
        {                                                                                          \
                key, type, offsetof(struct ledger_entry, member)                                   \
        }
const struct field state_fields_entry[] = {
        {"state", FIELD_NAME, offsetof(struct ledger_entry, state), state_name, state_from_name,
         LEDGER_NONE},
        {"finding", FIELD_NAME, offsetof(struct ledger_entry, finding), finding_name,
         finding_from_name, LEDGER_FINDING_ORPHAN},
        ENTRY("firstSeenUSec", FIELD_U64, first_seen_usec),
        ENTRY("firstSeenBootUSec", FIELD_U64, first_seen_boot_usec),
        ENTRY("lastSeenUSec", FIELD_U64, last_seen_usec),
        ENTRY("lastSeenBootUSec", FIELD_U64, last_seen_boot_usec),
        ENTRY("leakedUSec", FIELD_U64, leaked_usec),
        ENTRY("leakedBootUSec", FIELD_U64, leaked_boot_usec),
        ENTRY("censuses", FIELD_U64, n_censuses),
        ENTRY("ignored", FIELD_BOOL, ignored),
        ENTRY("unconfirmed", FIELD_BOOL, unconfirmed),
        ENTRY("byBPF", FIELD_BOOL_OR_NO, by_bpf),
        ENTRY("partial", FIELD_BOOL, partial),
        ENTRY("partialReason", FIELD_STRING, partial_reason),
        ENTRY("told", FIELD_BOOL, told),
        {"held", FIELD_NAME, offsetof(struct ledger_entry, held), change_name,
         ledger_change_from_string, 0},
        ENTRY("collected", FIELD_BOOL_OR_NO, collected),
        ENTRY("toldBootUSec", FIELD_U64, told_boot_usec),
        ENTRY("holderCount", FIELD_U64, n_holders_total),
        ENTRY("noted", FIELD_BOOL, noted),
        ENTRY("interfaces", FIELD_STRING, interfaces),
        ENTRY("addresses", FIELD_STRING, addresses),
};
#undef ENTRY
const size_t n_state_fields_entry = ARRAY_SIZE(state_fields_entry);

#define REPORT(key, type, member)                                                                  \
        {                                                                                          \
                key, type, offsetof(struct report, member)                                         \
        }
const struct field state_fields_report[] = {
        {"kind", FIELD_NAME, offsetof(struct report, kind), change_name, ledger_change_from_string,
         -1},
        REPORT("sequence", FIELD_U64, sequence),
        REPORT("realtimeUSec", FIELD_U64, time.realtime_usec),
        REPORT("boottimeUSec", FIELD_U64, time.boottime_usec),
        {"ending", FIELD_NAME, offsetof(struct report, ending), ending_name, ending_from_name,
         LEDGER_ENDING_NONE},
        {"finding", FIELD_NAME, offsetof(struct report, finding), finding_name, finding_from_name,
         LEDGER_FINDING_ORPHAN},
        REPORT("sinceUSec", FIELD_U64, since_usec),
        REPORT("ageUSec", FIELD_U64, age_usec),
        REPORT("holderCount", FIELD_U64, n_holders),
        REPORT("partialReason", FIELD_STRING, partial_reason),
        REPORT("interfaces", FIELD_STRING, interfaces),
        REPORT("addresses", FIELD_STRING, addresses),
        REPORT("lastTaskUSec", FIELD_U64_OR_NONE, last_task_usec),
        REPORT("detail", FIELD_STRING, detail),
        REPORT("gaps", FIELD_STRING, gaps),
        REPORT("share", FIELD_STRING, share),
        REPORT("heldLeaked", FIELD_U64_OR_NONE, held_leaked),
        REPORT("heldHolderChanged", FIELD_U64_OR_NONE, held_holder_changed),
        REPORT("heldReminder", FIELD_U64_OR_NONE, held_reminder),
        REPORT("heldResolved", FIELD_U64_OR_NONE, held_resolved),
        REPORT("unkept", FIELD_U64_OR_NONE, unkept),
        REPORT("leaks", FIELD_U64_OR_NONE, n_leaks),
        REPORT("leaksAll", FIELD_U64_OR_NONE, n_leaks_all),
        REPORT("leaksShared", FIELD_U64_OR_NONE, n_leaks_shared),
        REPORT("kindsDiffer", FIELD_BOOL_OR_NO, kinds_differ),
};
#undef REPORT
const size_t n_state_fields_report = ARRAY_SIZE(state_fields_report);

#define HISTORY(key, type, structure, member)                                                      \
        {                                                                                          \
                key, type, offsetof(struct structure, member)                                      \
        }
const struct field state_fields_history[] = {
        HISTORY("manager", FIELD_STRING, history_facts, manager),
        HISTORY("container", FIELD_STRING, history_facts, container),
        HISTORY("containerName", FIELD_STRING, history_facts, name),
        HISTORY("pod", FIELD_STRING, history_facts, pod),
        HISTORY("unit", FIELD_STRING, history_facts, unit),
        HISTORY("command", FIELD_STRING, history_facts, command),
        HISTORY("claimed", FIELD_BOOL_OR_NO, history_facts, claimed),
};
const size_t n_state_fields_history = ARRAY_SIZE(state_fields_history);

const struct field state_fields_history_entry[] = {
        HISTORY("uid", FIELD_U32, history_entry, uid),
        HISTORY("firstSeenUSec", FIELD_U64, history_entry, first_seen_usec),
        HISTORY("lastSeenUSec", FIELD_U64, history_entry, last_seen_usec),
};
#undef HISTORY
const size_t n_state_fields_history_entry = ARRAY_SIZE(state_fields_history_entry);

#define LEDGER(key, type, member)                                                                  \
        {                                                                                          \
                key, type, offsetof(struct ledger, member)                                         \
        }
const struct field state_fields_ledger[] = {
        LEDGER("sequence", FIELD_U64, sequence),
        LEDGER("coverageTold", FIELD_U32, coverage.told),
        LEDGER("coverageClean", FIELD_U32, coverage.clean),
        LEDGER("failing", FIELD_BOOL, failing),
        LEDGER("overranBootUSec", FIELD_U64, overran_boot_usec),
        LEDGER("windowBootUSec", FIELD_U64, outbox.window_boot_usec),
        LEDGER("windowReports", FIELD_U32, outbox.n_in_window),
};
#undef LEDGER
const size_t n_state_fields_ledger = ARRAY_SIZE(state_fields_ledger);

#define SHARE(key, type, member)                                                                   \
        {                                                                                          \
                key, type, offsetof(struct ledger_share, member)                                   \
        }
const struct field state_fields_share[] = {
        SHARE("unkept", FIELD_U64, unkept),
        SHARE("unkeptSinceBootUSec", FIELD_U64, unkept_since_usec),
        SHARE("unkeptTold", FIELD_U64, unkept_told),
        SHARE("windowReports", FIELD_U32, n_in_window),
        SHARE("windowSummary", FIELD_BOOL, summary_in_window),
};
const size_t n_state_fields_share = ARRAY_SIZE(state_fields_share);

const struct field state_fields_share_held[] = {
        SHARE("heldLeaked", FIELD_U64, held[LEDGER_CHANGE_LEAKED]),
        SHARE("heldHolderChanged", FIELD_U64, held[LEDGER_CHANGE_HOLDER_CHANGED]),
        SHARE("heldReminder", FIELD_U64, held[LEDGER_CHANGE_REMINDER]),
        SHARE("heldResolved", FIELD_U64, held[LEDGER_CHANGE_RESOLVED]),
};
#undef SHARE
const size_t n_state_fields_share_held = ARRAY_SIZE(state_fields_share_held);

uint64_t state_fields_checksum(const char *bytes, size_t n_bytes)
{
        uint64_t sum = UINT64_C(0xcbf29ce484222325);

        for (size_t i = 0; i < n_bytes; i++)
                sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
        return sum;
}
