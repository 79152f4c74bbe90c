# SPDX-License-Identifier: LGPL-2.1-or-later
"""Taking names away: in whichever mount namespace, of nothing that is in use, and nothing else with it."""
import os
import pathlib
import re
import subprocess

import pytest

import nsorphan
import rules
from nsorphan import CTL, run, scan, wait_until

# A mount namespace of its own, like a service's, with a name in it that nothing else keeps. @AFTER: what it does then.
PRIVATE = """
    set -e
    mount -t tmpfs none {folder}
    mkdir -p {folder}/real
    touch {folder}/real/name
    unshare --net sh -c '{inside}; mount --bind /proc/self/ns/net {folder}/real/name; stat -Lc %i /proc/self/ns/net'
    {after}
    echo ready
    exec sleep infinity
"""


@pytest.fixture(name="service")
def service_(spawn, tmp_path):
    """Starts one; returns the process and the cookie of the namespace."""
    def start(after=":", inside=":"):
        process = spawn(["unshare", "--mount", "--propagation=private", "sh", "-c",
                         PRIVATE.format(folder=tmp_path, after=after, inside=inside)],
                        stdout=subprocess.PIPE, text=True)
        inode = int(process.stdout.readline())
        assert process.stdout.readline() == "ready\n"
        return process, cookie_of(inode)
    return start


@pytest.fixture(name="named")
def named_(stack):
    """A name in /run/netns, as `ip netns add` makes it."""
    name = f"unpin-{os.getpid()}"
    run("ip", "netns", "add", name)
    stack.callback(run, "ip", "netns", "del", name, check=False)
    return pathlib.Path("/run/netns", name)


def cookie_of(inode):
    """Numbers are used again at once, cookies never."""
    namespace, = [n for n in scan(source="auto").namespaces if n.get("inode") == inode]
    return namespace["cookie"]


def lives(cookie):
    return [n for n in scan(source="auto").namespaces if n.get("cookie") == cookie]


def unpin(cookie, *options, check=True):
    return run(CTL, "unpin", *options, f"cookie:{cookie}", check=check)


def test_a_name_of_the_host(named):
    cookie = cookie_of(named.stat().st_ino)
    done = unpin(cookie, "--empty")
    assert done.stdout == f"Taken away: {named}, and the file it was mounted on\n"
    assert not named.exists()
    wait_until(lambda: not lives(cookie), "the namespace to end")


def test_a_name_of_a_service(service, tmp_path):
    process, cookie = service()
    done = unpin(cookie, "--empty")
    assert done.stdout == (f"Taken away: {tmp_path}/real/name in the mount namespace of sleep (pid {process.pid}), "
                           "and the file it was mounted on\n")
    assert str(tmp_path) + "/real/name" not in pathlib.Path(f"/proc/{process.pid}/mountinfo").read_text()
    assert not pathlib.Path(f"/proc/{process.pid}/root{tmp_path}/real/name").exists()
    wait_until(lambda: not lives(cookie), "the namespace to end")


def test_two_names_in_two_places(service, named, tmp_path):
    """The same namespace, by a bind mount of the host's name."""
    process, _ = service(after=f"touch {tmp_path}/copy; mount --bind {named} {tmp_path}/copy")
    cookie = cookie_of(named.stat().st_ino)
    done = unpin(cookie, "--empty")
    told = done.stdout.splitlines()
    assert f"Taken away: {named}, and the file it was mounted on" in told
    assert any(line.startswith(f"Taken away: {tmp_path}/copy in the mount namespace of sleep (pid {process.pid})")
               for line in told)
    wait_until(lambda: not lives(cookie), "the namespace to end")


def refused(cookie, why, *options):
    done = unpin(cookie, *options, check=False)
    assert done.returncode == 77 and why in done.stderr, done
    assert lives(cookie)


def test_what_is_in_use_is_refused(service, zoo):
    _, cookie = service()
    refused(cookie, "--empty says that it may be one")
    refused(cookie_of(os.stat("/proc/self/ns/net").st_ino), "nsorphanctl itself runs in it", "--empty")
    held = zoo("nsfs-fd")
    done = unpin(held.cookie, "--empty", check=False)
    assert done.returncode != 0 and "has no name" in done.stderr


def test_a_name_with_an_open_file_is_refused(spawn, service):
    process, cookie = service()
    keeper = spawn(["setpriv", "--pdeathsig", "KILL", "bash", "-c",
                    f"exec 4<{process_path(process)}; echo held; exec sleep infinity"],
                   stdout=subprocess.PIPE, text=True)
    assert keeper.stdout.readline() == "held\n"
    refused(cookie, "something else keeps it, too", "--empty")


def process_path(process):
    """Where the mount is, seen from outside."""
    for line in pathlib.Path(f"/proc/{process.pid}/mountinfo").read_text().splitlines():
        fields = line.split()
        if fields[3].startswith("net:["):
            return f"/proc/{process.pid}/root{fields[4]}"
    raise AssertionError("no such mount")


def test_what_may_forward_traffic_is_refused(service):
    _, cookie = service(inside="ip link add a0 type veth peer name b0")
    refused(cookie, "may forward traffic", "--empty")


@pytest.mark.parametrize("what", sorted(rules.MAKE))
def test_what_has_rules_or_routes_is_refused(named, what):
    run("ip", "netns", "exec", named.name, "/usr/bin/python3", rules.__file__, what)
    refused(cookie_of(named.stat().st_ino), f"it has {rules.WORDS[what]}, so it may forward traffic", "--empty")


@pytest.mark.parametrize("swap", ["parent", "name"])
def test_a_path_that_leads_elsewhere(service, tmp_path, swap):
    """What was mounted stands at its path no more: a link does, to a file that is another's."""
    after = {
        "parent": f"mkdir {tmp_path}/other; touch {tmp_path}/other/name; mount -t tmpfs none {tmp_path}/real; "
                  f"umount {tmp_path}/real; mv {tmp_path}/real {tmp_path}/moved; ln -s other {tmp_path}/real",
        "name": f"touch {tmp_path}/other; mount --bind {tmp_path}/other {tmp_path}/real/name",
    }[swap]
    process, cookie = service(after=after)
    root = pathlib.Path(f"/proc/{process.pid}/root{tmp_path}")
    done = unpin(cookie, "--empty", check=False)
    if swap == "parent":
        # The kernel tells where it is now, and only that is gone.
        assert f"Taken away: {tmp_path}/moved/name" in done.stdout
        assert (root / "other/name").exists() and not (root / "moved/name").exists()
    else:
        assert done.returncode == 1 and done.stdout == ""
        assert f"Left: {tmp_path}/real/name in the mount namespace of" in done.stderr
        assert f"because {tmp_path}/real/name is mounted over" in done.stderr
        assert (root / "other").exists() and lives(cookie)


SWAPPER = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
os.symlink("other", sys.argv[1] + "/link")
real, link = (os.fsencode(sys.argv[1] + "/" + name) for name in ("real", "link"))
print("swapping", flush=True)
while True:
    libc.renameat2(-100, real, -100, link, 2)  # AT_FDCWD, RENAME_EXCHANGE
"""


def test_a_path_that_is_swapped_all_the_while(service, spawn, tmp_path):
    """For a link to a folder with an empty file of the same name, which is to stay."""
    process, cookie = service(after=f"mkdir {tmp_path}/other; touch {tmp_path}/other/name")
    swapper = spawn(["nsenter", f"--mount=/proc/{process.pid}/ns/mnt", "/usr/bin/python3", "-c", SWAPPER, tmp_path],
                    stdout=subprocess.PIPE, text=True)
    assert swapper.stdout.readline() == "swapping\n"
    for _ in range(20):
        done = unpin(cookie, "--empty", check=False)
        if not lives(cookie):
            break
        # Left where it is; or the scan met it while no path led to it.
        assert done.returncode == 1 and re.search("Left: |is still mounted", done.stderr), done
    nsorphan.stop(swapper)
    assert pathlib.Path(f"/proc/{process.pid}/root{tmp_path}/other/name").exists()


def test_nothing_from_inside_is_executed(service, tmp_path):
    """It has programs of its own at all paths that root would look for them."""
    trap = f"""
        printf '#!/bin/sh\\ntouch {tmp_path}/executed\\n' >{tmp_path}/umount; chmod 755 {tmp_path}/umount
        for program in /sbin/ip /sbin/umount /bin/umount /bin/mount; do
            test ! -e $program || mount --bind {tmp_path}/umount $program
        done
    """
    process, cookie = service(after=trap)
    unpin(cookie, "--empty")
    assert not pathlib.Path(f"/proc/{process.pid}/root{tmp_path}/executed").exists()
    wait_until(lambda: not lives(cookie), "the namespace to end")


def test_a_file_with_something_in_it_stays(service, tmp_path):
    process, cookie = service()
    root = pathlib.Path(f"/proc/{process.pid}/root{tmp_path}")
    run("nsenter", f"--mount=/proc/{process.pid}/ns/mnt", "sh", "-c",
        f"echo kept >{tmp_path}/file; mount --bind {tmp_path}/real/name {tmp_path}/file")
    done = unpin(cookie, "--empty")
    assert f"Taken away: {tmp_path}/file in the mount namespace of sleep (pid {process.pid})\n" in done.stdout
    assert (root / "file").read_text() == "kept\n"
