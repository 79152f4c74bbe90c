# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon with two witnesses: BPF, and now and then a walk over /proc that has to say the same."""
import os
import pathlib
import re
import signal

import pytest

from nsorphan import BUILD, run, wait_until

pytestmark = pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")

STATUS = "io.nsorphan.Scanner.GetStatus"
OFF = "[Scan]\nSource=bpf\nCrossCheck=no\n"
ON = "[Scan]\nSource=bpf\nCrossCheck=1s\n"
# A mount namespace of its own, in which something can be mounted over a folder of /proc.
PRIVATE = ("unshare", "--mount", "--propagation=private")


def check(d):
    return d.call(STATUS)["crossCheck"]


def source_of(d):
    return d.call(STATUS).get("scan", {}).get("source")


def reload(d, config):
    d.configure(config)
    d.process.send_signal(signal.SIGHUP)


def metric(d, name):
    return int(re.search(rf"^{name}_total (\d+)$", d.ctl("metrics").stdout, re.MULTILINE)[1])


def resident_kib(d):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{d.process.pid}/status").read_text())[1])


def disguise(d, made):
    """In walks of this daemon its folder in /proc is that of another process. BPF is not to be deceived so."""
    run("nsenter", f"--target={d.process.pid}", "--mount",
        "mount", "--bind", f"/proc/{os.getpid()}", f"/proc/{made.pid}")


def test_they_agree(zoo, daemon):
    for case in ("socket udp", "task", "nsfs-fd", "nsfs-mount", "in-flight socket", "listen-backlog", "tun"):
        zoo(*case.split())
    d = daemon(ON)
    made = wait_until(lambda: check(d)["made"], "a cross-check", 60)
    assert check(d) == {"made": made, "disagreements": 0, "lastUSec": check(d)["lastUSec"]}
    assert source_of(d) == "bpf"
    assert "Cross-check: procfs agreed with BPF " in d.ctl("status").stdout
    assert metric(d, "nsorphan_cross_checks") >= made
    assert metric(d, "nsorphan_cross_check_disagreements") == 0


def test_none_without_bpf_and_none_when_off(daemon):
    for config in (OFF, "[Scan]\nSource=procfs\nCrossCheck=1s\n"):
        d = daemon(config)
        for _ in range(4):
            d.call("io.nsorphan.Scanner.Refresh")
        assert check(d) == {"made": 0, "disagreements": 0}
        assert "Cross-check" not in d.ctl("status").stdout
        d.stop()


def test_memory_goes_back(daemon):
    d = daemon(OFF)
    for _ in range(3):
        d.call("io.nsorphan.Scanner.Refresh")
    before = resident_kib(d)
    reload(d, ON)
    wait_until(lambda: check(d)["made"], "a cross-check", 60)
    reload(d, OFF)
    d.call("io.nsorphan.Scanner.Refresh")
    assert resident_kib(d) < before + 1024


def test_a_disagreement_ends_bpf(zoo, daemon):
    leak = zoo("socket", "udp")
    disguised = zoo("task")
    d = daemon(OFF, prefix=PRIVATE)
    wait_until(lambda: d.listed().get(leak.cookie, {}).get("state") == "leaked", "the alert")
    since = d.listed()[leak.cookie]["sinceUSec"]
    disguise(d, disguised)
    reload(d, ON)
    wait_until(lambda: check(d)["disagreements"], "the disagreement", 60)

    # Said once, and everywhere.
    reply = check(d)
    assert reply["disagreement"].startswith(f"net:[{disguised.inode}]: ")
    assert d.log.read_text().count("BPF and procfs disagree about network namespaces") == 1
    status = d.call(STATUS)
    assert status["scan"]["source"] == "procfs"
    assert reply["disagreement"] in status["scan"]["notBPF"]
    text = d.ctl("status").stdout
    assert "Source: procfs (not BPF: BPF and procfs disagree, net:[" in text
    assert "Cross-check: BPF and procfs disagreed " in text
    assert metric(d, "nsorphan_cross_check_disagreements") == reply["disagreements"]

    # For good, whatever the configuration says, and with nothing lost or told again.
    reload(d, ON)
    for _ in range(3):
        d.call("io.nsorphan.Scanner.Refresh")
    assert source_of(d) == "procfs"
    assert d.listed()[leak.cookie]["state"] == "leaked" and d.listed()[leak.cookie]["sinceUSec"] == since
    log = d.log.read_text()
    assert log.count(f"Network namespace {leak.name} has leaked") == 1
    assert f"{leak.name} is resolved" not in log and log.count("BPF and procfs disagree about") == 1
    assert check(d)["made"] == reply["made"]
    leak.stop()
    wait_until(lambda: leak.cookie not in d.listed(), "the end of the leak")


def test_a_restart_believes_bpf_again(zoo, daemon):
    disguised = zoo("task")
    d = daemon(ON, prefix=PRIVATE)
    disguise(d, disguised)
    wait_until(lambda: source_of(d) == "procfs", "the disagreement", 60)
    d.stop()
    d.start()
    wait_until(lambda: source_of(d) == "bpf" and check(d)["made"], "a cross-check that agrees", 60)
    assert check(d)["disagreements"] == 0
