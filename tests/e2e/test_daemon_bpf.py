# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon with BPF: what it reports, which source it says it has, and a change from one to the other."""
import signal

import pytest

from nsorphan import BUILD, wait_until

pytestmark = pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")

STATUS = "io.nsorphan.Scanner.GetStatus"


def source_of(d):
    return d.call(STATUS).get("scan", {}).get("source")


def state_of(d, made):
    """State of the zoo's namespace in the ledger, None when it is not in there."""
    return d.listed().get(made.cookie, {}).get("state")


def change_source(d, source):
    d.configure(f"[Scan]\nSource={source}\n")
    d.process.send_signal(signal.SIGHUP)
    wait_until(lambda: source_of(d) == source, f"a scan by {source}")


def scans(d, n):
    for _ in range(n):
        d.call("io.nsorphan.Scanner.Refresh")


@pytest.mark.parametrize("case", ["listen-backlog", "blocked-call", "in-flight nested", "socket udp"])
def test_leak_is_reported_and_resolved(zoo, daemon, case):
    made = zoo(*case.split())
    d = daemon("[Scan]\nSource=bpf\n")
    wait_until(lambda: state_of(d, made) == "leaked", "the alert")
    namespace = d.listed()[made.cookie]
    assert namespace["references"]["counted"] >= 1 and not namespace.get("partial")
    assert made.name in d.ctl("list").stdout
    assert "Source: bpf\n" in d.ctl("status").stdout
    made.stop()
    wait_until(lambda: state_of(d, made) is None, "the end")


@pytest.mark.parametrize("case", ["listen-backlog", "io-uring request", "aio-poll"])
def test_silence_of_the_other_source_resolves_nothing(zoo, daemon, case):
    """What keeps it alive is nowhere in procfs, so a walk that does not meet it proves nothing."""
    made = zoo(*case.split())
    d = daemon("[Scan]\nSource=bpf\n")
    wait_until(lambda: state_of(d, made) == "leaked", "the alert")
    change_source(d, "procfs")
    scans(d, 4)
    assert state_of(d, made) == "leaked"
    change_source(d, "bpf")
    scans(d, 1)
    assert state_of(d, made) == "leaked" and not d.listed()[made.cookie].get("unconfirmed")
    made.stop()
    wait_until(lambda: state_of(d, made) is None, "the end")


@pytest.mark.parametrize("case", ["socket udp", "in-flight socket", "proc-net-file"])
def test_a_leak_stays_one_when_the_source_changes(zoo, daemon, case):
    """Found by procfs, known by number or by its holder: BPF names the same, and tells no other."""
    made = zoo(*case.split())
    d = daemon("[Scan]\nSource=procfs\n")

    def entry():
        """Of this zoo's process."""
        return [n for n in d.listed_all() if any(h.get("pid") == made.pid for h in n["holders"])]

    wait_until(lambda: [n["state"] for n in entry()] == ["leaked"], "the alert")
    since = entry()[0]["sinceUSec"]
    change_source(d, "bpf")
    scans(d, 2)
    namespace, = entry()
    assert namespace["state"] == "leaked" and namespace["sinceUSec"] == since
    assert namespace["cookie"] == made.cookie


WITHOUT = ("setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--inh-caps=-bpf,-perfmon,-sys_admin")


def test_why_it_is_not_bpf_is_told_once(daemon):
    d = daemon("[Scan]\nSource=auto\n", prefix=WITHOUT)
    wait_until(lambda: source_of(d), "a scan")
    scans(d, 2)
    why = "CAP_BPF and CAP_PERFMON are needed"
    assert d.call(STATUS)["scan"]["notBPF"] == why
    assert f"Source: procfs (not BPF: {why})" in d.ctl("status").stdout
    assert d.log.read_text().count(why) == 1


def test_interval_is_that_of_the_source(daemon):
    d = daemon("[Scan]\nSource=auto\nInterval=auto\n")
    wait_until(lambda: source_of(d) == "bpf", "a scan")
    assert d.call(STATUS)["intervalUSec"] == 5_000_000
    d.configure("[Scan]\nSource=procfs\nInterval=auto\n")
    d.process.send_signal(signal.SIGHUP)
    scans(d, 1)
    wait_until(lambda: source_of(d) == "procfs", "a scan by procfs")
    assert d.call(STATUS)["intervalUSec"] == 60_000_000
