# SPDX-License-Identifier: LGPL-2.1-or-later
"""`nsorphanctl report`: what is in the archive, and what is not."""
import os
import tarfile

import pytest

from nsorphan import CTL, BUILD, json, run, wait_until

needs_bpf = pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")

SECRET = "--password=of-the-holder"
# Whatever else leaks on this host holds back no entry of ours.
CONFIG = "[Alert]\nGraceSec=1s\nMaxPerMinute=100000\n"


def read(path):
    """{name: text} of an archive, as tar itself reads it."""
    names = run("tar", "--list", "--verbose", "--file", path).stdout.splitlines()
    assert all(line.startswith("-rw------- ") for line in names)
    with tarfile.open(path) as archive:
        return {member.name.removeprefix("nsorphan-report/"): archive.extractfile(member).read().decode()
                for member in archive}


@pytest.fixture
def leak(zoo):
    """Held by a process with something in its command line that is nobody's business."""
    return zoo("socket", "udp", prefix=("bash", "-c", 'exec -a "$0" "$@"', f"socket {SECRET}"))


@needs_bpf
def test_all_is_in_it(leak, daemon, journal, tmp_path):
    running = daemon(CONFIG, prefix=journal.prefix)
    wait_until(lambda: running.listed().get(leak.cookie, {}).get("state") == "leaked", "the alert")
    wait_until(lambda: journal.entries(f"NETNS_COOKIE={leak.cookie}"), "the entry")
    path = tmp_path / "report.tar"
    said = running.ctl("report", path, prefix=journal.prefix).stdout
    assert str(path) in said and path.stat().st_mode & 0o777 == 0o600
    files = read(path)
    assert set(files) == {"README", "versions", "kernel", "configuration", "status.json", "list.json", "journal.json",
                          "census-bpf.json", "census-procfs.json", "comparison.json"}
    assert all(name in files["README"] for name in files if name != "README")

    assert f"nsorphanctl: {run(CTL, '--version').stdout.split()[1]}" in files["versions"]
    assert os.uname().release in files["versions"] and "/proc/sys/kernel/kptr_restrict: " in files["kernel"]
    status = json.loads(files["status.json"])
    assert status["pid"] and status["states"]["leaked"] >= 1
    listed = [json.loads(line) for line in files["list.json"].splitlines()]
    assert leak.cookie in [ns.get("cookie") for ns in listed]
    for source in ("bpf", "procfs"):
        census = json.loads(files[f"census-{source}.json"])
        assert census["scan"]["source"] == source
        found, = [ns for ns in census["namespaces"] if ns.get("cookie") == leak.cookie]
        assert found["verdict"] == "orphaned"
    assert json.loads(files["comparison.json"])["compared"] > 0
    entries = [json.loads(line) for line in files["journal.json"].splitlines()]
    assert [e for e in entries if e.get("NETNS_COOKIE") == str(leak.cookie)]


def test_what_is_private_is_not_in_it(leak, daemon, journal, tmp_path):
    running = daemon(CONFIG, prefix=journal.prefix)
    wait_until(lambda: journal.entries(f"NETNS_COOKIE={leak.cookie}"), "the entry")
    running.ctl("report", tmp_path / "without.tar", prefix=journal.prefix)
    everything = "\n".join(read(tmp_path / "without.tar").values())
    assert str(leak.pid) in everything
    assert SECRET not in everything

    running.ctl("report", "--command-lines", tmp_path / "with.tar", prefix=journal.prefix)
    files = read(tmp_path / "with.tar")
    assert f"{leak.pid} " in files["command-lines"] and SECRET in files["command-lines"]
    assert SECRET not in "\n".join(text for name, text in files.items() if name != "command-lines")
    # Every process once.
    pids = [line.split()[0] for line in files["command-lines"].splitlines()]
    assert len(pids) == len(set(pids))


def test_without_a_daemon(leak, tmp_path):
    """The reason is in the place of what is not there."""
    path = tmp_path / "report.tar"
    run(CTL, f"--socket={tmp_path}/none", "report", path)
    files = read(path)
    for name in ("status.json", "list.json"):
        assert files[name].startswith("Not there: nsorphand does not run")
    assert str(leak.cookie) in files["census-procfs.json"]


def test_without_bpf(leak, tmp_path):
    path = tmp_path / "report.tar"
    run(CTL, f"--socket={tmp_path}/none", "report", path,
        prefix=("setpriv", "--bounding-set=-all,+sys_ptrace,+dac_read_search,+dac_override,+net_admin", "--inh-caps=-all", "--no-new-privs"))
    files = read(path)
    assert files["census-bpf.json"].startswith("Not there: ")
    assert files["comparison.json"].startswith("Not there: ")
    assert json.loads(files["census-procfs.json"])["scan"]["source"] == "procfs"


def test_addresses_of_the_kernel_are_hidden(tmp_path):
    """Wherever they come from: here, a configuration file that somebody has written one into."""
    script = 'mount -t tmpfs none /run && mkdir -p /run/nsorphand && ' \
             'printf "# oops at ffff888100abcdef\\n" >/run/nsorphand/nsorphand.conf && exec "$@"'
    path = tmp_path / "report.tar"
    run("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
        CTL, f"--socket={tmp_path}/none", "report", path)
    text = read(path)["configuration"]
    assert "# oops at xxxxxxxxxxxxxxxx" in text and "ffff8881" not in text


@pytest.mark.parametrize("what", ["file", "link", "folder"])
def test_nothing_is_overwritten(tmp_path, what):
    """Also not through a link that somebody else has made."""
    path, victim = tmp_path / "report.tar", tmp_path / "victim"
    victim.write_text("mine")
    if what == "file":
        path.write_text("mine")
    elif what == "link":
        path.symlink_to(victim)
    else:
        path.mkdir()
    done = run(CTL, "report", path, check=False)
    assert done.returncode == 1 and "File exists" in done.stderr and done.stderr.count("\n") == 1
    assert victim.read_text() == "mine" and (path.is_dir() or path.read_text() == "mine")


def test_a_full_disk_leaves_nothing(tmp_path):
    path = "/mnt/report.tar"
    done = run("unshare", "--mount", "--propagation", "private", "sh", "-c",
               'mount -t tmpfs -o size=8k none /mnt && { "$@"; status=$?; ls -A /mnt; exit $status; }', "sh",
               CTL, f"--socket={tmp_path}/none", "report", path, check=False)
    assert done.returncode == 1 and "No space left" in done.stderr
    assert done.stdout == ""


def test_only_root(tmp_path):
    done = run(CTL, "report", tmp_path / "report.tar", check=False,
               prefix=("setpriv", "--reuid=65534", "--clear-groups"))
    assert done.returncode == 77 and not (tmp_path / "report.tar").exists()
