# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole zoo before the BPF source, on real kernels: every verdict, holder and reference.

By the objects that the build has made, and with --full by those of the newest clang that Debian has.
"""
import json
import os
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


def boot(kernel, folder, survey, zoo=nsorphan.ZOO, timeout=BOOT_TIMEOUT):
    """What a machine says of every case: {case: {"zoo": (status, text), "survey": …}}."""
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "zoo").mkdir()
    for program in (survey, LAB / "bpf-inside"):
        shutil.copy(program, folder / "usr/bin")
    for name in {case.split()[0] for case in ANIMALS}:
        shutil.copy(zoo / name, folder / "zoo")
    (folder / "cases").write_text("".join(f"{case}\n" for case in ANIMALS))
    done = subprocess.run([LAB / "boot", kernel, folder, "bpf-inside"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout, errors="replace",
                          env={**os.environ, "NSORPHAND_LAB_TIMEOUT": str(timeout)})
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


@pytest.fixture(scope="session")
def newest_clang(tmp_path_factory):
    """bpf-survey with the objects of the newest clang."""
    folder = tmp_path_factory.mktemp("clang")
    made = subprocess.run([LAB / "clang", "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode == nsorphan.UNAVAILABLE:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    print(made.stdout.splitlines()[0])
    (folder / "native").write_text(f"[binaries]\nclang = '{LAB / 'clang'}'\n")
    for command in (["meson", "setup", "-Dbpf=enabled", "--native-file", folder / "native", folder / "build", LAB.parents[1]],
                    ["ninja", "-C", folder / "build", "tests/bpf/bpf-survey"]):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build/tests/bpf/bpf-survey"


KERNELS = ["6.1", "6.12", "newest"] if nsorphan.THOROUGH else ["6.12"]
MACHINES = [(kernel, compiler) for compiler in (["ours", "newest"] if nsorphan.FULL else ["ours"])
            for kernel in KERNELS]


@pytest.fixture(scope="module", params=MACHINES, ids=[f"{kernel}-clang-{clang}" for kernel, clang in MACHINES])
def machine(request, tmp_path_factory):
    kernel, compiler = request.param
    survey = SURVEY if compiler == "ours" else request.getfixturevalue("newest_clang")
    return boot(kernel, tmp_path_factory.mktemp(kernel), survey)


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
