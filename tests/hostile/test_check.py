# SPDX-License-Identifier: LGPL-2.1-or-later
"""A monitoring system gets an answer in time, whatever is at the other end of the socket; and a person who
interrupts the client gets the prompt back."""
import contextlib
import json
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest

from nsorphan import CTL, PATIENCE, run, wait_until

LIST = {"namespaces": []}


class Mute:
    """Listens, and behaves as @serve does, which gets each connection."""

    def __init__(self, path, serve=None, backlog=16):
        self.path = path
        self.connections = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(backlog)
        if serve:
            threading.Thread(target=self._accept, args=(serve,), daemon=True).start()

    def _accept(self, serve):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections.append(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()


def never_answer(connection):
    pass


def half(connection):
    connection.recv(65536)
    connection.sendall(b'{"parameters": {"names')


def byte_by_byte(connection):
    """As slowly as keeps a time limit of each wait from being reached."""
    with contextlib.suppress(OSError):
        connection.recv(65536)
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)


def without_end(connection):
    """Whole replies, and always one more."""
    with contextlib.suppress(OSError):
        connection.recv(65536)
        while True:
            connection.sendall(json.dumps({"parameters": LIST, "continues": True}).encode() + b"\0")
            time.sleep(0.05)


def full_queue(path):
    """Nobody accepts, and no more fits into the queue: connect(2) itself waits."""
    mute = Mute(path, backlog=0)
    while True:
        filler = socket.socket(socket.AF_UNIX)
        filler.setblocking(False)
        try:
            filler.connect(str(path))
        except BlockingIOError:
            return mute
        mute.connections.append(filler)


SERVERS = {
    "does not accept": Mute,
    "queue is full": full_queue,
    "never answers": lambda path: Mute(path, never_answer),
    "half a reply": lambda path: Mute(path, half),
    "byte by byte": lambda path: Mute(path, byte_by_byte),
    "without end": lambda path: Mute(path, without_end),
}


@pytest.fixture(params=SERVERS)
def mute(request, tmp_path):
    return SERVERS[request.param](tmp_path / "socket")


@pytest.mark.parametrize("json_mode", [False, True])
def test_check_answers_unknown_in_time(mute, json_mode):
    begin = time.monotonic()
    done = run(CTL, f"--socket={mute.path}", "check", "--timeout=1s",
               *(["--json=short"] if json_mode else []), check=False)
    assert 0.9 < time.monotonic() - begin < 3
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.count("\n") == 1
    if json_mode:
        answer = json.loads(done.stdout)
        assert (answer["status"], answer["word"]) == (3, "UNKNOWN")
        assert "leaked" not in answer and "within 1s" in answer["text"]
    else:
        assert done.stdout == "UNKNOWN: nsorphand has not answered within 1s | leaked=U suspected=U\n"


def test_check_takes_ten_seconds_by_itself(tmp_path):
    mute = Mute(tmp_path / "socket")
    begin = time.monotonic()
    assert run(CTL, f"--socket={mute.path}", "check", check=False).returncode == 3
    assert 9 < time.monotonic() - begin < 13


def test_check_of_a_daemon_that_is_stopped(daemon):
    started = daemon()
    started.process.send_signal(signal.SIGSTOP)
    try:
        done = started.ctl("check", "--timeout=1", check=False)
    finally:
        started.process.send_signal(signal.SIGCONT)
    assert done.returncode == 3 and done.stdout.startswith("UNKNOWN: ")


def test_an_alarm_that_is_blocked_or_ignored_rings_all_the_same(tmp_path):
    mute = Mute(tmp_path / "socket")
    code = ("import os, signal, sys\n"
            "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n"
            "os.execv(sys.argv[1], sys.argv[1:])\n")
    done = run("python3", "-c", code, CTL, f"--socket={mute.path}", "check", "--timeout=500ms", check=False)
    assert done.returncode == 3 and done.stdout.startswith("UNKNOWN: ")


@pytest.mark.parametrize("value", ["0", "-1", "infinity", "2h", "soon", ""])
def test_a_time_that_is_none_is_unknown(value):
    done = run(CTL, f"--timeout={value}", "check", check=False)
    assert done.returncode == 3 and "--timeout=" in done.stderr


def test_timeout_is_for_check():
    assert run(CTL, "list", "--timeout=1s", check=False).returncode == 64


@pytest.mark.parametrize("verb", [("list",), ("status",), ("watch",), ("check",), ("show", "net:[1]")],
                         ids=lambda verb: verb[0])
@pytest.mark.parametrize("mute", [name for name in SERVERS if name != "without end"], indirect=True)
def test_an_interrupt_ends_the_client_at_once(mute, verb, spawn):
    client = spawn([CTL, f"--socket={mute.path}", *verb], stdin=subprocess.DEVNULL,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stat = pathlib.Path(f"/proc/{client.pid}/stat")
    wait_until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "S", "the client to wait")
    time.sleep(0.1)
    begin = time.monotonic()
    client.send_signal(signal.SIGINT)
    assert client.wait(PATIENCE) == -signal.SIGINT
    assert time.monotonic() - begin < 1
