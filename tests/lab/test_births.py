# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who opened a socket, as the kernel notes it: on real kernels, for the build machine may refuse."""
import json
import pathlib
import shutil
import subprocess

import pytest

import nsorphan
from story import build_creator, parts_of
from test_bpf import KERNELS

LAB = pathlib.Path(__file__).resolve().parent
BIRTHS = nsorphan.BUILD / "tests/bpf/bpf-births"
BOOT_TIMEOUT = 600

pytestmark = pytest.mark.skipif(not BIRTHS.exists(), reason="built without BPF")


def boot(kernel, folder, *command):
    """What @command prints in an emulated machine that has the files of @folder."""
    folder.chmod(0o755)  # it becomes the root, also for others than root
    (folder / "usr/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(LAB / "births-inside", folder / "usr/bin")
    done = subprocess.run([LAB / "boot", kernel, folder, "births-inside", *command],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BOOT_TIMEOUT,
                          errors="replace")
    if done.returncode == nsorphan.UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    return done


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_the_kernel_notes(kernel, tmp_path):
    (tmp_path / "usr/bin").mkdir(parents=True)
    shutil.copy(BIRTHS, tmp_path / "usr/bin")
    done = boot(kernel, tmp_path, "bpf-births")
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith("ok ")] == [], done.stderr
    assert len(lines) > 70 and done.returncode == 0


def test_a_kernel_that_is_too_old_says_so(tmp_path):
    (tmp_path / "usr/bin").mkdir(parents=True)
    shutil.copy(BIRTHS, tmp_path / "usr/bin")
    done = boot("5.10", tmp_path, "bpf-births")
    assert done.stdout.startswith("not ok load: the kernel is older than Linux ")


# What holds them, and of the kinds that are born.
HOLDERS = {"netlink": "socket", "tun": "tun", "tap": "tap", "accepted": "socket"}


@pytest.fixture(scope="module")
def go_program(tmp_path_factory):
    """The program that this project began with."""
    return build_creator(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="module", params=KERNELS)
def story(request, tmp_path_factory, go_program):
    """{part: its lines} of tests/lab/births-story."""
    folder = tmp_path_factory.mktemp("story")
    programs = {"usr/bin": [LAB / "births-story", nsorphan.CTL, nsorphan.BUILD / "src/nsorphand/nsorphand", nsorphan.BUILD / "tests/lab/passer",
                            go_program],
                "usr/libexec": [nsorphan.BUILD / "src/symbolize/nsorphan-symbolize"],
                "zoo": [nsorphan.ZOO / name for name in ("socket", "tun", "tap", "accepted", "listen-backlog")]}
    for place, files in programs.items():
        (folder / place).mkdir(parents=True)
        for file in files:
            if file.exists():
                shutil.copy(file, folder / place)
    done = boot(request.param, folder, "births-story")
    assert done.returncode == 0, done.stdout + done.stderr
    return parts_of(done.stdout)


def made(story, where):
    """What the programs said of themselves, by kind."""
    return {part.split()[1]: json.loads(lines[0]) for part, lines in story.items()
            if part.startswith(f"{where} ") and lines and lines[0].startswith("{") and len(part.split()) == 2
            and part.split()[1] in {*HOLDERS, "go", "passed", "backlog"}}


def check_births(programs, holders):
    """@holders: {pid: [holder]} of orphans."""
    for name, kind in HOLDERS.items():
        holder, = [h for h in holders[programs[name]["pid"]] if h["kind"] == kind]
        birth = holder["birth"]
        assert (birth["pid"], birth["tid"]) == (programs[name]["pid"], programs[name]["pid"]), name
        assert birth["uid"] == 0 and birth["comm"] == holder["comm"] and "thread" not in birth
        assert birth.get("accepted", False) == (name == "accepted")
        assert len(birth["frames"]) >= 1
    # By another thread than the first, from a function that is known.
    holder, = holders[programs["go"]["pid"]]
    birth = holder["birth"]
    assert birth["pid"] == programs["go"]["pid"] != birth["tid"]
    assert "thread" in birth and birth["frames"][0]["file"] == "/usr/bin/creator"
    if have_symbols():
        assert "main.creator" in [frame["function"] for frame in birth["frames"]]
    # By a process that has ended.
    holder, = holders[programs["passed"]["pid"]]
    assert holder["birth"]["pid"] == programs["passed"]["helper"] and holder["birth"]["comm"] == "helper"
    assert holder["birth"]["unit"] == "opener.service"
    # That of the one who connects, and none of the connection that nobody has accepted.
    kinds = {h["kind"]: "birth" in h for h in holders[programs["backlog"]["pid"]]}
    assert kinds.get("socket_peer") and not kinds.get("socket_backlog", False)


def have_symbols():
    return (nsorphan.BUILD / "src/symbolize/nsorphan-symbolize").exists()


def by_process(holders):
    found = {}
    for holder in holders:
        found.setdefault(holder["pid"], []).append(holder)
    return found


def test_traced_without_the_daemon(story):
    begun, *told, end = map(json.loads, story["trace told"])
    assert story["trace status"] == ["0"]
    assert begun["trace"]["sockets"] == end["trace"]["sockets"] == "foreign"
    # A preemptible kernel leaves out a run now and then, also of what would not have been noted.
    assert end["trace"]["refused"] < 20
    check_births(made(story, "trace"), by_process(entry["holder"] for entry in told))
    cookies = [entry["holder"]["socketCookie"] for entry in told]
    assert len(cookies) == len(set(cookies)) == end["told"]
    assert end["orphans"] == end["orphansWithBirth"] == 7
    # Each stack that could be found out was, before it was told.
    alive = [e["holder"]["birth"] for e in told if e["holder"]["birth"]["pid"] == e["holder"]["pid"]]
    assert all("file" in birth["frames"][0] for birth in alive)


def test_around_a_command(story):
    report = json.loads(story["run"][0])
    assert story["run status"] == ["23"] and report["leaked"] == 1
    leak, = report["leaks"]
    birth = leak["holders"][0]["birth"]
    assert birth["comm"] == "creator" and birth["frames"][0]["file"] == "/usr/bin/creator"
    junit = "\n".join(story["run junit"])
    assert "The process opened it itself, in thread " in junit
    if have_symbols():
        assert "at main.creator (" in junit


def test_by_the_daemon(story):
    listed = json.loads(story["daemon list"][0])
    check_births(made(story, "daemon"), by_process(h for n in listed["namespaces"] for h in n["holders"]))
    status = json.loads(story["daemon status json"][0])
    assert status["trace"]["sockets"] == "yes" and status["trace"]["refused"] < 20
    assert 7 <= status["trace"]["births"] <= status["trace"]["noted"]
    assert any(line.strip().startswith("Births: noted since ") for line in story["daemon status"])
    metrics = dict(line.rsplit(" ", 1) for line in story["daemon metrics"] if line.startswith("nsorphan_births"))
    assert int(metrics["nsorphan_births"]) >= 7 and int(metrics["nsorphan_births_refused_total"]) < 20
    log = "\n".join(story["daemon log"])
    assert "held by passer" in log and "; the socket was opened " in log and " by helper (pid " in log
    explained = "\n".join(story["daemon explain"])
    assert "The process opened it itself, in thread " in explained


def test_what_it_knew_stays(story):
    """Over a change of what is noted, and over the end of it."""
    assert json.loads(story["foreign status json"][0])["trace"]["births"] >= 7
    listed = json.loads(story["off list"][0])
    check_births(made(story, "daemon"), by_process(h for n in listed["namespaces"] for h in n["holders"]))
    assert any("Births: not noted (Sockets=no)" in line for line in story["off status"])
    assert story["daemon exit"] == ["0"]
