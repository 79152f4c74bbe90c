# SPDX-License-Identifier: LGPL-2.1-or-later
"""Leaks that are no orphans: namespaces without a name, and names without anything else."""
import os
import subprocess
import sys

import pytest

import rules
from nsorphan import CTL, run, scan, wait_until

SOURCES = ["procfs", "auto"]
HINT = "; nsorphanctl scan --verdict=pinned"


def hint(*options):
    """The line with which `scan` counts them; None without one."""
    lines = [line for line in run(CTL, "scan", *options).stdout.splitlines() if line.endswith(HINT)]
    assert len(lines) <= 1
    return lines[0] if lines else None


@pytest.mark.parametrize("source", SOURCES)
def test_an_open_file_alone(zoo, source):
    made = zoo("nsfs-fd")
    namespace = scan(source=source).find(made)
    assert namespace["verdict"] == "pinned"
    assert namespace["unnamed"] and "empty" not in namespace
    assert "no name and no process, kept only by open files" in hint(f"--source={source}")


@pytest.mark.parametrize("source", SOURCES)
def test_a_name_alone(zoo, source):
    made = zoo("nsfs-mount", "plain")
    census = scan(source=source)
    namespace = census.find(made)
    assert namespace["verdict"] == "pinned" and "unnamed" not in namespace
    if "empty" not in namespace:
        # What something unseen may hold is not called empty; BPF counts all references.
        assert source == "procfs" and not census.coverage["complete"]
        return
    assert "nothing but a name, without process and socket" in hint(f"--source={source}")


def test_the_hint_is_for_those_that_are_not_listed(zoo):
    zoo("nsfs-fd")
    assert hint() and hint("--verdict=attached")
    for options in (["--all"], ["--verdict=pinned"], ["--no-legend"]):
        assert hint(*options) is None


def test_by_what_is_in_the_list(zoo):
    file, mount = zoo("nsfs-fd"), zoo("nsfs-mount", "plain")
    rows = {row.split()[0]: row for row in run(CTL, "scan", "--verdict=pinned").stdout.splitlines() if row}
    assert f"namespace fd {file.fd}" in rows[file.name]
    assert f"mount {mount.path}" in rows[mount.name]


def explain(what):
    text = run(CTL, "explain", str(what)).stdout
    assert "by which it is meant to be kept" not in text
    return text


def test_explain_an_open_file(zoo):
    made = zoo("nsfs-fd")
    text = explain(made.inode)
    assert f"no process, no name; kept only by fd {made.fd} of nsfs-fd (pid {made.pid})." in text
    assert "Namespace fd kept: " in text and "O_CLOEXEC" in text
    assert f"\n      kill {made.pid}\n" in text


def test_explain_many_open_files(spawn):
    """And some sockets: the name is missing all the same."""
    script = """if True:
        import ctypes, os, socket
        libc = ctypes.CDLL(None)
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        assert libc.unshare(0x40000000) == 0
        print(os.stat("/proc/thread-self/ns/net").st_ino, flush=True)
        keep = [os.open("/proc/thread-self/ns/net", os.O_RDONLY) for _ in range(20)]
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        assert libc.setns(home, 0x40000000) == 0
        print("ready", flush=True)
        input()
    """
    process = spawn([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    inode = int(process.stdout.readline())
    assert process.stdout.readline() == "ready\n"
    text = explain(inode)
    assert f"no name; kept by 20 fds of {os.path.basename(sys.executable)[:15]}" in text
    assert f"(pid {process.pid}); and by 1 other holder, named below." in text


def test_explain_a_file_in_flight(zoo):
    made = zoo("in-flight", "nsfs")
    assert ("no process, no name; kept only by a namespace file in flight, in the queue of a unix socket, fd " in
            explain(made.inode))


@pytest.fixture(name="named")
def named_(stack):
    """A name in /run/netns, as `ip netns add` makes it."""
    name = f"pinned-{os.getpid()}"
    run("ip", "netns", "add", name)
    stack.callback(run, "ip", "netns", "del", name, check=False)
    return name


def test_explain_a_name(named):
    text = explain(os.stat(f"/run/netns/{named}").st_ino)
    assert f"no process, named {named} by mount /run/netns/{named}" in text
    assert "Name left behind: " in text
    assert f"\n    ip netns del {named}\n" in text
    # By nobody: neither the tool nor the first process.
    assert f"  No process.\n    Through the mount /run/netns/{named}.\n" in text
    assert "nsorphanctl (pid" not in text and "kill" not in text


def test_a_name_that_is_in_use_is_not_to_be_taken_away(named, spawn):
    """A program outside has a socket inside."""
    spawn(["ip", "netns", "exec", named, "bash", "-c",
           "ip link set lo up; exec 3<>/dev/udp/127.0.0.1/9; "
           f"exec nsenter --net=/proc/{os.getpid()}/ns/net sleep infinity"])
    inode = os.stat(f"/run/netns/{named}").st_ino
    text = wait_until(lambda: "inet/udp socket" in explain(inode) and explain(inode), "the socket")
    assert f"named {named} by mount /run/netns/{named}; and by 1 other holder, named below." in text
    assert "Its name is in use, or may be." in text
    assert "ip netns del" not in text and "unpin" not in text and "kill" not in text


def test_explain_a_mount_of_a_service(zoo):
    made = zoo("nsfs-mount", "plain")
    text = explain(made.inode)
    assert f"kept by mount {made.path} in the mount namespace of nsfs-mount (pid {made.pid})." in text
    assert "Mount copied into a service or container, or made there: " in text
    assert f"\n    nsorphanctl unpin --empty cookie:{made.cookie}\n" in text
    assert "nsenter" not in text and "kill" not in text


def test_what_may_forward_traffic_is_never_to_be_deleted(named):
    run("ip", "-n", named, "link", "add", "a0", "type", "veth", "peer", "name", "b0")
    text = explain(os.stat(f"/run/netns/{named}").st_ino)
    assert "so it may forward traffic" in text
    assert "ip netns del" not in text and "unpin" not in text


@pytest.mark.parametrize("what", sorted(rules.MAKE))
def test_what_has_rules_or_routes_may_forward_traffic(named, what):
    """Though it has no interface but lo."""
    run("ip", "netns", "exec", named, sys.executable, rules.__file__, what)
    text = explain(os.stat(f"/run/netns/{named}").st_ino)
    assert f"\n  It has {rules.WORDS[what]}, so it may forward traffic: " in text
    assert "Likely cause" not in text
    assert "ip netns del" not in text and "unpin" not in text


def test_what_the_kernel_makes_for_lo_is_no_route(named):
    for line in ("link set lo up", "address add 10.97.0.1/24 dev lo", "-6 address add fd97::1/64 dev lo nodad"):
        run("ip", "-n", named, *line.split())
    assert f"\n    ip netns del {named}\n" in explain(os.stat(f"/run/netns/{named}").st_ino)


def test_what_a_file_alone_keeps_may_forward_traffic(spawn):
    script = f"""if True:
        import ctypes, os, subprocess, sys
        libc = ctypes.CDLL(None)
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        assert libc.unshare(0x40000000) == 0
        subprocess.run([sys.executable, {rules.__file__!r}, "nft"], check=True)
        keep = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        print(os.fstat(keep).st_ino, flush=True)
        assert libc.setns(home, 0x40000000) == 0
        print("ready", flush=True)
        input()
    """
    process = spawn([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    inode = int(process.stdout.readline())
    assert process.stdout.readline() == "ready\n"
    text = explain(inode)
    assert "It has nft tables, so it may forward traffic: " in text and "kill" not in text


def test_a_name_that_is_mounted_over(spawn, tmp_path):
    """In a mount namespace of its own, so that the host is left alone."""
    script = f"""
        set -e
        mount -t tmpfs --make-private none {tmp_path}; mkdir {tmp_path}/d; touch {tmp_path}/d/name
        unshare --net sh -c 'mount --bind /proc/self/ns/net {tmp_path}/d/name; stat -Lc %i /proc/self/ns/net'
        mount --bind {tmp_path}/d {tmp_path}/d
        echo ready
        exec sleep infinity
    """
    process = spawn(["unshare", "--mount", "--propagation=private", "sh", "-c", script],
                    stdout=subprocess.PIPE, text=True)
    inode = int(process.stdout.readline())
    assert process.stdout.readline() == "ready\n"
    assert f"{tmp_path}/d is mounted over in the mount namespace of sleep (pid {process.pid})" in explain(inode)


def test_a_stray_thread(spawn):
    script = """if True:
        import ctypes, os, threading, time
        def stray():
            assert ctypes.CDLL(None).unshare(0x40000000) == 0
            print(threading.get_native_id(), os.stat("/proc/thread-self/ns/net").st_ino, flush=True)
            time.sleep(1000)
        threading.Thread(target=stray, daemon=True).start()
        time.sleep(1000)
    """
    process = spawn([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    tid, inode = process.stdout.readline().split()
    home = os.stat(f"/proc/{process.pid}/ns/net").st_ino
    text = explain(inode)
    assert f"In it is thread {tid} of " in text
    assert f"(pid {process.pid}), which itself is in net:[{home}]: a stray thread.\n" in text
    assert "\nLikely cause\n  Stray thread: " in text and "kill" not in text


def test_a_process_that_is_inside_is_not_stray(zoo):
    assert "stray" not in explain(zoo("task").inode)
