# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the BPF source's library must say of each animal of the zoo."""

# Case: verdict, references, kinds of the holders; the number of references that nothing explains, if
# there are any.
ANIMALS = {
    "task leader": ("attached", 1, None),
    "task thread": ("attached", 1, None),
    "nsfs-fd link": ("pinned", 1, ["nsfs_fd"]),
    "nsfs-fd unmounted": ("pinned", 1, ["nsfs_fd"]),
    "nsfs-mount": ("pinned", 1, []),
    "socket netlink": ("orphaned", 1, ["socket"]),
    "socket udp": ("orphaned", 1, ["socket"]),
    "socket tcp": ("orphaned", 1, ["socket"]),
    "socket udp6": ("orphaned", 1, ["socket"]),
    "socket unix": ("orphaned", 1, ["socket"]),
    "socket packet": ("orphaned", 1, ["socket"]),
    "socket vsock": ("orphaned", 1, ["socket"]),
    "socket alg": ("orphaned", 1, ["socket"]),
    "accepted": ("orphaned", 2, ["socket", "socket_peer"]),
    "tun unattached": ("orphaned", 1, ["tun"]),
    "tun attached": ("orphaned", 1, ["tun"]),
    "tun moved": ("orphaned", 1, ["tun"]),
    "private-fds": ("orphaned", 1, ["socket"]),
    "dead-leader": ("orphaned", 1, ["socket"]),
    "in-flight socket": ("orphaned", 1, ["socket_in_flight"]),
    "in-flight tun": ("orphaned", 1, ["socket_in_flight"]),
    "in-flight nsfs": ("pinned", 1, ["socket_in_flight"]),
    "in-flight nested": ("orphaned", 1, ["socket_in_flight"]),
    "in-flight cycle": ("orphaned", 1, ["socket_in_flight"]),
    "in-flight peek-off": ("orphaned", 1, ["socket_in_flight"]),
    "in-flight unaccepted": ("orphaned", 1, ["socket_in_flight"]),
    "mapped-ring": ("orphaned", 1, ["socket_mapping"]),
    "io-uring file": ("orphaned", 1, ["io_uring_file"]),
    "io-uring request": ("orphaned", 1, ["io_uring_request"]),
    "proc-net-file": ("orphaned", 1, ["proc_net_file"]),
    "nameless two-files": ("orphaned", 2, ["proc_net_file", "proc_net_file"]),
    "nameless two-namespaces": ("orphaned", 1, ["proc_net_file"]),
    "listen-backlog": ("orphaned", 2, ["socket_backlog", "socket_peer"]),
    # Only the stack of the thread that waits knows of the socket.
    "blocked-call": ("orphaned", 1, [], 1),
    # The last: it goes on when its process has gone.
    "tcp-closing": ("orphaned", 1, ["socket_closing"]),
}

# Through which no fd leads to it, or that of another file.
NO_FD = {"mapped-ring", "tcp-closing"}
# A process may have gone, or be nobody's.
NO_PROCESS = {"tcp-closing", "blocked-call"}


def check(case, made, survey):
    """Holds the survey against the animal: @made has inode, cookie, pid, tid, fd, socketInode."""
    verdict, counted, kinds, *left = ANIMALS[case]
    namespace, = [n for n in survey["namespaces"]
                  if n["inode"] == made.inode and made.cookie in (None, n["cookie"])]
    assert namespace["verdict"] == verdict
    assert namespace["counted"] == counted
    if kinds is None:
        assert namespace["tasks"] == 1 and "holders" not in namespace
        return
    assert namespace["counted"] - namespace["explained"] == (left[0] if left else 0)
    holders = namespace["holders"]
    assert sorted(h["kind"] for h in holders) == kinds
    for holder in holders:
        if case in NO_PROCESS:
            assert "pid" not in holder
            continue
        assert holder["pid"] == made.pid
        assert holder["tid"] == (made.tid or made.pid)
        if case != "nameless two-files":
            assert holder.get("fd") == (None if case in NO_FD else made.fd)
    if kinds and made.socketInode and "proc_net_file" not in kinds:
        assert made.socketInode in [h.get("socketInode") for h in holders] or case == "accepted"
    if verdict == "pinned":
        mounts = namespace["paths"] - namespace["pathsExplained"]
        assert mounts == (1 if case == "nsfs-mount" else 0)
