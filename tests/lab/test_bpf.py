# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole zoo before the BPF source, on real kernels: every verdict, holder and reference."""
import json
import pathlib
import shutil
import subprocess
import types

import pytest

import nsorphan
from bpf_animals import ANIMALS, check

LAB = pathlib.Path(__file__).resolve().parent

SURVEY = nsorphan.BUILD / "tests/bpf/bpf-survey"
BOOT_TIMEOUT = 600

pytestmark = pytest.mark.skipif(not SURVEY.exists(), reason="built without BPF")


def boot(kernel, folder):
    """What a machine says of every case: {case: {"zoo": (status, text), "survey": …}}."""
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "zoo").mkdir()
    for program in (SURVEY, LAB / "bpf-inside"):
        shutil.copy(program, folder / "usr/bin")
    for name in {case.split()[0] for case in ANIMALS}:
        shutil.copy(nsorphan.ZOO / name, folder / "zoo")
    (folder / "cases").write_text("".join(f"{case}\n" for case in ANIMALS))
    done = subprocess.run([LAB / "boot", kernel, folder, "bpf-inside"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=BOOT_TIMEOUT, errors="replace")
    if done.returncode == nsorphan.UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    told, rest = {}, []
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
@pytest.fixture(scope="module", params=["6.1", "6.12", "newest"] if nsorphan.FULL else ["6.1", "6.12"])
def machine(request, tmp_path_factory):
    return boot(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("case", ANIMALS)
def test_zoo(machine, case):
    status, text = machine[case]["zoo"]
    if status == nsorphan.UNAVAILABLE:
        pytest.skip(text)
    assert status == 0, text
    made = types.SimpleNamespace(tid=None, fd=None, cookie=None, socketInode=None)
    made.__dict__.update(json.loads(text))
    status, text = machine[case]["survey"]
    assert status == 0, text
    survey = json.loads(text)
    check(case, made, survey)
    # Nothing else lives there that no task is in.
    others = [n for n in survey["namespaces"] if n["inode"] != made.inode]
    assert {n["verdict"] for n in others} <= {"attached"}
