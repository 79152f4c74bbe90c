/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table that a census grows in: sources emit what they find, in any order; each walking
 * thread has a builder of its own, and they are merged. Not for two threads at once. */

#include "census/builder-hooks.h"
#include "netns/nsfd.h"

struct builder;

struct builder *builder_new(void); /* NULL when out of memory */
struct builder *builder_free(struct builder *b);
DEFINE_CLEANUP(struct builder *, builder_free);

/* What was seen of the host; counted up by the source. */
struct coverage *builder_coverage(struct builder *b);

/* Counts a gap. @pid and @errnum say where and why, 0 when there is none. A gap of a process makes
 * it one of the blind processes of the census. */
void builder_gap(struct builder *b, enum coverage_gap gap, pid_t pid, int errnum);

/* From here on holders of @pid are charged to @uid: census/charge.h. */
void builder_charge(struct builder *b, pid_t pid, uid_t uid);

/* One holder of the namespace @id. A task knows only the inode of its namespace, a socket the
 * cookie too: builder_judge() brings them together. Takes over the strings of @h, also on
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

/* Has @filter asked of each holder emitted from now on. */
void builder_set_filter(struct builder *b, builder_filter_fn filter, void *userdata);

/* Whether something of ours was seen in the namespace, or leading to it. */
bool builder_is_visited(const struct builder *b, const struct netns_identity *id);

/* A holder whose namespace cannot be determined; @h->reason says why. Takes over its strings. A
 * process that holds one file in many ways is one holder of it. Of those that one share has,
 * UNRESOLVED_EACH (unresolved.h) at most are kept; the others are counted. 0 or -ENOMEM. */
int builder_emit_unresolved(struct builder *b, struct holder *h);

/* Not all of process @pid was looked at, for want of time: its share has had what it may. A gap,
 * and counted in the share. 0 or -ENOMEM. */
int builder_cut(struct builder *b, enum coverage_gap gap, pid_t pid);

/* What else is known of a namespace: its cookie, 0 when @id has it or nobody knows it, and its
 * owner. Ignored when the namespace has no holder. */
void builder_learn(struct builder *b, const struct netns_identity *id,
                   const struct netns_facts *facts);

/* Moves all of @from into @b; @from is empty then. 0 or -ENOMEM (then both hold a part). */
int builder_merge(struct builder *b, struct builder *from);

/* @asker is copied. */
void builder_set_asker(struct builder *b, const struct builder_asker *asker);

/* All namespaces, each with what @userdata is for. Between the calls nothing may be emitted. */
void builder_foreach(struct builder *b, void (*fn)(struct netns *ns, void *userdata),
                     void *userdata);

/* After builder_judge(): the namespaces that are orphaned so far, whose number is in @ret_n.
 * The array is the caller's, the namespaces are the builder's until the next emit. */
int builder_orphans(struct builder *b, struct netns ***ret, size_t *ret_n);

/* The holders that builder_emit_unresolved() got; a place that is empty by now has HOLDER_NONE. */
struct holder *builder_unresolved(struct builder *b, size_t *ret_n);

/* Turns unresolved holder @i into a holder of @id; its place is empty then. */
int builder_resolve(struct builder *b, size_t i, const struct netns_identity *id);

/* Forgets unresolved holder @i, which is none. */
void builder_drop(struct builder *b, size_t i);

/* After builder_judge(): the verdict on @id, VERDICT_ORPHANED for what is not known. */
enum verdict builder_verdict(struct builder *b, const struct netns_identity *id);

/* Ends the work: moves everything, sorted, into @census. */
int builder_finish(struct builder *b, struct census *census);
