# SPDX-License-Identifier: LGPL-2.1-or-later
"""Taking an orphan off the wire and putting it back, with nothing lost on the way."""
import contextlib
import os
import pathlib

import pytest

from nsorphan import CTL, run, wait_until
from own_host import OwnHost, inode_of

SILENCED = pathlib.Path("/run/nsorphan-silenced")

# Names of a "host" of our own, and of what an orphan of its has inside: one end of a veth, and a macvlan, which has no
# other end. The orphan is kept by a UDP socket of a process of that host.
HOST = """
    ip link set lo up
    ip link add far0 type veth peer name eth0
    ip link set far0 up
    ip address add 10.97.0.1/24 dev far0
    ip -6 address add fd97::1/64 dev far0 nodad
    ip route add 10.96.0.0/16 via 10.97.0.2
    ip link add low0 type veth peer name low1
    ip link set low0 up
    ip link set low1 up
    ip link add link low0 name mac0 type macvlan mode bridge
"""
INSIDE = """
    ip link set lo up
    ip link set eth0 up
    ip address add 10.97.0.2/24 dev eth0
    ip -6 address add fd97::2/64 dev eth0 nodad
    ip route add default via 10.97.0.1
    ip link set mac0 up
    ip address add 10.98.0.1/24 dev mac0
    ip -6 address add fd98::1/64 dev mac0 nodad
    ip route add 10.99.0.0/16 via 10.98.0.7 metric 50
    ip -6 route add fd99::/64 via fd98::7 dev mac0 metric 17
"""


class Wire:
    """A host of its own, and an orphan on it."""

    def __init__(self, stack):
        self.host = OwnHost(stack, HOST)
        self.prefix = self.host.prefix
        self.inode, _ = self.host.orphan(INSIDE, ["eth0", "mac0"])

    def ctl(self, *argv, **options):
        return run(CTL, *argv, prefix=self.prefix, **options)

    def silence(self, *options, **more):
        return self.ctl("silence", *options, str(self.inode), **more)

    def answers(self):
        done = run("busybox", "ping", "-c1", "-W1", "10.97.0.2", prefix=self.prefix, check=False)
        return done.returncode == 0

    def network(self):
        """Addresses and routes of both sides, sorted; not how far duplicate address detection has got."""
        lines = []
        for side in (self.prefix, (*self.prefix, CTL, "enter", str(self.inode))):
            for what in (["address"], ["route", "show", "table", "all"], ["-6", "route", "show", "table", "all"]):
                text = run("ip", "-oneline", *what, prefix=side).stdout
                lines += [f"{len(side)} {line}" for line in text.splitlines()]
        # The kernel's own: multicast, link-local and their like come and go with the interface.
        return sorted(line for line in lines if " fe80:" not in line and " ff00::" not in line)


@pytest.fixture
def wire(stack):
    made = Wire(stack)
    yield made
    for file in SILENCED.glob(f"{made.inode}-*"):
        file.unlink()


def stable(wire):
    """The network once it has settled: twice the same."""
    before = []

    def same():
        before.append(wire.network())
        return len(before) > 1 and before[-1] == before[-2]
    wait_until(same, "the network to settle")
    return before[-1]


def test_off_the_wire_and_back(wire):
    wait_until(wire.answers, "an answer")
    before = stable(wire)
    done = wire.silence()
    assert done.stdout.splitlines()[:2] == ["Switched off: far0 on this host, the other end of eth0",
                                            "Switched off: mac0 inside"]
    assert not wire.answers()
    assert stable(wire) != before
    # The holder has noticed nothing: the other end's interface is up, with its addresses.
    inside = wire.ctl("enter", str(wire.inode), "ip", "-brief", "address", "show", "eth0").stdout
    assert "10.97.0.2/24" in inside and "fd97::2/64" in inside

    again = wire.silence(check=False)
    assert again.returncode != 0 and "silenced already" in again.stderr
    wire.silence("--undo")
    wait_until(wire.answers, "an answer again")
    wait_until(lambda: wire.network() == before, "all to be as before")
    undone = wire.silence("--undo", check=False)
    assert undone.returncode != 0 and "not silenced" in undone.stderr
    assert list(SILENCED.glob(f"{wire.inode}-*")) == []


def test_an_interface_that_has_gone_meanwhile(wire):
    wire.silence()
    run("ip", "link", "delete", "far0", prefix=wire.prefix)
    wire.silence("--undo")
    links = wire.ctl("enter", str(wire.inode), "ip", "-brief", "link").stdout
    assert "eth0" not in links and "UP" in next(line for line in links.splitlines() if line.startswith("mac0"))


def test_what_is_no_orphan_is_left_alone(zoo, wire):
    for what, why in ((os.stat("/proc/self/ns/net").st_ino, "it is the host's own"),
                      (inode_of(wire.host.netns), "runs in it"),
                      (zoo("task", "leader").cookie, "processes are in it"),
                      (zoo("nsfs-fd", "link").cookie, "an open file keeps it"),
                      (zoo("nsfs-mount", "plain").cookie, "a mount keeps it")):
        name = f"cookie:{what}" if what < 1 << 31 else str(what)
        for options in ((), ("--unnamed", "--empty"))[:1 if "keeps" in why else 2]:
            done = wire.ctl("silence", *options, name, check=False)
            assert done.returncode == 77 and why in done.stderr, (done.stderr, why)


def test_a_pinned_one_when_asked_to(zoo, wire):
    unnamed, named = zoo("nsfs-fd", "link"), zoo("nsfs-mount", "plain")
    for zoo_program, option in ((unnamed, "--unnamed"), (named, "--empty")):
        done = wire.ctl("silence", option, f"cookie:{zoo_program.cookie}")
        assert "silent already" in done.stdout


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"nsorphanSilenced":1,"sinceUSec":1,"links":[{}]}',
                                     '{"nsorphanSilenced":1,"sinceUSec":1,"links":[{"far":true,"here":true,"inode":0,'
                                     '"cookie":0,"index":1,"name":"lo\\u001b[31m","insideName":"x","lost":""}]}',
                                     '{"nsorphanSilenced":1,"sinceUSec":1,"links":[{"far":true,"here":true,"inode":0,'
                                     '"cookie":0,"index":1,"name":"lo","insideName":"x","lost":"ffff0000"}]}'])
def test_a_damaged_file(wire, content):
    wire.silence()
    file = next(SILENCED.glob(f"{wire.inode}-*"))
    with contextlib.suppress(OSError):
        file.write_text(content)
    done = wire.silence("--undo", check=False)
    assert done.returncode != 0 and "not a file of nsorphanctl silence" in done.stderr, done.stderr
    assert "\x1b" not in done.stderr
