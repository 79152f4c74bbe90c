# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the verbs print on a terminal of 80 and of 120 columns, compared with what was recorded.

NSORPHAN_RECORD=1 records it anew, below tests/e2e/output. The daemon is one that answers as told here.
"""
import json
import os
import pathlib
import re
import time

import pytest

from fake_daemon import FakeDaemon
from nsorphan import CTL, run, wait_until
from terminal import on_terminal, plain, width

RECORDED = pathlib.Path(__file__).with_name("output")
NOW = int(time.time())
HOUR = 3600
COLUMNS = (80, 120)


def ago(seconds):
    """Half a minute to the past, so that a slow test prints the same."""
    return (NOW - seconds - 30) * 10**6


def socket(pid, comm, fd, **more):
    return {"kind": "socket", "pid": pid, "tid": pid, "fd": fd, "comm": comm, "family": "netlink", "type": "raw",
            "protocol": "route", "socketInode": 6459000 + fd, **more}


BIRTH = {"pid": 812, "tid": 815, "startTicks": 500, "comm": "dockerd", "thread": "creator", "unit": "docker.service",
         "uid": 0, "openedUSec": ago(76 * HOUR), "frames": [
             {"function": "syscall.RawSyscall.abi0", "file": "/usr/bin/dockerd", "offset": 4660},
             {"function": "github.com/vishvananda/netlink.NewHandle", "file": "/usr/bin/dockerd", "offset": 16948},
             {"function": "main.creator", "file": "/usr/bin/dockerd", "offset": 21044},
             {"function": "runtime.goexit.abi0", "file": "/usr/bin/dockerd", "offset": 25140}]}
MANY = [{"inode": 4026532300 + i, "cookie": 160000 + i, "verdict": "orphaned", "state": "leaked",
         "sinceUSec": ago(4 * HOUR), "leakedUSec": ago(4 * HOUR), "scans": 99, "holderCount": 1,
         "holders": [socket(7341, "system-probe", 10 + i, unit="datadog-agent-sysprobe.service")]} for i in range(6)]
ONE = {"inode": 4026532249, "cookie": 151274, "verdict": "orphaned", "partial": True,
       "partialReason": "the files of 2 processes cannot be seen (first: pid 1: Permission denied)",
       "state": "suspected", "sinceUSec": ago(2 * HOUR), "scans": 7, "ownerUID": 0, "holderCount": 3000,
       "holders": [socket(5096, "vpn-helperd", 4, unit="vpn.service", socketCookie=700, birth=BIRTH),
                   socket(5536, "sleep", 4, family="inet", type="stream", protocol="tcp"),
                   {"kind": "nsfs_mount", "path": "/var/run/docker/netns/1-a2b3c4d5e6"}]}
NAMELESS = {"nameless": {"pid": 411, "fileInode": 8775}, "verdict": "orphaned", "state": "leaked", "ignored": True,
            "sinceUSec": ago(26 * HOUR), "leakedUSec": ago(25 * HOUR), "scans": 2, "holderCount": 1,
            "holders": [socket(411, "網路代理程式", 1023, unit="container-with-a-long-name@instance-7.service")]}
STATUS = {
    "version": "0.2", "pid": 4711, "host": {"kernel": "6.18"}, "intervalUSec": 60 * 10**6,
    "scan": {"startUSec": ago(1200), "durationUSec": 1000, "source": "procfs",
             "notBPF": "CAP_BPF and CAP_PERFMON are needed, and this process does not have them"},
    "coverage": {"complete": False, "tasksComplete": True, "processes": 200, "threads": 300, "fds": 4000,
                 "sockets": 500, "unreadableProcesses": 2, "unresolvedHolders": 1,
                 "reasons": ["the files of 2 processes cannot be seen (first: pid 1: Permission denied)",
                             "the namespace of 1 holder cannot be determined (first: pid 31351)"]},
    "verdicts": {"attached": 12, "pinned": 1, "orphaned": 8},
    "states": {"suspected": 1, "leaked": 7, "ignored": 1},
    "shares": [{"name": "uid 65534", "orphans": 1, "heldBack": 1},
               {"name": "/kubepods.slice/kubepods-burstable.slice", "orphans": 700, "unkept": 188, "heldBack": 690}],
    "teardown": {"namespaces": 1, "stuck": 1, "cookie": 77, "sinceUSec": ago(1200)},
    "crossCheck": {"made": 9, "disagreements": 0, "lastUSec": ago(1200)},
    "skipped": [{"pid": 99, "step": "reading the maps of", "sinceUSec": ago(1200)}],
    "sequence": 1, "nextScanUSec": (NOW + 3 * HOUR + 30) * 10**6}
INSPECTION = {
    "holders": [], "processes": [],
    "interfaces": [
        {"index": 1, "name": "lo", "up": True, "state": "unknown", "mtu": 65536, "addresses": ["127.0.0.1/8"]},
        {"index": 2, "name": "eth0", "kind": "veth", "up": True, "state": "up", "mtu": 1500,
         "addresses": ["172.17.0.2/16", "fe80::42:acff:fe11:2/64"],
         "peer": {"name": "vetha71c3e", "here": True, "master": "docker0", "masterKind": "bridge"}}],
    "defaultRoutes": [], "socketCounts": [],
    "listening": [{"protocol": "tcp", "address": "172.17.0.2:8080"}, {"protocol": "unix", "address": "@docker/plug"}]}


def event(kind, **more):
    return {"kind": kind, "usec": 1795761616949838, "sequence": 1, **more}


EVENTS = [event("present", namespace=ONE), event("synchronized"), event("leaked", namespace=MANY[0]),
          event("resolved", namespace=MANY[1], ending="gone"),
          event("coverage_degraded", detail=STATUS["coverage"]["reasons"][0])]
ANSWERS = {
    "List": {"namespaces": [ONE, *MANY, NAMELESS]},
    "GetStatus": STATUS,
    "Get": {"namespace": ONE},
    "Inspect": {"namespace": ONE, "inspection": INSPECTION},
    "Refresh": {key: STATUS[key] for key in ("scan", "coverage", "verdicts", "states")},
    "Subscribe": b"".join(json.dumps({"parameters": e, "continues": e is not EVENTS[-1]}).encode() + b"\0"
                          for e in EVENTS),
    "GetMetrics": {"text": "# TYPE nsorphan_namespaces gauge\nnsorphan_namespaces 8\n# EOF\n"},
}
NOTHING = {**ANSWERS, "List": {"namespaces": []},
           "GetStatus": {**STATUS, "coverage": {**STATUS["coverage"], "complete": True, "reasons": []},
                         "states": {"suspected": 0, "leaked": 0, "ignored": 0}, "shares": [], "skipped": [],
                         "teardown": {"namespaces": 0, "stuck": 0}}}

def fresh(value):
    """As old as it is meant to be when the test runs."""
    late = int(time.time()) - NOW
    if isinstance(value, dict):
        return {k: v + late * 10**6 if k.endswith("USec") and isinstance(v, int) and v > 10**15 else fresh(v)
                for k, v in value.items()}
    return [fresh(v) for v in value] if isinstance(value, list) else value


VERBS = {
    "list": ["list"], "by-holder": ["list", "--by-holder"], "show": ["show", "cookie:151274"], "status": ["status"],
    "refresh": ["refresh"], "watch": ["watch"], "metrics": ["metrics"], "check": ["check"],
}


def printed(where, argv, columns, **environment):
    socket_option = [f"--socket={where}"] if where else []
    text, _ = on_terminal([CTL, "--no-pager", *socket_option, *argv], columns, TZ="UTC", LC_ALL="C.UTF-8",
                          SYSTEMD_COLORS="0", **environment)
    # When it was is another each time, but as long.
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-27 11:21:26", plain(text))


def compare(name, text):
    file = RECORDED / f"{name}.txt"
    if os.environ.get("NSORPHAN_RECORD"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def assert_good(text, columns):
    too_wide = [line for line in text.splitlines() if width(line) > columns]
    assert not too_wide
    assert not re.search(r"\bin 0\b|\b1 (?!of\b|more\b)[a-z]+s\b(?! leaked)", text)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("verb", sorted(VERBS))
def test_as_recorded(tmp_path, verb, columns):
    fake = FakeDaemon(tmp_path / "fake", fresh(ANSWERS))
    text = printed(fake.path, VERBS[verb], columns)
    compare(f"{verb}-{columns}", text)
    assert_good(text, columns)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("verb", ["list", "status"])
def test_nothing_to_say(tmp_path, verb, columns):
    fake = FakeDaemon(tmp_path / "fake", fresh(NOTHING))
    text = printed(fake.path, [verb], columns)
    compare(f"{verb}-nothing-{columns}", text)
    assert_good(text, columns)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("verb", ["", "scan", "explain", "silence", "check"])
def test_help_fits(verb, columns):
    text, _ = on_terminal([CTL, *([verb] if verb else []), "--help"], columns, LC_ALL="C.UTF-8")
    assert [line for line in plain(text).splitlines() if width(line) > columns] == []
    whole = run(CTL, *([verb] if verb else []), "--help").stdout
    assert plain(text).split() == whole.split()


def test_nothing_is_lost_by_folding(tmp_path):
    """Elsewhere than on a terminal a line is as long as it is, and says the same."""
    fake = FakeDaemon(tmp_path / "fake", fresh(ANSWERS))
    for verb in ("show", "status", "watch"):
        piped = run(CTL, f"--socket={fake.path}", *VERBS[verb], check=False, env={**os.environ, "COLUMNS": "80"})
        whole = piped.stdout + piped.stderr
        assert max(map(width, whole.splitlines())) > 80
        narrow = printed(fake.path, VERBS[verb], 80)
        # But for tables, whose cells go on in the next line.
        prose = whole.split("\n\n")[0] if verb == "show" else whole
        words = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-27 11:21:26", prose).split()
        assert [word for word in words if word not in narrow] == []


@pytest.mark.parametrize("columns", COLUMNS)
def test_what_scans_by_itself(zoo, columns):
    """Numbers are others each time; lines are none the longer."""
    leaker = zoo("socket", "netlink")
    for argv in (["scan"], ["scan", "--all"], ["explain", str(leaker.inode)], ["explain", f"pid:{leaker.pid}"]):
        wait_until(lambda argv=argv: leaker.name in printed(None, argv, columns), "the orphan")
        text = printed(None, argv, columns)
        # A command is whole, and a path has no place to be folded at.
        lines = [line for line in text.splitlines()
                 if not re.match(r"\s+(nsorphanctl|systemctl|kill|docker|podman|crictl|ip) |.*\S{60}", line)]
        assert [line for line in lines if width(line) > columns] == []
