# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole zoo on real kernels: each booted in an emulated machine, by tests/lab/boot.

What a scan must say of each animal depends on what the kernel can do; the table below is all that
these tests know of that. Unlike on a developer's host, the view inside is complete, so a scan there
must say so too.
"""
import json
import pathlib
import shutil
import subprocess

import pytest

import nsorphan

LAB = pathlib.Path(__file__).resolve().parent
BOOT_TIMEOUT = 600

# What each kernel can do.
CAN = {
    "6.1": set(),
    "6.12": {"thread-pidfd"},
    "newest": {"thread-pidfd", "io-uring-names", "listns"},
}

# Case: verdict, kind of holder, and what the kernel needs to have for it; without that, what.
CASES = {
    "task leader": ("attached", "task"),
    "task thread": ("attached", "task"),
    "nsfs-fd link": ("pinned", "nsfs_fd"),
    "nsfs-fd unmounted": ("pinned", "nsfs_fd"),
    "nsfs-mount": ("pinned", "nsfs_mount"),
    "socket netlink": ("orphaned", "socket"),
    "socket udp": ("orphaned", "socket"),
    "socket tcp": ("orphaned", "socket"),
    "socket udp6": ("orphaned", "socket"),
    "socket unix": ("orphaned", "socket"),
    "socket packet": ("orphaned", "socket"),
    "socket vsock": ("orphaned", "socket"),
    "socket alg": ("orphaned", "socket"),
    "accepted": ("orphaned", "socket"),
    "tun unattached": ("orphaned", "tun"),
    "tun attached": ("orphaned", "tun"),
    "tun moved": ("orphaned", "tun"),
    "private-fds": ("orphaned", "socket", "thread-pidfd"),
    "dead-leader": ("orphaned", "socket", "thread-pidfd"),
    "in-flight socket": ("orphaned", "socket_in_flight"),
    "in-flight tun": ("orphaned", "socket_in_flight"),
    "in-flight nsfs": ("pinned", "socket_in_flight"),
    "in-flight nested": ("orphaned", "socket_in_flight"),
    "in-flight cycle": ("orphaned", "socket_in_flight"),
    # A file in a queue that no look reaches: told, and never guessed.
    "in-flight peek-off": ("gap", None),
    "in-flight unaccepted": ("gap", None),
    "mapped-ring": ("nameless", "socket_mapping"),
    "io-uring file": ("nameless", "io_uring_file", "io-uring-names"),
    "proc-net-file": ("nameless", "proc_net_file"),
    # Nowhere in procfs: documented limits. Here so that the day a kernel shows them is noticed.
    "io-uring request": ("unseen", None),
    "listen-backlog": ("unseen", None),
    "tcp-closing": ("unseen", None),
    "blocked-call": ("unseen", None),
}


def boot(kernel, folder):
    """What a machine says of every case: {case: {"zoo": (status, text), "scan": …}}."""
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "zoo").mkdir()
    for program in (nsorphan.CTL, nsorphan.DAEMON, nsorphan.BUILD / "tests/lab/listns",
                    LAB / "zoo-inside"):
        shutil.copy(program, folder / "usr/bin")
    for name in {case.split()[0] for case in CASES}:
        shutil.copy(nsorphan.ZOO / name, folder / "zoo")
    (folder / "cases").write_text("".join(f"{case}\n" for case in CASES))
    done = subprocess.run([LAB / "boot", kernel, folder, "zoo-inside"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=BOOT_TIMEOUT, errors="replace")
    if done.returncode == nsorphan.UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    told = {}
    rest = []
    for line in done.stdout.splitlines():
        if line.startswith("@") and line.count("\t") >= 2:
            head, status, text = line.split("\t", 2)
            what, case = head[1:].split(" ", 1)
            told.setdefault(case, {})[what] = (int(status), text)
        else:
            rest.append(line)
    assert done.returncode == 0 and not rest, f"{done.stderr}\n" + "\n".join(rest)
    return told


# What the newest is changes from day to day: every day those that stand still.
KERNELS = list(CAN) if nsorphan.FULL else ["6.1", "6.12"]


@pytest.fixture(scope="module", params=KERNELS)
def machine(request, tmp_path_factory):
    return request.param, boot(request.param, tmp_path_factory.mktemp(request.param))


class Animal:
    """What the zoo told."""

    def __init__(self, facts):
        self.inode = facts["inode"]
        self.cookie = facts.get("cookie")
        self.pid = facts["pid"]
        self.socket_inode = facts.get("socketInode")

    def find(self, census):
        """Its namespace, or None. Without a socket in it, kernels below 6.18 tell no cookie."""
        found = [n for n in census.namespaces if n.get("inode") == self.inode
                 and n.get("cookie", self.cookie) == self.cookie]
        assert len(found) <= 1, found
        return found[0] if found else None


def seen(machine, case):
    kernel, told = machine
    status, text = told[case]["zoo"]
    if status == nsorphan.UNAVAILABLE:
        pytest.skip(text)
    assert status == 0, text
    status, census = told[case]["scan"]
    assert status == 0, census
    return kernel, Animal(json.loads(text)), nsorphan.Census(json.loads(census))


@pytest.mark.parametrize("case", CASES)
def test_zoo(machine, case):
    kernel, animal, census = seen(machine, case)
    expected, kind, *needs = CASES[case]
    namespace = animal.find(census)
    held = census.holders(animal.pid)

    if not CAN[kernel].issuperset(needs):
        # Known to be there, and said so: as a gap, or as a holder of a namespace not known.
        assert namespace is None
        assert not census.coverage["complete"] or kind in [h["kind"] for _, h in held]
    elif expected == "gap":
        assert namespace is None
        assert not census.coverage["complete"]
        assert any(f"pid {animal.pid}" in reason for reason in census.coverage["reasons"])
    elif expected == "unseen":
        assert namespace is None
    elif expected == "nameless":
        # Its own namespace, or none known: never another one's.
        assert namespace is None
        [(where, holder)] = [(n, h) for n, h in held if h["kind"] == kind]
        assert where is None or (where["verdict"] == "orphaned" and "cookie" not in where)
        assert holder.get("socketInode", animal.socket_inode) == animal.socket_inode
    else:
        assert namespace["verdict"] == expected
        assert kind in [h["kind"] for h in namespace["holders"]]
        assert census.coverage["complete"], census.coverage
        assert not namespace.get("partial")
    assert namespace is None or namespace["inode"] == animal.inode


def test_no_false_orphan(machine):
    """In every scan of the machine, nothing is orphaned but what the zoo made."""
    kernel, told = machine
    for case, words in told.items():
        if "scan" not in words:
            continue
        _, animal, census = seen(machine, case)
        for namespace in census.namespaces:
            if namespace["verdict"] == "orphaned":
                assert {h["pid"] for h in namespace["holders"]} == {animal.pid}, (case, namespace)


def test_listns(machine):
    """The fact that the project exists for: the newest kernel's own list lacks the orphan."""
    kernel, told = machine
    status, ids = told["socket netlink"]["listns"]
    if "listns" not in CAN[kernel]:
        assert status == nsorphan.UNAVAILABLE
        pytest.skip("this kernel has no listns(2)")
    assert status == 0
    _, attached, _ = seen(machine, "task leader")
    assert str(attached.cookie) in told["task leader"]["listns"][1].split()
    _, orphan, census = seen(machine, "socket netlink")
    assert str(orphan.cookie) not in ids.split()
    assert orphan.find(census)["verdict"] == "orphaned"


def test_daemon_once(machine):
    """The daemon's own one-shot scan runs there too, and sees a clean machine."""
    _, told = machine
    status, census = told["daemon"]["once"]
    assert status == 0
    census = nsorphan.Census(json.loads(census))
    assert census.coverage["complete"]
    assert not [n for n in census.namespaces if n["verdict"] == "orphaned"]
