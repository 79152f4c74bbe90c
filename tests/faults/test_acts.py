# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every allocation and every system call failing in turn of what runs, releases, traces, explains and
reports: tests/faults/acts.py says what may come out of it.

NSORPHAN_FULL=1 takes more of them, and more errors; as many as there is time for.
"""
import json
import time
import xml.etree.ElementTree

import pytest

import faults
import judge
from acts import ACTS, act  # noqa: F401
from faults import CRASHED

SINGLE = 3
FULL_SINGLE = 25

# As many as this is enough for.
SECONDS = 600 if faults.nsorphan.FULL else 60


def ended_well(act, done, what):
    assert 0 <= done.returncode < 128 and done.returncode != CRASHED, f"{what}: exit code {done.returncode}\n{done.stderr}"
    if done.returncode != act.status:
        judge.ended_well(done, what)


@pytest.mark.parametrize("name", ACTS)
def test_allocations(name, act, tmp_path):  # noqa: F811
    act = act(name)
    report = tmp_path / "allocations"

    def go(number):
        argv = act.argv()
        return faults.run(argv, report, number, **act.options())

    start = time.monotonic()
    done = go(0)
    assert done.returncode == act.status, done.stdout + done.stderr
    act.judge(done, "no fault")
    total, inherited = faults.facts(report) if report.exists() and report.stat().st_size > 0 else (act.allocations, [])
    assert total > 100 or act.allocations, "nothing is intercepted"
    wrong = []
    for number in faults.spread(total, time.monotonic() - start):
        what = f"{name}, allocation {number} of {total}"
        done = go(number)
        try:
            ended_well(act, done, what)
            act.judge(done, what)
            if report.exists() and report.stat().st_size > 0:
                left = faults.kinds(faults.facts(report)[1])
                assert left <= faults.kinds(inherited), f"{what}: {left}"
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, f"{len(wrong)}:\n" + "\n\n".join(wrong)


def injections(calls):
    """What to have fail, the most telling first: all of a kind, then single ones."""
    errors = faults.ERRORS if faults.nsorphan.FULL else faults.QUICK_ERRORS
    for error in ("ENOMEM", *(e for e in errors if e != "ENOMEM")):
        for name, (first, _) in sorted(calls.items()):
            yield f"{name}:error={error}:when={first}+"
        if error == "ENOMEM":
            yield from single(calls)


def single(calls):
    most = FULL_SINGLE if faults.nsorphan.FULL else SINGLE
    for name, (first, last) in sorted(calls.items()):
        if last > first + faults.LATER:
            yield f"{name}:error=ENOMEM:when={first + faults.LATER}+"
        for number in range(first, last + 1, max(1, (last - first + 1) // most)):
            yield f"{name}:error=ENOMEM:when={number}"


@pytest.mark.parametrize("name", ACTS)
def test_system_calls(name, act, tmp_path):  # noqa: F811
    act = act(name)
    calls = faults.count_calls(act.argv(), tmp_path, **act.options())
    assert {"openat", "read"} <= set(calls)
    act.judge(faults.strace(act.argv(), "-o", "/dev/null", **act.options()), "no fault")
    wrong = []
    begin = time.monotonic()
    for fault in injections(calls):
        if time.monotonic() - begin > SECONDS:
            break
        what = f"{name}, {fault}"
        done = faults.strace(act.argv(), "-o", "/dev/null", f"--inject={fault}", **act.options())
        try:
            # What cannot write has no words.
            if not fault.startswith("write"):
                ended_well(act, done, what)
            act.judge(done, what)
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, f"{len(wrong)}:\n" + "\n\n".join(wrong)


def test_a_command_that_cannot_be_waited_for(tmp_path):
    """It was executed, and how it ended is unknown."""
    report, junit = tmp_path / "report", tmp_path / "junit.xml"
    faults.count_calls(["true"], tmp_path)
    done = faults.strace([faults.nsorphan.CTL, "run", "--json=short", f"--output={report}", f"--junit={junit}", "--", "true"],
                         "-o", "/dev/null", "--inject=waitid:error=ENOMEM")
    assert done.returncode == 125
    assert done.stderr == "nsorphanctl: Failed to wait for the command: Cannot allocate memory\n"
    told = json.loads(report.read_text())
    assert told["exitStatus"] == 125 and "Failed to wait" in told["error"]
    assert not {"commandStatus", "commandError", "leaked"} & set(told)
    results = {c.get("name"): [e.tag for e in c] for c in xml.etree.ElementTree.parse(junit).iter("testcase")}
    assert results == {"command": ["error"], "census": ["error"], "leaks": ["skipped"]}
