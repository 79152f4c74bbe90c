# SPDX-License-Identifier: LGPL-2.1-or-later
"""A namespace that no fd leads to is looked into all the same, where the kernel opens it by its number."""
import errno
import json
import os
import re
import subprocess

import pytest

import nsorphan
import seccomp
from nsorphan import BUILD, CTL, PATIENCE, kernel

pytestmark = [
    pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF"),
    pytest.mark.skipif(kernel() != (6, 18), reason="other kernels open no such namespace")]

CASES = ["listen-backlog", "dead-sender unread", "dead-sender peer", "mqueue", "tcp-closing", "qdisc"]


def ctl(*argv, deny=None, **options):
    """@deny: what the kernel says where a namespace is opened by its number."""
    return subprocess.run([CTL, *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
                          preexec_fn=deny and seccomp.deny(seccomp.OPEN_BY_HANDLE_AT, deny), **options)


def said(*argv, **options):
    done = ctl(*argv, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("case", CASES)
def test_enter_and_explain(zoo, case):
    made = zoo(*case.split())
    assert said("enter", made.name, "--", "readlink", "/proc/self/ns/net") == f"net:[{made.inode}]\n"
    told = json.loads(said("explain", made.name, "--json=short"))
    assert told["cookie"] == made.cookie
    device = "slow" if case == "qdisc" else made.facts.get("device")
    assert {link["name"] for link in told["interfaces"]} >= {"lo", device} - {None}


def test_pin_keeps_it(zoo):
    made = zoo("listen-backlog")
    name = f"zoo-{os.getpid()}"
    said("pin", made.name, name)
    try:
        assert nsorphan.scan(source="bpf").verdict(made) == "pinned"
    finally:
        nsorphan.run("ip", "netns", "del", name)
    nsorphan.wait_until(lambda: nsorphan.scan(source="bpf").verdict(made) == "orphaned", "the name to be gone")


@pytest.mark.parametrize("case", CASES)
def test_a_kernel_without_a_way_is_said_so(zoo, case):
    """As of an older one, which has no such handles."""
    made = zoo(*case.split())
    sentence = re.compile(rf"No fd leads to net:\[{made.inode}\].*, and this kernel does not open it without one")
    for argv in (("enter", made.name, "true"), ("pin", made.name, f"zoo-{os.getpid()}")):
        done = ctl(*argv, deny=errno.EOPNOTSUPP)
        assert done.returncode == 1 and sentence.search(done.stderr), done
        assert done.stdout == ""
    told = said("explain", made.name, deny=errno.EOPNOTSUPP)
    assert sentence.search(told), told
    assert not os.path.exists(f"/run/netns/zoo-{os.getpid()}")
