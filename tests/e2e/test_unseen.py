# SPDX-License-Identifier: LGPL-2.1-or-later
"""Namespaces that nothing visible leads to, told by the interfaces that are tied to others in them."""
import json
import os
import re

import pytest

import nsorphan
import seccomp
from nsorphan import wait_until

GAP = re.compile(r"(\d+) network namespaces? lives? that nothing visible leads to")


class Home:
    """A network namespace of the test's own, in place of the host's: no other test has links in it."""

    def __init__(self, spawn):
        self.inhabitant = spawn(["unshare", "--net", "sleep", "infinity"])
        wait_until(lambda: self.inode() != os.stat("/proc/self/ns/net").st_ino, "the namespace")
        self.prefix = ("nsenter", f"--net=/proc/{self.inhabitant.pid}/ns/net", "--")

    def inode(self):
        return os.stat(f"/proc/{self.inhabitant.pid}/ns/net").st_ino

    def unseen(self):
        """How many there are, by a scan."""
        coverage = nsorphan.scan(prefix=self.prefix).coverage
        found = [int(m[1]) for m in map(GAP.search, coverage["reasons"]) if m]
        assert not (found and coverage["complete"])
        return sum(found)

    def ctl(self, *argv, **options):
        return nsorphan.run(nsorphan.CTL, *argv, prefix=self.prefix, check=False, **options)

    def ip(self, *argv):
        nsorphan.run("ip", *argv, prefix=self.prefix)


@pytest.fixture
def home(spawn):
    return Home(spawn)


@pytest.mark.parametrize("variation", ["backlog", "datagram", "chain"])
def test_unseen_namespace_is_counted(home, zoo, variation):
    assert home.unseen() == 0
    made = zoo("unseen-veth", variation, prefix=home.prefix)
    assert home.unseen() == 1
    assert nsorphan.scan(prefix=home.prefix).find(made) is None
    made.act()
    wait_until(lambda: home.unseen() == 0, "the gap to close")


def test_two_are_two(home, zoo):
    zoo("unseen-veth", "backlog", prefix=home.prefix)
    zoo("unseen-veth", "datagram", prefix=home.prefix)
    assert home.unseen() == 2


@pytest.mark.parametrize("variation", ["backlog", "datagram"])
def test_explain_tells_of_it(home, zoo, variation):
    """Where the kernel cannot be asked by BPF, which finds what is in it."""
    made = zoo("unseen-veth", variation, prefix=home.prefix)
    told = home.ctl("explain", made.device, preexec_fn=seccomp.deny(seccomp.BPF))
    assert told.returncode == 66 and told.stdout == ""
    assert re.search(r"Something unseen keeps the network namespace \(id \d+ here\) that the other end "
                     f'of interface "{made.device}" is in', told.stderr)
    assert "in no orphaned network namespace" not in told.stderr


def test_explain_of_an_interface_tied_to_a_known_one(home, spawn):
    """Whatever its verdict; and a macvlan has no other end."""
    inside = spawn(["unshare", "--net", "sleep", "infinity"])
    wait_until(lambda: os.stat(f"/proc/{inside.pid}/ns/net").st_ino not in
               (home.inode(), os.stat("/proc/self/ns/net").st_ino), "the namespace")
    home.ip("link", "add", "name", "v0", "type", "veth", "peer", "name", "v1")
    told = home.ctl("explain", "v0")
    assert told.returncode == 66
    assert 'The other end of interface "v0" is v1, on this host too' in told.stderr
    home.ip("link", "set", "v1", "netns", str(inside.pid))
    told = json.loads(home.ctl("explain", "v0", "--json=short").stdout)
    assert told["verdict"] == "attached"
    assert told["inode"] == os.stat(f"/proc/{inside.pid}/ns/net").st_ino

    home.ip("link", "add", "name", "m0", "link", "v0", "type", "macvlan")
    assert 'The device below of interface "m0" is v0' in home.ctl("explain", "m0").stderr
    home.ip("link", "set", "m0", "netns", str(inside.pid))
    text = home.ctl("explain", "v0").stdout
    assert re.search(r"m0 \(macvlan\).*; its device below is v0 on this host", text)


def test_no_gap_while_namespaces_come_and_go(home, spawn):
    """One that was made after the walk went by, or is being torn down, is none of them."""
    churn = ("while :; do unshare --net sleep 0.03 & "
             "ip link add name $0$! type veth peer name eth0 netns $! 2>/dev/null; "
             "[ $(($! % 3)) = 0 ] || wait; done")
    for name in "abc":
        spawn([*home.prefix, "sh", "-c", churn, name], start_new_session=True)
    n = 25 if nsorphan.THOROUGH else 8
    assert [home.unseen() for _ in range(n)] == [0] * n


def test_the_daemon_tells_of_it(home, zoo, daemon):
    """In its status, and once in the journal."""
    started = daemon(prefix=home.prefix)
    wait_until(lambda: "coverage" in started.call("io.nsorphan.Scanner.GetStatus"), "the first scan")

    def gaps():
        coverage = started.call("io.nsorphan.Scanner.GetStatus")["coverage"]
        return [m[1] for m in map(GAP.search, coverage["reasons"]) if m]

    assert gaps() == []
    made = zoo("unseen-veth", "backlog", prefix=home.prefix)
    wait_until(lambda: gaps() == ["1"], "the gap")
    made.act()
    wait_until(lambda: gaps() == [], "the gap to close")
