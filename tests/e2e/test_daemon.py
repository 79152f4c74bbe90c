# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon: from a leak to what it tells about it, and how it starts, reloads and stops."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

import nsorphan
from nsorphan import DAEMON, WITHOUT_PROC, run, wait_until

INTERFACE = "io.nsorphan.Scanner"

# Nothing happens by itself in the time of a test.
QUIET = "[Scan]\nInterval=1h\n"

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def stream(connection, method, parameters=None):
    """All replies of a call with `more`."""
    connection.send(f"{INTERFACE}.{method}", parameters, more=True)
    while True:
        reply = connection.receive()
        assert "error" not in reply, reply
        yield reply["parameters"]
        if not reply.get("continues"):
            return


def find(d, zoo, **filters):
    """The namespace of a zoo program in the daemon's list, or None."""
    with contextlib.closing(d.connect()) as connection:
        for reply in stream(connection, "List", filters):
            for namespace in reply["namespaces"]:
                if namespace.get("cookie") == zoo.cookie:
                    return namespace
    return None


def test_from_leak_to_resolved(daemon, zoo):
    d = daemon()
    leaker = zoo("socket", "netlink")
    leak = wait_until(lambda: find(d, leaker, state="leaked"), "the leak")
    assert leak["verdict"] == "orphaned"
    assert leak["inode"] == leaker.inode
    assert leak["leakedUSec"] >= leak["sinceUSec"] > 0
    assert leak["scans"] >= 2
    [holder] = leak["holders"]
    assert (holder["pid"], holder["fd"]) == (leaker.pid, leaker.fd)
    for asked in ({"inode": leaker.inode}, {"cookie": leaker.cookie},
                  {"inode": leaker.inode, "cookie": leaker.cookie}):
        assert d.call(f"{INTERFACE}.Get", asked)["namespace"]["cookie"] == leaker.cookie

    leaker.stop()
    wait_until(lambda: find(d, leaker) is None, "the end of the leak")


def refresh_until(d, zoo, **filters):
    """The namespace of a zoo program in the list after a scan; another scanner on this host may pin
    it for the moment of the first."""
    def look():
        d.call(f"{INTERFACE}.Refresh")
        return find(d, zoo, **filters)
    return wait_until(look, "the orphan to be seen")


def error_of(d, method, parameters=None, **flags):
    with contextlib.closing(d.connect()) as connection:
        connection.send(method if "." in method else f"{INTERFACE}.{method}", parameters, **flags)
        reply = connection.receive()
        return reply.get("error"), reply.get("parameters")


def test_errors(daemon):
    d = daemon(QUIET)
    assert error_of(d, "Get", {"cookie": 2**62}) == (f"{INTERFACE}.NoSuchNamespace",
                                                     {"cookie": 2**62})
    for wrong in ({}, {"inode": 0}, {"inode": -1}, {"inode": "x"}):
        name, parameters = error_of(d, "Get", wrong)
        assert name == "org.varlink.service.InvalidParameter"
        assert parameters == {"parameter": "inode"}
    for wrong in ({"verdict": "gone"}, {"state": "resolved"}, {"colour": 1}):
        assert error_of(d, "List", wrong)[0] == "org.varlink.service.InvalidParameter"
    assert error_of(d, "Subscribe")[0] == "org.varlink.service.ExpectedMore"
    assert error_of(d, "Forget")[0] == "org.varlink.service.MethodNotFound"
    assert error_of(d, "io.nsorphan.Nothing.Get")[0] == "org.varlink.service.InterfaceNotFound"


def test_list(daemon, zoo):
    leaker = zoo("socket", "netlink")
    d = daemon(QUIET)
    with contextlib.closing(d.connect()) as connection:
        one_by_one = list(stream(connection, "List"))
        assert all(len(reply["namespaces"]) == 1 for reply in one_by_one)
        at_once = connection.call(f"{INTERFACE}.List")["namespaces"]
        # Whose it is, is found out beside the loop, and may have come between the two.
        for namespace in at_once + [reply["namespaces"][0] for reply in one_by_one]:
            namespace.pop("history", None)
        assert at_once == [reply["namespaces"][0] for reply in one_by_one]
        assert {n["verdict"] for n in at_once} >= {"attached", "orphaned"}
        attached = connection.call(f"{INTERFACE}.List", {"verdict": "attached"})["namespaces"]
        assert {n["verdict"] for n in attached} == {"attached"}
        assert leaker.cookie not in {n.get("cookie") for n in attached}
        # Not leaked yet in the first scan: one reply that says that there are none.
        assert list(stream(connection, "List", {"state": "leaked"})) == [{"namespaces": []}]


# Leaves @n orphans behind, held by itself, and itself in a namespace of its own.
MANY = """
import ctypes, socket, sys, time
libc = ctypes.CDLL(None, use_errno=True)
kept = []
for i in range(int(sys.argv[1]) + 1):
    assert libc.unshare(0x40000000) == 0, ctypes.get_errno()
    kept.append(socket.socket(socket.AF_UNIX))
print("ready", flush=True)
time.sleep(600)
"""


def test_list_of_many_needs_more(daemon, spawn):
    many = spawn([sys.executable, "-c", MANY, "300"], stdout=subprocess.PIPE, text=True)
    assert many.stdout.readline() == "ready\n"
    d = daemon(QUIET)
    assert error_of(d, "List", {"verdict": "orphaned"})[0] == "org.varlink.service.ExpectedMore"
    with contextlib.closing(d.connect()) as connection:
        def mine():
            connection.call(f"{INTERFACE}.Refresh")
            return len([reply for reply in stream(connection, "List", {"verdict": "orphaned"})
                        if reply["namespaces"][0]["holders"][0].get("pid") == many.pid])
        wait_until(lambda: mine() == 300, "all of them to be listed one by one")


def test_refresh_sees_what_was_before_it(daemon, zoo):
    d = daemon(QUIET)
    d.call(f"{INTERFACE}.Refresh")
    leaker = zoo("socket", "netlink")
    assert find(d, leaker) is None
    reply = d.call(f"{INTERFACE}.Refresh")
    assert set(reply) == {"scan", "coverage", "verdicts", "states"}
    assert find(d, leaker)


def test_many_who_refresh_share_a_scan(daemon):
    d = daemon(QUIET)
    d.call(f"{INTERFACE}.Refresh")
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(contextlib.closing(d.connect())) for _ in range(50)]
        for connection in connections:
            connection.send(f"{INTERFACE}.Refresh")
        scans = {connection.receive()["parameters"]["scan"]["startUSec"]
                 for connection in connections}
    assert 1 <= len(scans) <= 5


def test_refresher_that_goes_away(daemon):
    d = daemon(QUIET)
    for _ in range(20):
        connection = d.connect()
        connection.send(f"{INTERFACE}.Refresh")
        connection.close()
    assert d.call(f"{INTERFACE}.Refresh")["scan"]["durationUSec"] > 0


def test_subscribe_has_no_gap_and_no_duplicate(daemon, zoo):
    before = zoo("socket", "netlink")
    d = daemon(QUIET + "[Alert]\nGraceSec=0\n")
    d.call(f"{INTERFACE}.Refresh")
    with contextlib.closing(d.connect()) as connection:
        events = stream(connection, "Subscribe")
        present = []
        for event in events:
            if event["kind"] == "synchronized":
                break
            assert event["kind"] == "present"
            present.append(event)
        mine = [e for e in present if e["namespace"].get("cookie") == before.cookie]
        assert len(mine) == 1
        sequence = event["sequence"]
        assert {e["sequence"] for e in present} == {sequence}

        after = zoo("socket", "netlink")
        d.call(f"{INTERFACE}.Refresh")
        before.stop()
        after.stop()

        def gone():
            d.call(f"{INTERFACE}.Refresh")
            return find(d, before) is None and find(d, after) is None
        wait_until(gone, "both to be gone")

        story = {before.cookie: [], after.cookie: []}
        for event in events:
            assert event["sequence"] == sequence + 1, "a gap or a duplicate"
            sequence = event["sequence"]
            cookie = event.get("namespace", {}).get("cookie")
            if cookie in story:
                story[cookie].append((event["kind"], event.get("ending")))
            # Another scanner on this host may pin one for a moment: that is not the end.
            if all(kinds and kinds[-1][1] == "gone" for kinds in story.values()):
                break
    assert story[after.cookie][0] == ("suspected", None)
    assert story[before.cookie][0][0] != "suspected"


def test_status(daemon):
    d = daemon(QUIET)
    d.call(f"{INTERFACE}.Refresh")
    status = d.call(f"{INTERFACE}.GetStatus")
    assert status["pid"] == d.process.pid
    assert status["intervalUSec"] == 3600 * 10**6
    assert status["verdicts"]["attached"] >= 1
    assert 0 < status["nextScanUSec"] / 1e6 - time.time() <= 3600
    assert status["skipped"] == []
    assert "error" not in status


def test_metrics(daemon, zoo):
    zoo("socket", "netlink")
    d = daemon(QUIET)
    d.call(f"{INTERFACE}.Refresh")
    text = d.call(f"{INTERFACE}.GetMetrics")["text"]
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert int(values['nsorphan_namespaces{verdict="orphaned"}']) >= 1
    assert int(values['nsorphan_scans_total{result="finished"}']) >= 1
    assert abs(float(values["nsorphan_last_scan_timestamp_seconds"]) - time.time()) < 600
    assert any(key.startswith("nsorphan_build_info{version=") for key in values)
    assert "# TYPE nsorphan_leaks_total counter\n" in text
    assert d.ctl("metrics").stdout.splitlines()[0] == text.splitlines()[0]
    other = d.call(f"{INTERFACE}.GetMetrics", {"format": "openmetrics"})["text"]
    assert other.endswith("# EOF\n") and "# TYPE nsorphan_leaks counter\n" in other
    assert d.ctl("metrics", "--format=openmetrics").stdout.endswith("# EOF\n")
    assert "# EOF" not in d.ctl("metrics", "--format=prometheus").stdout


def every_method(d):
    """The methods of all interfaces at the socket, by what they say of themselves, with what they want."""
    def describe(name):
        return d.call("org.varlink.service.GetInterfaceDescription", {"interface": name})["description"]
    return {f"{name}.{method}": parameters
            for name in d.call("org.varlink.service.GetInfo")["interfaces"]
            for method, parameters in re.findall(r"^method (\w+)\(([^)]*)\)", describe(name), re.MULTILINE)}


def test_parameters_may_be_missing_null_or_empty(daemon):
    """Every method takes them for the same: whatever it answers, it answers it to all three."""
    d = daemon(QUIET)
    methods = every_method(d)
    assert {"io.nsorphan.Scanner.List", "io.systemd.service.Ping"} <= set(methods)
    for method in methods:
        more = {"more": True} if method.endswith(".Subscribe") else {}
        answers = []
        for form in ({}, {"parameters": None}, {"parameters": {}}):
            with contextlib.closing(nsorphan.Connection(d.socket)) as connection:
                connection.socket.sendall(json.dumps({"method": method, **form, **more}).encode() + b"\0")
                answers.append(connection.receive())
        kinds = {answer.get("error", "") for answer in answers}
        assert len(kinds) == 1, (method, answers)
        if not re.search(r": (?!\?)", methods[method]) and kinds != {""}:
            # Of several optional ones, one is needed all the same.
            assert kinds == {"org.varlink.service.InvalidParameter"}, (method, answers)
            assert method.split(".")[-1] in ("Get", "Inspect", "SetLogLevel"), method


def test_io_systemd_service(daemon, tmp_path):
    """As of every service of systemd's."""
    d = daemon(QUIET)

    def call(method, **parameters):
        return d.call(f"io.systemd.service.{method}", parameters)
    assert call("Ping") == {}
    assert call("GetLogLevel") == {"level": 6}
    assert call("SetLogLevel", level=3) == {}
    assert call("GetLogLevel") == {"level": 3}
    for wrong in (-1, 8, None, 2**40):
        with pytest.raises(AssertionError, match="InvalidParameter"):
            call("SetLogLevel", level=wrong)
    assert call("GetLogLevel") == {"level": 3}
    environment = dict(entry.split("=", 1) for entry in call("GetEnvironment")["environment"])
    assert environment["PATH"] == os.environ["PATH"]


def test_an_environment_that_is_no_text(daemon):
    """JSON cannot say it, and the interface has an error for that."""
    d = daemon(QUIET, environment={"NSORPHAN_TEST": b"\xff".decode(errors="surrogateescape")})
    with pytest.raises(AssertionError, match="io.systemd.service.InconsistentEnvironment"):
        d.call("io.systemd.service.GetEnvironment")
    assert d.call("io.systemd.service.Ping") == {}


def test_reload_over_varlink(daemon):
    """It answers when the configuration is in force; of one that cannot be read it says so."""
    d = daemon("[Scan]\nInterval=1h\n")
    d.config.write_text("[Scan]\nInterval=2h\n")
    assert d.call("io.systemd.service.Reload") == {}
    assert d.call(f"{INTERFACE}.GetStatus")["intervalUSec"] == 2 * 3600 * 10**6
    d.config.unlink()
    d.config.mkdir()
    with pytest.raises(AssertionError, match="io.systemd.System"):
        d.call("io.systemd.service.Reload")
    assert d.call("io.systemd.service.Ping") == {}
    assert d.call(f"{INTERFACE}.GetStatus")["intervalUSec"] == 2 * 3600 * 10**6


def test_metrics_for_systemd(daemon, tmp_path):
    report = tmp_path / "report"
    report.mkdir()
    path = report / INTERFACE
    d = daemon(QUIET + f"[Varlink]\nMetricsSocket={path}\n")
    d.call(f"{INTERFACE}.Refresh")
    with contextlib.closing(nsorphan.Connection(path)) as connection:
        replies = {}
        for method in ("List", "Describe"):
            replies[method] = []
            connection.send(f"io.systemd.Metrics.{method}", more=True)
            while True:
                reply = connection.receive()
                replies[method].append(reply["parameters"])
                if not reply.get("continues"):
                    break
        connection.send("io.systemd.Metrics.List")
        assert connection.receive()["error"] == "org.varlink.service.ExpectedMore"
    names = {family["name"] for family in replies["Describe"]}
    assert {metric["name"] for metric in replies["List"]} <= names
    assert all(name.startswith("io.nsorphan.Scanner.") for name in names)
    listed = [metric["name"] for metric in replies["List"]]
    assert listed == sorted(listed)
    assert {"fields": {"verdict": "pinned"}, "name": "io.nsorphan.Scanner.NamespacesByVerdictTotal"}.items() \
        <= next(m for m in replies["List"] if m.get("fields") == {"verdict": "pinned"}).items()


def ask_as(prefix, d, method):
    """What somebody else gets for a call: the error's name, "ok", or the errno's."""
    code = """if True:
        import errno, json, socket, sys
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(sys.argv[1])
        except OSError as e:
            print(errno.errorcode[e.errno])
            sys.exit()
        s.sendall(json.dumps({"method": sys.argv[2]}).encode() + b"\\0")
        data = b""
        while not data.endswith(b"\\0"):
            data += s.recv(65536)
        print(json.loads(data[:-1]).get("error", "ok"))
    """
    return run("/usr/bin/python3", "-I", "-c", code, d.socket, method, prefix=prefix,
               cwd="/").stdout.strip()


@pytest.fixture
def open_folder():
    """A folder that others can walk through, unlike pytest's."""
    path = pathlib.Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    path.chmod(0o755)
    yield path
    run("rm", "-r", path)


def test_access(stack, open_folder):
    d = nsorphan.Daemon(open_folder, QUIET + "[Varlink]\nGroup=games\n")
    stack.callback(lambda: d.process and d.stop(signal.SIGKILL))
    path = d.start().socket
    member = ("setpriv", "--reuid=65534", "--regid=65534", "--groups=games")
    assert os.stat(path).st_mode & 0o777 == 0o660
    assert ask_as((), d, f"{INTERFACE}.Refresh") == "ok"
    assert ask_as(member, d, f"{INTERFACE}.GetStatus") == "ok"
    assert ask_as(member, d, f"{INTERFACE}.Refresh") == "org.varlink.service.PermissionDenied"
    assert ask_as(NOBODY, d, f"{INTERFACE}.GetStatus") == "EACCES"
    # Somebody has loosened the mode.
    path.chmod(0o666)
    assert ask_as(NOBODY, d, f"{INTERFACE}.GetStatus") == "org.varlink.service.PermissionDenied"


def test_no_group_is_root_alone(daemon):
    d = daemon(QUIET + "[Varlink]\nGroup=no-such-group\n")
    assert os.stat(d.socket).st_mode & 0o777 == 0o600
    assert 'There is no group "no-such-group"' in d.log.read_text()


def refused(*options, prefix=()):
    """Exit code and the one line on stderr of a daemon that does not start."""
    done = run(DAEMON, *options, prefix=prefix, check=False)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.returncode, done.stderr


def test_refuses_to_start(tmp_path, open_folder):
    assert refused("--frobnicate")[0] == 64
    assert refused("argument")[0] == 64
    assert refused("--config")[0] == 64
    code, line = refused(f"--config={tmp_path}/none.conf")
    assert code == 78 and f"{tmp_path}/none.conf: No such file or directory" in line
    code, line = refused(f"--config={tmp_path}")
    assert code == 78 and "not a regular file" in line
    # The build folder may be closed to others.
    copy = open_folder / "nsorphand"
    copy.write_bytes(DAEMON.read_bytes())
    copy.chmod(0o755)
    done = run(copy, prefix=NOBODY, check=False, cwd="/")
    assert done.returncode == 77
    assert done.stderr.count("\n") == 1 and "root" in done.stderr


def test_no_proc():
    code, line = refused("--once", prefix=WITHOUT_PROC)
    assert code == 71 and "/proc" in line


def test_second_daemon_touches_nothing(daemon, zoo):
    d = daemon()
    leaker = zoo("socket", "netlink")
    wait_until(lambda: find(d, leaker, state="leaked"), "the leak")
    before = sorted((p.name, p.stat().st_ino) for p in d.folder.iterdir() if p.is_socket())
    done = run(DAEMON, f"--config={d.config}", check=False)
    assert done.returncode == 75
    assert str(d.socket) in done.stderr.splitlines()[-1]
    after = sorted((p.name, p.stat().st_ino) for p in d.folder.iterdir() if p.is_socket())
    assert before == after
    assert find(d, leaker, state="leaked")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stops_cleanly(daemon, how):
    d = daemon(QUIET)
    assert d.stop(how) == 0
    assert not d.socket.exists()


def test_stops_during_a_scan(daemon):
    d = daemon(QUIET)
    connection = d.connect()
    connection.send(f"{INTERFACE}.Refresh")
    assert d.stop() == 0


def test_state_survives(daemon, zoo):
    d = daemon()
    leaker = zoo("socket", "netlink")
    leak = wait_until(lambda: find(d, leaker, state="leaked"), "the leak")
    d.stop(signal.SIGKILL)
    d.start()
    again = find(d, leaker)
    assert again["state"] == "leaked"
    assert again["sinceUSec"] == leak["sinceUSec"]


def test_reload(daemon, zoo):
    d = daemon(QUIET + "[Alert]\nGraceSec=1h\n")
    leaker = zoo("socket", "netlink")
    since = refresh_until(d, leaker, state="suspected")["sinceUSec"]
    d.call(f"{INTERFACE}.Refresh")

    d.configure("[Scan]\nInterval=90s\nNonsense=1\n[Alert]\nGraceSec=0\n")
    d.process.send_signal(signal.SIGHUP)
    wait_until(lambda: d.call(f"{INTERFACE}.GetStatus")["intervalUSec"] == 90 * 10**6,
               "the new configuration")
    assert "nsorphand.conf:15: Unknown key Nonsense=" in d.log.read_text()
    assert refresh_until(d, leaker, state="leaked")["sinceUSec"] == since

    d.config.unlink()
    d.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "continuing with the old configuration" in d.log.read_text(), "the refusal")
    assert d.call(f"{INTERFACE}.GetStatus")["intervalUSec"] == 90 * 10**6
    assert find(d, leaker, state="leaked")


def test_alert_in_the_foreground(daemon, zoo):
    d = daemon()
    leaker = zoo("socket", "netlink")
    wait_until(lambda: f"net:[{leaker.inode}] has leaked" in d.log.read_text(),
               "the alert on stderr")


def test_once(zoo):
    leaker = zoo("socket", "netlink")

    def verdict():
        done = run(DAEMON, "--once", "--config=/dev/null")
        assert done.stdout.count("\n") == 1
        return nsorphan.Census(json.loads(done.stdout)).verdict(leaker)
    wait_until(lambda: verdict() == "orphaned", "the orphan to be seen")
    with open("/dev/full", "w") as full:
        done = subprocess.run([DAEMON, "--once", "--config=/dev/null"], stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "No space left" in done.stderr


def test_talks_to_its_manager(daemon, tmp_path):
    manager = nsorphan.Manager(tmp_path / "notify")
    d = daemon(QUIET, environment={"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "600000"})
    manager.wait("READY=1", "STATUS=")
    status = manager.wait("STATUS=Last scan at")["STATUS"]
    assert "namespaces" in status and "leaked" in status and "next at" in status
    for _ in range(2):
        manager.wait("WATCHDOG=1")
    d.process.send_signal(signal.SIGHUP)
    usec = int(manager.wait("RELOADING=1", "MONOTONIC_USEC=")["MONOTONIC_USEC"])
    assert abs(usec / 1e6 - time.clock_gettime(time.CLOCK_MONOTONIC)) < 30
    manager.wait("READY=1", "STATUS=")
    d.process.send_signal(signal.SIGTERM)
    manager.wait("STOPPING=1")


def test_socket_activation(daemon, spawn, tmp_path):
    path = tmp_path / "activated"
    d = nsorphan.Daemon(tmp_path, QUIET)
    process = spawn(["systemd-socket-activate", f"--listen={path}", DAEMON,
                     f"--config={d.config}"], stderr=subprocess.DEVNULL)
    wait_until(path.exists, "the socket")
    with contextlib.closing(nsorphan.Connection(path)) as connection:
        status = connection.call(f"{INTERFACE}.GetStatus")
    assert status["pid"] == process.pid
    assert not d.socket.exists()
    nsorphan.stop(process, signal.SIGTERM)
    # It is the manager's: it stays for the next start.
    assert path.exists()


def switches(pid):
    """Context switches of all threads of a process."""
    total = 0
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        total += sum(int(line.split()[1]) for line in status.read_text().splitlines()
                     if "ctxt_switches" in line)
    return total


def test_sleeps_between_scans(daemon):
    # No suspect of this host is to become a leak in the meantime: that is worth a scan.
    d = daemon(QUIET + "[Alert]\nGraceSec=1h\n")
    d.call(f"{INTERFACE}.Refresh")
    time.sleep(1)
    before = switches(d.process.pid)
    time.sleep(3)
    assert switches(d.process.pid) == before
