# SPDX-License-Identifier: LGPL-2.1-or-later
"""The build for arm64, by Debian's cross compiler."""
import subprocess

import pytest

from nsorphan import UNAVAILABLE
from source import clear, digest, export, locked
from test_debian import HERE

BUILD = "nsorphand/obj-aarch64-linux-gnu"


def inside(folder, *argv):
    """Runs a command in the root that builds for arm64: what subprocess.run() returns."""
    done = subprocess.run([HERE / "in-root", "trixie-arm64", folder, *argv], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode == UNAVAILABLE and "skipped" in done.stdout:
        pytest.skip(done.stdout)
    return done


@pytest.fixture(scope="module")
def built():
    """The folder with the packages and, below BUILD, all programs."""
    with locked("arm64") as folder:
        # And the programs of tests that are run in the machine.
        stamp, made_for = folder / "stamp", digest(also=("tests/e2e/*.c", "tests/lab/*.c"))
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != made_for:
            clear(folder)
            export(folder / "nsorphand")
            done = inside(folder, "sh", "-c", "cd nsorphand && DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage "
                          "--no-sign --build=any --host-arch=arm64")
            assert done.returncode == 0, done.stdout[-3000:]
            stamp.write_text(made_for, encoding="utf-8")
        yield folder
