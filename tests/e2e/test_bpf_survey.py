# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every program of the zoo before the library of the BPF source."""
import json
import re
import subprocess

import pytest

from bpf_animals import ANIMALS, NOTHING, check
from nsorphan import BUILD, FULL, PATIENCE, REPO, UNAVAILABLE

SURVEY = BUILD / "tests/bpf/bpf-survey"

pytestmark = pytest.mark.skipif(not SURVEY.exists(), reason="built without BPF")


def look(case, made, *options, prefix=()):
    """Again, where another scanner on this host just had a duplicate, or an nsfs file of its own."""
    for _ in range(10):
        try:
            return check(case, made, survey(*options, prefix=prefix))
        except AssertionError:
            pass
    check(case, made, survey(*options, prefix=prefix))


def survey(*options, prefix=()):
    done = subprocess.run([*prefix, SURVEY, *options], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=PATIENCE)
    if done.returncode == UNAVAILABLE:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_animal_is_judged():
    """The two tables of docs/holders.md have the same rows."""
    rows = re.findall(r"^\| `([^`]+)` \|", (REPO / "docs/holders.md").read_text(), re.MULTILINE)
    assert rows and NOTHING and set(rows) == set(ANIMALS) | set(NOTHING)


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_is_nothing(zoo, case):
    made = zoo(*case.split())
    held = [h for n in survey()["namespaces"] for h in n.get("holders", []) if h.get("pid") == made.pid]
    assert held == []


@pytest.mark.parametrize("case", ANIMALS)
def test_zoo(zoo, case):
    made = zoo(*case.split())
    look(case, made)


@pytest.mark.parametrize("case", ["in-flight nested", "accepted", "socket netlink"])
def test_what_is_remembered_is_the_same(zoo, case):
    made = zoo(*case.split())
    look(case, made, "3")


# What the kernel asks for, and nothing more.
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
             "--inh-caps=-all,+bpf,+perfmon", "--ambient-caps=-all,+bpf,+perfmon",
             "--bounding-set=-all,+bpf,+perfmon")


@pytest.mark.parametrize("case", ["socket netlink", "in-flight nested", "mapped-ring plain",
                                  "nsfs-mount plain"])
def test_two_capabilities_are_enough(zoo, case):
    made = zoo(*case.split())
    look(case, made, prefix=AS_NOBODY)


def test_whole_host_from_inside_a_pid_namespace(zoo):
    """The verdicts are those of the whole host; processes outside have no number in there."""
    made = zoo("socket", "udp")
    inside = survey(prefix=("unshare", "--pid", "--fork", "--mount-proc"))
    namespace, = [n for n in inside["namespaces"] if n["cookie"] == made.cookie]
    assert namespace["verdict"] == "orphaned" and namespace["explained"] == namespace["counted"] == 1
    holder, = namespace["holders"]
    assert holder["kind"] == "socket" and "pid" not in holder
    # Threads come and go meanwhile; a pid namespace of one's own would have two.
    assert inside["threads"] > survey()["threads"] / 2 > 2


def test_small_maps_grow(zoo):
    """A map that is full is never the end of a list."""
    made = [zoo("socket", "udp") for _ in range(24)]
    found = survey("--small")
    assert found["grown"] > 0
    for animal in made:
        check("socket udp", animal, found)


def test_maps_grow_tenfold(leaker):
    """More than ten times what there is room for at first, of what one namespace is held by."""
    cookie = leaker.new()
    assert leaker.ask(f"crowd {cookie} 3000") == ["ok"]
    found = survey()
    namespace, = [n for n in found["namespaces"] if n["cookie"] == cookie]
    assert found["grown"] > 0
    assert namespace["verdict"] == "orphaned"
    assert namespace["explained"] == namespace["counted"] == 3001


@pytest.mark.parametrize("case", ANIMALS)
def test_a_walk_goes_on_where_it_stopped(zoo, case):
    """Every walk in many runs, each of a microsecond: what is found is the same."""
    made = zoo(*case.split())
    look(case, made, "--small")


def test_no_run_takes_long(zoo):
    zoo("in-flight", "nested")
    assert max(survey()["longestNSec"].values()) < 5_000_000


def test_no_kernel_address_is_told(zoo):
    zoo("in-flight", "nested")
    text = json.dumps(survey())
    # Where addresses begin, with four and with five levels of page tables.
    assert not [n for n in re.findall(r"\d+", text) if int(n) >= 0xFF00_0000_0000_0000]


STRESS = BUILD / "tests/bpf/bpf-stress"


def stress(*options):
    done = subprocess.run([STRESS, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=600)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    print(said)
    # Nothing was proved if nothing happened meanwhile.
    assert said["raced"] > 0 and said["dying"] > 0 and said["made"] > 0
    assert {key: said[key] for key in ("missed", "twice", "incomplete")} == {
        "missed": 0, "twice": 0, "incomplete": 0}
    # Another scanner on this host has a duplicate or an nsfs file of one now and then: one more reference.
    assert said["wrong"] < said["looks"] * int(options[1]) / 50
    return said


def test_namespaces_come_and_go():
    """Looks in short runs, with the cursor's place often gone in between."""
    assert stress("50000", "100", "--short")["lost"] > 0


def test_ten_thousand_namespaces():
    """More than ten times what the maps have room for at first; no run takes longer for it."""
    assert stress("20", "10300")["longestNSec"] < 5_000_000


@pytest.mark.skipif(not FULL, reason="takes minutes: contrib/check --full")
def test_a_million_looks():
    said = stress("1000000", "100")
    assert said["made"] >= 10000


# What loops within loops make of a verifier's work is millions of steps; all of ours take thousands.
STEPS_MAX = 20000


@pytest.mark.parametrize("phase", ["namespaces", "tasks", "files", "unix", "inet", "mounts", "links"])
def test_the_verifier_has_little_to_do(phase):
    program = BUILD / f"src/census/bpf/{phase}.bpf.o"
    done = subprocess.run(
        ["unshare", "--mount", "--propagation=private", "sh", "-c",
         f"mount -t bpf bpf /sys/fs/bpf && PATH=$PATH:/usr/sbin exec bpftool -d prog load {program} /sys/fs/bpf/x"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr[-2000:]
    steps = [int(n) for n in re.findall(r"^processed (\d+) insns", done.stdout + done.stderr, re.MULTILINE)]
    assert steps and max(steps) < STEPS_MAX, steps
