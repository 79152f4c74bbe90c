# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole zoo on real kernels: each booted in an emulated machine, by tests/lab/boot.

What a scan must say of each animal is in docs/holders.md; how that depends on what a kernel can do,
in the table below. Unlike on a developer's host, the view inside is complete, so a scan there must
say so too, and nothing else comes or goes: what a scan tells and the kernel's own list must agree.
"""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

import nsorphan
from oracle import Comparison, identity, parse_look
from rows import CASES, SINCE, Animal, check

LAB = pathlib.Path(__file__).resolve().parent
BOOT_TIMEOUT = 1200

# A million files to walk in an emulated machine take longer than all the rest.
SLOW = {"shared-tables processes"}
SHOWN = {case: row for case, row in CASES.items() if nsorphan.FULL or case not in SLOW}

# What each kernel can do.
CAN = {
    "5.10": set(),
    "6.1": {"cookies", "counts-unaccepted"},
    "6.12": {"cookies", "counts-unaccepted"},
    "newest": {"cookies", "counts-unaccepted", "io-uring-names", "listns"},
}
VERSION = {"5.10": (5, 10), "6.1": (6, 1), "6.12": (6, 12), "newest": (99, 0)}

# Rows of docs/holders.md that a kernel must be able to tell, beside those that name the first version
# which can; without that, they are
# "told": the holder shows, as one of a namespace not known, or as a gap; or
# "unseen": nothing shows.
NEEDS = {
    "io-uring file": ("io-uring-names", "told"),
    "sleeper ring": ("io-uring-names", "told"),
    "in-flight unaccepted": ("counts-unaccepted", "unseen"),
}

# The programs take a second or two to be loaded in an emulated machine.
BY_BPF = SHOWN if nsorphan.FULL else ["task thread", "nsfs-mount plain", "socket udp", "listen-backlog"]


def boot(kernel, folder, build=nsorphan.BUILD):
    """What a machine says of every case, by the programs of a build: {case: {"zoo": (status, text), "scan": …}}."""
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "zoo").mkdir()
    for program in ("src/nsorphanctl/nsorphanctl", "src/nsorphand/nsorphand", "tests/lab/listns", "tests/oracle/oracle"):
        if (build / program).exists():
            shutil.copy(build / program, folder / "usr/bin")
    shutil.copy(LAB / "zoo-inside", folder / "usr/bin")
    for name in {case.split()[0] for case in SHOWN}:
        shutil.copy(build / "tests/zoo" / name, folder / "zoo")
    (folder / "cases").write_text("".join(f"{case}\n" for case in SHOWN))
    (folder / "by-bpf").write_text("".join(f"{case}\n" for case in BY_BPF))
    done = subprocess.run([LAB / "boot", kernel, folder, "zoo-inside"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=BOOT_TIMEOUT, errors="replace",
                          env={**os.environ, "NSORPHAND_LAB_TIMEOUT": str(BOOT_TIMEOUT)})
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


KERNELS = [*CAN] if nsorphan.THOROUGH else ["6.1"]


@pytest.fixture(scope="module", params=KERNELS)
def machine(request, tmp_path_factory):
    return request.param, boot(request.param, tmp_path_factory.mktemp(request.param))


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
    """What is said of a case where the kernel cannot tell; None where it can."""
    if SINCE.get(case, (0, 0)) > VERSION[kernel]:
        return "told"
    need, otherwise = NEEDS.get(case, (None, None))
    return otherwise if need and need not in CAN[kernel] else None


@pytest.mark.parametrize("case", SHOWN)
def test_zoo(machine, case):
    kernel, animal, census = seen(machine, case)
    check(case, animal, census, lacks=lacks(kernel, case))


@pytest.mark.parametrize("case", [c for c, (verdict, kind, _) in SHOWN.items()
                                  if (verdict, kind) == ("orphaned", "socket")])
def test_identity(machine, case):
    """By number and cookie, where the kernel has cookies, which a socket tells."""
    kernel, animal, census = seen(machine, case)
    namespace = animal.find(census)
    has = "cookies" in CAN[kernel]
    assert (animal.cookie is not None) == has
    assert namespace is None or ("cookie" in namespace) == has


def unnamed(kernel, case):
    """Whether a case keeps a namespace that no scan knows by name there."""
    return lacks(kernel, case) is not None or CASES[case][0] in ("nameless", "unresolved", "unseen")


@pytest.mark.parametrize("case", SHOWN)
def test_the_kernel_agrees(machine, case):
    kernel, animal, census = seen(machine, case)
    told = machine[1][case]
    if told["before"][0] == nsorphan.UNAVAILABLE:
        pytest.skip(told["before"][1])
    comparison = Comparison(parse_look(told["before"][1]), census, parse_look(told["after"][1]))
    assert comparison.false == set()
    assert not comparison.too_many_nameless
    # What has no name. One that the kernel itself keeps going outlives its process, and the next.
    known = {identity(made(machine, c)) for c in SHOWN
             if unnamed(kernel, c) and "scan" in told_of(machine, c)}
    assert comparison.missing <= known
    # The row is true: this kernel, too, keeps a namespace for it, or none.
    assert (identity(animal) in comparison.before) == (CASES[case][0] != "nothing")


@pytest.mark.parametrize("case", BY_BPF)
def test_by_bpf(machine, case):
    """The other source: every namespace that the kernel has, with as many references as it counts."""
    kernel, animal, _ = seen(machine, case)
    told = machine[1][case]
    status, text = told["bpf"]
    if VERSION[kernel] < (5, 17):
        assert status != 0 and "older than Linux 5.17" in text
        return
    if status != 0 and "built without" in text:
        pytest.skip(text)
    assert status == 0, text
    census = nsorphan.Census(json.loads(text))
    namespace, verdict = animal.find(census), CASES[case][0]
    if verdict == "nothing":
        assert namespace is None or namespace["verdict"] == "attached"
    else:
        assert namespace["verdict"] == (verdict if verdict in ("attached", "pinned") else "orphaned")
    if told["before"][0] == nsorphan.UNAVAILABLE:
        pytest.skip(told["before"][1])
    comparison = Comparison(parse_look(told["before"][1]), census, parse_look(told["after"][1]))
    assert comparison.false == set() and comparison.missing == set() and comparison.nameless == []
    if namespace and "references" in namespace:
        assert namespace["references"]["counted"] == comparison.after[identity(animal)]


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
    # But for connections that were closed and go on sending for minutes, which BPF sees.
    left = [n for n in census.namespaces if n["verdict"] == "orphaned"]
    assert not [n for n in left if {h["kind"] for h in n["holders"]} != {"socket_closing"}]
