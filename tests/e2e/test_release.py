# SPDX-License-Identifier: LGPL-2.1-or-later
"""Making a process let go of a file without ending it: it must not notice, nor must anybody be harmed."""
import concurrent.futures
import contextlib
import ctypes
import json
import os
import pathlib
import platform
import pty
import shutil
import signal
import socket
import struct
import subprocess
import sys

import pytest

from nsorphan import BUILD, CTL, FULL, run, scan, stop, wait_until

MACHINE = platform.machine()
pytestmark = pytest.mark.skipif(MACHINE not in ("x86_64", "aarch64"), reason="files are released on x86-64 and arm64 only")

# The system calls that a program of ours waits in: their names and numbers. arm64 has only the newer ones.
EPOLL, CALLS = {
    "x86_64": ("epoll_wait", {"epoll_wait": "232", "rt_sigtimedwait": "128", "recvfrom": "45", "poll": "7"}),
    "aarch64": ("epoll_pwait", {"epoll_pwait": "22", "rt_sigtimedwait": "137", "recvfrom": "207", "poll": "73"}),
}.get(MACHINE, ("", {}))

PROGRAM = BUILD / "tests/e2e/letting-go"
KILL_AT = BUILD / "tests/e2e/kill-at-ptrace.so"
NOPERM = 77


class Holder:
    """letting-go at work."""

    def __init__(self, state, number=1, **environment):
        self.state = state
        self.process = subprocess.Popen([PROGRAM, state, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env={**os.environ, **environment})
        facts = json.loads(self.process.stdout.readline())
        self.pid = facts["pid"]
        self.leaks = facts["leaks"]
        self.fd = self.leaks[0]["fd"]
        self.cookie = self.leaks[0]["cookie"]

    def order(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def goes_on(self):
        assert self.order("wake") == "ok"

    def link(self, fd=None):
        return os.readlink(f"/proc/{self.pid}/fd/{self.fd if fd is None else fd}")

    def fds(self):
        return set(os.listdir(f"/proc/{self.pid}/fd"))

    def flags(self, fd):
        lines = pathlib.Path(f"/proc/{self.pid}/fdinfo/{fd}").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("flags:")), 8)

    def call(self):
        return pathlib.Path(f"/proc/{self.pid}/syscall").read_text().split()[0]


@pytest.fixture(name="holder")
def holder_(stack):
    def start(*argv, **environment):
        holder = Holder(*argv, **environment)
        stack.callback(stop, holder.process)
        return holder
    return start


def release(cookie, *options, check=True, **more):
    return run(CTL, "release", "--yes", *options, f"cookie:{cookie}", check=check, **more)


def lives(cookie):
    return [n for n in scan(source="auto").namespaces if n.get("cookie") == cookie]


def duplicate(holder, fd):
    """A duplicate of the holder's file, as a socket of ours."""
    pidfd = os.pidfd_open(holder.pid)
    number = ctypes.CDLL(None).syscall(438, pidfd, fd, 0)  # pidfd_getfd
    os.close(pidfd)
    assert number >= 0
    return socket.socket(fileno=number)


@pytest.mark.parametrize("state", ["running", "signals", "read", "recv", "futex", "nanosleep", "poll", "ppoll", "select",
                                   "threads", "hurry"])
def test_the_program_goes_on_and_the_namespace_ends(holder, state):
    program = holder(state, 2)
    program.goes_on()
    before, flags = program.fds(), [program.flags(leak["fd"]) for leak in program.leaks]
    if state == "signals":
        for _ in range(20):
            program.order("signal")
    for leak in program.leaks:
        done = release(leak["cookie"])
        assert f"Released: fd {leak['fd']} of letting-go (pid {program.pid})" in done.stdout
        assert f"net:[{leak['inode']}] has ended" in done.stdout
        assert not lives(leak["cookie"])
    program.goes_on()
    assert program.fds() == before
    # The number is taken, by an empty datagram socket, which an execve(2) closes as it would have closed the file.
    assert [program.flags(leak["fd"]) & os.O_CLOEXEC for leak in program.leaks] == [f & os.O_CLOEXEC for f in flags]
    assert {f & os.O_CLOEXEC for f in flags} == {0, os.O_CLOEXEC}
    with duplicate(program, program.fd) as now:
        assert (now.family, now.type) == (socket.AF_UNIX, socket.SOCK_DGRAM)


def wait_for_call(program, call):
    wait_until(lambda: program.call() == CALLS[call], f"it to wait in {call}")


def refused(holder, state, why, before=None):
    program = holder(state)
    if before:
        before(program)
    links = {fd: program.link(fd) for fd in program.fds()}
    done = release(program.cookie, check=False)
    assert done.returncode == NOPERM, done
    assert why in done.stderr and "so nothing is changed" in done.stderr, done.stderr
    assert {fd: program.link(fd) for fd in program.fds()} == links
    assert lives(program.cookie)
    return program


@pytest.mark.parametrize("state, why", [
    ("epoll", f"no thread that could be stopped without it noticing: in {EPOLL}"),
    ("sigtimedwait", "no thread that could be stopped without it noticing: in rt_sigtimedwait"),
    ("recv-timeout", "no thread that could be stopped without it noticing: in recvfrom"),
    ("seccomp", "has a filter for its system calls"),
    ("listening", "has a socket there that listens"),
    ("in-epoll", "waits for that file by epoll"),
])
def test_refused(holder, state, why):
    waits = {"epoll": EPOLL, "sigtimedwait": "rt_sigtimedwait", "recv-timeout": "recvfrom"}.get(state)
    program = refused(holder, state, why, lambda p: waits and wait_for_call(p, waits))
    program.goes_on()


@pytest.mark.parametrize("state, call", [("it-polled", "poll"), ("it-read", "recvfrom")])
def test_what_a_thread_waits_for(holder, state, call):
    refused(holder, state, "that waits for that file", lambda p: wait_for_call(p, call))


def test_a_stopped_one(holder):
    program = refused(holder, "running", "it is stopped",
                      lambda p: (p.order("stop"), wait_until(lambda: "T" in status(p), "it to stop")))
    assert "T" in status(program)
    program.order("continue")
    program.goes_on()


def status(program):
    return pathlib.Path(f"/proc/{program.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def test_a_traced_one(holder):
    program = refused(holder, "futex", "is traced by another process", lambda p: p.order("trace"))
    program.goes_on()


def test_what_is_no_orphan(zoo):
    for what, why in ((os.stat("/proc/self/ns/net").st_ino, "it"), (f"cookie:{zoo('task', 'leader').cookie}", "in it"),
                      (f"cookie:{zoo('nsfs-fd', 'link').cookie}", "an open file keeps it")):
        done = run(CTL, "release", "--yes", str(what), check=False)
        assert done.returncode == NOPERM and why in done.stderr, done


def test_a_namespace_file(zoo):
    """With --unnamed: setns(2) fails for the program from then on."""
    held = zoo("nsfs-fd", "link")
    done = release(held.cookie, "--unnamed")
    assert "has ended" in done.stdout


def test_other_ways_to_hold_it(zoo):
    for program, why in ((("mapped-ring",), "only the program itself can unmap it, or end"),
                         (("io-uring", "file"), "registered in an io_uring"),
                         (("in-flight",), "in a queue")):
        held = zoo(*program)
        done = release(held.cookie, check=False)
        assert done.returncode == NOPERM and why in done.stderr, done


def test_all_duplicates(holder):
    program = holder("two-fds")
    done = release(program.cookie)
    assert done.stdout.count("Released: fd ") == 2 and "has ended" in done.stdout
    program.goes_on()


def test_a_child_that_has_it_too(holder, stack):
    """One that is refused keeps the file open: the other one is left alone, too."""
    program = holder("futex")
    with duplicate(program, program.fd) as ours:
        child = subprocess.Popen(["sleep", "infinity"], pass_fds=[ours.fileno()])
        stack.callback(stop, child)
        number = ours.fileno()
    child.send_signal(signal.SIGSTOP)
    done = release(program.cookie, check=False)
    assert done.returncode == NOPERM and f"Left alone: fd {number} of sleep (pid {child.pid}): it is stopped" in done.stderr
    assert lives(program.cookie)
    child.send_signal(signal.SIGCONT)
    done = release(program.cookie)
    assert f"  sleep (pid {child.pid}): fd {number}," in done.stdout and "has ended" in done.stdout
    program.goes_on()
    assert child.poll() is None


# Programs of 32 bits that do nothing but pause(2): the code, of which machine it is, and the flags of its ABI.
PAUSE = {
    "x86_64": {"i386": (bytes.fromhex("b81d000000cd80ebf7"), 3, 0),  # mov $29, %eax; int $0x80; jmp
               "x32": (bytes.fromhex("b8220000400f05ebf7"), 62, 0)},  # mov $0x40000022, %eax; syscall; jmp
    "aarch64": {"arm": (bytes.fromhex("1d70a0e3000000effcffffea"), 40, 0x5000000)},  # mov r7, #29; svc #0; b
}.get(MACHINE, {})


def elf32(code, machine, flags, base=0x8048000):
    header = b"\x7fELF\1\1\1" + b"\0" * 9 + struct.pack(
        "<HHIIIIIHHHHHH", 2, machine, 1, base + 84, 52, 0, flags, 52, 32, 1, 0, 0, 0)
    return header + struct.pack("<IIIIIIII", 1, 0, base, base, 84 + len(code), 84 + len(code), 5, 4096) + code


def heir(holder, stack, program):
    """A namespace that nothing but a process of @program holds, by a socket that it got from its parent."""
    first = holder("futex")
    with duplicate(first, first.fd) as ours:
        try:
            child = subprocess.Popen([program, "infinity"], pass_fds=[ours.fileno()])
        except OSError as error:
            pytest.skip(f"{program}: {error}")
    stack.callback(stop, child)
    stop(first.process)
    return child, first.cookie


@pytest.mark.parametrize("kind", PAUSE)
def test_a_program_of_32_bits(holder, stack, tmp_path, kind):
    program = tmp_path / "pause"
    program.write_bytes(elf32(*PAUSE[kind]))
    program.chmod(0o755)
    child, cookie = heir(holder, stack, program)
    done = release(cookie, check=False)
    assert done.returncode == NOPERM and "is a program of another architecture (32 bits)" in done.stderr, done
    assert child.poll() is None and lives(cookie)


def test_what_others_depend_on(holder, stack, tmp_path):
    """By its file's name here: what it calls itself is enough to be left alone."""
    program = tmp_path / "systemd-sleepd"
    program.write_bytes(pathlib.Path(shutil.which("sleep")).read_bytes())
    program.chmod(0o755)
    child, cookie = heir(holder, stack, program)
    done = release(cookie, check=False)
    assert done.returncode == NOPERM and "is a part of the system that others depend on" in done.stderr, done
    assert child.poll() is None and lives(cookie)


def pings(path):
    """Whether podman's service answers there."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.settimeout(60)
            client.connect(str(path))
            client.send(b"GET /_ping HTTP/1.0\r\nHost: x\r\n\r\n")
            return client.recv(4096).endswith(b"OK")
        except OSError:
            return False


@pytest.mark.skipif(not shutil.which("podman"), reason="podman is not installed")
def test_a_program_by_go(holder, stack, tmp_path):
    """Its threads have stacks of their own making, its runtime signals of its own; and nsorphanctl is killed at times."""
    path = tmp_path / "podman"
    first = holder("futex", 90 if FULL else 12)
    with contextlib.ExitStack() as ours:
        fds = [ours.enter_context(duplicate(first, leak["fd"])).fileno() for leak in first.leaks]
        service = subprocess.Popen(["podman", "system", "service", "--time=0", f"unix://{path}"], pass_fds=fds,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(stop, service, signal.SIGTERM)
    stop(first.process)
    wait_until(lambda: pings(path), "podman to answer")
    killed = 0
    for i, leak in enumerate(first.leaks):
        step = i if FULL else i * 4
        done = release(leak["cookie"], check=False, env={**os.environ, "LD_PRELOAD": str(KILL_AT),
                                                         "KILL_AT_PTRACE": str(step if i % 2 else -step)})
        killed += done.returncode == -signal.SIGKILL
        assert done.returncode == -signal.SIGKILL or "has ended" in done.stdout, done
        assert pings(path)
    assert 5 <= killed < len(first.leaks)
    service.terminate()
    assert service.wait(60) == 0


def test_which_file(holder):
    held = holder("futex", 2)
    one, other = held.leaks
    for argument in ("x", "0", "1:x", "1:", ":1", "-1", "99999999999", "1:2:3"):
        done = release(one["cookie"], f"--holder={argument}", check=False)
        assert done.returncode == 64 and "--holder= takes PID or PID:FD" in done.stderr, done
    done = release(one["cookie"], f"--holder={held.pid}:{other['fd']}", check=False)
    assert done.returncode == 66 and "Nothing of the kind holds it" in done.stderr
    done = release(one["cookie"], f"--holder={os.getpid()}", check=False)
    assert done.returncode == 66
    done = release(one["cookie"], f"--holder={held.pid}:{one['fd']}")
    assert "has ended" in done.stdout
    assert lives(other["cookie"])


def test_several_files(leaker):
    """They are listed, and it is said what keeps it when one of them is gone. The program reads a pipe by Python."""
    cookie = leaker.new()
    leaker.ask(f"crowd {cookie} 2")
    pid = leaker.process.pid
    namespace, = lives(cookie)
    fds = [h["fd"] for h in namespace["holders"]]
    assert len(fds) == 3
    for options in ((), (f"--holder={pid}",)):
        done = release(cookie, *options, check=False)
        assert done.returncode == 66 and "Several files keep it; --holder=PID:FD says which" in done.stderr
        assert all(f"--holder={pid}:{fd}  " in done.stderr for fd in fds)
    done = release(cookie, f"--holder={pid}:{fds[0]}")
    assert "is still kept, by:" in done.stdout and done.stdout.count(f"(pid {pid}): fd ") == 1 + 2
    for fd in fds[1:]:
        done = release(cookie, f"--holder={pid}:{fd}")
    assert "has ended" in done.stdout
    # It still does what it is told.
    assert leaker.new() != cookie


def test_nothing_without_a_yes(holder):
    program = holder("futex")
    link = program.link()
    done = run(CTL, "release", f"cookie:{program.cookie}", check=False)
    assert done.returncode == 1 and "Nothing is changed without --yes" in done.stderr
    assert f"  letting-go (pid {program.pid}): fd {program.fd}, a netlink/route socket" in done.stdout
    assert program.link() == link


@pytest.mark.parametrize("answer, done", [("{}", True), ("y", False), ("", False)])
def test_confirmed_on_a_terminal(holder, answer, done):
    program = holder("futex")
    ours, theirs = pty.openpty()
    name = f"cookie:{program.cookie}"
    ctl = subprocess.Popen([CTL, "release", name], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, (answer.format(name) + "\n").encode())
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:
        pass
    os.close(ours)
    assert ctl.wait(60) == (0 if done else 1), shown
    assert f"Type {name} to do it".encode() in shown
    assert bool(lives(program.cookie)) != done


def test_another_thread_than_the_first(holder):
    """The first one waits by epoll, where it would notice; the stack of another is none that could be known."""
    program = holder("first-in-epoll", 4)
    program.goes_on()
    before = program.fds()
    for leak in program.leaks:
        wait_for_call(program, EPOLL)
        assert "has ended" in release(leak["cookie"]).stdout
        program.goes_on()
    assert program.fds() == before


@pytest.mark.parametrize("state", ["running", "first-in-epoll", "read", "futex", "ppoll"][:5 if FULL else 2])
def test_killed_at_each_step(holder, state):
    """nsorphanctl is gone in the middle: the holder goes on as if nothing had been, at most with one file too many."""
    # A time-out is cut short then.
    program = holder(state, 200, HARMLESS_EINTR="1")
    program.goes_on()
    leaks = iter(program.leaks)
    ended = killed = 0
    for step in range(1, 100) if FULL else range(1, 100, 4):
        for at in (step, -step) if FULL else (step if step % 8 == 1 else -step,):
            leak = next(leaks)
            before = program.fds()
            done = release(leak["cookie"], check=False, env={**os.environ, "LD_PRELOAD": str(KILL_AT),
                                                             "KILL_AT_PTRACE": str(at)})
            program.goes_on()
            assert len(program.fds() - before) <= 1 and not before - program.fds()
            if done.returncode == -signal.SIGKILL:
                killed += 1
            else:
                assert done.returncode == 0 and "has ended" in done.stdout, done
                ended += 1
        if ended:
            break
    assert ended and killed > (40 if FULL else 6), (ended, killed)


def release_all(program):
    """For how many milliseconds it was stopped, each time."""
    times = []
    for leak in program.leaks:
        done = release(leak["cookie"])
        assert "has ended" in done.stdout
        times += [float(line.split(" for ")[1].split()[0]) for line in done.stdout.splitlines()
                  if line.startswith("Released")]
    return times


@pytest.mark.timeout(3600)
def test_many_in_a_row(holder):
    """Not one is harmed: with --full, of a thousand, while there is more to do than processors."""
    programs = [holder(state, 200 if FULL else 4) for state in ("running", "read", "nanosleep", "threads", "hurry")]
    for program in programs:
        program.goes_on()
    before = [program.fds() for program in programs]
    with concurrent.futures.ThreadPoolExecutor(len(programs)) as pool:
        times = sorted(time for done in pool.map(release_all, programs) for time in done)
    for program in programs:
        program.goes_on()
    assert [program.fds() for program in programs] == before
    print(f"{len(times)} times, stopped for {times[len(times) // 2]} ms in the median, {times[-1]} ms at most, "
          f"over 10 ms {len([t for t in times if t > 10])} times")
    # An emulated machine is slower.
    assert times[len(times) // 2] < (10 if MACHINE == "x86_64" else 500)
