# SPDX-License-Identifier: LGPL-2.1-or-later
"""Built for arm64 on this machine, by Debian's cross compiler; the programs and their unit tests run in an emulator.

The kernel below is this machine's: what a test asks of it that the emulator does not hand on, it skips or is apart.
"""
import re
import subprocess

import pytest

from arm64 import BUILD, built, inside  # noqa: F401

pytestmark = pytest.mark.timeout(3600)


def test_packages_are_for_arm64(built):
    packages = [path for path in sorted(built.glob("*.deb")) if "dbgsym" not in path.name]
    assert len(packages) == 2
    for path in packages:
        said = subprocess.run(["dpkg-deb", "--field", path, "Architecture"], check=True, capture_output=True, text=True)
        assert said.stdout == "arm64\n"


@pytest.mark.parametrize("program", ["nsorphanctl", "nsorphand"])
def test_programs_run(built, program):
    done = inside(built, "qemu-aarch64", f"{BUILD}/src/{program}/{program}", "--version")
    assert done.returncode == 0 and re.fullmatch(rf"{program} \S+\n", done.stdout), done.stdout


def test_bpf_is_in(built):
    """Its programs are those of any machine; which offsets there are is looked up when they are loaded."""
    text = (built / BUILD / "src/nsorphanctl/nsorphanctl").read_bytes()
    assert b"bpf_iter" in text or b"iter/task" in text
    log = (built / BUILD / "meson-logs/meson-log.txt").read_text(encoding="utf-8", errors="replace")
    assert re.search(r"BPF source *: *(YES|True|true)", re.sub(r"\x1b\[[0-9;]*m", "", log))


# Run by one shell, for a root is made for each command.
SCRIPT = """
    export NSORPHAND_SOURCE=$PWD/nsorphand
    for test in %s/tests/unit/test-*; do
            [ -f "$test" ] && [ -x "$test" ] || continue
            if timeout 60 qemu-aarch64 "$test" >/tmp/said 2>&1; then
                    echo "passed ${test##*/test-}"
            else
                    echo "failed ${test##*/test-}"
                    grep -E "^(.*FAILED.*|.*error: .*)" /tmp/said | head -5
            fi
    done
""" % BUILD

# What needs ioctls, socket options, netlink families, seccomp filters or files of /proc that the emulator does not
# hand on, or is too slow in it.
APART = {"frames", "mark", "open", "peek", "pulse", "resolve", "rt-ids", "sandbox", "scan", "sock-diag", "socket-cache",
         "symbolizer", "varlink-limits", "varlink-socket"}


def test_unit_tests(built):
    said = inside(built, "sh", "-c", SCRIPT).stdout
    passed = set(re.findall(r"^passed (\S+)$", said, re.MULTILINE))
    failed = set(re.findall(r"^failed (\S+)$", said, re.MULTILINE))
    assert len(passed) > 80 and failed <= APART, said
