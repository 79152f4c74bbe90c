/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Phase C: the open files of all tasks, whatever their pid namespace; threads with an fd table of
 * their own and processes without a main thread are no exception. Each fd table is walked once. */

#include "census/bpf/kinds.bpf.h"
#include "census/bpf/threads.bpf.h"

#define RINGS_MAX 16 /* IO_RINGFD_REG_MAX */

MAP_OF(tables, struct slot); /* those that were walked */

/* What is walked inside one file. */
enum inside { INSIDE_NONE, INSIDE_WATCHES, INSIDE_RING_FILES, INSIDE_RING_REQUESTS };

__u64 table_task = 0, table_files = 0, table_array = 0, last_files = 0;
__u32 table_fd = 0, table_fds = 0;
__u64 batch[64] = {};
__u32 batch_valid = 0;

__u32 inside = 0;
__u64 inside_file = 0;
__u64 inside_next = 0, inside_head = 0; /* a list */
__u64 inside_base = 0;                  /* an array */
__u32 inside_index = 0, inside_end = 0;
__u32 inside_locked = 0; /* the second of two tables of requests */

__u64 rings_of = 0; /* a task whose registered rings are looked at */
__u32 rings_at = 0;

__u64 n_files = 0;

static __always_inline void threads_forget(__u32 value)
{
}

static noinline void watches_open(__u64 file)
{
        struct file *f = (void *)file;
        struct fsnotify_group *group = BPF_CORE_READ(f, private_data);

        if (!group)
                return;
        inside = INSIDE_WATCHES;
        inside_head = ADDRESS(group, marks_list);
        inside_next = list_next(inside_head);
}

/* The reference is that of the inode, which the watch keeps, however many watch it. */
static noinline void watch_step(void)
{
        struct fsnotify_mark *mark;
        struct fsnotify_mark_connector *connector;
        struct inode *inode;

        if (!inside_next || inside_next == inside_head) {
                inside = INSIDE_NONE;
                return;
        }
        mark = MEMBER(struct fsnotify_mark, inside_next, g_list);
        inside_next = list_next(inside_next);
        connector = BPF_CORE_READ(mark, connector);
        if (!connector || BPF_CORE_READ(connector, type) != 0)
                return;
        inode = BPF_CORE_READ(connector, obj);
        if (BPF_CORE_READ(inode, i_sb, s_magic) != MAGIC_NSFS) {
                inode = MEMBER(struct inode, inode, i_fsnotify_marks);
                if (BPF_CORE_READ(inode, i_sb, s_magic) != MAGIC_NSFS)
                        return;
        }
        emit_if_wanted(nsfs_net(inode), (__u64)inode);
}

static noinline void ring_open(__u64 file)
{
        struct file *f = (void *)file;
        __u64 context = (__u64)BPF_CORE_READ(f, private_data);

        inside_index = 0;
        if (bpf_core_field_exists(struct io_file_table___nodes, data)) {
                struct io_ring_ctx___nodes *c = (void *)context;
                inside_base = (__u64)BPF_CORE_READ(c, file_table.data.nodes);
                inside_end = BPF_CORE_READ(c, file_table.data.nr);
        } else if (bpf_core_field_exists(struct io_file_table___array, files)) {
                struct io_ring_ctx___array *c = (void *)context;
                inside_base = (__u64)BPF_CORE_READ(c, file_table.files);
                inside_end = BPF_CORE_READ(c, nr_user_files);
        }
        if (!inside_base)
                inside_end = 0;
        inside = INSIDE_RING_FILES;
}

/* The file of a ring may itself be a registered one, and in no fd table. */
static __always_inline __u64 registered_ring(__u64 task, __u32 index)
{
        struct task_struct *t = (void *)task;
        struct io_uring_task *u;
        __u64 file = 0;

        if (!bpf_core_field_exists(struct task_struct, io_uring) ||
            !bpf_core_field_exists(struct io_uring_task, registered_rings))
                return 0;
        u = BPF_CORE_READ(t, io_uring);
        if (u)
                bpf_probe_read_kernel(&file, sizeof(file),
                                      (void *)(ADDRESS(u, registered_rings) + 8ULL * index));
        return file;
}

static __always_inline void requests_of(struct io_hash_table *table)
{
        inside_base = (__u64)BPF_CORE_READ(table, hbs);
        inside_end = 1U << (BPF_CORE_READ(table, hash_bits) & 31);
        inside_index = 0;
        inside_next = 0;
        if (!inside_base)
                inside_end = 0;
        inside = INSIDE_RING_REQUESTS;
}

static __always_inline __u64 ring_context(void)
{
        struct file *f = (void *)inside_file;

        return (__u64)BPF_CORE_READ(f, private_data);
}

static noinline void look_inside(__u64 file, __u32 where)
{
        __u32 outer = finding_found;

        finding_where = where;
        finding_found = kind_of(file);
        look_at_plain(file);
        finding_found = outer;
}

static noinline void ring_file_step(void)
{
        __u64 value = 0;

        if (inside_index >= inside_end &&
            !bpf_core_field_exists(struct io_ring_ctx, cancel_table)) {
                inside = INSIDE_NONE;
                return;
        }
        if (inside_index >= inside_end) {
                struct io_ring_ctx *c = (void *)ring_context();
                inside_locked = 0;
                requests_of((void *)ADDRESS(c, cancel_table));
                return;
        }
        bpf_probe_read_kernel(&value, sizeof(value), (void *)(inside_base + 8ULL * inside_index));
        inside_index++;
        if (value && bpf_core_field_exists(struct io_file_table___nodes, data)) {
                struct io_rsrc_node *node = (void *)value;
                value = BPF_CORE_READ(node, file_ptr);
        }
        value &= ~7ULL; /* flags */
        if (value)
                look_inside(value, WHERE_IO_URING_FILE);
}

static noinline void ring_request_step(void)
{
        if (inside_next) {
                struct io_kiocb *request = MEMBER(struct io_kiocb, inside_next, hash_node);
                __u64 file = (__u64)BPF_CORE_READ(request, file);

                inside_next = (__u64)BPF_CORE_READ(request, hash_node.next);
                if (file)
                        look_inside(file, WHERE_IO_URING_REQUEST);
                return;
        }
        if (inside_index < inside_end) {
                struct io_hash_bucket *bucket =
                        (void *)(inside_base +
                                 (__u64)inside_index * bpf_core_type_size(struct io_hash_bucket));

                inside_next = (__u64)BPF_CORE_READ(bucket, list.first);
                inside_index++;
                return;
        }
        if (!inside_locked &&
            bpf_core_field_exists(struct io_ring_ctx___locked, cancel_table_locked)) {
                struct io_ring_ctx___locked *c = (void *)ring_context();
                inside_locked = 1;
                requests_of((void *)ADDRESS(c, cancel_table_locked));
                return;
        }
        inside = INSIDE_NONE;
}

static __always_inline void inside_step(void)
{
        finding_where = WHERE_FD;
        if (inside == INSIDE_WATCHES)
                watch_step();
        else if (inside == INSIDE_RING_FILES)
                ring_file_step();
        else
                ring_request_step();
}

/* @fd is -1 for a ring that has none but its place among the registered ones of a task. */
noinline int look(__u64 file, __s32 fd)
{
        __u32 found = kind_of(file);

        if (found == FOUND_NOTHING)
                return 0;
        finding_found = found;
        finding_where = WHERE_FD;
        finding_fd = fd;
        inside_file = file;
        if (found == FOUND_INOTIFY || found == FOUND_FANOTIFY)
                watches_open(file);
        else if (found == FOUND_IO_URING)
                ring_open(file);
        else
                look_at_plain(file);
        return 0;
}

static __always_inline void table_read(void)
{
        struct files_struct *files = (void *)table_files;
        struct fdtable *fdt = BPF_CORE_READ(files, fdt);

        table_array = (__u64)BPF_CORE_READ(fdt, fd);
        table_fds = BPF_CORE_READ(fdt, max_fds);
        batch_valid = 0;
}

static __always_inline int has_rings(struct task_struct *t)
{
        return bpf_core_field_exists(struct task_struct, io_uring) && BPF_CORE_READ(t, io_uring);
}

static noinline void table_open(__u64 task)
{
        struct task_struct *t = (void *)task;
        __u64 files = (__u64)BPF_CORE_READ(t, files);
        int found;

        finding_task = task;
        finding_owner = 0;
        rings_of = has_rings(t) ? task : 0;
        rings_at = 0;
        if (!files || files == last_files)
                return;
        last_files = files;
        (void)SLOT_FIND(tables, run.tables_mask, files, 0, &found);
        if (found)
                return;
        table_files = files;
        table_task = task;
        table_fd = 0;
        table_read();
}

static noinline void registered_step(void)
{
        __u64 file;

        if (rings_at >= RINGS_MAX) {
                rings_of = 0;
                return;
        }
        file = registered_ring(rings_of, rings_at);
        rings_at++;
        if (file)
                look(file, -1);
}

static noinline void table_walked(void)
{
        int found;
        struct slot *s = SLOT_FIND(tables, run.tables_mask, table_files, 0, &found);

        if (!s) {
                run.full = 1;
        } else if (!found) {
                s->key = table_files;
                s->key2 = 0;
                s->value = 0;
                s->generation = run.generation;
        }
        table_files = table_fds = table_fd = 0;
}

static noinline void table_step(void)
{
        __u64 file;

        if ((table_fd & 63) == 0 || !batch_valid) {
                /* Tables have a multiple of 64 places. */
                if (bpf_probe_read_kernel(batch, sizeof(batch),
                                          (void *)(table_array + 8ULL * (table_fd & ~63U))) < 0) {
                        table_walked();
                        return;
                }
                batch_valid = 1;
        }
        file = batch[table_fd & 63];
        if (file) {
                n_files++;
                look(file, (__s32)table_fd);
        }
        table_fd++;
}

static long file_one(__u32 i, void *unused)
{
        struct task_struct *t;

        if ((i & 31) == 31 && run_is_over())
                return 1;
        if (inside) {
                inside_step();
        } else if (rings_of) {
                registered_step();
        } else if (table_fd < table_fds) {
                table_step();
        } else if (table_files) {
                table_walked();
        } else {
                t = threads_step();
                if (t)
                        table_open((__u64)t);
                else if (!threads_head)
                        return 1;
        }
        return run.full != 0;
}

/* The file that was looked into, where it is still in its place. */
static __always_inline int is_inside_still(void)
{
        __u64 file = 0;

        if (rings_of)
                file = rings_at > 0 ? registered_ring(rings_of, rings_at - 1) : 0;
        else if (table_fd > 0 && table_fd <= table_fds)
                bpf_probe_read_kernel(&file, sizeof(file),
                                      (void *)(table_array + 8ULL * (table_fd - 1)));
        if (file != inside_file)
                return 0;
        return inside != INSIDE_WATCHES || inside_next == inside_head || is_listed(inside_next);
}

static __always_inline void files_resume(void)
{
        __u64 last = trail[(trail_end - 1) & (TRAIL - 1)].task;
        struct task_struct *t = (void *)last;

        if ((rings_of && rings_of != last) || (table_files && table_task != last) ||
            (table_files && (__u64)BPF_CORE_READ(t, files) != table_files)) {
                rings_of = table_files = table_fds = table_fd = inside = 0;
                return;
        }
        if (table_files)
                table_read();
        if (inside && !is_inside_still()) {
                inside = INSIDE_NONE;
                run.lost++;
        }
        if (inside == INSIDE_RING_REQUESTS)
                inside_next = 0; /* to the next bucket */
}

SEC("raw_tp/walk") int walk_files(void *ctx)
{
        run_start();
        pid_learn_ours();
        mark_learn();
        last_unwanted = last_files = 0;
        if (run.first) { /* records stay: a table is not walked again */
                rings_of = table_files = table_fds = table_fd = inside = 0;
                n_files = 0;
        }
        restart = threads_start();
        if (!restart) {
                files_resume();
                bpf_loop(TURNS_MAX, file_one, NULL, 0);
        }
        run_end();
        return 0;
}
