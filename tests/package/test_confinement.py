# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/apparmor, by its parser; enforced where the kernel has it."""
import pathlib
import re
import shutil

import pytest

from nsorphan import REPO, run

PROFILE = REPO / "contrib/apparmor/usr.sbin.nsorphand"
UNIT = (REPO / "systemd/nsorphand.service.in").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parser():
    found = shutil.which("apparmor_parser", path="/usr/sbin:/sbin:/usr/bin")
    if not found:
        pytest.skip("apparmor_parser is not installed")
    return found


def test_the_parser_takes_the_profile(parser, tmp_path):
    """For a kernel with all of AppArmor 3.0; nothing is loaded. It has nothing to warn of."""
    abi = pathlib.Path("/etc/apparmor.d/abi/3.0")
    if not abi.exists():
        pytest.skip(f"{abi} is not installed")
    features = (f"--policy-features={abi}", f"--kernel-features={abi}")

    def parse(profile):
        return run(parser, "--skip-kernel-load", "--skip-cache", "--skip-read-cache", "--warn=all", *features,
                   f"--ofile={tmp_path}/compiled", profile, check=False)
    done = parse(PROFILE)
    assert done.returncode == 0 and "nsorphand" not in done.stderr, done.stderr
    assert (tmp_path / "compiled").stat().st_size > 1000
    broken = tmp_path / "broken"
    broken.write_text(PROFILE.read_text(encoding="utf-8").replace("capability bpf,", "capability bfp,"))
    assert parse(broken).returncode != 0


def test_capabilities_are_those_of_the_unit():
    unit = re.search(r"^CapabilityBoundingSet=(.+)$", UNIT, re.MULTILINE)[1].split()
    profile = re.findall(r"^ *capability (\w+),$", PROFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(profile) == sorted(name.removeprefix("CAP_").lower() for name in unit)


def test_enforced_where_the_kernel_has_it(parser):
    if not pathlib.Path("/sys/kernel/security/apparmor/profiles").exists():
        pytest.skip("this kernel has no AppArmor")
    run(parser, "--replace", "--skip-cache", PROFILE)
    run(parser, "--remove", PROFILE)
