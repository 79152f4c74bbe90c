# SPDX-License-Identifier: LGPL-2.1-or-later
"""A kernel for arm64, in an emulated machine: the whole zoo, by procfs and by BPF; and files that programs let go of."""
import os
import shutil
import subprocess

import pytest

import test_bpf
import test_kernels
from arm64 import BUILD, built  # noqa: F401
from bpf_animals import ANIMALS
from nsorphan import REPO, UNAVAILABLE
from test_kernels import (test_by_bpf, test_daemon_once, test_identity, test_listns, test_no_false_orphan,  # noqa: F401
                          test_the_kernel_agrees, test_zoo)

KERNEL = "6.12-arm64"
LAB = REPO / "tests/lab"

# All is emulated, where a test of the lab next to it takes its part of this host.
TIMEOUT = 2400
pytestmark = pytest.mark.timeout(TIMEOUT + 600)


@pytest.fixture(scope="module")
def machine(built, tmp_path_factory):
    return "6.12", test_kernels.boot(KERNEL, tmp_path_factory.mktemp("zoo"), built / BUILD)


@pytest.fixture(scope="module")
def survey(built, tmp_path_factory):
    return test_bpf.boot(KERNEL, tmp_path_factory.mktemp("survey"), built / BUILD / "tests/bpf/bpf-survey",
                         built / BUILD / "tests/zoo", TIMEOUT)


@pytest.mark.parametrize("case", ANIMALS)
def test_survey(survey, case):
    test_bpf.test_zoo(survey, case)


# The oldest processors that have what Debian builds for; and all that the emulator knows: branches that are checked,
# pointers that are signed, long vectors.
@pytest.mark.parametrize("processor", ["cortex-a72", "max,pauth-impdef=on"])
def test_release(built, tmp_path, processor):
    """tests/e2e/test_release.py, as it is, by a Python for arm64."""
    python = subprocess.run([LAB / "python-arm64"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if python.returncode == UNAVAILABLE:
        pytest.skip(python.stderr.strip())
    tree, programs = tmp_path / "tree", built / BUILD
    shutil.copytree(python.stdout.strip(), tree, symlinks=True)
    shutil.copytree(REPO / "tests/e2e", tree / "repo/tests/e2e", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("src/nsorphanctl/nsorphanctl", "tests/e2e/letting-go", "tests/e2e/kill-at-ptrace.so",
                 *(f"tests/zoo/{path.name}" for path in (programs / "tests/zoo").iterdir() if path.is_file())):
        (tree / "build" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(programs / name, tree / "build" / name)
    done = subprocess.run(
        [LAB / "boot", KERNEL, tree, "env", "NSORPHAN_BUILD=/build", "python3", "-m", "pytest", "-p", "no:cacheprovider",
         "-v", "-rs", "--color=no", "/repo/tests/e2e/test_release.py"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", timeout=TIMEOUT, check=False,
        env={**os.environ, "NSORPHAND_LAB_TIMEOUT": str(TIMEOUT), "NSORPHAND_LAB_CPU": processor})
    if done.returncode == UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    assert done.stdout.count(" PASSED ") > 30, done.stdout
