# SPDX-License-Identifier: LGPL-2.1-or-later
"""BPF and procfs agree over the whole zoo, or a rule says why not; and a lie to one of them comes out."""
import json

import pytest

from nsorphan import BUILD, CTL, run
from test_scan_zoo import TABLE

pytestmark = pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")


def compare(prefix=()):
    done = run(CTL, "scan", "--compare", "--json=short", prefix=prefix, check=False)
    document = json.loads(done.stdout)
    # Others may have something of their own on this host.
    assert done.returncode == (1 if document["disagreements"] else 0), done.stderr
    return document


def about(document, made):
    """The disagreements on what a zoo program made, or did."""
    return [d for d in document["disagreements"]
            if made.pid == d.get("pid") or made.inode and made.inode == d.get("inode") or
            made.pid == d.get("nameless", {}).get("pid")]


@pytest.mark.parametrize("argv", [pytest.param(argv, id="-".join(argv)) for argv, *_ in TABLE])
@pytest.mark.parametrize("inhabited", ["", "1"], ids=["alone", "inhabited"])
def test_both_agree(zoo, argv, inhabited):
    if inhabited and argv[0] == "fuse":
        pytest.skip("its server outlives it when it has an inhabitant")
    made = zoo(*argv, prefix=("env", f"ZOO_INHABITED={inhabited}") if inhabited else ())
    document = compare()
    assert document["compared"] >= 1
    assert not about(document, made)


def mounted(mounts):
    """What runs a command with something mounted over folders of /proc."""
    return ("unshare", "--mount", "--propagation=private", "sh", "-c", f'{mounts}; exec "$@"', "sh")


def test_a_hidden_process_explains_what_is_of_it_alone(zoo):
    """Something mounted over a folder in /proc: a walk knows that the process has not ended."""
    hidden, inside, lied = zoo("socket", "udp"), zoo("task"), zoo("socket", "unix")
    hide = f"mount -t tmpfs none /proc/{hidden.pid}; mount -t tmpfs none /proc/{inside.pid}"
    document = compare(mounted(hide))
    for made in hidden, inside, lied:
        assert about(document, made) == []
    seen = json.loads(run(CTL, "scan", "--source=procfs", "--json=short", prefix=mounted(hide), check=False).stdout)
    reasons = " ".join(seen["coverage"]["reasons"])
    assert "cannot be seen" in reasons and "too fast" not in reasons
    # Of one that shows, all files must show.
    found, = about(compare(mounted(f"{hide}; {lie(lied)}")), lied)
    assert found["kind"] == "only_bpf"


def lie(made):
    """Where its files should be, there are none."""
    return f"mount -t tmpfs none /proc/{made.pid}/fd; mount -t tmpfs none /proc/{made.pid}/task/{made.pid}/fd"


def test_a_process_that_shows_no_file_is_a_disagreement(zoo):
    made = zoo("socket", "udp")
    hide = mounted(lie(made))
    found, = about(compare(hide), made)
    assert found["kind"] == "only_bpf" and found["inode"] == made.inode and found["pid"] == made.pid
    assert "procfs does not have it" in found["sentence"]
    done = run(CTL, "scan", "--compare", "--no-pager", prefix=hide, check=False)
    assert done.returncode == 1 and "BPF and procfs disagree" in done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines() if made.name in line] == [[made.name, "only_bpf"]]
    assert not about(compare(), made)


def test_compare_goes_with_no_other_choice():
    for option in ("--all", "--verdict=orphaned", "--source=bpf"):
        done = run(CTL, "scan", "--compare", option, check=False)
        assert done.returncode == 64 and "--compare goes with none of" in done.stderr
