# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/apparmor, by its parser, and enforced by a kernel of Debian in an emulated machine."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

import nsorphan
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


CASES = ["socket netlink", "socket udp", "tun attached", "in-flight socket", "mapped-ring plain", "nsfs-fd link",
         "nsfs-mount plain", "task thread"]


def boot(folder, profile):
    """What a machine says: {what: (status, text)}."""
    for name in ("usr/bin", "usr/sbin", "sbin", "zoo", "etc/apparmor.d"):
        (folder / name).mkdir(parents=True)
    shutil.copy(nsorphan.CTL, folder / "usr/bin")
    shutil.copy(REPO / "tests/package/apparmor-inside", folder / "usr/bin")
    shutil.copy(nsorphan.DAEMON, folder / "usr/sbin")
    shutil.copy(shutil.which("apparmor_parser", path="/usr/sbin:/sbin"), folder / "sbin")
    for name in ("abi", "abstractions", "tunables"):
        shutil.copytree(f"/etc/apparmor.d/{name}", folder / "etc/apparmor.d" / name, symlinks=True)
    shutil.copy(profile, folder / "etc/apparmor.d" / PROFILE.name)
    for name in {case.split()[0] for case in CASES}:
        shutil.copy(nsorphan.ZOO / name, folder / "zoo")
    (folder / "cases").write_text("".join(f"{case}\n" for case in CASES))
    done = subprocess.run([REPO / "tests/lab/boot", "6.12", folder, "apparmor-inside"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600, errors="replace")
    if done.returncode == nsorphan.UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    said = {}
    for line in done.stdout.splitlines():
        if line.startswith("@said "):
            what, status, text = line[6:].split("\t", 2)
            said[what] = (int(status), text)
    assert done.returncode == 0 and said, done.stdout + done.stderr
    return said


def seen(answer):
    """Of a census: each namespace with its verdict and what holds it."""
    status, text = answer
    assert status == 0, text
    return {ns["inode"]: (ns["verdict"], sorted((h["kind"], h.get("pid", 0), h.get("fd", -1)) for h in ns["holders"]))
            for ns in json.loads(text)["namespaces"] if ns["verdict"] != "attached"}


@pytest.mark.timeout(1200)
def test_enforced(parser, tmp_path):
    """It sees all that it sees without the profile, nothing is refused, and it writes nowhere else."""
    said = boot(tmp_path, PROFILE)
    assert said["parser"] == (0, ""), said["parser"]
    for source in ("procfs", "bpf"):
        free, confined = (seen(said[f"{source}-{when}"]) for when in ("free", "confined"))
        assert len(free) >= 6 and confined == free
    assert said["confinement"][1] == "nsorphand (enforce)"
    listed = json.loads(said["list"][1])
    assert said["list"][0] == 0 and "socket" in said["list"][1] and listed
    assert said["explain"][0] == 0, said["explain"]
    assert said["daemon"][0] == 0, said["daemon"]
    assert said["denied"][1] == ""
    assert "Failed to lock the state directory /tmp/elsewhere" in said["elsewhere"][1]
