# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who opened a socket, as the kernel notes it: on real kernels, for the build machine may refuse."""
import pathlib
import shutil
import subprocess

import pytest

import nsorphan

LAB = pathlib.Path(__file__).resolve().parent
BIRTHS = nsorphan.BUILD / "tests/bpf/bpf-births"
BOOT_TIMEOUT = 600

pytestmark = pytest.mark.skipif(not BIRTHS.exists(), reason="built without BPF")

# What the newest is changes from day to day: every day those that stand still.
KERNELS = ["6.1", "6.12", "newest"] if nsorphan.FULL else ["6.1", "6.12"]


def boot(kernel, folder, *command):
    """What @command prints in an emulated machine that has the files of @folder."""
    (folder / "usr/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(LAB / "births-inside", folder / "usr/bin")
    done = subprocess.run([LAB / "boot", kernel, folder, "births-inside", *command],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BOOT_TIMEOUT,
                          errors="replace")
    if done.returncode == nsorphan.UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    return done


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_the_kernel_notes(kernel, tmp_path):
    (tmp_path / "usr/bin").mkdir(parents=True)
    shutil.copy(BIRTHS, tmp_path / "usr/bin")
    done = boot(kernel, tmp_path, "bpf-births")
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith("ok ")] == [], done.stderr
    assert len(lines) > 80 and done.returncode == 0


def test_a_kernel_that_is_too_old_says_so(tmp_path):
    (tmp_path / "usr/bin").mkdir(parents=True)
    shutil.copy(BIRTHS, tmp_path / "usr/bin")
    done = boot("5.10", tmp_path, "bpf-births")
    assert done.stdout.startswith("not ok load: the kernel is older than Linux ")
