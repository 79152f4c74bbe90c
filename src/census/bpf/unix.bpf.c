/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Phase D: all unix sockets of all namespaces: those of the ones looked for, fd or not; the peers
 * they are connected to, that may be dead; and what lies in their queues: files in flight,
 * connections that nobody has accepted, datagrams whose sender has closed. Nothing is peeked at, so
 * SO_PEEK_OFF, nesting and cycles do not matter. */

#include "census/bpf/cursor.bpf.h"
#include "census/bpf/kinds.bpf.h"

#define BUCKETS_PER_READ 64
#define UNIX_BUCKETS     512 /* UNIX_HASH_SIZE since 6.0 */
#define TCP_LISTEN       10
#define SCM_MAX_FD       253

__u32 bucket = 0, bucket_wanted = 0;
__u32 position = 0; /* in the chain of the bucket */
__u64 heads[BUCKETS_PER_READ] = {};
__u64 buckets = 0;
__u32 heads_valid = 0;
__u64 node = 0;
__u64 queue_of = 0, queue_head = 0, queue_next = 0; /* socket whose queue is looked at */
__u32 queue_position = 0, queue_listens = 0;
__u64 files = 0; /* scm_fp_list */
__u32 files_at = 0;
__u64 n_sockets = 0, n_messages = 0;

static noinline void file_in_flight_step(void)
{
        struct scm_fp_list *list = (void *)files;
        short count = BPF_CORE_READ(list, count);
        __u64 file = 0;

        if (files_at >= SCM_MAX_FD || (short)files_at >= count) {
                files = 0;
                return;
        }
        bpf_probe_read_kernel(&file, sizeof(file), (void *)(ADDRESS(list, fp) + 8ULL * files_at));
        files_at++;
        if (!file)
                return;
        finding_where = WHERE_IN_FLIGHT;
        finding_owner = queue_of;
        finding_found = kind_of(file);
        look_at_plain(file);
}

static noinline void message_step(void)
{
        struct sk_buff *message = (void *)queue_next;
        struct unix_skb_parms *parms;
        __u64 sender;

        if (!queue_next || queue_next == queue_head) {
                queue_of = 0;
                return;
        }
        queue_next = (__u64)BPF_CORE_READ(message, next);
        queue_position++;
        n_messages++;
        sender = (__u64)BPF_CORE_READ(message, sk);
        finding_owner = queue_of;
        finding_found = FOUND_SOCKET;
        finding_where = queue_listens ? WHERE_BACKLOG : WHERE_PEER;
        if (sender)
                emit_sock(sender);
        if (queue_listens)
                return;
        parms = (void *)ADDRESS(message, cb);
        files = (__u64)BPF_CORE_READ(parms, fp);
        files_at = 0;
}

static __always_inline void queue_open(struct sock *sk)
{
        queue_of = (__u64)sk;
        queue_head = ADDRESS(sk, sk_receive_queue);
        queue_next = (__u64)BPF_CORE_READ(sk, sk_receive_queue.next);
        queue_position = 0;
        queue_listens = BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN;
}

static noinline void socket_step(void)
{
        struct sock *sk = MEMBER(struct sock, node, __sk_common.skc_node);
        struct unix_sock *u = (void *)sk;
        __u64 peer = (__u64)BPF_CORE_READ(u, peer);

        node = (__u64)BPF_CORE_READ(sk, __sk_common.skc_node.next);
        position++;
        n_sockets++;
        finding_found = FOUND_SOCKET;
        if (bucket_wanted || want_sockets) {
                finding_where = WHERE_SOCKET_TABLE;
                finding_owner = 0;
                emit_sock((__u64)sk);
        }
        if (peer) {
                finding_where = WHERE_PEER;
                finding_owner = (__u64)sk;
                emit_sock(peer);
        }
        if (BPF_CORE_READ(sk, sk_receive_queue.qlen) > 0)
                queue_open(sk);
}

static noinline void bucket_step(void)
{
        __u32 place = bucket & (BUCKETS_PER_READ - 1);

        if (place == 0 || !heads_valid) {
                if (bpf_probe_read_kernel(heads, sizeof(heads),
                                          (void *)(buckets + 8ULL * (bucket - place))) < 0) {
                        bucket = UNIX_BUCKETS;
                        return;
                }
                heads_valid = 1;
        }
        node = heads[place];
        position = 0;
        bucket++;
}

static noinline void net_open(__u64 net)
{
        struct net *n = (void *)net;

        buckets = 0;
        if (bpf_core_field_exists(struct netns_unix, table)) /* since 6.0 */
                buckets = (__u64)BPF_CORE_READ(n, unx.table.buckets);
        bucket_wanted = is_wanted(net);
        heads_valid = 0;
        bucket = buckets ? 0 : UNIX_BUCKETS;
}

static long unix_one(__u32 i, void *unused)
{
        if ((i & 31) == 31 && run_is_over())
                return 1;
        if (files) {
                file_in_flight_step();
        } else if (queue_of) {
                message_step();
        } else if (node) {
                socket_step();
        } else if (cursor_net && bucket < UNIX_BUCKETS) {
                bucket_step();
        } else {
                __u64 net = cursor_step();
                if (!net)
                        return 1;
                net_open(net);
        }
        return run.full != 0;
}

static long skip_socket(__u32 i, void *unused)
{
        struct sock *sk;

        if (i >= position || !node)
                return 1;
        sk = MEMBER(struct sock, node, __sk_common.skc_node);
        node = (__u64)BPF_CORE_READ(sk, __sk_common.skc_node.next);
        return 0;
}

static long skip_message(__u32 i, void *unused)
{
        struct sk_buff *message = (void *)queue_next;

        if (i >= queue_position || !queue_next || queue_next == queue_head)
                return 1;
        queue_next = (__u64)BPF_CORE_READ(message, next);
        return 0;
}

/* To the same place of the chain and the queue, by their numbers: what is freed meanwhile cannot
 * be told from what is not. A message is looked at anew from its first file. */
static __always_inline void unix_resume(void)
{
        __u32 messages = queue_position, in_queue = queue_of != 0, in_files = files != 0;
        __u32 first_file = files_at;
        struct net *n = (void *)cursor_net;
        struct sock *sk;

        files = queue_of = node = 0;
        heads_valid = 0;
        if (!cursor_net || bucket == 0 || !bpf_core_field_exists(struct netns_unix, table))
                return;
        buckets = (__u64)BPF_CORE_READ(n, unx.table.buckets);
        bucket_wanted = is_wanted(cursor_net);
        bpf_probe_read_kernel(&node, sizeof(node), (void *)(buckets + 8ULL * (bucket - 1)));
        if (in_queue && position > 0)
                position--;
        bpf_loop(TURNS_MAX, skip_socket, NULL, 0);
        if (!in_queue || !node)
                return;
        sk = MEMBER(struct sock, node, __sk_common.skc_node);
        node = (__u64)BPF_CORE_READ(sk, __sk_common.skc_node.next);
        position++;
        queue_open(sk);
        queue_position = in_files && messages > 0 ? messages - 1 : messages;
        bpf_loop(TURNS_MAX, skip_message, NULL, 0);
        if (in_files && queue_next && queue_next != queue_head) {
                struct unix_skb_parms *parms = (void *)ADDRESS((struct sk_buff *)queue_next, cb);

                files = (__u64)BPF_CORE_READ(parms, fp);
                files_at = first_file;
                queue_position = messages;
                queue_next = (__u64)BPF_CORE_READ((struct sk_buff *)queue_next, next);
        }
}

SEC("raw_tp/walk") int walk_unix(void *ctx)
{
        run_start();
        last_unwanted = 0;
        finding_task = 0;
        finding_fd = -1;
        if (run.first) {
                run.records = 0;
                n_sockets = n_messages = 0;
                files = queue_of = node = 0;
                bucket = UNIX_BUCKETS;
        }
        cursor_start();
        if (!restart) {
                if (!run.first)
                        unix_resume();
                bpf_loop(TURNS_MAX, unix_one, NULL, 0);
        }
        run_end();
        return 0;
}
