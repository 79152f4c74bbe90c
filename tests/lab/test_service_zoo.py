# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole zoo beside the shipped service, in a real systemd: it sees what a shell of root sees there.

The unit takes much away from the service: devices, system calls, capabilities, the file system. None
of it may cost it a holder. Each program of the zoo is started in the system; then the service is
asked to look, and root's own scan is held against that, and both against docs/holders.md.
"""
import json
import shutil

import pytest

import nsorphan
from rows import CASES, Animal, check
from system import System
from test_scan_zoo import need_kernel

SYSTEMS = ("trixie", "forky")
SERVICE = "nsorphand.service"
ATTEMPTS = 5

# It looks when it is asked to, and never into a namespace that a scan of ours is just looking at.
CONFIGURATION = """
[Scan]
Source=procfs
Interval=1h
Trigger=no
"""


class ZooSystem(System):
    """A system that has the zoo where it is on this host, with the service at work."""

    def _write_more(self):
        zoo = self.folder / str(nsorphan.ZOO).lstrip("/")
        zoo.mkdir(parents=True)
        for program in {case.split()[0] for case in CASES} | {"churn"}:
            shutil.copy(nsorphan.ZOO / program, zoo)

    def service_scan(self):
        """A census by the service that began after now, with all that it tells."""
        self.call("Refresh")
        replies = self.varlink("List", {}, "--more")
        status = self.call("GetStatus")
        return nsorphan.Census({
            "coverage": status["coverage"],
            "unresolved": status.get("unresolved", []),
            "namespaces": [n for reply in replies for n in reply["namespaces"]]})

    def root_scan(self):
        return nsorphan.Census(json.loads(self.out("nsorphanctl", "scan", "--all", "--json=short",
                                                   "--source=procfs")))


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request):
    booted = ZooSystem(request.param, CONFIGURATION)
    try:
        booted.run("systemctl", "enable", "--now", SERVICE)
        yield booted
    finally:
        booted.stop()


# What only the daemon says of a namespace: its ledger's part, and in words what a scan says beside.
DAEMON = {"state", "sinceUSec", "leakedUSec", "scans", "ignored", "unconfirmed", "partialReason",
          "history"}


def saying(animal, census):
    """All that a census says of an animal: its namespace, and what its process holds elsewhere."""
    namespace = animal.find(census)
    if namespace and not any(h.get("pid") == 1 for h in namespace["holders"]):
        namespace = {key: value for key, value in namespace.items() if key not in DAEMON}
    elif namespace:
        # The host's own, in which others come and go.
        namespace = namespace["verdict"]
    held = [(n and n["verdict"], h) for n, h in census.holders(animal.pid) if h["kind"] != "task"]
    return namespace, sorted(held, key=repr)


# What the kernel tells in the initial pid namespace only, for root as well.
INITIAL_ONLY = {"nsfs-mount fd"}


def gaps(census):
    """What a census says that it did not see; but for the host's network namespace, which it shares."""
    return [reason for reason in census.coverage["reasons"] if "nothing visible leads to" not in reason]


@pytest.mark.parametrize("case", CASES)
def test_zoo(system, stack, case):
    need_kernel(case.split())
    made = nsorphan.Zoo(*case.split(), prefix=system.command())
    stack.callback(made.stop)
    animal = Animal(made.facts)

    # What nothing holds goes a little later, and so does a process that ends.
    for _ in range(ATTEMPTS):
        service, root = system.service_scan(), system.root_scan()
        if saying(animal, service) == saying(animal, root) and gaps(service) == gaps(root):
            break
    assert saying(animal, service) == saying(animal, root)
    for census in root, service:
        check(case, animal, census, whole=False, lacks="told" if case in INITIAL_ONLY else None)
    assert gaps(service) == gaps(root)
