/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table that a census grows in: collectors emit what they find, in any order; each walking
 * thread has a builder of its own, and they are merged. Not for two threads at once. */

#include "census/census.h"
#include "netns/nsfd.h"

struct builder;

struct builder *builder_new(void); /* NULL when out of memory */
struct builder *builder_free(struct builder *b);
DEFINE_CLEANUP(struct builder *, builder_free);

/* What was seen of the host; counted up by the collector. */
struct coverage *builder_coverage(struct builder *b);

/* Counts a gap. @pid and @errnum say where and why, 0 when there is none. A gap of a process makes
 * it one of the blind processes of the census. */
void builder_gap(struct builder *b, enum coverage_gap gap, pid_t pid, int errnum);

/* From here on holders of @pid are charged to @uid: census/charge.h. */
void builder_charge(struct builder *b, pid_t pid, uid_t uid);

/* One holder of the namespace @id. A task knows only the inode of its namespace, a socket the
 * cookie too: builder_settle() brings them together. Takes over the strings of @h, also on
 * failure. 0 or -ENOMEM. */
int builder_emit(struct builder *b, const struct netns_identity *id, struct holder *h);

/* @n holders of this kind, of which nothing more is known. 0 or -ENOMEM. */
int builder_count(struct builder *b, const struct netns_identity *id, enum holder_kind kind,
                  uint64_t n);

/* How many references the kernel counts on the namespace, all of them known to a source that sees
 * the kernel's own lists: no view that is partial can hide an nsfs reference. 0 or -ENOMEM. */
int builder_references(struct builder *b, const struct netns_identity *id,
                       const struct netns_references *references);

/* A namespace that nothing refers to any more: it waits to be torn down, and is none. 0 or -ENOMEM.
 */
int builder_dying(struct builder *b, const struct netns_identity *id);

/* Whether @h, emitted now, would be one of the holders listed of @id. */
bool builder_lists(struct builder *b, const struct netns_identity *id, struct holder *h);

/* What says of each holder emitted from now on whether it is one of ours, looking: then it is left
 * out, and its namespace, unless @id is NULL (unresolved), noted as visited. */
typedef bool (*builder_filter_fn)(const struct netns_identity *id, const struct holder *h,
                                  void *userdata);
void builder_set_filter(struct builder *b, builder_filter_fn filter, void *userdata);

/* Whether something of ours was seen in the namespace, or leading to it. */
bool builder_is_visited(const struct builder *b, const struct netns_identity *id);

/* A holder whose namespace could not be told; @h->reason says why. Takes over its strings. A
 * process that holds one file in many ways is one holder of it. Of those that one share has,
 * BUILDER_UNRESOLVED_EACH at most are kept; the others are counted. 0 or -ENOMEM. */
#define BUILDER_UNRESOLVED_EACH  1024
#define BUILDER_UNRESOLVED_TOTAL 8192
int builder_emit_unresolved(struct builder *b, struct holder *h);

/* Not all of process @pid was looked at, for want of time: its share has had what it may. A gap,
 * and counted in the share. 0 or -ENOMEM. */
int builder_cut(struct builder *b, enum coverage_gap gap, pid_t pid);

/* What else is known of a namespace: its cookie, 0 when @id has it or nobody knows it, and its
 * owner. Ignored when the namespace has no holder. */
void builder_learn(struct builder *b, const struct netns_identity *id,
                   const struct netns_facts *facts);

/* Takes over into @b the tasks in, and the nsfs references to, namespaces that are orphaned in @b,
 * each once, however often it came to @from. All else of @from is seen already. 0 or -ENOMEM. */
int builder_confirm(struct builder *b, struct builder *from);

/* Moves all of @from into @b; @from is empty then. 0 or -ENOMEM (then both hold a part). */
int builder_merge(struct builder *b, struct builder *from);

/* Tells two namespaces apart that have had one inode number within a scan. A number belongs to one
 * living namespace at a time. */
struct builder_asker {
        /* Whether tasks and nsfs references that were found under the number of this namespace, of
         * which sockets were found, are to be asked about: it was an orphan before. */
        bool (*doubts)(const struct netns_identity *id, void *userdata);
        /* The cookie of the namespace that has the number of @ns now, by one of the tasks and nsfs
         * references in @ns; 0 when none of them leads there any more. */
        uint64_t (*ask)(const struct netns *ns, void *userdata);
        void *userdata;
};
void builder_set_asker(struct builder *b, const struct builder_asker *asker);

/* Brings together what names the same namespace, and gives the verdicts. Tasks and nsfs references
 * are known by inode number; where namespaces of two cookies were seen with one, the asker is
 * asked whose it is now: the other one is gone. Where that cannot be determined, the tasks and
 * references count for both, which are `disputed` then: better a late orphan than a false one. May
 * be called again after more holders were emitted. 0 or -ENOMEM. */
int builder_settle(struct builder *b);

/* All namespaces, each with what @userdata is for. Between the calls nothing may be emitted. */
void builder_foreach(struct builder *b, void (*fn)(struct netns *ns, void *userdata),
                     void *userdata);

/* After builder_settle(): the namespaces that are orphaned so far, whose number is in @ret_n.
 * The array is the caller's, the namespaces are the builder's until the next emit. */
int builder_orphans(struct builder *b, struct netns ***ret, size_t *ret_n);

/* The holders that builder_emit_unresolved() got; a place that is empty by now has HOLDER_NONE. */
struct holder *builder_unresolved(struct builder *b, size_t *ret_n);

/* Turns unresolved holder @i into a holder of @id; its place is empty then. */
int builder_resolve(struct builder *b, size_t i, const struct netns_identity *id);

/* Forgets unresolved holder @i, which is none. */
void builder_drop(struct builder *b, size_t i);

/* After builder_settle(): the verdict on @id, VERDICT_ORPHANED for what is not known. */
enum verdict builder_verdict(struct builder *b, const struct netns_identity *id);

/* Ends the work: moves everything, sorted, into @census. */
int builder_finish(struct builder *b, struct census *census);
