# SPDX-License-Identifier: LGPL-2.1-or-later
"""No false orphan and no missed one, while namespaces come, go and change hands.

tests/zoo/churn.c says for which stretches of time the verdict of a namespace was beyond doubt. What
a scan says is held against every stretch that covers it from its start to its end; and against the
kernel's own list, which is looked at again and again beside: a namespace that is gone from it is in
no later scan, and one that it has all through a scan is in that scan, if the truth covers it.
"""
import collections
import json
import subprocess
import threading
import time

import pytest

import oracle
from nsorphan import BUILD, FULL, PATIENCE, ZOO, is_looked_at, stop

SCAN_LOOP = BUILD / "tests/e2e/scan-loop"
SECONDS = 60 if FULL else 15
ROUNDS = 3 if FULL else 1
# A host that is busy with other things makes few scans in that time.
TRIES = 4
ROLES = {"leak", "in-flight", "fork-chain", "nsfs-catch", "relay"}


def scan_while(process, source):
    """The scans made while a process ran, and what it told."""
    loop = subprocess.Popen([SCAN_LOOP, "0", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    scans = []

    def read():
        for line in loop.stdout:
            scan = json.loads(line)
            census = scan["census"]
            scans.append((scan["fromUSec"], scan["toUSec"],
                          {n["cookie"]: n for n in census["namespaces"] if "cookie" in n},
                          census["coverage"]["reasons"]))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        told = [json.loads(line) for line in process.communicate(timeout=SECONDS + PATIENCE)[0]
                .splitlines()]
        loop.stdin.close()
        reader.join(PATIENCE)
    finally:
        stop(loop)
    return scans, told


# So often the kernel is asked, at most, in seconds.
LOOK_EVERY = 0.02


class Watcher(threading.Thread):
    """Looks at the kernel's own list all the while: (begin, end, cookies) each, in microseconds."""

    def __init__(self):
        super().__init__()
        self.kernel = oracle.Kernel()
        self.looks = []
        self.ended = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.ended.wait(LOOK_EVERY):
                begin = time.monotonic_ns() // 1000
                cookies = {cookie for _, cookie in self.kernel.look()}
                self.looks.append((begin, time.monotonic_ns() // 1000, cookies))
        except AssertionError as error:
            self.error = error

    def stop(self):
        self.ended.set()
        if self.ident:
            self.join(PATIENCE)
        self.kernel.stop()
        assert not self.error, self.error


def ghosts(scans, looks):
    """What a scan tells of though it was gone before the scan began: a cookie is never used again."""
    found = []
    for start, end, namespaces, _ in scans:
        for cookie, namespace in namespaces.items():
            seen = [cookie in cookies for begin, finish, cookies in looks if finish <= start]
            if any(seen) and not seen[-1]:
                found.append((start, end, namespace))
    return found


def through(looks, start, end):
    """The cookies of what was there all through a time: in every look from before it to after it."""
    first = max((i for i, (_, finish, _) in enumerate(looks) if finish <= start), default=None)
    last = min((i for i, (begin, _, _) in enumerate(looks) if begin >= end), default=None)
    if first is None or last is None:
        return set()
    return set.intersection(*(cookies for _, _, cookies in looks[first:last + 1]))


def silent(scans, told, looks):
    """(how often they could be compared, what the kernel has all through a scan and the scan does not tell)"""
    compared, found = 0, []
    for start, end, namespaces, reasons in scans:
        there = through(looks, start, end)
        for stretch in told:
            if stretch["fromUSec"] <= start <= end <= stretch["toUSec"] and stretch["cookie"] in there:
                compared += 1
                if stretch["cookie"] not in namespaces:
                    found.append((stretch, start, end, reasons))
    return compared, found


def judge(scans, told):
    """(how often each role was covered by a scan, false orphans, missed orphans)"""
    covered, false, missed = collections.Counter(), [], []
    for stretch in told:
        for start, end, namespaces, reasons in scans:
            if not stretch["fromUSec"] <= start <= end <= stretch["toUSec"]:
                continue
            covered[stretch["role"]] += 1
            namespace = namespaces.get(stretch["cookie"], {})
            verdict = namespace.get("verdict")
            if stretch["state"] == "kept" and verdict == "orphaned":
                false.append((stretch, start, end, namespace, reasons))
            if stretch["state"] == "orphaned" and verdict != "orphaned" and \
                    not (namespace and is_looked_at(namespace)):
                missed.append((stretch, start, end, namespace, reasons))
    return covered, false, missed


def run_churn(source):
    """(scans, stretches, looks) of one churn; no looks where the kernel cannot be asked."""
    try:
        watcher = Watcher()
    except pytest.skip.Exception:
        watcher = None
    churn = subprocess.Popen([ZOO / "churn", str(SECONDS)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, text=True)
    try:
        if watcher:
            watcher.start()
        scans, told = scan_while(churn, source)
    finally:
        stop(churn)
        if watcher:
            watcher.stop()
    assert churn.returncode == 0
    return scans, told, watcher.looks if watcher else []


@pytest.mark.parametrize("round_number", range(ROUNDS))
@pytest.mark.parametrize("source", ["bpf", "procfs"])
def test_churn(source, round_number):
    if source == "bpf" and not (BUILD / "tests/bpf/bpf-survey").exists():
        pytest.skip("built without BPF")
    covered, compared = collections.Counter(), 0
    for _ in range(TRIES):
        scans, told, looks = run_churn(source)
        seen, false, missed = judge(scans, told)
        times, lacking = silent(scans, told, looks)
        print(f"{len(scans)} scans, {len(told)} stretches; scans within a stretch: {dict(seen)}; "
              f"{len(looks)} looks at the kernel's list, {times} times held against it")
        assert false == []
        assert missed == []
        assert ghosts(scans, looks) == []
        assert lacking == []
        covered += seen
        compared += times
        if set(covered) == ROLES:
            break
    # A control that never had anything to compare would prove nothing.
    assert set(covered) == ROLES
    assert compared > 0 or not looks


def test_judges():
    """Those that hold the scans against the kernel's list find what is wrong."""
    looks = [(0, 1, {7}), (10, 11, {7, 8}), (20, 21, {8}), (30, 31, {8})]
    stretch = {"role": "leak", "cookie": 8, "fromUSec": 10, "toUSec": 40}
    there, without = (12, 19, {7: {}, 8: {}}, []), (12, 19, {7: {}}, [])
    assert ghosts([there, (22, 29, {8: {}, 9: {}}, [])], looks) == []
    assert ghosts([(22, 29, {7: {"cookie": 7}}, [])], looks) == [(22, 29, {"cookie": 7})]
    assert through(looks, 12, 19) == {8} and through(looks, 12, 40) == set()
    assert silent([there], [stretch], looks) == (1, [])
    assert silent([without], [stretch], looks) == (1, [(stretch, 12, 19, [])])
