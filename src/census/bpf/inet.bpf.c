/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Phase E: sockets that no file leads to, from the kernel's tables: AF_PACKET and AF_XDP sockets of
 * the namespaces looked for (one whose fd is closed lives on in a mapping), and all TCP sockets:
 * closed ones that still send, and accepted by nobody yet. */

#include "census/bpf/cursor.bpf.h"
#include "census/bpf/emit.bpf.h"

#define BUCKETS_PER_READ 64
#define TCP_TIME_WAIT    6
#define TCP_NEW_SYN_RECV 12

enum table { TABLE_PACKET, TABLE_XDP, TABLE_ESTABLISHED, TABLE_LISTENING, TABLE_NONE };

__u32 table = 0;
__u64 node = 0;
__u32 position = 0; /* in the chain */
__u64 buckets = 0;
__u32 bucket = 0, n_buckets = 0;
__u64 heads[BUCKETS_PER_READ] = {};
__u32 heads_valid = 0;
__u64 n_sockets = 0;

/* The process that has mapped a socket: by the first mapping of its inode. */
static noinline void mapping_of(__u64 address)
{
        struct sock *sk = (void *)address;
        struct socket *socket = BPF_CORE_READ(sk, sk_socket);
        struct socket_alloc *alloc = (void *)socket;
        struct vm_area_struct *area;
        struct mm_struct *mm;
        struct rb_node *rb;

        if (!socket)
                return;
        rb = BPF_CORE_READ(alloc, vfs_inode.i_mapping, i_mmap.rb_root.rb_node);
        if (!rb)
                return;
        area = MEMBER(struct vm_area_struct, rb, shared.rb);
        mm = BPF_CORE_READ(area, vm_mm);
        finding_where = WHERE_MAPPING;
        /* Only with CONFIG_MEMCG. */
        if (mm && bpf_core_field_exists(struct mm_struct, owner))
                finding_task = (__u64)BPF_CORE_READ(mm, owner);
        emit_sock(address);
        finding_task = 0;
        finding_where = WHERE_SOCKET_TABLE;
}

static noinline void plain_step(void)
{
        struct sock *sk = MEMBER(struct sock, node, __sk_common.skc_node);

        node = (__u64)BPF_CORE_READ(sk, __sk_common.skc_node.next);
        position++;
        n_sockets++;
        emit_sock((__u64)sk);
        mapping_of((__u64)sk);
}

static noinline void tcp_step(void)
{
        struct sock *sk = MEMBER(struct sock, node, __sk_common.skc_nulls_node);
        __u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
        __u64 next = (__u64)BPF_CORE_READ(sk, __sk_common.skc_nulls_node.next);

        node = next & 1 ? 0 : next;
        position++;
        n_sockets++;
        /* These two are no struct sock, and hold nothing. */
        if (state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV)
                return;
        emit_sock((__u64)sk);
        if (is_wanted((__u64)BPF_CORE_READ(sk, __sk_common.skc_net.net)))
                mapping_of((__u64)sk); /* for receiving without a copy */
}

static noinline void net_open(__u64 net)
{
        struct net *n = (void *)net;

        position = 0;
        node = 0;
        if (!is_wanted(net))
                return;
        if (table == TABLE_PACKET && bpf_core_field_exists(struct net, packet)) /* CONFIG_PACKET */
                node = (__u64)BPF_CORE_READ(n, packet.sklist.first);
        else if (table == TABLE_XDP &&
                 bpf_core_field_exists(struct net, xdp)) /* CONFIG_XDP_SOCKETS */
                node = (__u64)BPF_CORE_READ(n, xdp.list.first);
}

static noinline void table_open(__u32 which)
{
        struct task_struct *init = init_task();
        struct net *n = BPF_CORE_READ(init, nsproxy, net_ns);
        struct inet_hashinfo *hash = BPF_CORE_READ(n, ipv4.tcp_death_row.hashinfo);

        table = which;
        bucket = position = 0;
        node = 0;
        heads_valid = 0;
        if (which == TABLE_ESTABLISHED) {
                buckets = (__u64)BPF_CORE_READ(hash, ehash);
                n_buckets = BPF_CORE_READ(hash, ehash_mask) + 1;
        } else {
                buckets = (__u64)BPF_CORE_READ(hash, lhash2);
                n_buckets = BPF_CORE_READ(hash, lhash2_mask) + 1;
        }
        if (!buckets)
                n_buckets = 0;
}

static noinline __u64 bucket_head(__u32 index)
{
        __u32 place = index & (BUCKETS_PER_READ - 1);

        if (table == TABLE_LISTENING) {
                struct inet_listen_hashbucket *b =
                        (void *)(buckets +
                                 (__u64)index * bpf_core_type_size(struct inet_listen_hashbucket));
                return (__u64)BPF_CORE_READ(b, nulls_head.first);
        }
        if (place == 0 || !heads_valid) {
                heads_valid =
                        bpf_probe_read_kernel(heads, sizeof(heads),
                                              (void *)(buckets + 8ULL * (index - place))) == 0;
                if (!heads_valid)
                        return 0;
        }
        return heads[place];
}

static noinline void bucket_step(void)
{
        __u64 head;

        if (bucket >= n_buckets) {
                if (table == TABLE_ESTABLISHED) {
                        table_open(TABLE_LISTENING);
                } else {
                        table = TABLE_NONE;
                        run.done = 1;
                }
                return;
        }
        head = bucket_head(bucket);
        node = head & 1 ? 0 : head;
        position = 0;
        bucket++;
}

static noinline void net_step(void)
{
        __u64 net = cursor_step();

        if (net) {
                net_open(net);
                return;
        }
        if (!run.done) {
                restart = 1;
                return;
        }
        run.done = 0;
        if (table == TABLE_PACKET)
                table = TABLE_XDP;
        else
                table_open(TABLE_ESTABLISHED);
}

static long inet_one(__u32 i, void *unused)
{
        if ((i & 31) == 31 && run_is_over())
                return 1;
        if (table == TABLE_PACKET || table == TABLE_XDP) {
                if (node)
                        plain_step();
                else
                        net_step();
        } else if (node) {
                tcp_step();
        } else {
                bucket_step();
        }
        return run.done || run.full || restart;
}

static long skip_socket(__u32 i, void *unused)
{
        struct sock *sk;
        __u64 next;

        if (i >= position || !node)
                return 1;
        if (table == TABLE_PACKET || table == TABLE_XDP) {
                sk = MEMBER(struct sock, node, __sk_common.skc_node);
                node = (__u64)BPF_CORE_READ(sk, __sk_common.skc_node.next);
        } else {
                sk = MEMBER(struct sock, node, __sk_common.skc_nulls_node);
                next = (__u64)BPF_CORE_READ(sk, __sk_common.skc_nulls_node.next);
                node = next & 1 ? 0 : next;
        }
        return 0;
}

/* To the same place of the same chain. */
static __always_inline void inet_resume(void)
{
        __u32 kept = position;
        __u64 head;

        heads_valid = 0;
        if (table == TABLE_PACKET || table == TABLE_XDP) {
                if (!cursor_net)
                        return;
                net_open(cursor_net);
        } else if (bucket > 0) {
                head = bucket_head(bucket - 1);
                node = head & 1 ? 0 : head;
        } else {
                return;
        }
        position = kept;
        bpf_loop(TURNS_MAX, skip_socket, NULL, 0);
}

SEC("raw_tp/walk") int walk_inet(void *ctx)
{
        run_start();
        pid_learn_ours();
        last_unwanted = 0;
        finding_task = finding_owner = 0;
        finding_fd = -1;
        finding_found = FOUND_SOCKET;
        finding_where = WHERE_SOCKET_TABLE;
        if (run.first) {
                run.records = 0;
                table = TABLE_PACKET;
                node = 0;
                n_sockets = 0;
        }
        cursor_start();
        if (restart && table >= TABLE_ESTABLISHED)
                restart = 0;
        if (!restart) {
                if (!run.first)
                        inet_resume();
                bpf_loop(TURNS_MAX, inet_one, NULL, 0);
        }
        run_end();
        return 0;
}
