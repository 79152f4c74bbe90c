# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every allocation failing in turn: of a scan, of the client's tables, and in the unit tests.

NSORPHAN_FULL=1 takes every single one, or as many as FULL_SECONDS are enough for; otherwise a
sample. Both are spread evenly.
"""
import json
import os
import pathlib
import subprocess
import tempfile

import pytest

import judge
import nsorphan
from faults import CRASHED, facts, kinds, run, run_whole

PROGRAMS = {
    "scan as JSON": [nsorphan.CTL, "scan", "--source=procfs", "--all", "--json=short"],
    "scan as a table": [nsorphan.CTL, "scan", "--source=procfs", "--all"],
    "daemon --once": [nsorphan.DAEMON, "--once"],
}
UNIT_TESTS = sorted(path.name for path in (nsorphan.BUILD / "tests/unit").glob("test-*")
                    if path.is_file() and os.access(path, os.X_OK))


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, zoo, baseline, tmp_path):
    argv = PROGRAMS[name]
    report = tmp_path / "report"
    total, numbers, inherited = run_whole(argv, report)
    assert total > 100, "nothing is intercepted"
    if "--once" in argv:
        # It may use another source than the scan.
        baseline = nsorphan.Census(json.loads(run(argv, report).stdout))
    failed = 0
    for number in numbers:
        what = f"{name}, allocation {number} of {total}"
        done = run(argv, report, number)
        if judge.ended_well(done, what):
            if "--json=short" in argv or "--once" in argv:
                judge.told_the_truth(done.stdout, zoo, baseline, what)
        else:
            failed += 1
        if report.exists():
            assert kinds(facts(report)[1]) <= kinds(inherited), what
    assert failed > 0, "no fault was ever noticed"


@pytest.fixture
def litter(monkeypatch):
    """Where unit tests make their directories: one that fails leaves it behind. Open to all, for
    some become another user."""
    with tempfile.TemporaryDirectory(prefix="nsorphand-faults-") as folder:
        os.chmod(folder, 0o755)
        monkeypatch.setenv("TMPDIR", folder)
        yield


@pytest.mark.usefixtures("litter")
@pytest.mark.parametrize("name", UNIT_TESTS)
def test_unit(name, tmp_path):
    """Assertions may fail then, for the test did not get what it asked for. Nothing may crash."""
    argv = [nsorphan.BUILD / "tests/unit" / name]
    report = tmp_path / "report"
    total, numbers, _ = run_whole(argv, report)
    for number in numbers:
        done = run(argv, report, number)
        what = f"{name}, allocation {number} of {total}"
        assert done.returncode >= 0, f"{what}: signal {-done.returncode}\n{done.stdout}"
        if done.returncode == CRASHED:
            crashed, failed = (frames(argv[0], done.stderr, word) for word in ("crashed", "failed"))
            assert is_excused(crashed, failed), \
                f"{what}: {done.stderr}\n" + "\n".join([*crashed, "after", *failed])


def frames(program, text, word):
    """The places of a list of frames, innermost first: "function at file:line"."""
    addresses = [line.split()[1] for line in text.splitlines() if line.startswith(f"{word} ")]
    done = subprocess.run(["addr2line", "-f", "-p", "-e", program, *addresses],
                          capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def is_excused(crashed, failed):
    """A test may use what it did not get. jansson's parser (up to 2.14) takes no notice of a buffer
    that did not grow, and then asserts or damages the heap."""
    return (crashed and "/tests/" in crashed[0]) or (failed and "json_load" in source_line(failed[0]))


def source_line(frame):
    file, _, line = frame.rpartition(" at ")[2].partition(":")
    return pathlib.Path(file).read_text().splitlines()[int(line.split()[0]) - 1]
