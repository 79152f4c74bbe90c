# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole scan by BPF, of every program of the zoo, and why there is none where it cannot be."""
import json
import os
import re
import signal
import subprocess
import tempfile
import time

import pytest

from bpf_animals import ANIMALS, check_holder
from nsorphan import BUILD, CTL, PATIENCE, Census, run, scan, wait_until

can_bpf = pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")


def by_bpf(made=None, counted=None, **more):
    """A census; again, where another scanner on this host has a hand in the namespace at that moment, or a
    socket has just been closed: that is freed a grace period of RCU later."""
    for _ in range(20):
        census = scan(source="bpf", **more)
        found = made and census.find(made)
        if not found or ({h.get("pid") for h in found["holders"]} <= {made.pid, None} and
                         found.get("references", {}).get("counted") == counted):
            break
        time.sleep(0.1)
    assert census.document["scan"]["source"] == "bpf" and "notBPF" not in census.document["scan"]
    return census


@can_bpf
@pytest.mark.parametrize("case", ANIMALS)
def test_zoo(zoo, case):
    verdict, kinds, explained, counted = ANIMALS[case]
    made = zoo(*case.split())
    census = by_bpf(made, counted)
    namespace = census.find(made)
    assert namespace["verdict"] == verdict and "partial" not in namespace
    holders = namespace["holders"]
    assert sorted(h["kind"] for h in holders) == kinds
    if verdict == "attached":
        assert "references" not in namespace
        return
    assert namespace["references"] == {"counted": counted, "explained": explained}
    for holder in holders:
        if holder["kind"] == "nsfs_mount":
            if case == "nsfs-mount plain":
                assert holder["path"] == made.path and holder["pid"] == made.pid
            continue
        check_holder(case, holder, made)
        # A second witness where there can be one; else the reason.
        assert holder["verified"] == ("unverifiedReason" not in holder)
        if holder["kind"] in ("socket", "tun", "nsfs_fd"):
            assert holder["verified"], holder
        for key in ["device"] if case.startswith("tun") else []:
            assert holder.get(key) == getattr(made, key), key
    if explained < counted:
        assert not census.coverage["complete"]
        assert any("not accounted for" in reason for reason in census.coverage["reasons"])


@can_bpf
def test_owner_is_that_of_the_other_source(zoo):
    made = zoo("socket", "udp", prefix=("unshare", "--user", "--map-root-user", "--net", "--"))
    one, other = by_bpf(made, 1).find(made), scan().find(made)
    for key in ("inode", "cookie", "verdict", "ownerUserNamespaceInode", "ownerUID", "holderCount"):
        assert one[key] == other[key], key


@can_bpf
def test_verdicts_need_no_ptrace(zoo):
    """The view is whole where procfs is refused; a holder is named, and not verified."""
    made = zoo("socket", "udp")
    census = by_bpf(prefix=("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"))
    namespace = census.find(made)
    assert namespace["verdict"] == "orphaned" and "partial" not in namespace
    holder, = namespace["holders"]
    assert holder["pid"] == made.pid and holder["comm"] == "socket"


@can_bpf
def test_a_proc_that_hides_hides_no_holder(zoo):
    """A process that /proc does not show is no process that has ended."""
    made = zoo("socket", "udp")
    done = run("unshare", "--mount", "--propagation=private", "sh", "-c",
               f"mount -t proc -o hidepid=2 proc /proc && exec setpriv --inh-caps=-sys_ptrace "
               f"--bounding-set=-sys_ptrace {CTL} scan --all --json=short --source=bpf")
    namespace = Census(json.loads(done.stdout)).find(made)
    holder, = namespace["holders"]
    assert holder["pid"] == made.pid and holder["fd"] == made.fd
    assert not holder["verified"] and holder["unverifiedReason"] == "its process may not be looked into"


WITHOUT = ("setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--inh-caps=-bpf,-perfmon,-sys_admin")


@can_bpf
def test_without_capabilities_it_is_procfs_and_says_why(zoo):
    made = zoo("socket", "udp")
    census = scan(source="auto", prefix=WITHOUT)
    assert census.document["scan"]["source"] == "procfs"
    assert census.document["scan"]["notBPF"] == "CAP_BPF and CAP_PERFMON are needed"
    done = run(CTL, "scan", prefix=WITHOUT)
    assert "This is from procfs, not from BPF: CAP_BPF and CAP_PERFMON are needed.\n" in done.stderr
    done = run(CTL, "scan", "--source=bpf", prefix=WITHOUT, check=False)
    assert done.returncode != 0 and done.stdout == ""
    assert "Failed to scan by BPF: CAP_BPF and CAP_PERFMON are needed" in done.stderr
    assert made.process.poll() is None


@can_bpf
def test_an_older_kernel_is_not_tried():
    done = run("setarch", "--uname-2.6", CTL, "scan", "--source=bpf", check=False)
    assert done.returncode != 0


def test_source_is_one_of_three():
    done = run(CTL, "scan", "--source=magic", check=False)
    assert done.returncode == 64 and "must be one of: auto bpf procfs" in done.stderr


@can_bpf
def test_no_kernel_address_is_told(zoo):
    zoo("in-flight", "nested")
    done = subprocess.run([CTL, "scan", "--all", "--json=short", "--source=bpf"], capture_output=True,
                          text=True, timeout=PATIENCE)
    # Where addresses begin, with four and with five levels of page tables.
    assert not [n for n in re.findall(r"\d{16,}", done.stdout) if int(n) >= 0xFF00_0000_0000_0000]


def strace(*options):
    """Runs a command under strace, and returns it with the calls to bpf(2) that strace saw."""
    with tempfile.NamedTemporaryFile("r") as log:
        done = run("strace", "-f", "-qq", "-o", log.name, "-e", "trace=bpf", *options, check=False)
        calls = re.findall(r".*\bbpf\(.*|.* resumed.*INJECTED.*", log.read())
    if not calls:
        pytest.skip("strace cannot be used here")
    return done, calls


@can_bpf
def test_each_bpf_call_failing(zoo):
    """Whichever of them fails, the answer is whole: that of procfs, with the reason."""
    made = zoo("socket", "udp")
    failed = 0
    # All of the first, where programs are loaded; of the runs, whose number is another in each scan, some.
    for call in [*range(1, 16), *range(16, 200, 7)]:
        for errnum in ("EPERM", "ENOMEM", "E2BIG") if call in (1, 4, 16) else ("EPERM",):
            done, calls = strace("-e", f"inject=bpf:error={errnum}:when={call}", CTL, "scan", "--all",
                                 "--json=short")
            census = Census(json.loads(done.stdout))
            assert census.find(made)["verdict"] in ("orphaned", "attached"), call
            if not any("INJECTED" in line for line in calls):
                # There were not so many.
                assert failed > 15 and census.document["scan"]["source"] == "bpf"
                return
            failed += 1
            assert census.document["scan"]["source"] == "procfs", call
            why = census.document["scan"]["notBPF"]
            assert ("memory is short" if errnum == "ENOMEM" else "") in why, (call, why)


@can_bpf
def test_a_file_that_has_moved_on_is_still_a_path(zoo):
    """Where BPF saw it, there is another file by the time it is checked: a process handed it on."""
    made, orphan = zoo("nsfs-fd", "link"), zoo("socket", "udp")
    done, _ = strace("-e", "trace=bpf,pidfd_getfd", "-e", "inject=pidfd_getfd:error=EBADF", CTL, "scan", "--all",
                     "--json=short", "--source=bpf")
    census = Census(json.loads(done.stdout))
    namespace = census.find(made)
    assert namespace["verdict"] == "pinned" and namespace["unseenReference"]
    assert namespace["holders"] == [] and namespace["references"]["explained"] < namespace["references"]["counted"]
    assert census.find(orphan)["verdict"] == "orphaned"


@can_bpf
@pytest.mark.parametrize("call", [2, 4, 7, 11, 16])
def test_a_failed_call_leaves_nothing_open(daemon, zoo, call, tmp_path, stack):
    """No program and no map of BPF, once the daemon has gone on with procfs."""
    zoo("socket", "udp")
    log = tmp_path / "strace"
    d = daemon("[Scan]\nSource=auto\nInterval=1h\n",
               prefix=("strace", "-f", "-qq", "-o", log, "-e", "trace=bpf", "-e",
                       f"inject=bpf:error=EPERM:when={call}"))
    status = wait_until(lambda: "scan" in (said := d.call("io.nsorphan.Scanner.GetStatus")) and said, "the first scan")
    # It would outlive strace.
    stack.callback(os.kill, status["pid"], signal.SIGKILL)
    assert "INJECTED" in log.read_text()
    assert status["scan"]["source"] == "procfs", status["scan"]
    listed = run("ls", "-l", f"/proc/{status['pid']}/fd", check=False).stdout
    assert "socket:" in listed and "bpf" not in listed
