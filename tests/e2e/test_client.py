# SPDX-License-Identifier: LGPL-2.1-or-later
"""The client: what it prints for people and for scripts, and how it ends."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

import nsorphan
from fake_daemon import FakeDaemon
from nsorphan import CTL, REPO, WITHOUT_PROC, run, wait_until
from terminal import on_terminal

INTERFACE = "io.nsorphan.Scanner"
QUIET = "[Scan]\nInterval=1h\n[Alert]\nGraceSec=1h\n"
VERBS = ["scan", "list", "show", "explain", "enter", "pin", "silence", "release", "unpin", "graph", "run", "trace", "status",
         "watch", "refresh", "check", "metrics", "report"]


def ended(*argv, **options):
    """Exit code and stderr of a client that fails."""
    done = run(CTL, *argv, check=False, **options)
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("nsorphanctl: ")
    return done.returncode, done.stderr


def row_of(zoo, text):
    [line] = [line for line in text.splitlines() if line.startswith(zoo.name + " ")]
    return line.split()


def scan_until(zoo):
    """A scan's table with the namespace in it: another scanner on this host may pin it for the
    moment of the first."""
    def look():
        done = run(CTL, "scan")
        return done if zoo.name in done.stdout else None
    return wait_until(look, "the orphan to be seen")


def test_scan_table(zoo):
    leaker = zoo("socket", "netlink")
    done = scan_until(leaker)
    assert done.stdout.splitlines()[0].split() == \
        ["NETNS", "COOKIE", "VERDICT", "HOLDERS", "PID", "COMMAND", "UNIT", "THROUGH"]
    row = row_of(leaker, done.stdout)
    assert row[1:3] == [str(leaker.cookie), "orphaned"]
    assert " ".join(row).endswith(f"socket fd {leaker.fd} netlink/route")
    assert str(leaker.pid) in row
    assert "\033" not in done.stdout
    # Only root sees all; where it does not, it says so, and not in the table.
    assert "partial" not in done.stdout.splitlines()[0]
    assert all(line.startswith("The view was partial") for line in done.stderr.splitlines())


def test_scan_selects(zoo):
    leaker = zoo("socket", "netlink")
    assert "NETNS" not in run(CTL, "scan", "--no-legend").stdout
    wait_until(lambda: leaker.name in run(CTL, "scan", "--no-legend").stdout, "the orphan")
    assert leaker.name not in run(CTL, "scan", "--verdict=attached").stdout
    everything = run(CTL, "scan", "--all").stdout
    assert leaker.name in everything and " attached " in everything


def test_scan_json(zoo):
    leaker = zoo("socket", "netlink")
    scan_until(leaker)
    short, pretty = (run(CTL, "scan", f"--json={mode}").stdout for mode in ("short", "pretty"))
    assert short.count("\n") == 1 and pretty.count("\n") > 10
    for text in (short, pretty):
        census = json.loads(text)
        assert set(census) == {"version", "host", "scan", "coverage", "namespaces", "unresolved"}
        assert nsorphan.Census(census).find(leaker)["holders"][0]["pid"] == leaker.pid


def test_list_show_status(daemon, zoo):
    leaker = zoo("socket", "udp")
    d = daemon(QUIET)
    wait_until(lambda: d.ctl("refresh") and leaker.name in d.ctl("list").stdout, "the orphan")
    row = row_of(leaker, d.ctl("list").stdout)
    assert row[2] == "orphaned" and "suspected" in row
    assert "now" in row or "ago" in row
    [listed] = [n for n in json.loads(d.ctl("list", "--json=short").stdout)["namespaces"]
                if n.get("cookie") == leaker.cookie]
    assert abs(listed["sinceUSec"] / 1e6 - time.time()) < 600
    for name in (str(leaker.inode), leaker.name, f"cookie:{leaker.cookie}"):
        text = d.ctl("show", name).stdout
        assert f"Namespace: {leaker.name}\n" in text
        assert "State: suspected\n" in text
        assert f"socket fd {leaker.fd} inet/udp" in text
    status = d.ctl("status").stdout
    assert re.search(r"Last scan: .* took ", status)
    assert "Next scan: in " in status
    refreshed = d.ctl("refresh").stdout
    assert re.match(r"Scanned in \d+", refreshed)
    assert d.ctl("metrics").stdout.startswith("# HELP nsorphan_")


def test_watch(daemon, zoo, spawn):
    d = daemon("[Alert]\nGraceSec=1h\n")
    d.ctl("refresh")
    watch = spawn([CTL, f"--socket={d.socket}", "watch"], stdout=subprocess.PIPE, text=True)
    machine = spawn([CTL, f"--socket={d.socket}", "watch", "--json=short"],
                    stdout=subprocess.PIPE, text=True)
    while json.loads(machine.stdout.readline())["kind"] != "synchronized":
        pass
    leaker = zoo("socket", "netlink")
    lines = iter(watch.stdout.readline, "")
    line = next(line for line in lines if leaker.name in line)
    assert re.match(r"\d\d:\d\d:\d\d suspected net:", line)
    assert f"(pid {leaker.pid}) through socket fd {leaker.fd} netlink/route" in line
    event = next(e for e in map(json.loads, iter(machine.stdout.readline, ""))
                 if e.get("namespace", {}).get("cookie") == leaker.cookie)
    assert event["kind"] == "suspected"
    # The daemon goes: whoever watches must not wait for ever.
    d.stop()
    assert watch.wait(60) == 69


def test_watch_ends_with_its_reader(daemon, zoo, spawn):
    d = daemon(QUIET)
    watch = spawn([CTL, f"--socket={d.socket}", "watch"], stdout=subprocess.PIPE)
    watch.stdout.close()
    zoo("socket", "netlink")
    d.ctl("refresh")
    wait_until(lambda: watch.poll() is not None, "the watch to end")
    assert watch.returncode != 0


def test_no_daemon(tmp_path):
    where = f"--socket={tmp_path}/none"
    for verb in (["list"], ["show", "1"], ["status"], ["watch"], ["refresh"], ["metrics"]):
        code, line = ended(where, *verb)
        assert code == 69
        assert "systemctl start nsorphand" in line and "nsorphanctl scan" in line
    # One that was killed leaves its socket behind.
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(f"{tmp_path}/dead")
    dead.close()
    assert ended(f"--socket={tmp_path}/dead", "list")[0] == 69


def test_no_such_namespace(daemon):
    d = daemon(QUIET)
    code, line = ended(f"--socket={d.socket}", "show", f"cookie:{2**62}")
    assert code == 66 and "no such network namespace" in line


@pytest.mark.parametrize("argv", [
    [], ["frobnicate"], ["scan", "x"], ["show"], ["show", "1", "2"], ["--json=xml", "scan"],
    ["scan", "--json"], ["scan", "--socket=/x"], ["--frobnicate"], ["show", "net:[x"]])
def test_wrong_usage(argv):
    assert ended(*argv)[0] == 64


def test_terminal_escapes_in_arguments_are_not_printed():
    for argv in (["\033[31mverb"], ["show", "\033[31m"]):
        assert "\033" not in ended(*argv)[1]


def test_not_root(tmp_path):
    folder = pathlib.Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    try:
        folder.chmod(0o755)
        copy = folder / "nsorphanctl"
        copy.write_bytes(CTL.read_bytes())
        copy.chmod(0o755)
        done = run(copy, "scan", check=False, cwd="/",
                   prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    finally:
        run("rm", "-r", folder)
    assert done.returncode == 77 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "root" in done.stderr


def test_no_proc():
    done = run(CTL, "scan", check=False, prefix=WITHOUT_PROC)
    assert done.returncode == 71 and "/proc" in done.stderr


def test_full_disk():
    for argv in (["scan", "--json=short"], ["--help"], ["--version"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([CTL, *argv], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 1 and "No space left" in done.stderr, argv


def test_help_and_version():
    version = run(CTL, "--version").stdout
    assert re.match(r"nsorphanctl \d", version)
    text = run(CTL, "--help").stdout
    for verb in VERBS:
        assert f"\n  {verb}" in text
        verb_help = run(CTL, verb, "--help").stdout
        assert verb_help.startswith(f"Usage: nsorphanctl {verb} ")
        assert "Exit statuses:" in verb_help
        assert run(CTL, verb, "--version").stdout == version
    assert max(map(len, text.splitlines())) <= 100


def status(complete=True, age=1, **more):
    now = int(time.time() * 1e6)
    return {"version": "0", "pid": 1, "host": {}, "intervalUSec": 60 * 10**6,
            "scan": {"startUSec": now - int(age * 1e6), "durationUSec": 10, "source": "procfs"},
            "coverage": {"complete": complete, "tasksComplete": True, "processes": 1, "threads": 1,
                         "fds": 1, "sockets": 1, "unreadableProcesses": 0, "unresolvedHolders": 0,
                         "reasons": [] if complete else ["1 process hides"]},
            "states": {"suspected": 0, "leaked": 0, "ignored": 0}, "skipped": [], "sequence": 1,
            "nextScanUSec": now + int((60 - age) * 1e6), **more}


def orphans(*states):
    return {"namespaces": [{"inode": 1, "verdict": "orphaned", "holders": [], "holderCount": 1,
                            "state": state, **({"ignored": True} if ignored else {})}
                           for state, ignored in states]}


@pytest.mark.parametrize("answers, code, words", [
    ((orphans(), dict()), 0, "OK: 0 leaked, 0 suspected"),
    ((orphans(("suspected", False)), dict()), 1, "WARNING: 0 leaked, 1 suspected"),
    ((orphans(("leaked", False), ("suspected", False)), dict()), 2,
     "CRITICAL: 1 leaked, 1 suspected network namespaces | leaked=1 suspected=1"),
    ((orphans(("leaked", True)), dict()), 0, "OK: "),
    ((orphans(), dict(complete=False)), 3, "UNKNOWN: No orphaned network namespace seen, but "
                                             "the view was partial: 1 process hides"),
    ((orphans(("leaked", False)), dict(complete=False)), 2, "CRITICAL: "),
    ((orphans(), dict(age=3600)), 3, "UNKNOWN: The last scan is too long ago"),
    ((orphans(), dict(error="It broke")), 3, "UNKNOWN: It broke"),
    ((b'{"error": "org.varlink.service.PermissionDenied"}\0', dict()), 3, "UNKNOWN: Only root"),
    ((b"nonsense\0", dict()), 3, "UNKNOWN: "),
])
def test_check(tmp_path, answers, code, words):
    fake = FakeDaemon(tmp_path / "fake", {"List": answers[0], "GetStatus": status(**answers[1])})
    done = run(CTL, f"--socket={fake.path}", "check", check=False)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(words) and done.stdout.count("\n") == 1
    done = run(CTL, f"--socket={fake.path}", "check", "--json=short", check=False)
    assert done.returncode == json.loads(done.stdout)["status"] == code


def test_check_on_the_real_daemon(daemon, zoo, tmp_path):
    done = run(CTL, f"--socket={tmp_path}/none", "check", check=False)
    assert done.returncode == 3 and done.stdout.startswith("UNKNOWN: nsorphand does not run")
    assert run(CTL, "check", "--frobnicate", check=False).returncode == 3
    assert run(CTL, "check", "x", check=False).returncode == 3
    leaker = zoo("socket", "netlink")
    d = daemon()
    wait_until(lambda: d.ctl("check", check=False).returncode == 2, "the leak")
    assert leaker.name in d.ctl("list", "--state=leaked").stdout


@pytest.mark.parametrize("answer", [
    b"\0", b"[]\0", b'{"parameters": 1}\0', b'{"parameters": {"namespaces": 1}}\0',
    b'{"parameters": {"namespaces": [1, {"holders": 5}, {"holders": [7]}]}}\0',
    b'{"error": "a.b.\\u001b[31m"}\0'])
def test_a_daemon_gone_mad(tmp_path, answer):
    fake = FakeDaemon(tmp_path / "fake", {"List": answer, "GetStatus": status()})
    done = run(CTL, f"--socket={fake.path}", "list", check=False)
    assert 0 <= done.returncode < 128, "killed by a signal"
    assert "\033" not in done.stdout + done.stderr


def test_colours(zoo):
    zoo("socket", "netlink")
    plain = {"SYSTEMD_PAGER": ""}
    argv = [CTL, "scan"]
    assert "\033[" in on_terminal(argv, **plain)[0]
    assert "\033[" not in on_terminal(argv, NO_COLOR="1", **plain)[0]
    assert "\033[" not in on_terminal(argv, SYSTEMD_COLORS="0", **plain)[0]
    assert "\033[" in on_terminal(argv, SYSTEMD_COLORS="1", NO_COLOR="1", **plain)[0]
    # A pipe is no terminal, unless somebody insists.
    assert "\033[" in run(CTL, "scan", env={**os.environ, "SYSTEMD_COLORS": "1"}).stdout


def test_pager(zoo, tmp_path):
    leaker = zoo("socket", "netlink")
    pager = {"SYSTEMD_PAGER": "sed s/^/paged:/"}
    assert f"paged:{leaker.name}" in re.sub("\033[^m]*m", "", on_terminal([CTL, "scan"], **pager)[0])
    assert "paged:" in on_terminal([CTL, "scan"], PAGER="sed s/^/paged:/")[0]
    assert "paged:" not in on_terminal([CTL, "--no-pager", "scan"], **pager)[0]
    # One that cannot be started is no reason to show nothing.
    assert "no-such" in on_terminal([CTL, "scan"], SYSTEMD_PAGER="no-such-pager")[0]
    # Somebody else's environment must not run commands as root.
    mark = tmp_path / "mark"
    on_terminal([CTL, "scan"], SYSTEMD_PAGER=f"touch {mark}", SUDO_UID="65534", SYSTEMD_LESS="FX",
                PATH="/nonexistent")
    assert not mark.exists()


def complete(line, path):
    """What bash offers at the end of a line."""
    script = """
        PATH=$1:$PATH
        . "$2"
        compopt() { :; }
        COMP_LINE=$3 COMP_WORDS=($3)
        [ "${3: -1}" = " " ] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _nsorphanctl
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = run("bash", "-c", script, "bash", path, REPO / "completions/nsorphanctl.bash", line)
    return done.stdout.split()


def test_bash_completion(zoo, tmp_path):
    folder = CTL.parent
    assert complete("nsorphanctl ", folder) == VERBS
    assert complete("nsorphanctl sc", folder) == ["scan"]
    assert complete("nsorphanctl --no-l", folder) == ["--no-legend"]
    assert complete("nsorphanctl scan --json = p", folder) == ["pretty"]
    assert complete("nsorphanctl list --verdict = ", folder) == ["attached", "pinned", "orphaned"]
    assert "--all" in complete("nsorphanctl scan --", folder)
    assert "sleep" in complete("nsorphanctl run --settle = 1s slee", folder)
    assert "--all" not in complete("nsorphanctl status --", folder)
    # Every option that a verb's help tells is offered, and no other.
    for verb in VERBS:
        told = set(re.findall(r"--[a-z-]+", run(CTL, verb, "--help").stdout.split("Options:")[1]
                              .split("Exit statuses")[0]))
        offered = {word.rstrip("=") for word in complete(f"nsorphanctl {verb} --", folder)}
        assert offered == told, verb
    # Namespaces are those there are; by a scan, since no daemon of this test is asked.
    leaker = zoo("socket", "netlink")
    assert str(leaker.inode) in complete("nsorphanctl explain ", folder)
    assert complete(f"nsorphanctl explain {leaker.inode}", folder) == [str(leaker.inode)]
