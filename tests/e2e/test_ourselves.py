# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking at a leak is neither what keeps it alive nor its end, however long somebody looks."""
import json
import os
import pathlib
import subprocess
import time

import pytest

import nsorphan
from nsorphan import CTL, ZOO, Census, wait_until

SCANS = 4


@pytest.fixture
def daemons(stack, tmp_path):
    """Two of them, beside each other; daemons(environment of the first)."""
    def start(environment=None):
        both = []
        for i in range(2):
            folder = tmp_path / str(i)
            folder.mkdir()
            # Others' leaks are not to hold back what is said of ours.
            started = nsorphan.Daemon(
                folder, "[Scan]\nDeep=no\n[Alert]\nMaxPerMinute=100000\n",
                environment=environment if i == 0 else None)
            stack.callback(lambda d=started: d.process and d.stop())
            both.append(started.start())
        return both
    return start


@pytest.fixture
def slow(tmp_path):
    """The environment of a program that stays in a namespace which it enters, and a way to let it go."""
    class Slow:
        file = tmp_path / "stay"
        environment = {"LD_PRELOAD": str(ZOO / "libslow-setns.so"), "SLOW_SETNS": str(file)}

        def hold(self, made):
            whole = self.file.with_suffix(".new")
            whole.write_text(str(made.inode))
            whole.rename(self.file)

        def release(self):
            self.file.unlink(missing_ok=True)
    made = Slow()
    yield made
    made.release()


def threads_in(pid, inode):
    """The threads of a process that are in the namespace."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            if os.stat(task / "ns/net").st_ino == inode:
                found.append(int(task.name))
        except OSError:
            pass
    return found


def is_resolved(started, made):
    return f"net:[{made.inode}] is resolved" in started.log.read_text(encoding="utf-8")


def leak(daemons, zoo):
    made = zoo("socket", "netlink")
    for started in daemons:
        wait_until(lambda d=started: d.listed().get(made.cookie, {}).get("state") == "leaked",
                   "the leak")
    return made


def look_around(daemons, made, pid):
    """All see the leak as it is, and nothing of the process that looks."""
    for _ in range(SCANS):
        for started in daemons:
            started.ctl("refresh")
            entry = started.listed()[made.cookie]
            assert entry["state"] == "leaked" and entry["verdict"] == "orphaned"
            assert [h["pid"] for h in entry["holders"]] == [made.pid]
            assert not is_resolved(started, made)
        census = Census(json.loads(nsorphan.run(CTL, "scan", "--all", "--json=short").stdout))
        assert census.verdict(made) == "orphaned"
        assert not [h for n, h in census.holders(pid) if n and n.get("inode") == made.inode]


def has_ended(started, made):
    """Asks for a scan: on a busy host the next would be long in coming."""
    started.ctl("refresh")
    return is_resolved(started, made) or started.listed().get(made.cookie, {}).get("unconfirmed")


def expect_end(daemons, made):
    made.stop()
    for started in daemons:
        wait_until(lambda d=started: has_ended(d, made), "the end")


def test_a_client_that_takes_long(daemons, zoo, spawn, slow):
    both = daemons()
    made = leak(both, zoo)
    slow.hold(made)
    client = spawn([CTL, "explain", made.name], env={**os.environ, **slow.environment},
                   stdout=subprocess.PIPE, text=True)
    wait_until(lambda: threads_in(client.pid, made.inode), "the client to be inside")
    look_around(both, made, client.pid)
    assert threads_in(client.pid, made.inode)
    slow.release()
    assert made.name in client.communicate(timeout=nsorphan.PATIENCE)[0]
    expect_end(both, made)


def test_a_daemon_that_takes_long(daemons, zoo, slow):
    both = daemons(slow.environment)
    made = leak(both, zoo)
    slow.hold(made)
    connection = both[0].connect()
    connection.send("io.nsorphan.Scanner.Inspect", {"cookie": made.cookie})
    wait_until(lambda: threads_in(both[0].process.pid, made.inode), "the daemon to be inside")
    look_around(both, made, both[0].process.pid)
    assert threads_in(both[0].process.pid, made.inode)
    slow.release()
    assert connection.receive()["parameters"]["namespace"]["cookie"] == made.cookie
    connection.close()
    expect_end(both, made)


@pytest.mark.parametrize("command", [["sleep", "600"], ["sh", "-c", "sleep 600 & wait"]],
                         ids=["alone", "with-a-child"])
def test_whoever_enters(daemons, zoo, spawn, command):
    """The command is the client's doing, and so is all that it starts."""
    both = daemons()
    made = leak(both, zoo)
    client = spawn(["setpriv", "--pdeathsig", "KILL", CTL, "enter", made.name, "--", *command],
                   start_new_session=True)
    wait_until(lambda: pathlib.Path(f"/proc/{client.pid}/comm").read_text().strip() == command[0],
               "the command")
    assert threads_in(client.pid, made.inode)
    look_around(both, made, client.pid)
    # What held it goes; the namespace does not, because of us alone.
    made.stop()
    for _ in range(SCANS):
        for started in both:
            started.ctl("refresh")
            assert started.listed()[made.cookie]["unconfirmed"] is True
            assert not is_resolved(started, made)
    os.killpg(client.pid, nsorphan.signal.SIGKILL)
    expect_end(both, made)


def test_what_a_command_leaves_behind_counts(daemons, zoo, stack):
    """A process that goes on when the command has ended is in there for reasons of its own."""
    both = daemons()
    made = leak(both, zoo)
    done = subprocess.run([CTL, "enter", made.name, "--", "sh", "-c",
                           "setsid sleep 600 >/dev/null & echo $!"],
                          stdout=subprocess.PIPE, text=True, timeout=nsorphan.PATIENCE, check=True)
    left = int(done.stdout)
    stack.callback(os.kill, left, nsorphan.signal.SIGKILL)
    for started in both:
        wait_until(lambda d=started: has_ended(d, made), "the end")
        assert is_resolved(started, made)


# Others that look all the while: with nothing but their network namespace in common with the daemon.
APART = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts",
         "--propagation", "private", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh"]
BESIDE = []


def in_a_loop(*argv):
    return ["sh", "-c", 'while :; do "$@" >/dev/null 2>&1; done', "sh", *argv]


@pytest.mark.parametrize("source, where", [("bpf", BESIDE), ("bpf", APART), ("procfs", BESIDE), ("procfs", APART)],
                         ids=["bpf-beside", "bpf-apart", "procfs-beside", "procfs-apart"])
def test_many_that_look_all_the_while(stack, tmp_path, zoo, spawn, source, where):
    """A second daemon and four clients look at orphans again and again: not one is ever none."""
    if source == "bpf" and not (nsorphan.BUILD / "tests/bpf/bpf-survey").exists():
        pytest.skip("built without BPF")
    config = f"[Scan]\nSource={source}\nInterval=1s\n[Alert]\nMaxPerMinute=100000\n"

    def start(name, prefix=()):
        folder = tmp_path / name
        folder.mkdir()
        started = nsorphan.Daemon(folder, config, prefix=prefix)
        stack.callback(lambda: started.process and started.stop(nsorphan.signal.SIGKILL))
        return started.start()
    watcher = start("watcher")
    orphans = [zoo("socket", "netlink"), zoo("socket", "unix"), zoo("in-flight", "nested"), zoo("socket", "udp")]

    def are_leaked():
        listed = watcher.listed()
        return all(listed.get(made.cookie, {}).get("state") == "leaked" for made in orphans)
    wait_until(are_leaked, "the leaks")
    start("second", where)
    for argv in (["scan", "--source=procfs"], ["scan", "--source=bpf"], ["explain", orphans[0].name],
                 ["explain", orphans[2].name], ["list", "--all"]):
        spawn(["setpriv", "--pdeathsig", "KILL", *where, *in_a_loop(CTL, *argv)], start_new_session=True)
    # All changes, and each scan's own word.
    end = time.monotonic() + (60 if nsorphan.FULL else 15 if nsorphan.PUSH else 5)
    scans = 0
    while time.monotonic() < end:
        watcher.ctl("refresh")
        scans += 1
        listed = watcher.listed()
        for made in orphans:
            assert made.cookie in listed, (scans, made.name, watcher.log.read_text()[-2000:])
            assert listed[made.cookie]["verdict"] == "orphaned"
            assert {h["pid"] for h in listed[made.cookie]["holders"]} <= {made.pid}
            assert not is_resolved(watcher, made)
    assert scans > (10 if nsorphan.THOROUGH else 3)
