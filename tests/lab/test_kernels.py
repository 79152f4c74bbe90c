# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole zoo on real kernels: each booted in an emulated machine, by tests/lab/boot.

What a scan must say of each animal is in docs/holders.md; how that depends on what a kernel can do,
in the table below. Unlike on a developer's host, the view inside is complete, so a scan there must
say so too, and nothing else comes or goes: what a scan tells and the kernel's own list must agree.
"""
import json
import pathlib
import shutil
import subprocess

import pytest

import nsorphan
from oracle import ORACLE, Comparison, identity, parse_look
from test_scan_zoo import TABLE

LAB = pathlib.Path(__file__).resolve().parent
BOOT_TIMEOUT = 600

# What each kernel can do.
CAN = {
    "5.10": set(),
    "6.1": {"cookies", "counts-unaccepted"},
    "6.12": {"cookies", "counts-unaccepted", "thread-pidfd", "lists-mounts"},
    "newest": {"cookies", "counts-unaccepted", "thread-pidfd", "lists-mounts", "io-uring-names",
               "listns"},
}

# Rows of docs/holders.md that a kernel must be able to tell; without that, they are
# "told": the holder shows, as one of a namespace not known, or as a gap; or
# "unseen": nothing shows.
NEEDS = {
    "nsfs-mount fd": ("lists-mounts", "told"),
    "private-fds": ("thread-pidfd", "told"),
    "dead-leader": ("thread-pidfd", "told"),
    "shared-tables threads": ("thread-pidfd", "told"),
    "io-uring file": ("io-uring-names", "told"),
    "sleeper ring": ("io-uring-names", "told"),
    "in-flight unaccepted": ("counts-unaccepted", "unseen"),
}

# Case: verdict, kind of holder, whether it is counted where it is not seen. As on any host; the
# table there is the one that the end-to-end tests read.
CASES = {" ".join(argv): (verdict, kind, "counted" in note) for argv, verdict, kind, note in TABLE}


def boot(kernel, folder):
    """What a machine says of every case: {case: {"zoo": (status, text), "scan": …}}."""
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "zoo").mkdir()
    for program in (nsorphan.CTL, nsorphan.DAEMON, nsorphan.BUILD / "tests/lab/listns", ORACLE,
                    LAB / "zoo-inside"):
        if program.exists():
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
KERNELS = list(CAN) if nsorphan.FULL else ["5.10", "6.1", "6.12"]


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


def made(machine, case):
    """What the zoo told of a case; skips one that the kernel has no means for."""
    status, text = machine[1][case]["zoo"]
    if status == nsorphan.UNAVAILABLE:
        pytest.skip(text)
    assert status == 0, text
    return Animal(json.loads(text))


def seen(machine, case):
    kernel, told = machine
    animal = made(machine, case)
    status, census = told[case]["scan"]
    assert status == 0, census
    return kernel, animal, nsorphan.Census(json.loads(census))


def lacks(kernel, case):
    """What is said of a case where the kernel can not tell; None where it can."""
    need, otherwise = NEEDS.get(case, (None, None))
    return otherwise if need and need not in CAN[kernel] else None


@pytest.mark.parametrize("case", CASES)
def test_zoo(machine, case):
    kernel, animal, census = seen(machine, case)
    expected, kind, counted = CASES[case]
    namespace = animal.find(census)
    held = census.holders(animal.pid)

    if lacks(kernel, case):
        assert namespace is None
        if lacks(kernel, case) == "told":
            assert not census.coverage["complete"] or kind in [h["kind"] for _, h in held]
    elif expected == "unseen":
        # Nowhere in procfs. Here so that the day a kernel shows them is noticed.
        assert namespace is None
        if counted:
            # Told, and never guessed.
            assert not census.coverage["complete"]
            assert any(f"pid {animal.pid}" in reason for reason in census.coverage["reasons"])
    elif expected == "nothing":
        assert namespace is None or namespace["verdict"] == "attached"
        assert not [n for n, h in held if n is None or n["verdict"] != "attached"]
        assert census.coverage["complete"], census.coverage
    elif expected in ("nameless", "unresolved"):
        # Its own namespace, or none known: never another one's.
        assert namespace is None
        for where, holder in held:
            if holder["kind"] == kind:
                assert where is None or (where["verdict"] == "orphaned" and "cookie" not in where)
        assert animal.socket_inode in [h.get("socketInode", animal.socket_inode)
                                       for _, h in held if h["kind"] == kind]
    else:
        assert namespace["verdict"] == expected
        assert kind in [h["kind"] for h in namespace["holders"]]
        assert census.coverage["complete"], census.coverage
        assert not namespace.get("partial")
    assert namespace is None or namespace["inode"] == animal.inode


def unnamed(kernel, case):
    """Whether a case keeps a namespace that no scan knows by name there."""
    return lacks(kernel, case) is not None or CASES[case][0] in ("nameless", "unresolved", "unseen")


@pytest.mark.parametrize("case", CASES)
def test_the_kernel_agrees(machine, case):
    kernel, animal, census = seen(machine, case)
    told = machine[1][case]
    if told["before"][0] == nsorphan.UNAVAILABLE:
        pytest.skip(told["before"][1])
    comparison = Comparison(parse_look(told["before"][1]), census, parse_look(told["after"][1]))
    assert comparison.false == set()
    assert not comparison.too_many_nameless
    # What has no name. One that the kernel itself keeps going outlives its process, and the next.
    known = {identity(made(machine, c)) for c in CASES
             if unnamed(kernel, c) and "scan" in told_of(machine, c)}
    assert comparison.missing <= known
    # The row is true: this kernel, too, keeps a namespace for it, or none.
    assert (identity(animal) in comparison.before) == (CASES[case][0] != "nothing")


def told_of(machine, case):
    return machine[1].get(case, {})


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
