# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs and verbs that meet a fault, each with what it needs and with what may come out of it.

Each has argv(), to be asked anew before each run, and judge(done, what), which fails where something
false was said or done. What @done says as a whole (no crash, a sentence) is judged elsewhere.
"""
import contextlib
import json
import os
import re
import sys
import tarfile
import xml.etree.ElementTree

import pytest

import frames
import nsorphan
from fake_daemon import FakeDaemon
from test_birth import FRAMES, note, start_ticks
from test_release import Holder
from test_run import CANNOT_RUN, FAILED, LEAKED, NOT_FOUND

DAEMONIZER = nsorphan.REPO / "tests/e2e/daemonizer.py"


class Act:
    """What all of them have."""
    fds = ()
    # What it ends with where nothing fails.
    status = 0
    environment = {}
    outer = ()
    # How many of them to have fail where it says nothing of them at its end.
    allocations = 0

    def __init__(self, stack, folder):
        self.stack = stack
        self.folder = folder

    def options(self):
        return {"pass_fds": self.fds, "env": {**os.environ, **self.environment}, "outer": self.outer}


class Run(Act):
    """A command that leaks a namespace, and ends as it is told to."""
    status = LEAKED
    command_status = 0
    leaks = True
    format = ("--json=short",)

    def __init__(self, stack, folder):
        super().__init__(stack, folder)
        self.report, self.junit = folder / "report", folder / "junit.xml"
        self.ran = folder / "ran"
        self.end = -1

    def finish(self):
        """Ends what the last one has left behind."""
        if self.end >= 0:
            os.close(self.end)
            self.end = -1

    def argv(self):
        self.finish()
        for path in (self.report, self.junit, self.ran):
            path.unlink(missing_ok=True)
        theirs, self.end = os.pipe()
        self.stack.callback(self.finish)
        # Another number of ours, as the pipe's is closed here when the program has been started.
        os.dup2(theirs, 99)
        os.close(theirs)
        self.fds = (99,)
        leak = f"{DAEMONIZER} 99 0 {nsorphan.ZOO}/socket netlink >&3;" if self.leaks else ""
        return [nsorphan.CTL, "run", "--own", "--settle=0", "--source=procfs", *self.format, f"--output={self.report}",
                f"--junit={self.junit}", "--", "sh", "-c", f"exec 3>{self.ran}; {leak} exit {self.command_status}"]

    def judge(self, done, what):
        ran = self.ran.exists()
        case = f"{what}: {done.returncode} {done.stderr}"
        if "Failed to wait for the command" in done.stderr:
            # What it leaves may be still to come.
            assert done.returncode == FAILED, case
        elif ran and self.command_status:
            assert done.returncode == self.command_status, case
        if not ran:
            # The shell itself may have been refused something.
            assert done.returncode in (FAILED, CANNOT_RUN, NOT_FOUND, 2), case
        elif done.returncode == LEAKED:
            assert self.leaks, case
        elif not self.command_status:
            assert done.returncode in (0, FAILED), case
        failed = done.returncode == FAILED or done.stderr.strip() != ""
        if done.returncode == FAILED:
            assert done.stderr.strip(), case
        self.judge_report(failed, case)
        self.judge_junit(failed, case)
        self.finish()

    def cookie(self):
        """Of what has leaked; None where nothing has."""
        text = self.ran.read_text() if self.ran.exists() else ""
        return json.loads(text)["cookie"] if text.strip() else None

    def judge_report(self, failed, case):
        text = self.report.read_text() if self.report.exists() else ""
        try:
            report = json.loads(text)
        except ValueError:
            assert failed, f"{case}: a report of {len(text)} bytes, and not a word: {text[-200:]}"
            return
        if "after" not in report:
            assert failed and "leaked" not in report, case
            return
        found = [n for n in report["leaks"] if n.get("cookie") == self.cookie()]
        assert bool(report["leaked"]) <= self.leaks, f"{case}: {report['leaks']}"
        if self.cookie() and not found:
            assert not report["complete"], f"{case}: a leak was not seen, and the view was complete: {report}"

    def judge_junit(self, failed, case):
        text = self.junit.read_text() if self.junit.exists() else ""
        try:
            cases = {c.get("name"): [e.tag for e in c] for c in xml.etree.ElementTree.fromstring(text).iter("testcase")}
            assert set(cases) == {"command", "census", "leaks"}
        except xml.etree.ElementTree.ParseError:
            assert failed, f"{case}: no JUnit, and not a word: {text[-200:]}"
            return
        if self.cookie() and "failure" not in cases["leaks"]:
            assert cases["census"] or failed, f"{case}: a leak was not seen, and all passed: {text}"
        if self.command_status and self.ran.exists():
            assert cases["command"], f"{case}: {text}"


class RunFailing(Run):
    status = command_status = 7


class RunClean(Run):
    status = 0
    leaks = False


class RunTable(Run):
    format = ()

    def judge_report(self, failed, case):
        text = self.report.read_text() if self.report.exists() else ""
        if "No network namespace leaked" in text and self.cookie():
            assert "The view was partial" in text, f"{case}: {text}"
        assert text or failed, case


class RunTrace(Run):
    """Where births cannot be noted: it must not begin."""
    status = FAILED
    format = ("--trace", "--json=short")

    def judge(self, done, what):
        if self.ran.exists():
            super().judge(done, what)
            return
        assert done.returncode == FAILED and (done.stderr.strip() or "write:" in what), f"{what}: {done}"
        self.finish()


class Trace(Act):
    """Where births cannot be noted: it says so."""
    status = 77

    def argv(self):
        return [nsorphan.CTL, "trace", "--json=short"]

    def judge(self, done, what):
        assert done.returncode != 0 and done.stdout == "", f"{what}: {done}"


class Release(Act):
    """The holder must not notice, whatever fails."""
    state = "futex"

    def __init__(self, stack, folder):
        super().__init__(stack, folder)
        self.holder = None
        self.left = []

    def argv(self):
        if not self.left:
            self.holder = Holder(self.state, 12)
            self.stack.callback(nsorphan.stop, self.holder.process)
            self.left = list(self.holder.leaks)
        self.leak = self.left.pop()
        self.before, self.all = self.holder.link(self.leak["fd"]), self.holder.fds()
        return [nsorphan.CTL, "release", "--yes", f"cookie:{self.leak['cookie']}"]

    def judge(self, done, what):
        case = f"{what}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert self.holder.order("wake") == "ok", case
        status = open(f"/proc/{self.holder.pid}/status", encoding="utf-8").read()
        assert "TracerPid:\t0\n" in status and "SigBlk:\t0000000008000000\n" in status, f"{case}{status}"
        link = self.holder.link(self.leak["fd"])
        replaced = link != self.before
        if not re.search("ENOENT|ESRCH|EBADF", what):
            # It lives, and so does its namespace as long as it has the socket.
            for word in ("it has ended", "no longer has it", "another file there", "another architecture",
                         "has ended meanwhile", "has been closed"):
                assert word not in done.stderr, case
        told = f"Released: fd {self.leak['fd']} of" in done.stdout
        assert told <= replaced, case
        if "has ended\n" in done.stdout:
            assert replaced, case
        if replaced:
            assert "nothing is changed" not in done.stdout + done.stderr, case
            assert told or "may be replaced, or not" in done.stderr, case
        elif done.returncode == 0:
            raise AssertionError(f"{case}: success, and nothing was done")
        if self.holder.fds() != self.all:
            # Our socket has stayed: only with a word.
            extra = self.holder.fds() ^ self.all
            assert done.returncode != 0 and done.stderr, f"{case}: {extra}"
            nsorphan.stop(self.holder.process)
            self.left = []


class ReleaseRunning(Release):
    state = "running"


class Explain(Act):
    """What a daemon knows of a leak, births and all: every line, or a sentence and a failure."""
    format = ()

    def __init__(self, stack, folder):
        super().__init__(stack, folder)
        leak = nsorphan.Zoo("socket", "netlink")
        stack.callback(leak.stop)
        birth = {"pid": leak.pid, "startTicks": start_ticks(leak.pid), "thread": "creator", "frames": FRAMES}
        holder = {"kind": "socket", "pid": leak.pid, "tid": leak.pid, "fd": leak.fd, "socketInode": leak.socketInode,
                  "birth": birth}
        fake = FakeDaemon(folder / "fake", {"Get": {"namespace": {
            "inode": leak.inode, "cookie": leak.cookie, "verdict": "orphaned", "holderCount": 1, "holders": [holder]}}})
        self.environment = {"LC_ALL": "C.UTF-8"}
        self.command = [nsorphan.CTL, f"--socket={fake.path}", "explain", str(leak.inode), *self.format]
        self.whole = None

    def argv(self):
        return self.command

    def judge(self, done, what):
        text = re.sub(r"\((now|TIME *ago)\)", "(THEN)", re.sub(r"(\d+(us|ms|s|min) ?)+", "TIME", done.stdout))
        # Without a locale, there are no arrows.
        lines = [re.sub(r"\d+", "N", line) for line in text.replace("→", "->").splitlines()]
        if self.whole is None:
            assert any("main.creator" in line for line in lines)
            self.whole = lines
        if done.returncode == 0 and lines != self.whole:
            missing = [line for line in self.whole if line not in lines]
            new = [line for line in lines if line not in self.whole]
            # What only BPF sees is an extra. Else, it may say that it does not know.
            missing = [line for line in missing if not line.startswith("The kernel counts ")]
            assert not missing or "continuing without" in done.stderr or any(re.search(r"not be|Not everything|cannot|[Ff]ailed|unknown|[Pp]artial|nknown", line)
                       for line in new + done.stderr.splitlines()), f"{what}: not there: {missing}, but: {new}"


class ExplainJson(Explain):
    format = ("--json=short",)

    def judge(self, done, what):
        if done.returncode != 0:
            return
        document = json.loads(done.stdout)
        births = [holder.get("birth") for holder in document["holders"]]
        whole = [b for b in births if b and b["frames"] == FRAMES and b["thread"] == "creator"]
        assert whole or "continuing without what nsorphand remembers" in done.stderr or \
            not document.get("coverage", {}).get("complete", True), f"{what}: {births} {done.stderr}"


class Report(Act):
    """The whole archive, or none."""
    PARTS = {"README", "versions", "kernel", "configuration", "status.json", "list.json", "journal.json",
             "census-bpf.json", "census-procfs.json", "comparison.json"}

    def __init__(self, stack, folder):
        super().__init__(stack, folder)
        self.path = folder / "report.tar"
        self.daemon = nsorphan.Daemon(folder, "[Scan]\nInterval=1h\nDeep=no\n").start()
        stack.callback(self.daemon.stop)

    def argv(self):
        self.path.unlink(missing_ok=True)
        return [nsorphan.CTL, f"--socket={self.daemon.socket}", "report", self.path]

    def judge(self, done, what):
        if done.returncode != 0:
            assert not self.path.exists(), f"{what}: half an archive is left: {done.stderr}"
            return
        with tarfile.open(self.path) as archive:
            files = {member.name.removeprefix("nsorphan-report/"): archive.extractfile(member).read().decode()
                     for member in archive}
        assert set(files) == self.PARTS, f"{what}: {set(files) ^ self.PARTS}"
        for name, text in files.items():
            if "Not there: " in text:
                continue
            assert text.strip(), f"{what}: {name} is empty, and nothing says why"
            if name.endswith(".json"):
                for line in text.splitlines() if name in ("list.json", "journal.json") else [text]:
                    json.loads(line)


class State(Act):
    """A daemon with births in its state file, and Sockets=yes: it knows them at its end as well."""
    # Ended by what a service manager sends, when it has had the time for one scan.
    outer = ("timeout", "--preserve-status", "1.5")

    def __init__(self, stack, folder):
        super().__init__(stack, folder)
        self.daemon = nsorphan.Daemon(folder, "[Scan]\nDeep=no\nInterval=1h\n[Alert]\nGraceSec=1h\n[Trace]\nSockets=yes\n")
        self.daemon.start()
        self.leak = nsorphan.Zoo("socket", "netlink")
        stack.callback(self.leak.stop)
        self.file = self.daemon.state / "ledger.json"
        self.daemon.ctl("refresh")
        self.daemon.stop()
        note(self.file, self.leak.cookie, {
            "pid": 1, "tid": 815, "startNSec": 5 * 10**9, "uid": 0, "comm": "dockerd", "thread": "creator",
            "unit": "docker.service", "openedUSec": 1699740800000000, "openedBootUSec": 1, "frames": FRAMES})
        self.text = self.file.read_text()

    def argv(self):
        for path in self.daemon.state.iterdir():
            path.unlink()
        self.file.write_text(self.text)
        self.file.chmod(0o600)
        return [nsorphan.DAEMON, f"--config={self.daemon.config}"]

    def judge(self, done, what):
        case = f"{what}: {done.returncode}\n{done.stderr}"
        files = sorted(path.name for path in self.daemon.state.iterdir())
        assert self.file.exists() and not [name for name in files if "damaged" in name], f"{case}: {files}"
        header, *lines = self.file.read_text().splitlines()
        json.loads(header)
        entries = [json.loads(line) for line in lines]
        births = [e["holders"][0].get("birth") for e in entries if e.get("cookie") == self.leak.cookie and e.get("holders")]
        words = re.search(r"[Ff]ailed|[Oo]ut of memory|[Cc]annot", done.stderr.replace("Failed to note who opens", ""))
        if not births or not births[0] or births[0].get("frames") != FRAMES:
            assert words, f"{case}: the birth is lost: {births}"


# Has the program that follows asked for names, as the tracer does: by a script that says how it ended.
ASK = """
import pathlib, shlex, subprocess, sys
folder, tool, pid, address, *argv = sys.argv[1:]
script = pathlib.Path(folder, "symbolize")
# Who asks ends what it has started, once it has its answer.
script.write_text(f"#!/bin/sh\\nexec 3<&0\\n({shlex.join(argv)} <&3 3<&-; echo $? >{folder}/status) &\\nexec 3<&-\\nwait\\n")
script.chmod(0o755)
sys.exit(subprocess.run([tool, pid, address, address], env={"NSORPHAN_SYMBOLIZE": str(script)}).returncode)
"""


class Symbolize(Act):
    """The right name, or none."""
    # It leaves without a word, for nothing that runs at an end may run in its sandbox.
    allocations = 30

    def __init__(self, stack, folder):
        super().__init__(stack, folder)
        if not frames.have_symbols():
            pytest.skip("built without libdw (-Dsymbols=)")
        known = nsorphan.subprocess.Popen([nsorphan.BUILD / "tests/e2e/known"], stdout=nsorphan.subprocess.PIPE, text=True)
        stack.callback(nsorphan.stop, known)
        address = f"{int(known.stdout.readline(), 16):x}"
        self.outer = (sys.executable, "-c", ASK, str(folder), frames.TOOL, str(known.pid), address)
        self.whole, self.statuses = None, []
        self.ended = folder / "status"

    def argv(self):
        self.ended.unlink(missing_ok=True)
        return [frames.SYMBOLIZE]

    def judge(self, done, what):
        assert done.returncode == 0, f"{what}: {done}"
        *lines, _ = done.stdout.splitlines()
        told = [line.split("\t") for line in lines]
        if self.whole is None:
            self.whole = told
            assert told[1][0] != "-", told
        status = nsorphan.wait_until(lambda: self.ended.exists() and self.ended.read_text().strip(), f"the end of {what}")
        self.statuses.append(status)
        # The sandbox ends it for a call that strace has taken away (SIGSYS).
        assert status not in ("99", "134", "136", "139"), f"{what}: {status}"
        for frame, whole in zip(told, self.whole, strict=True):
            assert frame[0] in (whole[0], "-") and frame[1:3] == whole[1:3], f"{what}: {frame} {whole}"


ACTS = {
    "run": Run,
    "run, failing": RunFailing,
    "run, clean": RunClean,
    "run as a table": RunTable,
    "run --trace": RunTrace,
    "trace": Trace,
    "release": Release,
    "release, running": ReleaseRunning,
    "explain": Explain,
    "explain as JSON": ExplainJson,
    "report": Report,
    "state": State,
    "symbolize": Symbolize,
}


@pytest.fixture
def act(tmp_path):
    """act("run") makes one."""
    with contextlib.ExitStack() as stack:
        yield lambda name: ACTS[name](stack, tmp_path)
