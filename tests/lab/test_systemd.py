# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service under a real systemd: the oldest and the newest that the lab has.

The tests of one system run in the order in which they stand, as an administrator's day would:
installed, enabled, used, hurt, removed.
"""
import json
import re
import signal
import subprocess
import time

import pytest

import nsorphan
from system import ADDRESS, INTERFACE, System

SYSTEMS = ("trixie", "forky")

SERVICE = "nsorphand.service"
SOCKET = "nsorphand.socket"


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request):
    booted = System(request.param)
    try:
        yield booted
    finally:
        booted.stop()


@pytest.fixture(scope="module")
def leak(system):
    """A service that leaks, from the moment a test first asks for it."""
    return system.leak("docker")


def answers(system):
    return system.run("varlinkctl", "info", ADDRESS, check=False).returncode == 0


def test_sysusers_and_tmpfiles(system):
    assert system.out("getent", "group", "nsorphan").startswith("nsorphan:")
    assert system.out("stat", "-c", "%A %U %G", "/run/nsorphand") == "drwxr-xr-x root root\n"


def test_units_are_sound(system):
    done = system.run("systemd-analyze", "verify", "--man=no", SERVICE, SOCKET, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr


def test_enable(system):
    system.run("systemctl", "enable", "--now", SOCKET, SERVICE)
    assert system.out("systemctl", "is-enabled", SOCKET, SERVICE).split() == ["enabled"] * 2
    # "enable --now" has waited for READY=1: it answers already.
    assert system.active(SERVICE) == "active"
    assert answers(system)
    assert system.out("stat", "-c", "%A %U %G", ADDRESS) == "srw-rw---- root nsorphan\n"


def test_status_says_something(system):
    nsorphan.wait_until(lambda: "scan" in system.call("GetStatus"), "the first scan")
    status = system.run("systemctl", "status", "--no-pager", SERVICE).stdout
    assert "Active: active (running)" in status
    assert "Status: " in status


def test_socket_activation(system):
    system.run("systemctl", "stop", SERVICE)
    assert system.active(SERVICE) == "inactive"
    assert system.active(SOCKET) == "active"
    status = system.call("GetStatus")
    assert system.active(SERVICE) == "active"
    assert status["pid"] == system.main_pid()


def test_alert_under_the_unit_of_the_holder(system, leak):
    found = nsorphan.wait_until(
        lambda: (system.orphan(leak) or {}).get("state") == "leaked" and system.orphan(leak),
        "the leak to be reported")
    assert found["inode"] == leak["inode"]
    assert found["verdict"] == "orphaned"
    [holder] = found["holders"]
    assert holder["pid"] == leak["pid"]
    assert holder["socketInode"] == leak["socketInode"]
    assert holder["unit"] == "leaky@docker.service"

    [alert] = nsorphan.wait_until(lambda: system.alerts(leak), "the alert")
    assert alert["PRIORITY"] == "4"
    assert alert["_SYSTEMD_UNIT"] == SERVICE
    assert alert["OBJECT_SYSTEMD_UNIT"] == "leaky@docker.service"
    assert f"net:[{leak['inode']}]" in alert["MESSAGE"]
    message_id = f"MESSAGE_ID={alert['MESSAGE_ID']}"
    for unit in ("leaky@docker.service", SERVICE):
        assert system.journal("-u", unit, message_id), unit


def test_the_catalog_explains(system, leak):
    [alert] = system.alerts(leak)
    system.run("journalctl", "--update-catalog")
    text = system.out("journalctl", "-q", "-x", "--no-pager", f"MESSAGE_ID={alert['MESSAGE_ID']}")
    assert "Subject: " in text
    assert "nsorphanctl" in text


def test_the_view_from_inside_is_partial(system, leak):
    """A daemon in a container does not see the host's processes, and says so."""
    coverage = system.call("GetStatus")["coverage"]
    assert coverage["complete"] is False
    assert any("pid namespace" in reason for reason in coverage["reasons"]), coverage
    assert system.orphan(leak)["partial"] is True


def test_varlinkctl_every_method(system, leak):
    assert "io.nsorphan.Scanner" in system.out("varlinkctl", "list-interfaces", ADDRESS)
    idl = system.out("varlinkctl", "introspect", ADDRESS, INTERFACE)
    system.write("/tmp/interface.varlink", idl)
    system.run("varlinkctl", "validate-idl", "/tmp/interface.varlink")
    methods = [line.split()[1].split("(")[0] for line in idl.splitlines()
               if line.startswith("method ")]
    assert sorted(methods) == ["Get", "GetMetrics", "GetStatus", "Inspect", "List", "Refresh",
                               "Subscribe"]

    assert system.call("GetStatus")["states"]["leaked"] >= 1
    everything = system.call("List")["namespaces"]
    assert leak["cookie"] in [n.get("cookie") for n in everything]
    one_by_one = [r["namespaces"] for r in system.varlink("List", {}, "--more")]
    assert all(len(reply) == 1 for reply in one_by_one)
    leaked = system.call("List", {"state": "leaked"})["namespaces"]
    assert leak["cookie"] in [n.get("cookie") for n in leaked]
    assert all(n["state"] == "leaked" for n in leaked)
    got = system.call("Get", {"inode": leak["inode"], "cookie": leak["cookie"]})["namespace"]
    assert got["cookie"] == leak["cookie"]
    assert system.call("Inspect", {"cookie": leak["cookie"]})
    assert system.call("Refresh")["scan"]["durationUSec"] > 0
    metrics = system.call("GetMetrics", {"format": "openmetrics"})["text"]
    assert metrics.startswith("# HELP nsorphan_") and metrics.endswith("# EOF\n")

    subscriber = subprocess.Popen(
        system.command("timeout", "5", "varlinkctl", "--json=short", "--more", "call", ADDRESS,
                       f"{INTERFACE}.Subscribe", "{}"),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with subscriber:
        said = [json.loads(line.lstrip("\x1e")) for line in subscriber.stdout]
    kinds = [reply["kind"] for reply in said]
    assert "present" in kinds and "synchronized" in kinds

    # Errors are named.
    done = system.run("varlinkctl", "call", ADDRESS, f"{INTERFACE}.Get", '{"cookie":1000000000}',
                      check=False)
    assert done.returncode != 0 and "NoSuchNamespace" in done.stderr


def test_who_may_call(system):
    """Reading is for root and the group; Refresh for root; others cannot even connect."""
    def call(method, *groups):
        return system.run("setpriv", "--reuid=65534", "--regid=65534", *groups,
                          "varlinkctl", "call", ADDRESS, f"{INTERFACE}.{method}", "{}", check=False)
    assert call("GetStatus", "--clear-groups").returncode != 0
    assert call("GetStatus", "--groups=nsorphan").returncode == 0
    refused = call("Refresh", "--groups=nsorphan")
    assert refused.returncode != 0
    assert "ermission" in refused.stderr or "ccess" in refused.stderr, refused.stderr


def test_metrics_for_systemd(system):
    """systemd 260 and newer gather metrics from the sockets in /run/systemd/report."""
    if not system.ok("test", "-d", "/run/systemd/report"):
        pytest.skip("this systemd gathers no metrics")
    report = "/run/systemd/report/io.nsorphan.Scanner"
    assert system.active("nsorphand-metrics.socket") == "active"
    assert system.out("stat", "-c%a %G", report).strip() == "660 nsorphan"
    assert "io.systemd.Metrics" in system.out("varlinkctl", "list-interfaces", report)
    listed = system.out("varlinkctl", "--more", "--json=short", "call", report,
                        "io.systemd.Metrics.List", "{}")
    assert "io.nsorphan.Scanner.NamespacesByVerdictTotal" in listed
    # As PID 1's own are called.
    own = system.out("varlinkctl", "--more", "--json=short", "call",
                     "/run/systemd/report/io.systemd.Manager", "io.systemd.Metrics.Describe", "{}")
    names = [name for reply in (own, listed) for name in re.findall(r'"name":"io\.[a-z]+\.\w+\.(\w+)', reply)]
    assert len(names) > 20 and [name for name in names if not name[0].isupper()] == []


def test_io_systemd_service(system):
    """As any service of systemd's."""
    def call(method, parameters="{}"):
        return json.loads(system.out("varlinkctl", "--json=short", "call", ADDRESS,
                                     f"io.systemd.service.{method}", parameters) or "{}")
    assert call("Ping") == {}
    assert call("GetLogLevel") == {"level": 6}
    call("SetLogLevel", '{"level":7}')
    assert call("GetLogLevel") == {"level": 7}
    call("SetLogLevel", '{"level":6}')
    before = system.main_pid()
    call("Reload")
    assert system.main_pid() == before and system.active(SERVICE) == "active"
    assert any(entry.startswith("JOURNAL_STREAM=") for entry in call("GetEnvironment")["environment"])


def test_client(system, leak):
    """The client, as an administrator at 3 a.m. uses it."""
    name = f"net:[{leak['inode']}]"
    assert name in system.out("nsorphanctl", "list")
    assert "leaky@docker.service" in system.out("nsorphanctl", "show", f"cookie:{leak['cookie']}")
    assert "leaky@docker.service" in system.out("nsorphanctl", "explain", name)
    assert system.run("nsorphanctl", "check", check=False).returncode == 2
    assert system.out("nsorphanctl", "status")
    assert name in system.out("nsorphanctl", "scan")


def test_reload(system):
    before = system.main_pid()
    system.write("/etc/nsorphand/nsorphand.conf.d/60-reload.conf", "[Scan]\nInterval=1500ms\n")
    system.run("systemctl", "reload", SERVICE)
    nsorphan.wait_until(lambda: system.call("GetStatus")["intervalUSec"] == 1500000,
                        "the new interval")
    assert system.main_pid() == before
    assert system.active(SERVICE) == "active"
    # A bad value is a warning with file and line, and keeps what was in force.
    system.write("/etc/nsorphand/nsorphand.conf.d/60-reload.conf", "[Scan]\nInterval=soon\n")
    system.run("systemctl", "reload", SERVICE)
    assert nsorphan.wait_until(
        lambda: [e for e in system.journal("-u", SERVICE, "-p", "warning")
                 if "60-reload.conf:2" in str(e["MESSAGE"])], "the warning")
    system.run("rm", "/etc/nsorphand/nsorphand.conf.d/60-reload.conf")
    system.run("systemctl", "reload", SERVICE)
    nsorphan.wait_until(lambda: system.call("GetStatus")["intervalUSec"] == 1000000,
                        "the old interval")


def test_hardening(system):
    """What the unit file takes away is gone from the running process."""
    pid = str(system.main_pid())
    status = dict(line.split(":\t", 1) for line in system.read(f"/proc/{pid}/status").splitlines()
                  if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    capabilities = int(status["CapBnd"], 16)
    kept = {number for number in range(64) if capabilities >> number & 1}
    # dac_read_search, net_admin, sys_ptrace, sys_admin, perfmon, bpf; so no sys_module, no dac_override.
    assert kept == {2, 12, 19, 21, 38, 39}

    def inside(*argv):
        return system.run("nsenter", "-t", pid, "-m", "--", *argv, check=False)
    for path in ("/etc/written", "/usr/written", "/var/lib/written", "/home/written"):
        done = inside("touch", path)
        assert done.returncode != 0, path
        assert "Read-only" in done.stderr or "ermission" in done.stderr or \
            "No such file" in done.stderr, done.stderr
    assert inside("touch", "/var/lib/nsorphand/written").returncode == 0
    assert inside("rm", "/var/lib/nsorphand/written").returncode == 0
    assert not inside("sh", "-c", "ls /lib/modules/*").stdout
    exposure = system.out("systemd-analyze", "security", "--no-pager", SERVICE).splitlines()[-1]
    assert float(exposure.split(":")[1].split()[0]) < 4.0, exposure


def test_nothing_refused(system):
    """A seccomp filter or a missing capability would show as a gap, or in the log."""
    reasons = system.call("GetStatus")["coverage"]["reasons"]
    assert not [r for r in reasons if "not permitted" in r or "ermission" in r], reasons
    log = [str(e["MESSAGE"]) for e in system.journal("-u", SERVICE, "-p", "warning")]
    assert not [m for m in log if "not permitted" in m or "ermission" in m], log


def told_as_leak(system, leak):
    found = answers(system) and system.orphan(leak)
    return found if found and found["state"] == "leaked" else None


def test_bpf(system, leak):
    """In the unit's sandbox, with its capabilities: the kernel's own lists, then procfs again."""
    if not (nsorphan.BUILD / "tests/bpf/bpf-survey").exists():
        pytest.skip("built without BPF")
    system.run("systemctl", "start", SERVICE)
    before = nsorphan.wait_until(lambda: told_as_leak(system, leak), "the alert")
    for source in ("bpf", "procfs"):
        system.write("/etc/nsorphand/nsorphand.conf.d/70-source.conf", f"[Scan]\nSource={source}\n")
        system.run("systemctl", "reload", SERVICE)
        nsorphan.wait_until(lambda: system.call("GetStatus")["scan"]["source"] == source,
                            f"a scan by {source}")
        found = system.orphan(leak)
        assert found["state"] == "leaked" and found["sinceUSec"] == before["sinceUSec"]
    assert len(system.alerts(leak)) == 1


DROP_IN = "/etc/systemd/system/nsorphand.service.d/bpf-only.conf"
ALONE = "/etc/nsorphand/nsorphand.conf.d/75-bpf-only.conf"


@pytest.fixture
def bpf_only(system):
    """The drop-in that is shipped as an example, in use."""
    if not (nsorphan.BUILD / "tests/bpf/bpf-survey").exists():
        pytest.skip("built without BPF")
    example = "/usr/local/share/doc/nsorphand/examples/bpf-only.conf"
    if system.run("test", "-e", example, check=False).returncode != 0:
        example = "/usr/share/doc/nsorphand/examples/bpf-only.conf"
    system.run("install", "-D", "-m", "644", example, DROP_IN)
    system.write(ALONE, "[Scan]\nSource=bpf\nCrossCheck=no\n")
    system.run("systemctl", "daemon-reload")
    system.run("systemctl", "restart", SERVICE)
    yield
    system.run("rm", DROP_IN, ALONE)
    system.run("rmdir", DROP_IN.rpartition("/")[0])
    system.run("systemctl", "daemon-reload")
    system.run("systemctl", "restart", SERVICE)


def test_bpf_alone(system, leak, bpf_only):
    """With CAP_BPF and CAP_PERFMON, and nothing else: the leak of before and a new one, to their ends."""
    status = dict(line.split(":\t", 1) for line in system.read(f"/proc/{system.main_pid()}/status").splitlines()
                  if ":\t" in line)
    assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == 1 << 38 | 1 << 39
    exposure = system.out("systemd-analyze", "security", "--no-pager", SERVICE).splitlines()[-1]
    assert float(exposure.split(":")[1].split()[0]) <= 1.6, exposure
    nsorphan.wait_until(lambda: answers(system) and
                        system.call("GetStatus").get("scan", {}).get("source") == "bpf",
                        "a scan by bpf")
    assert told_as_leak(system, leak)
    second = system.leak("alone")
    nsorphan.wait_until(lambda: told_as_leak(system, second), "the second leak's alert")
    assert len(system.alerts(second)) == 1
    system.run("systemctl", "stop", "leaky@alone.service")
    nsorphan.wait_until(lambda: not system.orphan(second), "its end")
    assert told_as_leak(system, leak)


def test_watchdog(system, leak):
    """A daemon that hangs is restarted by systemd, and the ledger is what it was."""
    system.write(f"/run/systemd/system/{SERVICE}.d/watchdog.conf",
                 "[Service]\nWatchdogSec=2s\nRestartSec=100ms\n")
    system.run("systemctl", "daemon-reload")
    system.run("systemctl", "restart", SERVICE)
    nsorphan.wait_until(lambda: "scan" in system.call("GetStatus"), "a scan")
    since = system.orphan(leak)["sinceUSec"]
    # Fed on time: alive after several watchdog periods.
    hung = system.main_pid()
    time.sleep(5)
    assert system.main_pid() == hung

    system.run("kill", "-STOP", str(hung))
    nsorphan.wait_until(lambda: system.main_pid() not in (0, hung) and answers(system),
                        "systemd to restart the daemon")
    assert system.show(SERVICE, "NRestarts") == "1"
    assert system.journal("-u", SERVICE, "--grep", "[Ww]atchdog timeout")

    nsorphan.wait_until(lambda: "scan" in system.call("GetStatus"), "a scan after the restart")
    found = system.orphan(leak)
    assert found["state"] == "leaked"
    assert found["sinceUSec"] == since
    assert len(system.alerts(leak)) == 1
    system.run("rm", "-r", f"/run/systemd/system/{SERVICE}.d")
    system.run("systemctl", "daemon-reload")


def test_restart_under_load(system, leak):
    """Restarts while clients call and namespaces leak: every leak is told once."""
    clients = [subprocess.Popen(
        system.command("sh", "-c", "while :; do varlinkctl call --more " + ADDRESS + " " + INTERFACE
                       + ".List '{}' || sleep 0.1; done"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(2)]
    try:
        leaks = []
        for number in range(6):
            leaks.append(system.leak(f"load-{number}"))
            system.run("systemctl", "reset-failed", SERVICE)  # its limit of starts
            system.run("systemctl", "restart", SERVICE)
            assert system.active(SERVICE) == "active"
        for facts in leaks:
            nsorphan.wait_until(
                lambda facts=facts: (system.orphan(facts) or {}).get("state") == "leaked",
                "all leaks to be reported")
    finally:
        for client in clients:
            client.send_signal(signal.SIGKILL)
            client.wait()
        system.run("pkill", "-f", "while :; do varlinkctl", check=False)
    for facts in [leak, *leaks]:
        assert len(system.alerts(facts)) == 1

    # A walk over /proc that does not see the host's processes cannot say that a namespace is gone.
    for number in range(6):
        system.run("systemctl", "stop", f"leaky@load-{number}.service")
    system.run("systemctl", "restart", SERVICE)
    for facts in leaks:
        nsorphan.wait_until(lambda facts=facts: (system.orphan(facts) or {}).get("unconfirmed"), "the doubt")
        assert len(system.alerts(facts)) == 1
    if not (nsorphan.BUILD / "tests/bpf/bpf-survey").exists():
        return
    # The kernel can, and each end is told once, too.
    system.write("/etc/nsorphand/nsorphand.conf.d/70-source.conf", "[Scan]\nSource=bpf\n")
    system.run("systemctl", "restart", SERVICE)
    for facts in leaks:
        nsorphan.wait_until(lambda facts=facts: len(system.alerts(facts)) >= 2, "the ends")
    time.sleep(3)
    for facts in leaks:
        first, last = system.alerts(facts)
        assert (first["PRIORITY"], last["PRIORITY"]) == ("4", "5")
        assert first["MESSAGE_ID"] != last["MESSAGE_ID"]


def test_uninstall(system, leak):
    system.run("systemctl", "disable", "--now", SERVICE, SOCKET)
    system.run("rm", *system.installed)
    system.run("systemctl", "daemon-reload")
    assert system.show(SERVICE, "LoadState") == "not-found"
    assert system.show(SOCKET, "LoadState") == "not-found"
    assert not system.ok("pgrep", "-x", "nsorphand")
    assert not system.ok("test", "-e", ADDRESS)
    left = system.out("find", "/etc/systemd", "/run/systemd/system", "/run/systemd/report",
                      "-name", "*nsorphan*", check=False).split()
    assert not left
    # The leaking service was not touched: nobody asked for that.
    assert system.active("leaky@docker.service") == "active"
