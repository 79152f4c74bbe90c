#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""No interface changes unnoticed: what the product's own tables and writers have is what docs/interfaces.txt has.

After a change that is meant: tests/house/test_interfaces.py --write, and a line in NEWS.md.
"""
import os
import pathlib
import re
import subprocess
import sys

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NSORPHAN_BUILD", REPO / "build"))
RECORD = REPO / "docs/interfaces.txt"
HEAD = """\
# What others rely on: command lines, exit codes, words, JSON keys, Varlink, journal, metrics, configuration.
# Written by tests/house/test_interfaces.py --write; a house test compares. Each change has a line in NEWS.md.
"""


def help_of(program, *words):
    """What a program says of itself, line by line."""
    done = subprocess.run([BUILD / "src" / program / program, *words, "--help"], check=True,
                          capture_output=True, text=True)
    return [f"help {' '.join([program, *words])}: {line.strip()}"
            for line in done.stdout.splitlines() if line.strip()]


def varlink():
    """{interface: [member without blanks and comments]} of each .varlink file."""
    found = {}
    for file in sorted((REPO / "src").rglob("*.varlink")):
        text = re.sub(r"^\s*#.*$", "", file.read_text(), flags=re.MULTILINE)
        members = re.split(r"^(?=(?:type|method|error) )", text, flags=re.MULTILINE)
        name = re.fullmatch(r"interface (\S+)", members[0].strip())[1]
        found[name] = [re.sub(r"\s+", " ", member).strip() for member in members[1:]]
    return found


def lines():
    tables = subprocess.run([BUILD / "tests/house/interfaces"], check=True, capture_output=True,
                            text=True).stdout.splitlines()
    verbs = [line.split()[1] for line in tables if line.startswith("verb ")]
    told = dict.fromkeys(line.rstrip() for line in tables)
    for program, *words in [("nsorphanctl",), ("nsorphand",), *(("nsorphanctl", v) for v in verbs)]:
        told |= dict.fromkeys(help_of(program, *words))
    for interface, members in varlink().items():
        told |= dict.fromkeys(f"varlink {interface} {member}" for member in members)
    return list(told)


def test_no_interface_has_changed():
    recorded = [line for line in RECORD.read_text().splitlines() if not line.startswith("#")]
    now = lines()
    assert len(now) > 300
    gone, new = set(recorded) - set(now), set(now) - set(recorded)
    assert not gone | new, "\n".join(["", *(f"- {line}" for line in sorted(gone)),
                                      *(f"+ {line}" for line in sorted(new)), __doc__])
    assert recorded == now


def fields(interface, name):
    """The fields of a Varlink type."""
    member = next(m for m in varlink()[interface] if m.startswith(f"type {name} ("))
    return set(re.findall(r"(\w+): ", member))


def test_json_is_what_the_wire_says():
    """The client's keys are those of the interface's types."""
    keys = [line.split()[1] for line in lines() if line.startswith("json ")]
    types = {"scan.namespaces[]": "Namespace", "scan.namespaces[].holders[]": "Holder",
             "scan.namespaces[].nameless": "Nameless", "scan.coverage": "Coverage",
             "scan.unresolved[]": "Holder", "scan.host": "Host", "scan.scan": "Scan",
             "list.namespaces[]": "Namespace", "list.coverage": "Coverage", "list.scan": "Scan"}
    for place, name in types.items():
        written = {k.removeprefix(f"{place}.") for k in keys if k.startswith(f"{place}.")}
        written = {k for k in written if "." not in k}
        assert written and written <= fields("io.nsorphan.Scanner", name), place
    whole = {"explain.holders[]": "HeldSocket", "explain.holders[].birth": "Birth", "explain.processes[]": "Process",
             "explain.holders[].birth.frames[]": "Frame", "explain.processes[].container": "Container",
             "explain.interfaces[]": "Interface", "explain.interfaces[].peer": "Peer", "explain.trace": "Trace",
             "explain.defaultRoutes[]": "Route", "explain.socketCounts[]": "SocketCount",
             "explain.listening[]": "Listener", "explain.holders[].likelyCause": "Cause",
             "explain.holders[].peerProcesses[]": "SocketOwner"}
    for place, name in whole.items():
        written = {k.removeprefix(f"{place}.") for k in keys if k.startswith(f"{place}.")}
        assert {k for k in written if not set(k) & set(".[")} == fields("io.nsorphan.Scanner", name), place
    explained = {k.removeprefix("explain.") for k in keys if k.startswith("explain.")}
    explained = {k for k in explained if not set(k) & set(".[")}
    assert fields("io.nsorphan.Scanner", "Inspection") < explained
    assert explained <= fields("io.nsorphan.Scanner", "Namespace") | fields("io.nsorphan.Scanner", "Inspection") | {"trace"}
    place = "list.namespaces[]."
    whole = {k.removeprefix(place) for k in keys if k.startswith(place)}
    assert fields("io.nsorphan.Scanner", "Namespace") == {k for k in whole if "." not in k and "[" not in k}


def test_an_inspected_holder_has_all_that_a_holder_has():
    assert fields("io.nsorphan.Scanner", "Holder") <= fields("io.nsorphan.Scanner", "HeldSocket")


def test_words_are_those_of_the_interface():
    words = [line.split() for line in lines() if line.startswith("word ")]
    kinds = {"holder": "HolderKind", "verdict": "Verdict", "state": "State", "ending": "Ending",
             "source": "Source", "gap": "GapKind", "cause": "CauseName", "origin": "Origin",
             "link-state": "LinkState", "socket-state": "SocketState", "manager": "ContainerManager",
             "metrics-format": "MetricsFormat", "change": "ChangeKind", "disagreement": None, "leak": None}
    assert {what for _, what, _ in words} == set(kinds)
    for kind, name in kinds.items():
        ours = [word for _, what, word in words if what == kind]
        if not name:
            continue
        member = next(m for m in varlink()["io.nsorphan.Scanner"] if m.startswith(f"type {name} ("))
        theirs = re.search(r"\((.*)\)", member)[1].strip().split(", ")
        # What a subscription begins with is no change.
        assert [w for w in theirs if w not in ("present", "synchronized")] == ours, kind


def test_metrics_that_others_are_told_of_exist():
    """In documents, rules and dashboards: a name that is gone would only never match."""
    ours = {re.sub(r"\{.*", "", line.split()[-1]) for line in lines() if line.startswith("prometheus ")} | \
        {line.split()[3] for line in lines() if line.startswith("prometheus # TYPE ")}
    assert len(ours) > 20
    for folder in ("docs", "contrib", "man"):
        for path in sorted((REPO / folder).rglob("*")):
            if not path.is_file() or path == RECORD or path.suffix in (".svg", ".png"):
                continue
            named = set(re.findall(r"\bnsorphan_[a-z_]+[a-z]\b", path.read_text(errors="replace")))
            unknown = {name for name in named if name not in ours}
            assert unknown == set(), path


def test_words_have_no_hyphen():
    """Varlink's enums cannot have one, and one thing has one word in all interfaces."""
    assert [line for line in lines() if line.startswith("word ")
            and not re.fullmatch("word [a-z-]+ [a-z][a-z0-9_]*", line)] == []


if __name__ == "__main__":
    assert sys.argv[1:] == ["--write"], __doc__
    RECORD.write_text(HEAD + "\n".join(lines()) + "\n")
