# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mounts of namespaces: by task where the kernel may not list them, and each thing once."""
import errno
import os
import subprocess

import pytest

import nsorphan
import seccomp
from nsorphan import kernel, scan

# As before Linux 6.12, or in a sandbox of an old systemd.
BY_TASK = {"preexec_fn": seccomp.deny(seccomp.LISTMOUNT, errno.ENOSYS)}


@pytest.mark.parametrize("variation", ["plain", "chroot", "leader", "thread"])
def test_by_task(zoo, variation):
    made = zoo("nsfs-mount", variation)
    namespace = scan(**BY_TASK).find(made)
    assert namespace["verdict"] == "pinned" and namespace["holderCount"] == 1
    holder, = namespace["holders"]
    assert (holder["kind"], holder["path"]) == ("nsfs_mount", made.path)
    assert (holder["pid"], holder["tid"]) == (made.pid, made.tid)


def test_a_mount_namespace_without_a_task_is_counted(zoo):
    def counted():
        return [r for r in scan(**BY_TASK).coverage["reasons"] if "mount namespace" in r]
    before = counted()
    made = zoo("nsfs-mount", "fd")
    assert counted() != before
    assert not scan(**BY_TASK).find(made)


@pytest.mark.parametrize("options", [{}, BY_TASK, {"source": "auto"}], ids=["listed", "by-task", "auto"])
def test_copies_of_one_mount_are_one(stack, spawn, options, tmp_path):
    """Mount propagation copies a mount into each mount namespace: `ip netns del` takes all away."""
    if options == {} and kernel() < (6, 12):
        pytest.skip("needs Linux 6.12")
    script = f"""
        mount -t tmpfs --make-shared zoo {tmp_path} && touch {tmp_path}/x {tmp_path}/y
        unshare --mount --propagation=slave sleep 1000 & slave=$!
        unshare --mount --propagation=shared sleep 1000 & peer=$!
        sleep 0.3
        unshare --net sh -c 'mount --bind /proc/self/ns/net {tmp_path}/x
                             stat -L -c %i /proc/self/ns/net'
        read -r line
        kill $slave $peer
        umount {tmp_path}/x
    """
    shell = spawn(["unshare", "--mount", "--propagation=private", "sh", "-c", script],
                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    stack.callback(lambda: os.killpg(shell.pid, nsorphan.signal.SIGKILL))
    inode = int(shell.stdout.readline())
    namespace, = [n for n in scan(**options).namespaces if n.get("inode") == inode]
    assert namespace["verdict"] == "pinned"
    assert [h["path"] for h in namespace["holders"]] == [f"{tmp_path}/x"]
    assert namespace["holderCount"] == 1


def test_two_mounts_that_are_no_copies_are_two(spawn, tmp_path, stack):
    script = f"""
        mount -t tmpfs --make-private zoo {tmp_path} && touch {tmp_path}/x {tmp_path}/y
        unshare --net sh -c 'mount --bind /proc/self/ns/net {tmp_path}/x
                             mount --bind /proc/self/ns/net {tmp_path}/y
                             stat -L -c %i /proc/self/ns/net'
        read -r line
    """
    shell = spawn(["unshare", "--mount", "--propagation=private", "sh", "-c", script],
                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    inode = int(shell.stdout.readline())
    for options in ({}, BY_TASK):
        namespace, = [n for n in scan(**options).namespaces if n.get("inode") == inode]
        assert [h["path"] for h in namespace["holders"]] == [f"{tmp_path}/x", f"{tmp_path}/y"]
