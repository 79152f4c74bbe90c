# SPDX-License-Identifier: LGPL-2.1-or-later
"""libFuzzer on every parser for a moment, each parser a test. (`contrib/fuzz SECONDS` has more time.)

The recorded inputs alone are run by the unit tests; here new ones are invented.
"""
import os
import pathlib
import subprocess

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
SECONDS = "30" if os.environ.get("NSORPHAN_FULL") == "1" else "3"
TARGETS = sorted(file.stem.removeprefix("fuzz-") for file in REPO.glob("tests/fuzz/fuzz-*.c"))


@pytest.mark.parametrize("target", TARGETS)
def test_fuzz(target):
    done = subprocess.run([REPO / "contrib/fuzz", SECONDS, target], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
