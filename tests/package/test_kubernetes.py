# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/kubernetes: the image built and run by a container engine as the DaemonSet runs it; the manifest by its
schema; node-problem-detector's plugin by its contract."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import yaml

import nsorphan
from nsorphan import REPO, json, run, wait_until
from npm import npm_packages
from source import locked
from test_debian import Built, codename

sys.path.insert(0, str(REPO / "tests/podman"))
from engine import LIMITS, running  # noqa: E402

pytestmark = pytest.mark.timeout(3600)

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = REPO / "contrib/kubernetes"
UNIT = (REPO / "systemd/nsorphand.service.in").read_text(encoding="utf-8")


def documents():
    return list(yaml.safe_load_all((FOLDER / "daemonset.yaml").read_text(encoding="utf-8")))


def pod():
    daemon_set, = [d for d in documents() if d["kind"] == "DaemonSet"]
    return daemon_set["spec"]["template"]["spec"]


def container():
    one, = pod()["containers"]
    return one


@pytest.fixture(scope="module")
def schemas():
    """kubernetes-models has the schemas of Kubernetes."""
    return npm_packages("kubernetes-models", "kubernetes-models", "@kubernetes-models/validate")


def problems(schemas, document):
    """What Kubernetes' own schema says against it; it lets unknown fields pass."""
    done = subprocess.run(["node", HERE / "validate-kubernetes.js"], input=json.dumps(document), text=True,
                          capture_output=True, env={**os.environ, "NODE_PATH": str(schemas)}, check=False)
    assert done.returncode == 0 or done.stdout, done.stderr
    return done.stdout.strip()


def test_manifest_is_valid(schemas):
    for document in documents():
        assert problems(schemas, document) == ""
    broken = documents()[2]
    broken["spec"]["template"]["spec"]["hostPID"] = "yes"
    assert "hostPID must be boolean" in problems(schemas, broken)


def test_manifest_has_no_unknown_field(schemas):
    """That an API server would drop, with what it was to bring about."""
    security = container()["securityContext"]
    for kind, fields in [("PodSpec", pod()), ("Container", container()), ("SecurityContext", security),
                         ("Capabilities", security["capabilities"]), ("SeccompProfile", security["seccompProfile"]),
                         ("Probe", container()["livenessProbe"]), *[("Volume", v) for v in pod()["volumes"]],
                         *[("VolumeMount", m) for m in container()["volumeMounts"]]]:
        known = (schemas / f"kubernetes-models/_schemas/IoK8sApiCoreV1{kind}.js").read_text(encoding="utf-8")
        assert [name for name in fields if not re.search(rf"\bdata\.{name}\b", known)] == [], kind
    assert "data.hostPid" not in (schemas / "kubernetes-models/_schemas/IoK8sApiCoreV1PodSpec.js").read_text(encoding="utf-8")


def test_manifest_selects_and_mounts_what_there_is():
    daemon_set = [d for d in documents() if d["kind"] == "DaemonSet"][0]
    labels = daemon_set["spec"]["template"]["metadata"]["labels"]
    assert daemon_set["spec"]["selector"]["matchLabels"].items() <= labels.items()
    volumes = {volume["name"] for volume in pod()["volumes"]}
    assert {mount["name"] for mount in container()["volumeMounts"]} == volumes
    config, = [d for d in documents() if d["kind"] == "ConfigMap"]
    assert container()["args"] == [f"--config=/etc/nsorphand/{name}" for name in config["data"]]
    assert config["metadata"]["namespace"] == daemon_set["metadata"]["namespace"] == "nsorphan"


def test_pod_may_what_the_unit_may_and_no_more():
    security = container()["securityContext"]
    assert pod()["hostPID"] and security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
    assert not security["privileged"] and security["capabilities"]["drop"] == ["ALL"]
    unit = re.search(r"^CapabilityBoundingSet=(.+)$", UNIT, re.MULTILINE)[1].split()
    assert sorted(security["capabilities"]["add"]) == sorted(name.removeprefix("CAP_") for name in unit)
    # Each has its reason above it.
    text = (FOLDER / "daemonset.yaml").read_text(encoding="utf-8")
    for name in security["capabilities"]["add"]:
        assert re.search(rf"# .*\(\).*\n +- {name}\n", text), name


def test_seccomp_profile_is_what_the_unit_allows():
    """Made from the unit by make-seccomp, with what systemd's groups had in them then."""
    profile = json.loads((FOLDER / "seccomp.json").read_text(encoding="utf-8"))
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    rule, = profile["syscalls"]
    allowed = set(rule["names"])
    assert {"bpf", "pidfd_getfd", "setns", "kcmp", "open_by_handle_at", "setdomainname", "execve"} <= allowed
    assert not {"mount", "ptrace", "init_module", "kexec_load", "reboot", "swapon", "chroot"} & allowed
    # Whatever this host's systemd knows of the groups is in it: nothing was added to the unit since.
    now = {name for rule in json.loads(run(FOLDER / "make-seccomp").stdout)["syscalls"] for name in rule["names"]}
    assert now <= allowed


@pytest.fixture(scope="module")
def engine():
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def image(engine, tmp_path_factory):
    """Built from the Containerfile, on the lab's trixie or bookworm in place of the registry's."""
    name = codename() if codename() == "bookworm" else "trixie"
    with locked(name) as folder:
        built = Built(name, folder)
        context = tmp_path_factory.mktemp("context")
        for path in built.packages(built.version):
            shutil.copy(path, context)
    root = run(REPO / "tests/lab/root", name, timeout=1800).stdout.strip()
    archive = context / "root.tar"
    run("tar", "-C", root, "-cf", archive, "--exclude=./usr/share/doc", "--exclude=./usr/share/locale",
        "--exclude=./var/lib/apt/lists", "--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./dev/*", ".", timeout=300)
    engine.podman("import", archive, "local/debian", timeout=600)
    archive.unlink()
    engine.podman("build", "--isolation=chroot", "--pull=never", "--build-arg=BASE=localhost/local/debian",
                  "--file", FOLDER / "Containerfile", "--tag=local/nsorphand", context, timeout=900)
    return "local/nsorphand"


def test_containerfile_builds(engine, image):
    assert engine.podman("inspect", "--format={{json .Config.Entrypoint}}", image) == '["/usr/sbin/nsorphand"]'


def test_the_pod_finds_a_leak_of_the_node(engine, image, zoo, tmp_path):
    """With the manifest's privileges, profile and probes: it answers, sees all by BPF, and does not lack anything."""
    leak = zoo("socket", "udp")
    security = container()["securityContext"]
    config, = [d for d in documents() if d["kind"] == "ConfigMap"]
    (tmp_path / "nsorphand.conf").write_text(config["data"]["nsorphand.conf"] + "[Alert]\nGraceSec=1s\n[Scan]\nInterval=1s\n")
    (tmp_path / "state").mkdir()
    engine.podman(
        "run", "--detach", "--name=nsorphand", *LIMITS, "--pid=host", "--network=host", "--read-only",
        "--cap-drop=ALL", *[f"--cap-add={name}" for name in security["capabilities"]["add"]],
        "--security-opt=no-new-privileges", f"--security-opt=seccomp={FOLDER / 'seccomp.json'}",
        f"--volume={tmp_path}/nsorphand.conf:/etc/nsorphand/nsorphand.conf:ro", f"--volume={tmp_path}/state:/var/lib/nsorphand",
        "--tmpfs=/run/nsorphand", image, *container()["args"])
    try:
        probe = container()["livenessProbe"]["exec"]["command"]
        assert probe == container()["startupProbe"]["exec"]["command"]

        def inside(*argv, check=True):
            return engine.podman("exec", "nsorphand", *argv, check=check)
        status = wait_until(lambda: (inside(*probe, check=False) or "").startswith("{") and
                            "scan" in (said := json.loads(inside(*probe))) and said, "a scan")
        assert status["scan"]["source"] == "bpf", status["scan"]
        found = wait_until(lambda: [ns for ns in json.loads(inside("nsorphanctl", "list", "--json=short"))["namespaces"]
                                    if ns.get("cookie") == leak.cookie and ns["state"] == "leaked"], "the alert")
        holder, = found[0]["holders"]
        assert holder["pid"] == leak.pid and holder["verified"] is True
        assert not [reason for reason in status["coverage"]["reasons"] if "not permitted" in reason]
        assert (tmp_path / "state/ledger.json").exists()
        # The engine's own profile would not do: it is the reason for ours.
    finally:
        engine.podman("rm", "--force", "--time=2", "nsorphand", check=False)


def test_npd_configuration():
    """As node-problem-detector reads it: one condition, a rule that sets it, a plugin that is there."""
    configuration = json.loads((FOLDER / "npd-nsorphan.json").read_text(encoding="utf-8"))
    assert configuration["plugin"] == "custom"
    condition, = configuration["conditions"]
    rule, = configuration["rules"]
    assert rule["type"] == "permanent" and rule["condition"] == condition["type"]
    assert rule["reason"] != condition["reason"] and pathlib.Path(rule["path"]).name == "npd-nsorphan"
    for name in (condition["type"], condition["reason"], rule["reason"]):
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
    seconds = {key: int(configuration["pluginConfig"][key].removesuffix("s")) for key in ("invoke_interval", "timeout")}
    assert int(rule["timeout"].removesuffix("s")) <= seconds["timeout"] < seconds["invoke_interval"]
    assert configuration["pluginConfig"]["max_output_length"] == 80


@pytest.mark.parametrize("said, ended, status, line", [
    ("OK: 0 leaked, 0 suspected network namespaces | leaked=0 suspected=0", 0, 0, "0 leaked, 0 suspected network namespaces"),
    ("WARNING: 0 leaked, 1 suspected network namespaces | leaked=0 suspected=1", 1, 0,
     "0 leaked, 1 suspected network namespaces"),
    ("CRITICAL: 2 leaked, 1 suspected network namespaces | leaked=2 suspected=1", 2, 1,
     "2 leaked, 1 suspected network namespaces"),
    ("UNKNOWN: nsorphand does not run (nobody listens at /run/nsorphand/io.nsorphan.Scanner); start it | leaked=U", 3, 2,
     "nsorphand does not run (nobody listens at /run/nsorphand/io.nsorphan.Scanner); s"),
    ("UNKNOWN: two\nlines", 3, 2, "two"),
    ("Segmentation fault", 139, 2, "Segmentation fault"),
])
def test_npd_plugin(tmp_path, said, ended, status, line):
    """Exit statuses 0, 1 and 2; one line of at most 80 characters."""
    stub = tmp_path / "nsorphanctl"
    stub.write_text(f"#!/bin/sh\ncat <<'TEXT'\n{said}\nTEXT\nexit {ended}\n")
    stub.chmod(0o755)
    done = run(FOLDER / "npd-nsorphan", check=False, env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert (done.returncode, done.stdout, done.stderr) == (status, f"{line}\n", "")
    assert len(line) <= 80


def test_npd_plugin_by_the_daemon(daemon, zoo, tmp_path):
    running, leak = daemon(""), zoo("socket", "udp")
    stub = tmp_path / "nsorphanctl"
    stub.write_text(f'#!/bin/sh\nexec "{nsorphan.CTL}" --socket="{running.socket}" "$@"\n')
    stub.chmod(0o755)
    wait_until(lambda: running.listed().get(leak.cookie, {}).get("state") == "leaked", "the leak")
    done = run(FOLDER / "npd-nsorphan", check=False, env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 1 and re.fullmatch(r"\d+ leaked, \d+ suspected network namespaces\n", done.stdout)
