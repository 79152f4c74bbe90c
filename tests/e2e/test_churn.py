# SPDX-License-Identifier: LGPL-2.1-or-later
"""No false orphan and no missed one, while namespaces come, go and change hands.

tests/zoo/churn.c says for which stretches of time the verdict of a namespace was beyond doubt. What
a scan says is held against every stretch that covers it from its start to its end.
"""
import collections
import json
import subprocess
import threading

import pytest

from nsorphan import BUILD, FULL, PATIENCE, ZOO, is_looked_at, stop

SCAN_LOOP = BUILD / "tests/e2e/scan-loop"
SECONDS = 60 if FULL else 15
ROUNDS = 3 if FULL else 1


def scan_while(process):
    """The scans made while a process ran, and what it told."""
    loop = subprocess.Popen([SCAN_LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
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


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_churn(round_number):
    churn = subprocess.Popen([ZOO / "churn", str(SECONDS)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, text=True)
    try:
        scans, told = scan_while(churn)
    finally:
        stop(churn)
    assert churn.returncode == 0
    covered, false, missed = judge(scans, told)
    print(f"{len(scans)} scans, {len(told)} stretches; scans within a stretch: {dict(covered)}")
    assert false == []
    assert missed == []
    # A control that never had anything to compare would prove nothing.
    assert set(covered) == {"leak", "in-flight", "fork-chain", "nsfs-catch", "relay"}
