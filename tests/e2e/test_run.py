# SPDX-License-Identifier: LGPL-2.1-or-later
"""The leak check: `nsorphanctl run -- CMD`. Others leak on this host, too, so --own is what decides, or a cookie."""
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import xml.etree.ElementTree

import pytest

from nsorphan import BUILD, CTL, PATIENCE, REPO, WITHOUT_PROC, ZOO, run, stop, wait_until

DAEMONIZER = REPO / "tests/e2e/daemonizer.py"
LEAKED, FAILED, CANNOT_RUN, NOT_FOUND = 23, 125, 126, 127

SOURCES = ["procfs", pytest.param("bpf", marks=pytest.mark.skipif(
    not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF"))]

# A /run of one's own, where names of namespaces are.
OWN_RUN = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run; exec "$@"', "sh")

READY = "echo ready; read line; "


class Check:
    """One run, with its report; --settle=0 where not said otherwise."""

    def __init__(self, folder, *options, cmd, source="procfs", **more):
        self.report, self.junit = folder / "report.json", folder / "junit.xml"
        self.done = run(*self.argv(*options, cmd=cmd, source=source), check=False, **more)

    def argv(self, *options, cmd, source):
        return [CTL, "run", f"--source={source}", "--settle=0", "--json=short", f"--output={self.report}",
                f"--junit={self.junit}", *options, "--", *cmd]

    def __getattr__(self, name):
        if name == "json":
            return json.loads(self.report.read_text())
        if name == "xml":
            return xml.etree.ElementTree.parse(self.junit).getroot()
        if name == "status":
            return self.done.returncode
        raise AttributeError(name)

    def leak(self, cookie=None, path=None):
        """What is said of one namespace, or None."""
        found = [n for n in self.json["leaks"] if cookie and n.get("cookie") == cookie or
                 path and any(h.get("path") == path for h in n["holders"])]
        assert len(found) <= 1
        return found[0] if found else None

    def result(self, name):
        """(element, its message) of a JUnit test, or (None, None) where it passed."""
        case = next(c for c in self.xml.iter("testcase") if c.get("name") == name)
        told = [e for e in case if e.tag != "system-out"]
        return (told[0].tag, told[0].get("message")) if told else (None, None)


@pytest.fixture
def check(tmp_path):
    return lambda *options, **more: Check(tmp_path, *options, **more)


@pytest.fixture
def leaving():
    """leaving("socket", "netlink") is a command that leaves a daemon; the daemons end with the test."""
    end, ours = os.pipe()

    def command(*argv, seconds=0):
        return [DAEMONIZER, str(end), str(seconds), ZOO / argv[0], *argv[1:]]
    command.fds = (end,)
    yield command
    os.close(end)
    os.close(ours)


def facts_of(done):
    facts = done.stdout.strip()
    if not facts:
        pytest.skip(done.stderr)
    return json.loads(facts)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("argv, kind", [
    (("socket", "netlink"), "orphaned"), (("socket", "udp"), "orphaned"), (("tun",), "orphaned"),
    (("in-flight", "socket"), "orphaned"), (("mapped-ring", "plain"), "orphaned"),
    (("nsfs-fd", "link"), "unnamed"), (("in-flight", "nsfs"), "unnamed"), (("nsfs-mount", "plain"), "empty")],
    ids=lambda value: value if isinstance(value, str) else "-".join(value))
def test_a_daemon_that_survives(check, leaving, source, argv, kind):
    done = check("--own", cmd=leaving(*argv), source=source, pass_fds=leaving.fds)
    facts = facts_of(done.done)
    found = done.leak(facts["cookie"])
    if source == "procfs" and not done.json["complete"] and (kind == "empty" or argv[0] == "mapped-ring"):
        # What was not seen could be a socket in it; that of a ring whose fd is closed need not be determined.
        assert not found and done.status == 0
        return
    assert done.status == LEAKED, done.done.stderr
    assert found["leak"] == kind and found["own"] and found["counts"] and "verdictBefore" not in found
    assert found["holders"] and found["interfaces"], "it is not explained"
    assert done.json["leaked"] == 1 and done.json["exitStatus"] == LEAKED and done.json["commandStatus"] == 0
    assert done.json["before"]["scan"]["source"] == done.json["after"]["scan"]["source"] == source
    assert done.result("command") == (None, None)
    assert done.result("leaks") == ("failure", "1 network namespace leaked")
    assert f"net:[{facts['inode']}]" in next(done.xml.iter("failure")).text


def test_the_report_is_explain_s(leaving):
    done = run(CTL, "run", "--own", "--settle=0", *leaving("socket", "netlink"), check=False, pass_fds=leaving.fds)
    facts = json.loads(done.stdout)
    assert done.returncode == LEAKED
    assert "1 network namespace that descendants of \"" in done.stderr
    for text in (f"net:[{facts['inode']}] (cookie {facts['cookie']}) is an orphaned network namespace",
                 "THROUGH", "Who holds it, and through what", "What to do", "Seen orphaned since"):
        assert text in done.stderr
    # What others read in a CI system's log has no command lines of processes in it.
    assert "Command line" not in done.stderr


@pytest.mark.parametrize("source", SOURCES)
def test_no_leak(check, source):
    """The namespace is gone with its program, which ends at the end of stdin."""
    done = check("--own", cmd=[ZOO / "socket", "netlink"], source=source)
    assert done.status == 0, done.done.stderr
    assert done.json["leaked"] == 0 and not done.leak(json.loads(done.done.stdout)["cookie"])
    assert done.result("leaks") == (None, None) and done.result("command") == (None, None)


@contextlib.contextmanager
def running(check_class, folder, *options, cmd, source="procfs"):
    """A check whose command waits for a line; ended by then, it is .done."""
    made = check_class.__new__(check_class)
    made.report, made.junit = folder / "report.json", folder / "junit.xml"
    process = subprocess.Popen(made.argv(*options, cmd=cmd, source=source), text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout.readline() == "ready\n"
        yield made
        stdout, stderr = process.communicate("go on\n", timeout=PATIENCE)
        made.done = subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
    finally:
        stop(process)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("own", [False, True], ids=["all", "own"])
def test_a_leak_elsewhere(tmp_path, zoo, source, own):
    with running(Check, tmp_path, *["--own"] * own, cmd=["sh", "-c", READY], source=source) as check:
        made = zoo("socket", "udp")
    found = check.leak(made.cookie)
    assert found["leak"] == "orphaned" and not found["own"] and found["counts"] == (not own)
    assert any(h["pid"] == made.pid for h in found["holders"])
    assert check.status == (0 if own else LEAKED)
    assert check.result("leaks")[0] == (None if own else "failure")
    assert str(made.inode) in "".join(e.text for e in check.xml.iter("system-out" if own else "failure"))


def test_a_leak_that_was_there_is_none(tmp_path, zoo):
    made = zoo("socket", "udp")
    with running(Check, tmp_path, cmd=["sh", "-c", READY]) as check:
        pass
    assert not check.leak(made.cookie)


def test_what_was_in_use_and_has_leaked(tmp_path, leaker):
    cookie, pid = leaker.guest()
    with running(Check, tmp_path, cmd=["sh", "-c", READY]) as check:
        leaker.kill(pid)
    found = check.leak(cookie)
    assert found["leak"] == "orphaned" and found["verdictBefore"] == "attached" and found["counts"]


@pytest.mark.parametrize("settle, status", [("0", LEAKED), ("4s", 0)])
def test_what_ends_while_it_settles(check, leaving, settle, status):
    done = check("--own", f"--settle={settle}", cmd=leaving("socket", "netlink", seconds=2), pass_fds=leaving.fds)
    assert done.status == status and done.json["settleUSec"] == int(settle.rstrip("s")) * 1000000


@pytest.mark.parametrize("options, script, status", [
    ((), "exit 3", 3), (("--error-exitcode=99",), "exit 3", 99), (("--error-exitcode=0",), "exit 3", 3),
    (("--error-exitcode=99",), "exit 0", 99), (("--error-exitcode=0",), "exit 0", 0),
    ((), "kill -KILL $$", 128 + 9), (("--error-exitcode=99",), "kill -TERM $$", 99)])
def test_which_status_wins(check, leaving, options, script, status):
    words = leaving("socket", "netlink")
    done = check("--own", *options, cmd=["sh", "-c", f'"$@"; {script}', "sh", *words], pass_fds=leaving.fds)
    assert done.json["leaked"] == 1 and done.status == status == done.json["exitStatus"]


@pytest.mark.parametrize("script, status, told", [
    ("exit 0", 0, ("commandStatus", 0)), ("exit 255", 255, ("commandStatus", 255)),
    ("kill -KILL $$", 137, ("commandSignal", 9)), ("kill -TERM $$", 143, ("commandSignal", 15))])
def test_the_status_is_passed_on(check, script, status, told):
    done = check("--own", "--error-exitcode=99", cmd=["sh", "-c", script])
    assert done.status == status and done.json[told[0]] == told[1]
    assert done.result("command")[0] == ("failure" if status else None)


@pytest.mark.parametrize("name, status", [("no-such-program", NOT_FOUND), ("/nonexistent/x", NOT_FOUND),
                                          ("/etc/passwd", CANNOT_RUN), ("/", CANNOT_RUN)])
def test_what_cannot_be_run(check, name, status):
    done = check(cmd=[name])
    assert done.status == status and f'Failed to run "{name}": ' in done.done.stderr
    assert done.json["commandError"] and "leaks" not in done.json
    assert done.result("command")[0] == "error" and done.result("leaks")[0] == "skipped"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_signals_are_forwarded(tmp_path, number):
    script = f"trap 'echo got; exit 5' {number.name[3:]}; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen([CTL, "run", "--own", "--settle=0", "sh", "-c", script], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.read() == "got\n"
        assert process.wait(PATIENCE) == 5
    finally:
        stop(process)


def test_a_signal_of_the_terminal_comes_once(tmp_path):
    """Both are in its foreground process group."""
    script = "trap 'echo got' INT; echo ready; n=0; while [ $n -lt 10 ]; do n=$((n + 1)); sleep 0.1; done; exit 6"
    ours, theirs = os.openpty()
    process = subprocess.Popen(["setsid", "--ctty", "--wait", CTL, "run", "--own", "--settle=0",
                                f"--output={tmp_path}/report", "sh", "-c", script],
                               stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    told = b""
    try:
        while b"ready" not in told:
            told += os.read(ours, 1024)
        os.write(ours, b"\x03")
        with contextlib.suppress(OSError):  # the end of a terminal
            while True:
                told += os.read(ours, 1024)
        assert process.wait(PATIENCE) == 6 and told.count(b"got") == 1, told
    finally:
        stop(process)
        os.close(ours)


def test_ignored_signals_stay_ignored():
    done = run(CTL, "run", "--own", "--settle=0", "sh", "-c", "kill -HUP $PPID; kill -HUP $$; exit 4",
               prefix=("sh", "-c", 'trap "" HUP; exec "$@"', "sh"), check=False)
    assert done.returncode == 4


def test_where_ended_children_are_not_kept():
    """SIGCHLD is ignored: the status is there all the same, and the command has it ignored, too."""
    prefix = ("env", "--ignore-signal=CHLD", CTL, "run", "--own", "--settle=0")
    assert run("sh", "-c", "exit 4", prefix=prefix, check=False).returncode == 4
    told = run("grep", "SigIgn", "/proc/self/status", prefix=prefix).stdout
    assert int(told.split()[1], 16) >> (signal.SIGCHLD - 1) & 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(tmp_path, closed):
    """They are closed for the command, too, and nothing of ours takes their place."""
    script = f'exec "$@" {closed}'
    told = [run("sh", "-c", script, "sh", *how, "sh", "-c", f"ls /proc/$$/fd >{tmp_path}/{name}; exit 4",
                check=False).returncode
            for name, how in (("bare", ()), ("check", (CTL, "run", "--own", "--settle=0", f"--output={tmp_path}/r")))]
    assert told == [4, 4] and (tmp_path / "bare").read_text() == (tmp_path / "check").read_text()


def test_in_a_check_of_a_check(leaving):
    words = leaving("socket", "netlink")
    inner = [CTL, "run", "--own", "--settle=0", "--error-exitcode=42", "--output=/dev/null", "--", *words]
    outer = [CTL, "run", "--own", "--settle=0", "--json=short", "--output=/dev/stdout", "--", *inner]
    done = run(*outer, check=False, pass_fds=leaving.fds)
    facts, report = map(json.loads, done.stdout.splitlines())
    assert done.returncode == report["commandStatus"] == 42
    assert [n["cookie"] for n in report["leaks"] if n["counts"]] == [facts["cookie"]]


def test_a_crowd_of_orphans(check):
    """Children of the command's that outlive it, or end after it, are collected, and hold nothing up."""
    script = "for i in $(seq 300); do (true & sleep 0.01 &); done; exit 3"
    assert check("--own", cmd=["sh", "-c", script]).status == 3


def test_an_interrupt_before_the_command(tmp_path):
    """Nothing runs."""
    process = subprocess.Popen([CTL, "run", "touch", tmp_path / "ran"])
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) != 0
    time.sleep(0.2)
    assert not (tmp_path / "ran").exists()


def test_the_commands_streams_are_its_own():
    done = subprocess.run([CTL, "run", "--own", "--settle=0", "--no-legend", "sh", "-c", "cat; echo error >&2"],
                          input="in\n", capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0 and done.stdout == "in\n" and done.stderr.startswith("error\n")


def catches(pid, number):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)[1], 16) >> (number - 1) & 1


def test_nobody_waits_for_the_check_who_reads_the_command():
    process = subprocess.Popen([CTL, "run", "--own", "--settle=30s", "echo", "out"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout.read() == "out\n"
        # Nor who writes to it.
        with pytest.raises(BrokenPipeError):
            while process.poll() is None:
                process.stdin.write("x" * 4096)
                process.stdin.flush()
        assert process.poll() is None
        # Afterwards a signal ends the check, when it has heard of the end.
        wait_until(lambda: not catches(process.pid, signal.SIGTERM), "the command's end")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == -signal.SIGTERM
    finally:
        process.stdin = None
        stop(process)


def test_the_command_gets_what_we_got(tmp_path):
    """Words, environment, descriptors, working directory, signal mask and handling; nothing more is open."""
    words = ["--json=short", "--", "-x", "", "a b"]
    script = ('printf "[%s]" "$@"; echo "$MARK"; pwd; ls /proc/self/fd | tr "\\n" " "; '
              'grep -E "Sig(Blk|Ign)" /proc/self/status')
    argv = ["sh", "-c", script, "sh", *words]
    told = [run(*how, *argv, cwd=tmp_path, env={**os.environ, "MARK": "mark"}).stdout
            for how in ((), (CTL, "run", "--own", "--settle=0", f"--output={tmp_path}/r", "--"),
                        (CTL, "run", "--own", "--settle=0", f"--output={tmp_path}/r"))]
    assert "[--json=short][--][-x][][a b]mark" in told[0] and told[0] == told[1] == told[2]


def test_json_to_a_descriptor():
    ours, theirs = os.pipe()
    done = run(CTL, "run", "--own", "--settle=0", "--json=short", f"--output=/dev/fd/{theirs}", "echo", "out",
               pass_fds=(theirs,))
    os.close(theirs)
    with os.fdopen(ours) as told:
        assert json.load(told)["commandStatus"] == 0
    assert done.stdout == "out\n"


@pytest.mark.parametrize("option", ["--junit", "--output"])
def test_a_file_that_cannot_be_written(tmp_path, option):
    done = run(CTL, "run", f"{option}={tmp_path}/no/file", "touch", tmp_path / "ran", check=False)
    assert done.returncode == FAILED and "Failed to open" in done.stderr and not (tmp_path / "ran").exists()


@pytest.mark.parametrize("option", ["--junit", "--output"])
def test_a_result_that_is_lost(tmp_path, option):
    """The command removes it, or puts a link in its place: to be root's to write through."""
    precious = tmp_path / "precious"
    precious.write_text("precious")
    for script in ('rm "$0"', 'ln -sf "$1" "$0"'):
        done = run(CTL, "run", "--own", "--settle=0", f"{option}={tmp_path}/file", "sh", "-c", script,
                   tmp_path / "file", precious, check=False)
        assert done.returncode == FAILED and "Failed to keep" in done.stderr
        with contextlib.suppress(FileNotFoundError):
            os.unlink(tmp_path / "file")
    assert precious.read_text() == "precious"


def test_a_full_disk():
    done = run(CTL, "run", "--own", "--settle=0", "--output=/dev/full", "true", check=False)
    assert done.returncode == FAILED and "No space left on device" in done.stderr


@pytest.mark.parametrize("options", [["--settle=2h"], ["--settle=x"], ["--error-exitcode=256"],
                                     ["--error-exitcode=-1"], ["--all"], ["--trace"], ["--source=x"]])
def test_wrong_options(options):
    done = run(CTL, "run", *options, "true", check=False)
    assert done.returncode == FAILED and done.stdout == ""


def test_only_root(tmp_path):
    tmp_path.chmod(0o777)
    done = run(CTL, "run", "sh", "-c", f"echo ran >{tmp_path}/ran",
               prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"), check=False)
    assert done.returncode == FAILED and "Only root" in done.stderr and not (tmp_path / "ran").exists()


def test_without_a_census_nothing_runs(check, tmp_path):
    done = check(cmd=["touch", tmp_path / "ran"], prefix=WITHOUT_PROC)
    assert done.status == FAILED and not (tmp_path / "ran").exists()
    assert done.json["error"] and "commandStatus" not in done.json
    assert [done.result(name)[0] for name in ("command", "census", "leaks")] == ["skipped", "error", "skipped"]


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
def test_a_partial_view(check, strict):
    """Of what is outside its pid namespace nothing is seen."""
    done = check("--own", *["--strict"] * strict, cmd=["true"],
                 prefix=("unshare", "--pid", "--fork", "--mount-proc"))
    assert done.status == (FAILED if strict else 0)
    assert not done.json["complete"] and done.json["after"]["coverage"]["reasons"]
    assert done.result("census") == ("failure" if strict else "skipped", "The view was partial")
    assert [p.get("value") for p in done.xml.iter("property") if p.get("name") == "census"] == ["partial"]
    assert ("--strict" in done.done.stderr) == strict


def test_a_hostile_name(check, tmp_path):
    name = b"]]><a b='\"&\x01\x1b[31m\xff\xe2\x82\n\xe2\x86\x92"
    program = os.fsencode(tmp_path) + b"/" + name
    with open(program, "wb") as file:
        file.write(b"#!/bin/sh\nexit 1\n")
    os.chmod(program, 0o755)
    done = check("--own", cmd=[program])
    assert done.status == 1
    told = next(p.get("value") for p in done.xml.iter("property") if p.get("name") == "command")
    assert told == done.json["command"] and "→" in told and "\\xff" in told and "\x1b" not in told
    assert told.endswith("]]><a b='\"&\\x01\\x1b[31m\\xff\\xe2\\x82\\x0a→")


# Programs of others.

def named(check, script, **more):
    return check(cmd=["sh", "-ec", script], prefix=OWN_RUN, **more)


@pytest.mark.parametrize("source", SOURCES)
def test_ip_netns(check, source):
    script = "ip netns add a; ip -n a link set lo up; ip netns exec a true; {}"
    clean = named(check, script.format("ip netns del a"), source=source)
    assert not clean.leak(path="/run/netns/a")
    left = named(check, script.format(":"), source=source)
    found = left.leak(path="/run/netns/a")
    if not left.json["complete"]:
        assert source == "procfs" and not found
        return
    assert found["leak"] == "empty" and found["counts"] and not found["own"] and left.status == LEAKED


PYROUTE2 = """
import os, sys
from pyroute2 import IPRoute, netns
netns.create("b")
netns.pushns("b")
ip = IPRoute()
netns.popns()
assert [link.get_attr("IFLA_IFNAME") for link in ip.get_links()] == ["lo"]
netns.remove("b")
if sys.argv[1] == "close":
    ip.close()
sys.stdout.write("done")
sys.stdout.flush()
if os.fork() == 0:
    null = os.open("/dev/null", os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.read(int(sys.argv[2]), 1)
os._exit(0)
"""


@pytest.mark.parametrize("how, status", [("close", 0), ("keep", LEAKED)])
def test_pyroute2(check, leaving, how, status):
    """A daemon that configures a namespace and forgets the handle, as those do that the project began with."""
    if run("/usr/bin/python3", "-c", "import pyroute2", check=False).returncode != 0:
        pytest.skip("python3-pyroute2 is not installed")
    done = check("--own", cmd=["/usr/bin/python3", "-c", PYROUTE2, how, str(leaving.fds[0])], prefix=OWN_RUN,
                 pass_fds=leaving.fds)
    assert done.done.stdout == "done", done.done.stderr
    assert done.status == status, done.done.stderr
