# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shipped service notes who opens sockets, in its whole sandbox: systemd is pid 1 of an emulated machine
whose kernel lets programs be attached, as that of the build machine may not."""
import json
import os
import re
import shutil
import subprocess

import pytest

import nsorphan
from story import build_creator, parts_of
from system import LAB, install

BOOT_TIMEOUT = 900

pytestmark = pytest.mark.skipif(not (nsorphan.BUILD / "tests/bpf/bpf-births").exists(), reason="built without BPF")

LEAK_UNIT = """[Service]
ExecStart=/bin/sh -c 'sleep infinity | exec /usr/local/bin/{}'
"""

# Not allowed to make a folder; a kernel that tells of this has told of what was refused before.
REFUSED_UNIT = """[Service]
Type=oneshot
ExecStart=/usr/local/bin/refused-%i /tmp/refused
SystemCallFilter=~mkdir
SystemCallErrorNumber=EPERM
"""

# What a kernel attaches a program of ours to, as it names it.
FUNCTIONS = {"sk_alloc", "security_unix_stream_connect", "security_sock_graft", "security_sk_free"}

# The calls that the filter of the unit refuses, by their numbers on x86-64. clone3: the C library takes clone(2)
# then. The others: of itself, a scan gets the least of the processor and of the disk; here the unit does that.
CLONE3, SETPRIORITY, IOPRIO_SET, MKDIR = 435, 141, 251, 83
SHIPPED_REFUSES = {CLONE3, SETPRIORITY, IOPRIO_SET}
# And what those need that bpf-only.conf takes away: the mark of a scanner, setns(2), files of other processes and
# files by their handle.
UNSHARE, SETNS, OPEN_BY_HANDLE_AT, PIDFD_GETFD = 272, 308, 304, 438
ALONE_REFUSES = SHIPPED_REFUSES | {UNSHARE, SETNS, OPEN_BY_HANDLE_AT, PIDFD_GETFD}

# Bits of CapEff.
SHIPPED_CAPABILITIES = {"dac_read_search": 2, "net_admin": 12, "sys_ptrace": 19, "sys_admin": 21,
                        "perfmon": 38, "bpf": 39}
ALONE_CAPABILITIES = {"perfmon": 38, "bpf": 39}


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """{part: its lines} of tests/lab/unit-story."""
    creator = build_creator(tmp_path_factory.mktemp("go"))
    folder, _ = install()
    try:
        for file in (LAB / "unit-story", creator, nsorphan.BUILD / "tests/lab/passer"):
            (folder / "usr/local/bin").mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / "usr/local/bin")
        units = folder / "etc/systemd/system"
        units.mkdir(parents=True, exist_ok=True)
        (units / "leak-go@.service").write_text(LEAK_UNIT.format("creator"))
        (units / "leak-passed@.service").write_text(LEAK_UNIT.format("passer"))
        (units / "refused@.service").write_text(REFUSED_UNIT)
        done = subprocess.run([LAB / "boot-machine", "6.12", "trixie", folder, "unit-story"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BOOT_TIMEOUT,
                              errors="replace", env={**os.environ, "NSORPHAND_LAB_TIMEOUT": str(BOOT_TIMEOUT - 100)})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode == nsorphan.UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    return parts_of(done.stdout)


def value(story, part):
    return json.loads(story[part][0])


def attached(story, part):
    """The functions that have programs which systemd does not have there."""
    def functions(lines):
        return {line.split()[0] for line in lines if not line[:1].isspace()}
    return functions(story[part]) - functions(story["before"])


def capabilities(story, part):
    bits = int(dict(line.split(":") for line in story[part])["CapEff"], 16)
    return {bit for bit in range(64) if bits >> bit & 1}


def refused(story, part):
    """{program: the numbers of the calls that it was refused}."""
    found = {}
    for line in story[part]:
        for program, call in re.findall(r'exe="([^"]*)".* syscall=(\d+) ', line):
            found.setdefault(program.rsplit("/", 1)[1], set()).add(int(call))
    # Or those of the daemon could be missing, too.
    assert found[f"refused-{part.split()[0]}"] == {MKDIR}
    return found


def births(story, part):
    """{comm of the holder: (its holder, birth)} of what has leaked."""
    return {holder["comm"]: (holder, holder["birth"]) for netns in value(story, part)["namespaces"]
            if netns.get("state") == "leaked" for holder in netns["holders"]}


def test_nothing_was_waited_for_in_vain(story):
    assert [part for part in story if part.startswith("failed ")] == []


def test_the_sandbox_is_in_force(story):
    assert capabilities(story, "shipped process") == set(SHIPPED_CAPABILITIES.values())
    assert capabilities(story, "alone process") == set(ALONE_CAPABILITIES.values())
    for name in ("shipped process", "alone process"):
        assert {"NoNewPrivs:\t1", "Seccomp:\t2"} <= set(story[name])


def test_no_call_is_refused_that_is_needed(story):
    found = refused(story, "shipped refused")
    assert found["nsorphand"] <= SHIPPED_REFUSES
    assert "nsorphan-symbolize" not in found
    # That of before is in there, too.
    found = refused(story, "alone refused")
    assert found["nsorphand"] <= ALONE_REFUSES and UNSHARE in found["nsorphand"]
    assert "nsorphan-symbolize" not in found


@pytest.mark.parametrize("name", ["shipped", "alone"])
def test_births_are_noted(story, name):
    status = value(story, f"{name} status")
    assert status["coverage"]["complete"] and status["scan"]["source"] == "bpf"
    assert status["trace"]["sockets"] == "yes" and 2 <= status["trace"]["births"] <= status["trace"]["noted"]
    assert attached(story, f"{name} attached") == FUNCTIONS
    assert "Who opens sockets is noted (Sockets=yes)" in story[f"{name} log"]


def check_shipped(found):
    holder, birth = found["creator"]
    assert holder["verified"] is True
    assert birth["pid"] == holder["pid"] != birth["tid"] and birth["thread"] == "creator"
    assert birth["unit"] == "leak-go@shipped.service"
    # Where there is nothing to name functions by, there is the file.
    assert all(frame["file"] == "/usr/local/bin/creator" for frame in birth["frames"])
    if have_symbols():
        assert "main.creator" in [frame["function"] for frame in birth["frames"]]
    # By a process that has ended.
    holder, birth = found["passer"]
    assert birth["pid"] != holder["pid"] and birth["comm"] == "helper"
    assert birth["unit"] == "leak-passed@shipped.service"


def have_symbols():
    return (nsorphan.BUILD / "src/symbolize/nsorphan-symbolize").exists()


def test_who_opened_it(story):
    check_shipped(births(story, "shipped list"))
    explained = "\n".join(story["shipped explain"])
    assert "The process opened it itself, in thread 'creator'" in explained
    assert not have_symbols() or "at main.creator (creator+0x" in explained


def test_the_journal_says_it(story):
    alert = value(story, "shipped alert go")
    assert "; the socket was opened " in alert["MESSAGE"]
    assert alert["OBJECT_SYSTEMD_UNIT"] == alert["NETNS_OPENER_UNIT"] == "leak-go@shipped.service"
    if have_symbols():
        assert alert["MESSAGE"].endswith("in main.creator ← main.main.func1")
        assert alert["NETNS_OPENED_STACK"].startswith("main.creator (/usr/local/bin/creator+0x")
    alert = value(story, "shipped alert passed")
    assert re.search(r"by helper \(pid \d+, leak-passed@shipped\.service\)", alert["MESSAGE"])


def test_reload(story):
    """Between all that Sockets= can be; what the ledger knows stays."""
    for which in ("foreign", "yes"):
        assert value(story, f"reload {which} status")["trace"]["sockets"] == which
        assert attached(story, f"reload {which} attached") == FUNCTIONS
    assert value(story, "reload foreign status")["trace"]["births"] >= 2
    assert "trace" not in value(story, "reload no status")
    assert attached(story, "reload no attached") == set()
    pids = {value(story, f"{part} status")["pid"]
            for part in ("shipped", "reload foreign", "reload no", "reload yes")}
    assert len(pids) == 1
    check_shipped(births(story, "reload list"))
    log = story["alone log"]  # of all that was
    assert log.count("Who opens sockets is no longer noted (Sockets=no)") == 1


@pytest.mark.parametrize("name", ["stopped", "stopped alone"])
def test_stop_leaves_nothing(story, name):
    assert attached(story, f"{name} attached") == set()
    assert story[f"{name} processes"] == []
    assert set(story[f"{name} unit"]) == {"Result=success", "NRestarts=0", "ExecMainStatus=0",
                                          "ActiveState=inactive", "SubState=dead"}


def test_with_bpf_alone(story):
    """What docs/bpf.md says is lost, and nothing else."""
    found = births(story, "alone list")
    holder, birth = found["creator"]
    assert holder["verified"] is False and holder["unverifiedReason"]
    assert birth["thread"] == "creator" and birth["unit"] == "leak-go@alone.service"
    assert len(birth["frames"]) >= 3 and all(set(frame) == {"offset"} for frame in birth["frames"])
    holder, birth = found["passer"]
    assert birth["comm"] == "helper" and birth["pid"] != holder["pid"] and "unit" not in birth
    assert "the socket was opened " in value(story, "alone alert go")["MESSAGE"]
    assert value(story, "alone inspect")["inspection"]["insideError"].startswith("No permission to open ")
    assert "at 0x" in "\n".join(story["alone explain"])
    assert ("Failed to mark this process as a scanner: Operation not permitted, continuing without a mark"
            in story["alone log"])
