# SPDX-License-Identifier: LGPL-2.1-or-later
"""Netlink is not authenticated: a user who is root of a namespace of his own sends answers to what the
scanner asks there. Nothing of it is believed."""
import contextlib
import os
import pathlib
import subprocess
import sys

import pytest

from nsorphan import wait_until

STATUS = "io.nsorphan.Scanner.GetStatus"
INSPECT = "io.nsorphan.Scanner.Inspect"
# So many scans, each with a question inside the attacker's namespace.
SCANS = 12
VICTIMS = 5


def resident(pid):
    """KiB."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def scans_of(started):
    """(scans that ended well, scans that did not) since the daemon started, from its metrics."""
    text = started.call("io.nsorphan.Scanner.GetMetrics")["text"]
    values = dict(line.rsplit(" ", 1) for line in text.splitlines()
                  if line and not line.startswith("#"))
    return tuple(int(values[f'nsorphan_scans_total{{result="{result}"}}'])
                 for result in ("finished", "failed"))


def wait_for_scans(started, n=SCANS):
    begin = scans_of(started)[0]
    for _ in range(n):
        started.call("io.nsorphan.Scanner.Refresh")
    wait_until(lambda: scans_of(started)[0] >= begin + n, f"{n} scans")


def namespace(started, inode):
    with contextlib.closing(started.connect()) as connection:
        connection.send("io.nsorphan.Scanner.List", more=True)
        while True:
            reply = connection.receive()
            for found in reply["parameters"]["namespaces"]:
                if found.get("inode") == inode:
                    return found
            if not reply.get("continues"):
                return None


@pytest.mark.parametrize("what", ["error", "claim"])
def test_forged_answers_change_nothing(daemon, zoo, attack, what):
    """Neither does a scan fail, nor is an orphan's socket the attacker's."""
    started = daemon()
    wait_for_scans(started)
    before = resident(started.process.pid)
    attacker = attack("forge-netlink", started.process.pid, what)
    victims = [zoo("socket", "unix") for _ in range(VICTIMS)]
    wait_for_scans(started)

    assert scans_of(started)[1] == 0
    assert [namespace(started, victim.inode)["verdict"] for victim in victims] == \
        ["orphaned"] * VICTIMS
    assert namespace(started, attacker.inode)["verdict"] == "attached"
    assert resident(started.process.pid) - before < 4096
    assert attacker.end()["sent"] > 10000


def test_forged_interfaces_are_not_shown(daemon, attack):
    """What is inside comes from the kernel also while somebody inside says otherwise."""
    started = daemon()
    attacker = attack("forge-netlink", started.process.pid, "link")
    wait_until(lambda: namespace(started, attacker.inode), "the attacker to be found")
    for _ in range(50):
        inspection = started.call(INSPECT, {"inode": attacker.inode})["inspection"]
        assert [link["name"] for link in inspection["interfaces"]] == ["lo"]
    assert attacker.end()["sent"] > 10000


def test_the_attack_would_work(attack, spawn):
    """On a socket that does not defend itself the same messages do arrive."""
    pid = os.getpid()
    attacker = attack("forge-netlink", pid, "error")
    code = ("import socket, sys\n"
            "s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)\n"
            "s.bind((int(sys.argv[1]), 0))\n"
            "s.settimeout(30)\n"
            "print(s.recvfrom(65536)[1][0])\n")
    victim = spawn(["nsenter", f"--net=/proc/{attacker.process.pid}/ns/net",
                    sys.executable, "-c", code, str(pid)], stdout=subprocess.PIPE, text=True)
    assert int(victim.stdout.readline()) != 0
    assert attacker.end()["delivered"] > 0
