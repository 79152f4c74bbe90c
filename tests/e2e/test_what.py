# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finding a namespace by what people have: an address, a MAC, an interface, a bridge, a unit, a pid."""
import json
import os
import subprocess

import pytest

import nsorphan
from nsorphan import CTL, run, wait_until

# A host of our own with a bridge, and two namespaces behind it that share the name of an interface.
HOST = """
    set -e
    ip link set lo up
    ip link add name br7 type bridge
    ip link set br7 up
    for i in 1 2; do
            ip link add far$i type veth peer name near$i
            ip link set far$i master br7 up
    done
    ip link add lone type veth peer name lone-peer
    echo ready
    exec sleep infinity
"""
INSIDE = """
    set -e
    read -r index
    ip link set lo up
    ip link set near$index name eth0
    ip link set eth0 address 02:97:00:00:00:0$index
    ip link set eth0 up
    ip address add 10.97.0.$index/24 dev eth0
    ip -6 address add fd97::$index/64 dev eth0 nodad
    exec 3<>/dev/udp/127.0.0.1/9
    exec nsenter --net="$HOST_NETNS" sh -c 'echo held; exec sleep infinity'
"""


def start(stack, script, **options):
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "bash", "-c", script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
    stack.callback(nsorphan.stop, process)
    return process


class Host:
    def __init__(self, stack):
        self.process = start(stack, HOST)
        assert self.process.stdout.readline() == "ready\n"
        self.netns = f"/proc/{self.process.pid}/ns/net"
        self.prefix = ("nsenter", f"--net={self.netns}", "--")
        self.orphans = [self._orphan(stack, index) for index in (1, 2)]

    def _orphan(self, stack, index):
        holder = start(stack, INSIDE, env={**os.environ, "HOST_NETNS": self.netns})
        own = f"/proc/{holder.pid}/ns/net"
        ours = os.stat("/proc/self/ns/net").st_ino
        wait_until(lambda: os.stat(own).st_ino != ours, "unshare")
        inode = os.stat(own).st_ino
        run("ip", "link", "set", f"near{index}", "netns", str(holder.pid), prefix=self.prefix)
        holder.stdin.write(f"{index}\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "held\n"
        return inode, holder.pid

    def explain(self, what, *options, **more):
        return run(CTL, "explain", *options, what, prefix=self.prefix, **more)

    def found(self, what):
        """The number of the namespace that is explained."""
        return json.loads(self.explain(what, "--json=short").stdout)["inode"]


@pytest.fixture(scope="module")
def host():
    import contextlib
    with contextlib.ExitStack() as stack:
        yield Host(stack)


@pytest.mark.parametrize("form", [
    "10.97.0.{i}", "10.97.0.{i}/24", "addr:10.97.0.{i}", "fd97::{i}", "fd97:0:0::{i}/64", "02:97:00:00:00:0{i}",
    "02-97-00-00-00-0{i}", "far{i}", "link:far{i}", "{inode}", "net:[{inode}]", "netns:{inode}"])
def test_one_is_found(host, form):
    for index, (inode, pid) in enumerate(host.orphans, start=1):
        assert host.found(form.format(i=index, inode=inode)) == inode


@pytest.mark.parametrize("what, how", [("br7", "a port of br7"), ("link:eth0", "eth0 inside")])
def test_several_are_listed(host, what, how):
    lines = host.explain(what).stdout.splitlines()
    for inode, _ in host.orphans:
        assert any(line.startswith(f"net:[{inode}]") and "orphaned" in line and how in line for line in lines), lines
    done = run(CTL, "enter", what, "true", prefix=host.prefix, check=False)
    assert done.returncode == 66 and "several network namespaces" in done.stderr


@pytest.mark.parametrize("form", ["{pid}", "pid:{pid}"])
def test_all_that_a_process_holds(host, form):
    inode, pid = host.orphans[0]
    lines = host.explain(form.format(pid=pid)).stdout.splitlines()
    # What it holds comes first, then what it is in.
    assert lines[0].startswith(f"net:[{inode}]") and f"pid {pid}" in lines[0]
    assert any(line.startswith(f"net:[{os.stat(host.netns).st_ino}]") and "attached" in line for line in lines)


@pytest.mark.parametrize("what", ["10.97.0.99", "link:nothing", "addr:fd97::99", "no-such-name", "no-such.service",
                                  "pid:4194303", "0123456789ab", "netns:1"])
def test_what_is_not_there(host, what):
    done = host.explain(what, check=False)
    assert done.returncode == 66, done
    assert done.stderr.startswith("nsorphanctl: ") and done.stdout == ""


def test_an_interface_without_another_end(host):
    done = host.explain("lone", check=False)
    assert done.returncode == 66
    assert 'The other end of interface "lone" is lone-peer, on this host too' in done.stderr


@pytest.mark.parametrize("what", ["", "addr:x", "pid:x", "netns:x", "unit:x", "container:-x", "link:a/b", "a b", "\x1b[31m",
                                  "x" * 5000])
def test_what_can_name_nothing(host, what):
    done = host.explain(what, check=False)
    assert done.returncode == 64, done
    assert "\x1b" not in done.stderr and len(done.stderr) < 1000
