# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may talk to the daemon, and how much: the socket's mode, the group, root, and the limits."""
import grp
import json
import pathlib
import shutil
import stat
import sys
import tempfile
import time

import pytest

from nsorphan import DAEMON, FULL, PATIENCE, Daemon, run, signal, wait_until

# Any group that every Debian has and nobody here is in.
GROUP = grp.getgrnam("games")
STRANGER = 54321
DENIED = "org.varlink.service.PermissionDenied"

# Says what comes back, or why it cannot connect.
CALL = """
import json, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
try:
    s.connect(sys.argv[1])
except OSError as error:
    print(json.dumps({"connect": type(error).__name__}))
    sys.exit()
s.settimeout(30)
s.sendall(json.dumps({"method": sys.argv[2]}).encode() + b"\\0")
data = b""
while not data.endswith(b"\\0"):
    data += s.recv(65536)
print(data[:-1].decode())
"""


@pytest.fixture
def public_daemon(stack):
    """A daemon in a folder that everyone can reach."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nsorphand-access-"))
    stack.callback(shutil.rmtree, folder)
    folder.chmod(0o755)

    def start(varlink=""):
        started = Daemon(folder, "[Scan]\nDeep=no\n[Varlink]\n" + varlink)
        stack.callback(lambda: started.process and started.stop(signal.SIGKILL))
        return started.start()
    return start


def call_as(started, method, *who):
    done = run(sys.executable, "-c", CALL, started.socket, method, prefix=("setpriv", *who))
    return json.loads(done.stdout)


OUTSIDER = (f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups")
MEMBER = (f"--reuid={STRANGER}", f"--regid={GROUP.gr_gid}", "--clear-groups")
SUPPLEMENTARY = (f"--reuid={STRANGER}", f"--regid={STRANGER}", f"--groups=54322,{GROUP.gr_gid},54323")
STATUS = "io.nsorphan.Scanner.GetStatus"
REFRESH = "io.nsorphan.Scanner.Refresh"
INFO = "org.varlink.service.GetInfo"


def test_mode_and_group_of_the_socket(public_daemon):
    status = public_daemon(f"Group={GROUP.gr_name}\n").socket.stat()
    assert stat.S_IMODE(status.st_mode) == 0o660
    assert (status.st_uid, status.st_gid) == (0, GROUP.gr_gid)


@pytest.mark.parametrize("group", ["", "there-is-no-such-group"])
def test_without_a_group_it_is_for_root(public_daemon, group):
    started = public_daemon(f"Group={group}\n")
    assert stat.S_IMODE(started.socket.stat().st_mode) == 0o600
    started.socket.chmod(0o666)
    assert call_as(started, STATUS, *SUPPLEMENTARY)["error"] == DENIED


def test_an_outsider_is_kept_out_by_the_mode_and_by_the_service(public_daemon):
    started = public_daemon(f"Group={GROUP.gr_name}\n")
    assert call_as(started, STATUS, *OUTSIDER) == {"connect": "PermissionError"}
    started.socket.chmod(0o666)
    for method in (STATUS, REFRESH, INFO):
        assert call_as(started, method, *OUTSIDER)["error"] == DENIED


@pytest.mark.parametrize("who", [MEMBER, SUPPLEMENTARY], ids=["group", "supplementary"])
def test_the_group_reads_and_does_no_more(public_daemon, who):
    started = public_daemon(f"Group={GROUP.gr_name}\n")
    assert call_as(started, STATUS, *who)["parameters"]["pid"] == started.process.pid
    assert call_as(started, INFO, *who)["parameters"]["product"] == "nsorphand"
    assert call_as(started, REFRESH, *who)["error"] == DENIED
    service = "io.systemd.service"
    assert call_as(started, f"{service}.Ping", *who) == {"parameters": {}}
    assert call_as(started, f"{service}.GetLogLevel", *who)["parameters"] == {"level": 6}
    for method in ("Reload", "SetLogLevel", "GetEnvironment"):
        assert call_as(started, f"{service}.{method}", *who)["error"] == DENIED


def test_one_user_can_not_take_all_connections(public_daemon):
    started = public_daemon(f"Group={GROUP.gr_name}\nConnectionsPerUserMax=5\n")
    mine = [started.connect() for _ in range(5)]
    for connection in mine:
        connection.call(STATUS)
    with pytest.raises(ConnectionError):
        started.call(STATUS)
    assert "error" not in call_as(started, STATUS, *MEMBER)
    mine.pop().close()
    wait_until(lambda: _answers(started), "a connection to become free")
    for connection in mine:
        connection.close()


def _answers(started):
    try:
        return started.call(STATUS)
    except OSError:
        return None


def test_a_message_too_long_ends_its_connection_alone(public_daemon):
    started = public_daemon()
    bystander = started.connect()
    bystander.call(STATUS)
    rude = started.connect()
    with pytest.raises(OSError):
        rude.socket.sendall(b'{"method":"' + b"x" * (3 << 20))
    bystander.call(STATUS)


@pytest.mark.skipif(not FULL, reason="takes half a minute: only in a full run")
def test_half_a_message_is_waited_for_half_a_minute(public_daemon):
    started = public_daemon()
    slow, begin = started.connect(), time.monotonic()
    with pytest.raises(OSError):
        while time.monotonic() < begin + PATIENCE:
            slow.socket.sendall(b" ")
            time.sleep(1)
    assert 29 < time.monotonic() - begin < 35


def test_a_second_daemon_leaves_the_first_alone(public_daemon):
    first = public_daemon()
    second = run(DAEMON, f"--config={first.config}", check=False)
    assert second.returncode != 0
    assert str(first.socket) in second.stderr
    assert "listens on" in second.stderr
    assert first.call(STATUS)["pid"] == first.process.pid


def test_the_socket_of_a_killed_daemon_is_replaced(public_daemon):
    started = public_daemon()
    started.stop(signal.SIGKILL)
    assert started.socket.is_socket()
    with pytest.raises(ConnectionRefusedError):
        started.connect()
    started.start()
    assert started.call(STATUS)["pid"] == started.process.pid
    assert started.stop() == 0
    assert not started.socket.exists()


def test_what_is_no_socket_is_not_replaced(public_daemon):
    started = public_daemon()
    started.stop()
    started.socket.write_text("precious")
    again = run(DAEMON, f"--config={started.config}", check=False)
    assert again.returncode != 0
    assert f"{started.socket} exists and is not a socket" in again.stderr
    assert started.socket.read_text() == "precious"


# What systemd does before it starts a service that has a socket: fd 3, and whom it is for.
ACTIVATE = """
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o640)
s.listen()
if s.fileno() == 3:
    os.set_inheritable(3, True)
else:
    os.dup2(s.fileno(), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_socket_activation(public_daemon):
    """The socket is adopted with the mode it has, and left when the daemon goes."""
    started = public_daemon()
    started.stop()
    started.prefix = (sys.executable, "-c", ACTIVATE, str(started.socket))
    started.start()
    assert started.call(STATUS)["pid"] == started.process.pid
    assert stat.S_IMODE(started.socket.stat().st_mode) == 0o640
    assert started.stop() == 0
    assert started.socket.is_socket()


def test_an_activation_without_a_socket_is_an_error(public_daemon):
    started = public_daemon()
    started.stop()
    prefix = ("sh", "-c", "exec 3</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\"", "sh")
    again = run(DAEMON, f"--config={started.config}", prefix=prefix, check=False)
    assert again.returncode > 0
    assert "File descriptor 3 is not a listening Unix stream socket" in again.stderr
