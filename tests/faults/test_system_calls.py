# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every system call that a scan makes failing in turn, by strace: all of one kind, and single ones.

NSORPHAN_FULL=1 takes more single ones, and more errors.
"""
import re
import shutil

import pytest

import judge
import nsorphan

SCAN = [nsorphan.CTL, "scan", "--source=procfs", "--all", "--json=short"]

# Those of a process that starts, ends, allocates or prints are not the scan's.
NOT_THE_SCAN = {
    "execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "exit", "exit_group",
    "mmap", "munmap", "mprotect", "mremap", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "access", "futex", "write", "prlimit64", "getrandom", "madvise", "sched_yield", "restart_syscall",
    "geteuid", "getpid", "gettid", "clock_gettime", "sched_getaffinity", "getuid",
    # Closes, whatever it returns; strace would keep it from that.
    "close",
}

# What a kernel, an LSM, a race or a full host answers.
ERRORS = ("EPERM", "EACCES", "ENOMEM", "EMFILE", "EIO", "ENOENT", "ESRCH", "ENOSYS")
QUICK_ERRORS = ("EPERM", "ENOMEM", "ENOENT")

# The first calls of a kind are often such that a scan does not begin without them; so from a later
# one on, too.
LATER = 8

SINGLE = 6
FULL_SINGLE = 25


def strace(*options, argv=SCAN):
    return nsorphan.run("strace", "-f", "-qq", "--signal=none", *options, *argv, check=False)


@pytest.fixture(scope="module")
def calls(zoo, tmp_path_factory):
    """{system call: how many of it a scan makes}, of those after the program has been loaded."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    trace = tmp_path_factory.mktemp("strace") / "trace"
    done = strace("-o", trace)
    assert done.returncode == 0, done.stderr
    counts = {}
    loaded = {}
    scanning = False
    for line in trace.read_text(errors="replace").splitlines():
        match = re.match(r"(?:\d+ +)?(\w+)\(", line)
        if not match:
            continue
        # The first thing that the program does by itself.
        scanning |= "uname(" in line or '"/proc' in line
        name = match.group(1)
        counts[name] = counts.get(name, 0) + 1
        if not scanning:
            loaded[name] = loaded.get(name, 0) + 1
    return {name: (loaded.get(name, 0) + 1, count) for name, count in counts.items()
            if name not in NOT_THE_SCAN and count > loaded.get(name, 0)}


def scan_with(fault, zoo, baseline):
    """A scan that meets @fault, judged. Whether it noticed."""
    done = strace("-o", "/dev/null", f"--inject={fault}")
    if not judge.ended_well(done, fault):
        return True
    gone = any(f"error={error}" in fault for error in ("ENOENT", "ESRCH", "EBADF"))
    judge.told_the_truth(done.stdout, zoo, baseline, fault, gone)
    return judge.not_seen_more(nsorphan.Census(nsorphan.json.loads(done.stdout)), baseline)


def test_scan_uses_system_calls(calls):
    """The trace was understood: what every scan needs is in it."""
    assert {"openat", "getdents64", "readlinkat", "statx", "pidfd_getfd", "ioctl"} <= set(calls)


@pytest.mark.parametrize("error", ERRORS if nsorphan.FULL else QUICK_ERRORS)
def test_all_of_one_kind(error, calls, zoo, baseline):
    noticed = 0
    for name, (first, last) in sorted(calls.items()):
        noticed += scan_with(f"{name}:error={error}:when={first}+", zoo, baseline)
        if last > first + LATER:
            noticed += scan_with(f"{name}:error={error}:when={first + LATER}+", zoo, baseline)
    assert noticed > 0


@pytest.mark.parametrize("error", QUICK_ERRORS if nsorphan.FULL else ("ENOMEM",))
def test_single_ones(error, calls, zoo, baseline):
    noticed = 0
    most = FULL_SINGLE if nsorphan.FULL else SINGLE
    for name, (first, last) in sorted(calls.items()):
        step = max(1, (last - first + 1) // most)
        for number in range(first, last + 1, step):
            noticed += scan_with(f"{name}:error={error}:when={number}", zoo, baseline)
    assert noticed > 0
