# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed for systemd, as systemd itself judges it."""
import os
import re
import shutil
import stat

import pytest

from nsorphan import BUILD, REPO, Census, CTL, json, run, wait_until

UNITS = "usr/lib/systemd/system"
SOCKETS = ("nsorphand.socket", "nsorphand-metrics.socket")
EXPOSURE_MAX = 2.5
EXPOSURE_BPF_MAX = 1.6


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with everything that `meson install` puts into the root."""
    root = tmp_path_factory.mktemp("root")
    run("meson", "install", "-C", BUILD, "--no-rebuild", f"--destdir={root}")
    # What ExecReload= needs of the system, so that systemd-analyze finds it.
    (root / "bin").mkdir()
    shutil.copy("/bin/kill", root / "bin")
    return root


def unit(root):
    return (root / UNITS / "nsorphand.service").read_text()


def test_service_starts_what_is_installed(installed):
    program = installed / re.search(r"^ExecStart=/(\S+)$", unit(installed), re.MULTILINE)[1]
    assert os.access(program, os.X_OK)
    assert stat.S_IMODE(program.stat().st_mode) == 0o755


def test_units_verify(installed):
    """Only files of this root count; what of systemd's own they refer to is not in there."""
    out = run("systemd-analyze", "verify", "--man=no", f"--root={installed}", "--recursive-errors=no",
              *(installed / UNITS / name for name in ("nsorphand.service", *SOCKETS)),
              check=False).stderr
    # Names that an older systemd leaves out, as the unit says.
    unknown = re.compile("Failed to parse system call, ignoring: (listmount|statmount)$")
    assert [line for line in out.splitlines()
            if "nsorphand" in line and not unknown.search(line)] == []


def test_exposure(installed):
    out = run("systemd-analyze", "security", "--offline=true", "--no-pager",
              installed / UNITS / "nsorphand.service").stdout
    level = float(re.search(r"Overall exposure level for nsorphand.service: ([\d.]+)", out)[1])
    assert level <= EXPOSURE_MAX


BPF_ONLY = "usr/share/doc/nsorphand/examples/bpf-only.conf"


def test_exposure_with_bpf_alone(installed, tmp_path):
    """The drop-in is an example: it counts where an administrator puts it."""
    shutil.copy(installed / UNITS / "nsorphand.service", tmp_path)
    folder = tmp_path / "nsorphand.service.d"
    folder.mkdir()
    shutil.copy(installed / BPF_ONLY, folder)
    out = run("systemd-analyze", "security", "--offline=true", "--no-pager", "nsorphand.service",
              env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}).stdout
    level = float(re.search(r"Overall exposure level for nsorphand.service: ([\d.]+)", out)[1])
    assert level <= EXPOSURE_BPF_MAX


@pytest.mark.parametrize("name", SOCKETS)
def test_socket_is_for_the_group_that_sysusers_makes(installed, name):
    socket = (installed / UNITS / name).read_text()
    group = re.search(r"^SocketGroup=(\S+)$", socket, re.MULTILINE)[1]
    assert "SocketMode=0660" in socket
    (installed / "etc").mkdir(exist_ok=True)
    run("systemd-sysusers", f"--root={installed}", installed / "usr/lib/sysusers.d/nsorphand.conf")
    assert f"\n{group}:" in "\n" + (installed / "etc/group").read_text()


def test_tmpfiles_make_the_directory_of_the_socket(installed):
    run("systemd-tmpfiles", f"--root={installed}", "--create",
        installed / "usr/lib/tmpfiles.d/nsorphand.conf")
    assert stat.S_IMODE((installed / "run/nsorphand").stat().st_mode) == 0o755


CAPABILITIES = re.search(r"^CapabilityBoundingSet=(.+)$",
                         (REPO / "systemd/nsorphand.service.in").read_text(), re.MULTILINE)[1].split()
# What each source needs; no namespace is entered for a scan by BPF.
BPF = {"CAP_BPF", "CAP_PERFMON"}
PROCFS = [name for name in CAPABILITIES if name not in BPF]


def scan_with(capabilities, source="procfs"):
    """A scan by root without any other capability, as the unit runs it."""
    names = ",".join("+" + name.removeprefix("CAP_").lower() for name in capabilities)
    done = run("setpriv", "--no-new-privs", "--inh-caps=-all", f"--bounding-set=-all,{names}",
               CTL, "scan", "--all", "--json=short", f"--source={source}")
    return Census(json.loads(done.stdout))


def test_capabilities_of_the_unit_are_enough(zoo, spawn):
    """Another user's process, which takes CAP_DAC_READ_SEARCH, as well as our own."""
    leaks = [zoo("socket", "netlink"), zoo("tun", "attached"), zoo("in-flight", "nested")]
    census = scan_with(CAPABILITIES)
    assert [census.verdict(leak) for leak in leaks] == ["orphaned"] * len(leaks)


@pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")
def test_two_capabilities_are_enough_for_bpf(zoo):
    assert BPF <= set(CAPABILITIES)
    leaks = [zoo("socket", "netlink"), zoo("tun", "attached"), zoo("in-flight", "nested"),
             zoo("listen-backlog")]
    census = scan_with(sorted(BPF), "bpf")
    assert [census.verdict(leak) for leak in leaks] == ["orphaned"] * len(leaks)
    for missing in BPF:
        assert scan_with(sorted(BPF - {missing}), "auto").document["scan"]["source"] == "procfs"


@pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")
def test_the_daemon_with_bpf_alone(zoo, daemon):
    """Another user's process, too: leaks are reported, and what was not looked at is said to be so."""
    only = re.findall(r"^CapabilityBoundingSet=(.+)$", (REPO / "systemd/bpf-only.conf").read_text(), re.MULTILINE)
    assert set(only[0].split()) == BPF
    names = ",".join("+" + name.removeprefix("CAP_").lower() for name in sorted(BPF))
    leak = zoo("socket", "udp", prefix=("setpriv", "--reuid=65534", "--clear-groups",
                                        "--inh-caps=+sys_admin,+net_admin",
                                        "--ambient-caps=+sys_admin,+net_admin"))
    d = daemon("[Scan]\nSource=bpf\nCrossCheck=no\n",
               prefix=("setpriv", "--no-new-privs", "--inh-caps=-all", f"--bounding-set=-all,{names}"))
    wait_until(lambda: d.listed().get(leak.cookie, {}).get("state") == "leaked", "the alert", 60)
    holder, = d.listed()[leak.cookie]["holders"]
    assert holder["comm"] == "socket" and holder["pid"] == leak.pid
    assert holder["verified"] is False and holder["unverifiedReason"]
    inspection = d.call("io.nsorphan.Scanner.Inspect", {"cookie": leak.cookie})["inspection"]
    assert inspection["insideError"]


@pytest.mark.parametrize("missing", PROCFS)
def test_every_capability_of_the_unit_is_needed(zoo, missing):
    """Without it something that is there with all of them is missing."""
    foreign = zoo("socket", "udp", prefix=("setpriv", "--reuid=65534", "--clear-groups",
                                           "--inh-caps=+sys_admin,+net_admin,+net_raw",
                                           "--ambient-caps=+sys_admin,+net_admin,+net_raw"))
    # Belongs to a namespace that has to be asked for it.
    ring = zoo("mapped-ring", prefix=("env", "ZOO_INHABITED=1"))

    def seen(capabilities):
        census = scan_with(capabilities)
        namespace = census.find(ring) or {"holders": []}
        return (census.verdict(foreign),
                [h["pid"] for h in namespace["holders"] if h["kind"] == "socket_mapping"])

    complete = ("orphaned", [ring.pid])
    assert seen(PROCFS) == complete
    assert seen([name for name in PROCFS if name != missing]) != complete
