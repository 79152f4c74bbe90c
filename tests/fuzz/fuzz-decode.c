/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Replies of a daemon that may be anybody: what is read of them is safe to print, and what is
 * refused says why. The first byte chooses the method. */

#include <errno.h>
#include <jansson.h>

#include "fuzz.h"
#include "nsorphanctl/decode.h"

static void must_be_printable(const char *s)
{
        for (const char *p = s; p && *p; p++)
                must((unsigned char)*p >= ' ' && *p != 0x7f);
}

static void must_have_failed_well(int r, const struct error *error)
{
        must(r == 0 || (r == -EPROTO && error->text[0]));
        must_be_printable(error->text);
}

static void check_birth(const struct birth *b)
{
        must(b->pid >= 0 && b->tid >= 0 && b->n_frames <= BIRTH_FRAMES_MAX);
        must_be_printable(b->comm);
        must_be_printable(b->thread);
        must_be_printable(b->unit);
        for (size_t i = 0; i < b->n_frames; i++) {
                must_be_printable(b->frames[i].function);
                must_be_printable(b->frames[i].file);
                must_be_printable(b->frames[i].build_id);
        }
}

static void check_netns(const struct view_netns *ns)
{
        must(ns->verdict < _VERDICT_MAX && ns->state < _LEDGER_STATE_MAX);
        must_be_printable(ns->partial_reason);
        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                must(h->kind < _HOLDER_KIND_MAX && h->carried < _HOLDER_KIND_MAX);
                must(h->pid >= 0 && h->tid >= 0 && h->fd >= -1);
                must(h->family >= -1 && h->type >= -1 && h->protocol >= -1);
                must(h->pid > 0 || !h->process);
                must_be_printable(holder_comm(h));
                must_be_printable(holder_unit(h));
                must_be_printable(h->path);
                must_be_printable(h->device);
                if (h->birth)
                        check_birth(h->birth);
        }
}

static void fuzz_namespaces(const json_t *reply)
{
        _cleanup_(view_list_clear) struct view_list list = {};
        struct error error = {};

        int r = decode_namespaces(reply, &list, &error);
        must_have_failed_well(r, &error);
        for (size_t i = 0; r == 0 && i < list.n; i++)
                check_netns(&list.namespaces[i]);
}

static void fuzz_inspection(const json_t *reply)
{
        _cleanup_(view_inspection_clear) struct view_inspection read = {};
        struct error error = {};

        int r = decode_inspection(reply, &read, &error);
        must_have_failed_well(r, &error);
        for (size_t i = 0; r == 0 && i < read.n_links; i++) {
                must_be_printable(read.links[i].name);
                must_be_printable(read.links[i].peer.master);
                for (size_t k = 0; k < read.links[i].addresses.n; k++)
                        must_be_printable(read.links[i].addresses.list[k]);
        }
}

static void fuzz_status(const json_t *reply)
{
        _cleanup_(view_status_clear) struct view_status read = {};
        struct error error = {};

        int r = decode_status(reply, &read, &error);
        must_have_failed_well(r, &error);
        must_be_printable(read.version);
        must_be_printable(read.error);
        must(read.pid >= 0);
}

static void fuzz_event(const json_t *reply)
{
        _cleanup_(view_event_clear) struct view_event read = {};
        struct error error = {};

        int r = decode_event(reply, &read, &error);
        must_have_failed_well(r, &error);
        must(r < 0 || read.kind);
        if (r == 0 && read.has_netns)
                check_netns(&read.netns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static void (*const decoders[])(const json_t *reply) = {fuzz_namespaces, fuzz_inspection,
                                                                fuzz_status, fuzz_event};

        if (size == 0)
                return 0;
        json_auto_t *reply = json_loadb((const char *)data + 1, size - 1, JSON_ALLOW_NUL, NULL);
        if (reply)
                decoders[*data % ARRAY_SIZE(decoders)](reply);
        return 0;
}
