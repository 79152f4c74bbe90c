# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is a script of its own for people, as tests: contrib/analyze, step by step, and contrib/soak."""
import os
import subprocess

import pytest

import nsorphan

STEPS = ("asan", "tsan", "valgrind", "tidy", "cppcheck", "coverage")
NEEDS = {"valgrind": "valgrind", "tidy": "clang-tidy", "cppcheck": "cppcheck"}
HOUR = 3600

pytestmark = pytest.mark.timeout(HOUR)


def script(name, *arguments, **environment):
    done = subprocess.run([nsorphan.REPO / "contrib" / name, *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=HOUR,
                          env={**os.environ, **environment})
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("step", STEPS)
def test_analysis(step):
    tool = NEEDS.get(step)
    if tool and subprocess.run(["sh", "-c", f"command -v {tool}"], check=False,
                               stdout=subprocess.DEVNULL).returncode != 0:
        pytest.skip(f"{tool} is not installed")
    script("analyze", step)


def test_soak():
    script("soak", "10", NSORPHAN_BUILD=str(nsorphan.BUILD))
