# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finding a namespace by what people have: an address, a MAC, an interface, a bridge, a unit, a pid."""
import contextlib
import json

import pytest

from nsorphan import CTL, run
from own_host import OwnHost, inode_of

# A host of our own with a bridge, and two namespaces behind it that share the name of an interface.
HOST = """
    ip link set lo up
    ip link add name br7 type bridge
    ip link set br7 up
    for i in 1 2; do
            ip link add far$i type veth peer name near$i
            ip link set far$i master br7 up
    done
    ip link add lone type veth peer name lone-peer
"""
INSIDE = """
    ip link set lo up
    ip link set near{index} name eth0
    ip link set eth0 address 02:97:00:00:00:0{index}
    ip link set eth0 up
    ip address add 10.97.0.{index}/24 dev eth0
    ip -6 address add fd97::{index}/64 dev eth0 nodad
"""


class Host:
    def __init__(self, stack):
        own = OwnHost(stack, HOST)
        self.netns, self.prefix = own.netns, own.prefix
        self.orphans = [own.orphan(INSIDE.format(index=i), [f"near{i}"]) for i in (1, 2)]

    def explain(self, what, *options, **more):
        return run(CTL, "explain", *options, what, prefix=self.prefix, **more)

    def found(self, what):
        """The number of the namespace that is explained."""
        return json.loads(self.explain(what, "--json=short").stdout)["inode"]


@pytest.fixture(scope="module")
def host():
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
    assert any(line.startswith(f"net:[{inode_of(host.netns)}]") and "attached" in line for line in lines)


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


def test_the_device_that_something_inside_is_made_on(stack):
    """A macvlan leads from its device into the namespace as a veth does from its other end."""
    own = OwnHost(stack, """
        ip link set lo up
        ip link add lower type veth peer name lower-peer
        ip link set lower up
        ip link add link lower name mac0 type macvlan mode bridge
        ip link add link lower name mac1 type macvlan mode bridge
    """)
    inode, _ = own.orphan("ip link set lo up; ip link set mac0 up; ip address add 10.97.1.1/24 dev mac0", ["mac0"])
    for what in ("lower", "link:lower", "mac0", "10.97.1.1"):
        done = run(CTL, "explain", "--json=short", what, prefix=own.prefix)
        assert json.loads(done.stdout)["inode"] == inode
    # Its other end leads nowhere, nor does what is made on it and stays here.
    for what in ("lower-peer", "mac1"):
        assert "on this host too" in run(CTL, "explain", what, prefix=own.prefix, check=False).stderr
    # Two of them: both are listed.
    other, _ = own.orphan("ip link set lo up", ["mac1"])
    table = run(CTL, "explain", "lower", prefix=own.prefix).stdout.splitlines()
    assert sorted(line.split()[0] for line in table) == sorted(f"net:[{n}]" for n in (inode, other))
    assert sorted(line.split("orphaned ")[1].strip() for line in table) == \
        ["mac0 inside, on device lower", "mac1 inside, on device lower"]
