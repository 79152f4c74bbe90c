# SPDX-License-Identifier: LGPL-2.1-or-later
"""How an allocation or a system call of a program is made to fail."""
import collections
import os
import re
import shutil
import subprocess
import time

import pytest

import nsorphan

FAULT = nsorphan.BUILD / "tests/faults/fault.so"
# The exit code that fault.so gives a crash.
CRASHED = 99

SAMPLE = 15
FULL_SECONDS = 120

# Those of a process that starts, ends or allocates are not what it is about.
NOT_MEANT = {
    "execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "exit", "exit_group",
    "mmap", "munmap", "mprotect", "mremap", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
    "access", "futex", "prlimit64", "getrandom", "madvise", "sched_yield", "restart_syscall",
    "geteuid", "getpid", "gettid", "clock_gettime", "sched_getaffinity", "getuid",
    # Closes, whatever it returns; strace would keep it from that.
    "close",
}

# What a kernel, an LSM, a race or a full host answers.
ERRORS = ("EPERM", "EACCES", "ENOMEM", "EMFILE", "EIO", "ENOENT", "ESRCH", "ENOSYS")
QUICK_ERRORS = ("EPERM", "ENOMEM", "ENOENT")

# The first calls of a kind are often such that a program does not begin without them; so from a later
# one on, too.
LATER = 8


def run(argv, report, number=0, outer=(), env=None, **more):
    """Runs it with its allocation @number failing; what there is to say stands in @report. @outer: what
    is to execute it, and has no fault."""
    ours = {"LD_PRELOAD": FAULT, "FAULT_REPORT": report, "FAULT_ALLOCATION": number}
    environment = {**(env or os.environ), "NSORPHAND_SOURCE": str(nsorphan.REPO), "CMOCKA_MESSAGE_OUTPUT": "TAP"}
    if outer:
        argv = [*outer, "env", *(f"{key}={value}" for key, value in ours.items()), *argv]
    else:
        environment.update({key: str(value) for key, value in ours.items()})
    report.unlink(missing_ok=True)
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=nsorphan.PATIENCE, env=environment, errors="replace", **more)


def facts(report):
    """(number of allocations, fds left open) as the program told at its end."""
    lines = report.read_text().splitlines()
    return int(lines[0].split()[1]), lines[1:]


def spread(total, took):
    """Which of @total to fail, where one run takes so many seconds."""
    most = min(total, max(SAMPLE, int(FULL_SECONDS / took)) if nsorphan.FULL else SAMPLE)
    return [1 + i * total // most for i in range(most)]


def run_whole(argv, report):
    """Runs it without a fault: (number of allocations, which of them to fail, fds left open)."""
    start = time.monotonic()
    done = run(argv, report)
    took = time.monotonic() - start
    assert done.returncode == 0, done.stdout + done.stderr
    total, fds = facts(report)
    return total, spread(total, took), fds


def kinds(fds):
    """What is open, but for numbers."""
    return collections.Counter(re.sub(r"^fd \d+|\d+\]", "", fd) for fd in fds)


def strace(argv, *options, outer=(), **more):
    """What @argv executes is not looked at."""
    return nsorphan.run(*outer, "strace", "--interruptible=never", "-f", "-qq", "-b", "execve", "--signal=none", *options,
                        *argv, check=False, **more)


def count_calls(argv, folder, **more):
    """{system call: (the first, the last of it)} of a run without a fault, of those after the program
    has been loaded."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    trace = folder / "trace"
    strace(argv, "-o", trace, **more)
    counts = {}
    loaded = {}
    begun = False
    for line in trace.read_text(errors="replace").splitlines():
        match = re.match(r"(?:\d+ +)?(\w+)\(", line)
        # What strace has no name for, it cannot have fail.
        if not match or match.group(1).startswith("syscall_"):
            continue
        name = match.group(1)
        counts[name] = counts.get(name, 0) + 1
        if not begun:
            loaded[name] = loaded.get(name, 0) + 1
        # The dynamic linker's last: it gives back its cache.
        begun |= name == "munmap"
    return {name: (loaded.get(name, 0) + 1, count) for name, count in counts.items()
            if name not in NOT_MEANT and count > loaded.get(name, 0)}
