# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other people's Varlink clients, unchanged, against our server.

They come out of the lab's cache: python-varlink and systemd's varlinkctl with the root `forky`,
varlink-go with Debian's package. What is not there yet is fetched.

Of org.varlink.certification it is the server that checks, and the clients report success no matter
what they saw. So ours (tests/varlink/certification.c) compares each call with what it should be,
and here the whole transcript of the client is compared with what it should have seen.
"""
import ast
import json
import math
import os
import pathlib
import sys

import pytest

from nsorphan import BUILD, REPO, run, wait_until

LAB = REPO / "tests/lab"
SERVER = BUILD / "tests/varlink/certification"
SKIP = 77

# Other tests' files in flight may hang whoever peeks at them.
CONFIG = "[Scan]\nDeep=no\n"

METHODS = ["Start", *(f"Test{n:02}" for n in range(1, 12)), "End"]
REPLIES = [f"Reply number {n}" for n in range(1, 11)]
BASIC = {"bool": False, "int": 2, "float": math.pi, "string": "a lot of string"}
MAP = {"foo": "Foo", "bar": "Bar"}
MYTYPE = {
    "object": {"method": "org.varlink.certification.Test09", "parameters": {"map": MAP}},
    "enum": "two",
    "struct": {"first": 1, "second": "2"},
    "array": ["one", "two", "three"],
    "dictionary": MAP,
    "stringset": {"one", "two", "three"},
    "interface": {
        "foo": [None, {"foo": "foo", "bar": "bar"}, None, {"one": "foo", "two": "bar"}],
        "anon": {"foo": True, "bar": False},
    },
}


@pytest.fixture(scope="module")
def forky():
    done = run(LAB / "root", "forky", check=False, timeout=1800)
    if done.returncode == SKIP:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip())


@pytest.fixture
def python_varlink(forky):
    """Runs a module of python-varlink."""
    path = forky / "opt/python-varlink/usr/lib/python3/dist-packages"

    def start(module, *argv, **options):
        return run(sys.executable, "-m", f"varlink.{module}", *argv,
                   env={**os.environ, "PYTHONPATH": str(path)}, **options)
    return start


@pytest.fixture
def varlinkctl(forky):
    def start(*argv, **options):
        return run(LAB / "varlinkctl", "--no-pager", *argv, **options)
    return start


class Certification:
    def __init__(self, spawn, folder):
        self.path = folder / "certification"
        self.log = folder / "calls"
        with open(self.log, "w") as log:
            self.process = spawn([SERVER, self.path], stdout=log)
        wait_until(self.path.exists, "the certification server")

    def calls(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def assert_all_were_right(self):
        """As the server saw it: every method once, in order, with the right parameters."""
        calls = self.calls()
        assert [c["method"].removeprefix("org.varlink.certification.") for c in calls] == METHODS
        assert all(c["expected"] for c in calls), calls
        assert [c["method"] for c in calls if c["more"]] == ["org.varlink.certification.Test10"]
        assert [c["method"] for c in calls if c["oneway"]] == ["org.varlink.certification.Test11"]


@pytest.fixture
def certification(spawn, tmp_path):
    return Certification(spawn, tmp_path)


def test_certification_by_python_varlink(certification, python_varlink):
    out = python_varlink("tests.test_certification", f"--varlink=unix:{certification.path}",
                         "--client").stdout
    seen = [line.split(": ", 1) for line in out.splitlines() if ": " in line]
    client_id = seen.pop(0)
    assert client_id[0] == "client_id"
    assert [[name, ast.literal_eval(value)] for name, value in seen] == [
        ["Test01", {"bool": True}],
        ["Test02", {"int": 1}],
        ["Test03", {"float": 1.0}],
        ["Test04", {"string": "ping"}],
        ["Test05", BASIC],
        ["Test06", {"struct": BASIC}],
        ["Test07", {"map": MAP}],
        ["Test08", {"set": {"one", "two", "three"}}],
        ["Test09", {"mytype": MYTYPE}],
        *(["Test10", {"string": text}] for text in REPLIES),
        ["Test11", None],
        ["End", {"all_ok": True}],
    ]
    certification.assert_all_were_right()
    assert {c["parameters"].get("client_id") for c in certification.calls()[1:]} == {client_id[1]}


def test_certification_by_varlink_go(certification):
    done = run(LAB / "unpacked", "varlink-go", "usr/bin/varlink-go-certification", "-client",
               f"-varlink=unix:{certification.path}", check=False)
    if done.returncode == SKIP:
        pytest.skip(done.stderr.strip())
    lines = [line for line in done.stdout.splitlines() if not line.startswith("Test09: ")]
    client_id = certification.calls()[1]["parameters"]["client_id"]
    assert lines == [
        f"Start: '{client_id}'",
        "Test01: 'true'",
        "Test02: '1'",
        "Test03: '1'",
        "Test04: 'ping'",
        "Test05: 'false'",
        "Test06: '{false 2 3.141592653589793 a lot of string}'",
        "Test07: 'map[bar:Bar foo:Foo]'",
        "Test08: 'map[one:{} three:{} two:{}]'",
        "Test10() Send:",
        *(f"  Receive: '{text}'" for text in REPLIES),
        f"Test10: '[{' '.join(REPLIES)}]'",
        "Test11: ''",
        "End: 'true'",
    ]
    # What it saw in Test09 it prints as an address; what it then sent in Test10 tells.
    certification.assert_all_were_right()


@pytest.mark.parametrize("method, parameters, error", [
    ("Test01", {"client_id": "someone else's"}, "org.varlink.certification.CertificationError"),
    ("Test05", {"client_id": "x", "string": 5}, "org.varlink.service.InvalidParameter"),
    ("Test99", {}, "org.varlink.service.MethodNotFound"),
])
def test_the_certification_server_can_fail(certification, python_varlink, method, parameters, error):
    """If it cannot, the tests above would be worth nothing. (The client exits with 0 anyway.)"""
    address = f"unix:{certification.path}/org.varlink.certification.{method}"
    done = python_varlink("cli", "call", address, json.dumps(parameters))
    assert error in done.stdout + done.stderr


def test_python_varlink_reads_the_service(daemon, python_varlink):
    address = f"unix:{daemon(CONFIG).socket}"
    info = python_varlink("cli", "info", address).stdout
    assert "Product: nsorphand" in info
    assert "io.nsorphan.Scanner" in info
    assert "interface io.nsorphan.Scanner" in python_varlink(
        "cli", "help", f"{address}/io.nsorphan.Scanner").stdout


def test_python_varlink_calls(daemon, python_varlink, zoo):
    animal = zoo("socket", "udp")
    address = f"unix:{daemon(CONFIG).socket}/io.nsorphan.Scanner"
    python_varlink("cli", "call", f"{address}.Refresh", "{}")
    found = python_varlink("cli", "call", f"{address}.Get", json.dumps({"inode": animal.inode}))
    assert json.loads(found.stdout)["namespace"]["cookie"] == animal.cookie
    listed = python_varlink("cli", "call", "-m", f"{address}.List", "{}").stdout
    assert f'"inode": {animal.inode}' in listed
    nothing = python_varlink("cli", "call", f"{address}.Get", json.dumps({"inode": 1}))
    assert "io.nsorphan.Scanner.NoSuchNamespace" in nothing.stdout + nothing.stderr


def documents(text):
    """varlinkctl's --more writes one document behind the other, with record separators or none."""
    decoder, found, text = json.JSONDecoder(), [], text.replace("\x1e", " ").strip()
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].strip()
    return found


def test_varlinkctl_reads_the_service(daemon, varlinkctl):
    path = daemon(CONFIG).socket
    info = varlinkctl("info", path).stdout
    assert "Product: nsorphand" in info
    interfaces = varlinkctl("list-interfaces", path).stdout.split()
    assert {"io.nsorphan.Scanner", "org.varlink.service"} <= set(interfaces)
    methods = varlinkctl("list-methods", path, "io.nsorphan.Scanner").stdout.split()
    assert {f"io.nsorphan.Scanner.{m}" for m in
            ("GetStatus", "List", "Get", "Refresh", "Subscribe", "GetMetrics")} <= set(methods)
    for interface in interfaces:
        text = varlinkctl("introspect", path, interface).stdout
        assert f"interface {interface}\n" in text


def test_varlinkctl_accepts_the_interface_descriptions(varlinkctl):
    for file in sorted(REPO.glob("src/**/*.varlink")):
        varlinkctl("validate-idl", file)


def test_varlinkctl_calls(daemon, varlinkctl, zoo):
    animal = zoo("socket", "netlink")
    started = daemon(CONFIG)
    path = started.socket

    def call(method, parameters=None, *options, **more):
        return varlinkctl("--json=short", *options, "call", path, f"io.nsorphan.Scanner.{method}",
                          json.dumps(parameters or {}), **more)

    call("Refresh")
    found = json.loads(call("Get", {"cookie": animal.cookie}).stdout)
    assert found["namespace"]["inode"] == animal.inode
    one_by_one = documents(call("List", {}, "--more").stdout)
    assert all(len(d["namespaces"]) == 1 for d in one_by_one)
    assert [d for d in one_by_one if d["namespaces"][0].get("cookie") == animal.cookie]
    collected = json.loads(call("List", {}, "--collect").stdout)
    assert animal.cookie in [d["namespaces"][0].get("cookie") for d in collected]

    # Its own words for the standard errors, the name for others.
    assert "NoSuchNamespace" in call("Get", {"inode": 1}, check=False).stderr
    assert call("Get", {"inode": 1}, "--graceful=io.nsorphan.Scanner.NoSuchNamespace").returncode == 0
    for method, parameters in [("Get", {"inode": "x"}), ("Get", {"unknown": 1}), ("Missing", {}),
                               ("Subscribe", {})]:
        assert call(method, parameters, check=False).returncode == 1


def test_varlinkctl_reads_the_metrics(daemon, varlinkctl, tmp_path):
    """io.systemd.Metrics, as systemd's own services have it: both methods need `more`."""
    path = tmp_path / "metrics"
    started = daemon(f"{CONFIG}[Varlink]\nMetricsSocket={path}\n")
    started.call("io.nsorphan.Scanner.Refresh")
    methods = varlinkctl("list-methods", path, "io.systemd.Metrics").stdout.split()
    assert sorted(methods) == ["io.systemd.Metrics.Describe", "io.systemd.Metrics.List"]
    varlinkctl("introspect", path, "io.systemd.Metrics")
    described = json.loads(varlinkctl("--json=short", "call", "--collect", path,
                                      "io.systemd.Metrics.Describe", "{}").stdout)
    listed = json.loads(varlinkctl("--json=short", "call", "--collect", path,
                                   "io.systemd.Metrics.List", "{}").stdout)
    names = {family["name"] for family in described}
    assert "io.nsorphan.Scanner.NamespacesByVerdictTotal" in names
    assert {metric["name"] for metric in listed} <= names
    for array in described, listed:
        assert [m["name"] for m in array] == sorted(m["name"] for m in array)
    assert varlinkctl("call", path, "io.systemd.Metrics.List", "{}", check=False).returncode == 1
