# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who opened a socket, from the state file on: what the daemon, the journal and the client say of it."""
import json
import os
import signal

import pytest

import nsorphan
from fake_daemon import FakeDaemon
from nsorphan import wait_until

LEAKED = "2ab0f6b08e9748e193eb116a997d8bfe"
OPENED_USEC = 1699740800000000
FRAMES = [{"function": "syscall.Socket", "file": "/usr/bin/dockerd", "offset": 4660},
          {"function": "github.com/vishvananda/netlink.NewHandle", "file": "/usr/bin/dockerd", "offset": 16948},
          {"function": "main.creator", "file": "/usr/bin/dockerd", "offset": 21044},
          {"file": "/usr/lib/libx.so.1", "offset": 16, "buildId": "00ff"},
          {"function": "runtime.goexit.abi0", "file": "/usr/bin/dockerd", "offset": 25140}]


def fnv(body):
    total = 0xcbf29ce484222325
    for byte in body:
        total = (total ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f"{total:016x}"


def start_ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return int(stat.read().rpartition(")")[2].split()[19])


def note(path, cookie, birth):
    """As if the daemon had known the birth of the first holder of the namespace, when it was alive."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    for i, line in enumerate(lines):
        entry = json.loads(line)
        if entry.get("cookie") == cookie and "holders" in entry:
            entry["holders"][0]["birth"] = birth
            lines[i] = json.dumps(entry, separators=(",", ":"))
    body = "".join(line + "\n" for line in lines)
    header = {**json.loads(header), "checksum": fnv(body.encode())}
    path.write_text(json.dumps(header) + "\n" + body, encoding="utf-8")


def gone_pid():
    """Of a process that has ended just now."""
    process = nsorphan.subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture
def noted(journal, daemon, zoo):
    """A daemon that has been restarted, and a leak whose birth it knew before."""
    def start(birth=None):
        d = daemon("[Scan]\nDeep=no\n[Alert]\nGraceSec=1h\n", prefix=journal.prefix)
        leak = zoo("socket", "netlink")
        file = d.state / "ledger.json"
        wait_until(lambda: file.exists() and f'"cookie":{leak.cookie},' in file.read_text(), "the leak to be saved")
        d.stop(signal.SIGKILL)
        note(file, leak.cookie, {
            "pid": gone_pid(), "tid": 815, "startNSec": 5 * 10**9, "uid": 0, "comm": "dockerd", "thread": "creator",
            "unit": "docker.service", "openedUSec": OPENED_USEC, "openedBootUSec": 1, "frames": FRAMES, **(birth or {})})
        d.configure("[Scan]\nDeep=no\n[Alert]\nMaxPerMinute=100000\n")
        return d.start(), leak
    return start


def test_the_daemon_knows_it_after_a_restart(journal, noted):
    d, leak = noted()
    wait_until(lambda: journal.entries(f"MESSAGE_ID={LEAKED}", f"NETNS_COOKIE={leak.cookie}"), "the alert")
    entry, = journal.entries(f"MESSAGE_ID={LEAKED}", f"NETNS_COOKIE={leak.cookie}")
    holder, = d.listed()[leak.cookie]["holders"]
    told = holder["birth"]
    assert told["frames"] == FRAMES
    assert {key: told.get(key) for key in ("tid", "startTicks", "comm", "thread", "unit", "uid", "openedUSec")} == {
        "tid": 815, "startTicks": 500, "comm": "dockerd", "thread": "creator", "unit": "docker.service", "uid": 0,
        "openedUSec": OPENED_USEC}
    expected = {"NETNS_OPENER_PID": str(told["pid"]), "NETNS_OPENER_TID": "815", "NETNS_OPENER_COMM": "dockerd",
                "NETNS_OPENER_THREAD": "creator", "NETNS_OPENER_UNIT": "docker.service", "NETNS_OPENER_UID": "0",
                "NETNS_OPENED_USEC": str(OPENED_USEC),
                "NETNS_OPENED_STACK": "github.com/vishvananda/netlink.NewHandle (/usr/bin/dockerd+0x4234)\n"
                                      "main.creator (/usr/bin/dockerd+0x5234)\n"
                                      "/usr/lib/libx.so.1+0x10 (build id 00ff)"}
    assert {key: entry.get(key) for key in expected} == expected
    assert f"by dockerd (pid {told['pid']}, docker.service), thread 'creator', in netlink.NewHandle ← main.creator ← " \
        "libx.so.1+0x10" in entry["MESSAGE"]
    shown = d.ctl("show", leak.name).stdout
    assert f"Opened: the socket by dockerd (pid {told['pid']}, docker.service), thread 'creator', " in shown
    assert "main.creator" in shown
    inspected = d.call("io.nsorphan.Scanner.Inspect", {"cookie": leak.cookie})["inspection"]["holders"][0]
    assert inspected["birth"] == told
    assert inspected["birthProcessGone"] is True


def test_explain_asks_for_it(noted):
    d, leak = noted()
    wait_until(lambda: (d.listed().get(leak.cookie) or {}).get("state"), "the leak")
    text = d.ctl("explain", f"cookie:{leak.cookie}").stdout
    assert "Opened by dockerd (pid " in text
    assert f"and held by socket (pid {leak.pid}): it was inherited or passed on. " \
        "The process that opened it has ended." in text
    assert "\n        at main.creator (dockerd+0x5234)\n        at libx.so.1+0x10 (build id 00ff)\n" in text
    told = json.loads(d.ctl("explain", f"cookie:{leak.cookie}", "--json=short").stdout)
    assert told["holders"][0]["birth"]["frames"] == FRAMES
    assert told["holders"][0]["birthProcessGone"] is True
    assert told["holders"][0]["origin"] == "passed"
    assert "trace" not in told


@pytest.fixture
def told(zoo, tmp_path):
    """explain of a leak, where a daemon says of its holder what is given; and with how it notes births."""
    def ask(birth, trace, *options):
        leak = zoo("socket", "netlink")
        holder = {"kind": "socket", "pid": leak.pid, "tid": leak.pid, "fd": leak.fd, "socketInode": leak.socketInode}
        if birth is not None:
            holder["birth"] = {"pid": leak.pid, "startTicks": start_ticks(leak.pid), **birth}
        answer = {"namespace": {"inode": leak.inode, "cookie": leak.cookie, "verdict": "orphaned", "holderCount": 1,
                                "holders": [holder]}}
        fake = FakeDaemon(tmp_path / "fake", {"Get": {**answer, **({"trace": trace} if trace else {})}})
        return nsorphan.run(nsorphan.CTL, f"--socket={fake.path}", "explain", str(leak.inode), *options,
                            env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout
    return ask


def test_by_the_holder_itself(told):
    text = told({"thread": "creator", "frames": FRAMES}, None)
    assert "\n      The process opened it itself, in thread 'creator'.\n" in text
    # What the socket says of it is not said again.
    assert "port id is its pid" not in text


def test_by_a_process_that_still_runs(told):
    birth = {"pid": os.getpid(), "startTicks": start_ticks(os.getpid()), "comm": "python3", "frames": []}
    text = told(birth, None)
    assert f"Opened by python3 (pid {os.getpid()}), and held by socket (pid " in text
    assert "The process that opened it still runs." in text
    assert "innermost" not in text


def test_why_nothing_is_known(told):
    text = told(None, {"sockets": "yes", "sinceUSec": OPENED_USEC, "refused": 12})
    assert "Who opened one of these sockets was not noted: it is older than the notes, which began on 2023-11-1" in text
    assert "or among 12 that were refused for want of room" in text


def test_nothing_is_said_where_nothing_is_noted(told):
    assert "Who opened" not in told(None, None)


def test_names_that_harm(told):
    """What a process chose is refused where it is not escaped, and then nothing of it is said."""
    text = told({"comm": "\x1b[2J", "frames": []}, None)
    assert "\x1b" not in text and "Opened by" not in text
