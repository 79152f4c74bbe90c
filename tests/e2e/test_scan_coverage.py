# SPDX-License-Identifier: LGPL-2.1-or-later
"""A scan that cannot see everything says so, and claims nothing that it did not see."""
import json
import os
import shutil
import signal
import subprocess
import tempfile

import pytest

import seccomp
from nsorphan import BUILD, CTL, WITHOUT_PROC, Census, kernel, run, scan

SCAN_LOOP = BUILD / "tests/e2e/scan-loop"


def assert_partial(census, *words):
    """Not complete, with a count and a reason that has all the words."""
    assert census.coverage["complete"] is False
    reasons = census.coverage["reasons"]
    assert [r for r in reasons if all(word in r for word in words)], reasons
    for namespace in census.namespaces:
        if namespace["verdict"] == "orphaned":
            assert namespace["partial"] is True


def test_complete_or_says_why(zoo):
    zoo("socket", "udp")
    coverage = scan().coverage
    assert coverage["complete"] == (coverage["reasons"] == [])
    assert coverage["processes"] > 1 and coverage["threads"] >= coverage["processes"]
    assert coverage["fds"] > 0 and coverage["sockets"] > 0


def scan_as_nobody():
    """The library itself, run by an ordinary user from a place such a user can reach."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(SCAN_LOOP, folder)
        done = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all",
                   program, "1")
        return Census(json.loads(done.stdout)["census"])


def test_ordinary_user(zoo):
    made = zoo("socket", "udp")
    census = scan_as_nobody()
    assert_partial(census, "cannot be seen")
    assert census.coverage["unreadableProcesses"] > 0
    assert census.find(made) is None
    assert census.coverage["tasksComplete"] in (True, False)


def test_ordinary_user_is_told_to_use_root():
    done = run("setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all", CTL, "scan", "--source=procfs",
               check=False)
    if done.returncode == 127:
        pytest.skip("the build folder is not open to other users")
    assert done.returncode == os.EX_NOPERM
    assert done.stdout == "" and done.stderr.count("\n") == 1 and "root" in done.stderr


def test_pid_namespace_with_its_own_proc(zoo):
    """As in a container: nothing outside is seen, and that is what it says."""
    made = zoo("socket", "udp")
    census = scan(prefix=("unshare", "--pid", "--fork", "--mount-proc"))
    assert_partial(census, "pid namespace")
    assert census.find(made) is None
    assert census.coverage["processes"] < scan().coverage["processes"]


@pytest.mark.skipif(kernel() < (5, 8), reason="hidepid= is of the whole pid namespace before 5.8")
@pytest.mark.parametrize("option", ["hidepid=2", "hidepid=4", "subset=pid"])
def test_proc_that_hides(zoo, option):
    made = zoo("socket", "udp")
    done = run("unshare", "--mount", "--propagation=private", "sh", "-c",
               f"mount -t proc -o {option} proc /proc && exec {CTL} scan --source=procfs --all --json=short",
               check=False)
    if option == "subset=pid" and done.returncode == os.EX_OSERR:
        return  # refuses: without /proc/sys and the like it cannot do its work
    assert done.returncode == 0, done.stderr
    census = Census(json.loads(done.stdout))
    assert_partial(census, option.split("=")[0])
    assert census.verdict(made) == "orphaned"


def test_hidepid_noaccess_hides_nothing(zoo):
    """As the unit has it: all processes are listed, and CAP_SYS_PTRACE leads into them."""
    made = zoo("socket", "udp")
    census = Census(json.loads(run(
        "unshare", "--mount", "--propagation=private", "sh", "-c",
        f"mount -t proc -o hidepid=1 proc /proc && exec {CTL} scan --source=procfs --all --json=short").stdout))
    assert not [r for r in census.coverage.get("reasons", []) if "hidepid" in r]
    assert census.verdict(made) == "orphaned"


def test_pidfd_getfd_denied(zoo):
    """An engine's seccomp filter: sockets can be listed, but not asked."""
    made = zoo("socket", "udp")
    census = scan(preexec_fn=seccomp.deny(seccomp.PIDFD_GETFD))
    assert_partial(census, "cannot be looked at")
    assert census.find(made) is None
    unresolved = [h for n, h in census.holders(made.pid) if n is None]
    assert [h["socketInode"] for h in unresolved if h.get("fd") == made.fd] == [made.socketInode]
    assert all(h["reason"] for h in unresolved)
    assert census.coverage["unresolvedHolders"] >= 1


FORKS = """
while :; do
    for i in 1 2 3 4 5 6 7 8; do ( exec 3<>/dev/udp/127.0.0.1/9; : ) & done
    wait
done
"""


def test_processes_that_vanish_are_normal(zoo, spawn):
    """Hundreds of short lives with a socket each, while scans run."""
    made = zoo("socket", "udp")
    before = scan().coverage
    spawn(["bash", "-c", FORKS], stdin=subprocess.DEVNULL)
    for _ in range(20):
        census = scan()
        assert census.verdict(made) == "orphaned"
        assert census.coverage["unreadableProcesses"] <= before["unreadableProcesses"] + 1


def test_stopped_tracer(zoo, spawn):
    """A process stopped under a tracer that is stopped itself is scanned like any other."""
    made = zoo("socket", "udp")
    tracer = spawn(["strace", "-p", str(made.pid), "-o", "/dev/null"], stdin=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)
    tracer.stderr.readline()  # "Process N attached"
    tracer.send_signal(signal.SIGSTOP)
    os.kill(made.pid, signal.SIGCONT)
    assert scan(timeout=20).verdict(made) == "orphaned"
    tracer.send_signal(signal.SIGCONT)


def test_no_proc():
    done = run(CTL, "scan", "--source=procfs", check=False, prefix=WITHOUT_PROC)
    assert done.returncode == os.EX_OSERR
    assert done.stdout == "" and done.stderr.count("\n") == 1 and "/proc" in done.stderr


def test_old_kernel():
    """A personality that makes uname(2) say 2.6."""
    done = run("setarch", "--uname-2.6", CTL, "scan", "--source=procfs", check=False)
    assert done.returncode == os.EX_OSERR
    assert done.stdout == "" and done.stderr.count("\n") == 1 and "5.6" in done.stderr


@pytest.mark.parametrize("argv", [["--json=xml"], ["--no-such-option"], ["surplus"],
                                  ["--verdict=guilty"], ["--json"]])
def test_bad_arguments(argv):
    done = run(CTL, "scan", "--source=procfs", *argv, check=False)
    assert done.returncode == os.EX_USAGE
    assert done.stdout == "" and done.stderr.count("\n") == 1


def test_output_that_nobody_can_write():
    """A full disk under the output is not success."""
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([CTL, "scan", "--source=procfs", "--json=short"], stdin=subprocess.DEVNULL, stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode != 0 and done.stderr.count("\n") == 1
