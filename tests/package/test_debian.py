# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Debian packages: built on Debian 12 and 13, judged by lintian, and their life in fresh systems.

The tests of one system run in the order in which they stand: installed, used, upgraded, removed, purged.
"""
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

import nsorphan
from nsorphan import REPO, run, wait_until
from source import clear, digest, environment, export, locked
from system import System

# A build, and what it needs first, take long.
pytestmark = pytest.mark.timeout(3600)

HERE = pathlib.Path(__file__).resolve().parent
# The Debian that this runs on, or may run on, has its number; the other one is a root of the lab.
SYSTEMS = ("bookworm", "trixie")
OLDER = "0.2~aaa"
SERVICE, SOCKET, METRICS = "nsorphand.service", "nsorphand.socket", "nsorphand-metrics.socket"
CONFIGURATION = "[Scan]\nInterval=1s\n[Alert]\nGraceSec=2s\n"


def codename():
    text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    return re.search(r"^VERSION_CODENAME=(\S+)$", text, re.MULTILINE)[1]


class Built:
    """The packages of one system: of this version, and of one before, of the same source."""

    def __init__(self, name, folder):
        self.name, self.folder = name, folder
        self.source = folder / "nsorphand"
        stamp, made_for = folder / "stamp", digest()
        # Another file of tests may have built the same source.
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != made_for:
            clear(folder)
            export(self.source)
            self._build()
            stamp.write_text(made_for, encoding="utf-8")
        text = (self.source / "debian/changelog").read_text(encoding="utf-8")
        self.version = re.match(r"nsorphand \((\S+)\)", text)[1]
        self.changes = next(folder.glob(f"nsorphand_{self.version}_*.changes"))

    def _build(self):
        changelog = self.source / "debian/changelog"
        text = changelog.read_text(encoding="utf-8")
        version = re.match(r"nsorphand \((\S+)\)", text)[1]
        self.do("dpkg-buildpackage", "--no-sign")
        changelog.write_text(text.replace(version, OLDER, 1), encoding="utf-8")
        # What is compiled stays.
        self.do("dpkg-buildpackage", "--no-sign", "--build=binary", "--no-pre-clean")
        changelog.write_text(text, encoding="utf-8")

    def do(self, *argv, where=None):
        """Runs a command of the system's in the folder @where; its output."""
        where = where or self.source
        inside = [] if self.name == codename() else [HERE / "in-root", f"{self.name}-build", self.folder]
        done = subprocess.run(
            [*inside, "sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", where, *argv],
            cwd=where, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode == nsorphan.UNAVAILABLE:
            pytest.skip(done.stdout)
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    def packages(self, version):
        found = sorted(self.folder.glob(f"*_{version}_*.deb"))
        return [path for path in found if "dbgsym" not in path.name]


@pytest.fixture(scope="module", params=SYSTEMS)
def built(request):
    name = request.param
    if name == "bookworm" and codename() != name:
        pytest.skip("this is not Debian 12")
    with locked(name) as folder:
        yield Built(name, folder)


class Fresh(System):
    """A system without us, that has the packages in /packages."""

    def __init__(self, built):
        self.built = built
        super().__init__(built.name, CONFIGURATION)

    @staticmethod
    def _install():
        return pathlib.Path(tempfile.mkdtemp(prefix="nsorphand-package-")), []

    def _write_more(self):
        target = self.folder / "packages"
        target.mkdir()
        for version in (OLDER, self.built.version):
            for path in self.built.packages(version):
                shutil.copy(path, target)
        shutil.copytree(REPO / "contrib/node-exporter", self.folder / "contrib")

    def dpkg(self, *argv):
        return self.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", *argv)

    def install_packages(self, version):
        self.dpkg("--install", *[f"/packages/{path.name}" for path in self.built.packages(version)])


@pytest.fixture(scope="module")
def system(built):
    booted = Fresh(built)
    try:
        yield booted
    finally:
        booted.stop()


@pytest.fixture(scope="module")
def leak(system):
    return system.leak("docker")


def test_changelog_says_the_version():
    """Of the program, of its news, and of the package."""
    version = re.match(r"nsorphand \((\S+)\)", (REPO / "debian/changelog").read_text(encoding="utf-8"))[1]
    program = re.search(r"version: '([^']+)'", (REPO / "meson.build").read_text(encoding="utf-8"))[1]
    news = re.search(r"^## (\S+)(.*)$", (REPO / "NEWS.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert program == version
    assert version == news[1] + ("~devel" if "not released" in news[2] else "")
    assert run(nsorphan.CTL, "--version").stdout == f"nsorphanctl {version}\n"


# What is meant, and only some versions of lintian speak of: an unfinished release; Debian 12's does not know the
# policy of Debian 13, and asks for an init script.
MEANT = {"bad-distribution-in-changes-file", "newer-standards-version",
         "package-supports-alternative-init-but-no-init.d-script"}


def test_lintian(built):
    """All it knows to say, at its most pedantic: nothing."""
    said = built.do("lintian", "--allow-root", "--pedantic", "--display-info", "--tag-display-limit=0",
                    built.changes, where=built.folder)
    # Debian 12's asks for manuals of what is no command, too.
    tags = re.findall(r"^[EWIP]: [^:]+: (?!no-manual-page \[usr/libexec/)(\S+).*$", said, re.MULTILINE)
    assert set(tags) <= MEANT, said


def test_packages_need_no_more_than_they_should(built):
    """At run time BPF needs neither clang nor libbpf, and names of functions are no condition."""
    recommended = ""
    for path in built.packages(built.version):
        depends = built.do("dpkg-deb", "--field", path, "Depends", where=built.folder)
        assert not re.search("bpf|clang|llvm|libdw|libelf", depends), depends
        recommended += built.do("dpkg-deb", "--field", path, "Recommends", where=built.folder)
    assert "libdw1" in recommended


def test_install(system):
    system.install_packages(OLDER)
    assert system.out("dpkg-query", "-W", "-f", "${Version}", "nsorphand") == OLDER
    assert system.active(SERVICE) == "active" and system.active(SOCKET) == "active"
    assert system.out("systemctl", "is-enabled", SOCKET, METRICS, SERVICE).split() == ["enabled"] * 3
    assert system.out("getent", "group", "nsorphan").startswith("nsorphan:")
    assert system.out("stat", "-c", "%A %U %G", "/run/nsorphand/io.nsorphan.Scanner") == "srw-rw---- root nsorphan\n"
    assert "nsorphan: A network namespace has leaked" in system.out("journalctl", "--list-catalog")
    wait_until(lambda: '"scan":' in status(system), "the first scan")


def status(system):
    return system.out("nsorphanctl", "status", "--json=short")


def test_bpf_is_in(system):
    assert '"source":"bpf"' in system.out("nsorphanctl", "scan", "--source=bpf", "--json=short")
    assert '"source":"bpf"' in status(system)


def known(system, leak):
    """What the daemon says of the leak; its state in "list" is there only when it leaked or is suspected."""
    done = system.run("nsorphanctl", "show", f"cookie:{leak['cookie']}", "--json=short", check=False)
    return nsorphan.json.loads(done.stdout) if done.returncode == 0 else {}


def test_alert(system, leak):
    found = wait_until(lambda: known(system, leak).get("state") == "leaked" and known(system, leak), "the alert")
    assert found["holders"][0]["unit"] == "leaky@docker.service"
    [alert] = wait_until(lambda: system.alerts(leak), "the entry")
    assert alert["OBJECT_SYSTEMD_UNIT"] == "leaky@docker.service"


def test_upgrade(system, leak):
    """What was known stays known, nothing is said twice, and the new daemon runs."""
    before, pid = known(system, leak), system.main_pid()
    system.install_packages(system.built.version)
    assert system.out("dpkg-query", "-W", "-f", "${Version}", "nsorphand") == system.built.version
    assert system.active(SERVICE) == "active" and system.active(SOCKET) == "active"
    assert system.main_pid() not in (0, pid)
    wait_until(lambda: '"scan":' in status(system), "a scan after the upgrade")
    after = wait_until(lambda: known(system, leak), "the leak to be known")
    assert (after["state"], after["sinceUSec"]) == ("leaked", before["sinceUSec"])
    assert len(system.alerts(leak)) == 1
    failed = system.out("systemctl", "list-units", "--failed", "--plain", "--no-legend")
    assert "nsorphan" not in failed


def test_metrics_by_a_timer(system):
    """contrib/node-exporter, with its sandbox, as docs/fleets.md installs it."""
    folder = "/var/lib/prometheus/node-exporter"
    system.run("mkdir", "-p", folder)
    system.run("sh", "-c", "install -m 755 /contrib/nsorphan-textfile /usr/local/bin && "
               "install -m 644 /contrib/nsorphan-textfile.* /etc/systemd/system && systemctl daemon-reload")
    verified = system.run("systemd-analyze", "verify", "--man=no", "nsorphan-textfile.service",
                          "nsorphan-textfile.timer", check=False)
    assert "nsorphan-textfile" not in verified.stderr, verified.stderr
    system.run("systemctl", "enable", "--now", "nsorphan-textfile.timer")
    text = wait_until(lambda: system.run("cat", f"{folder}/nsorphan.prom", check=False).stdout, "the timer")
    # By BPF also what leaks on the host is seen.
    assert re.search(r'nsorphan_orphans\{state="leaked"\} [1-9]', text), text
    assert system.out("ls", "-A", folder).split() == ["nsorphan.prom"]
    system.run("sh", "-c", "systemctl disable --now nsorphan-textfile.timer && "
               "rm /usr/local/bin/nsorphan-textfile /etc/systemd/system/nsorphan-textfile.* && systemctl daemon-reload")
    system.run("rm", "-r", "/var/lib/prometheus", "/contrib")


def test_remove(system, leak):
    system.dpkg("--remove", "nsorphand", "nsorphanctl")
    assert system.show(SERVICE, "ActiveState") == "inactive"
    assert not system.ok("pgrep", "-x", "nsorphand")
    assert not system.ok("test", "-e", "/run/nsorphand/io.nsorphan.Scanner")
    # What was known may be of use when it is installed again.
    assert system.ok("test", "-s", "/var/lib/nsorphand/ledger.json")
    assert system.active("leaky@docker.service") == "active"


def test_purge(system):
    system.dpkg("--purge", "nsorphand", "nsorphanctl")
    system.run("systemctl", "daemon-reload")
    assert system.show(SERVICE, "LoadState") == "not-found"
    left = system.out("find", "/etc", "/usr", "/var", "/run", "-xdev", "-name", "*nsorphan*",
                      "-not", "-path", "/etc/nsorphand*").split()
    assert left == []
    # An administrator's own configuration is not the package's.
    assert system.ok("test", "-e", "/etc/nsorphand/nsorphand.conf.d/50-lab.conf")


class Building(Fresh):
    """A system with systemd that has autopkgtest, the packages and their source."""

    def __init__(self, built):
        super().__init__(built)

    def _write_more(self):
        super()._write_more()
        shutil.copytree(self.built.source, self.folder / "source",
                        ignore=shutil.ignore_patterns("obj-*", ".debhelper"), symlinks=True)
        shutil.copytree(REPO / "debian/tests", self.folder / "source/debian/tests", dirs_exist_ok=True)


def test_autopkgtest(built):
    """debian/tests, as Debian's own machines run them."""
    if built.name == codename():
        pytest.skip("its systemd is not pid 1 on this host")
    built.name += "-build"
    try:
        system = Building(built)
    finally:
        built.name = built.name.removesuffix("-build")
    try:
        packages = [f"/packages/{path.name}" for path in built.packages(built.version)]
        done = system.run("sh", "-c", 'cd / && exec "$@"', "sh", "autopkgtest",
                          "--ignore-restrictions=isolation-container", *packages, "/source", "--", "null",
                          check=False, timeout=900)
        assert re.search(r"^leak-to-alert +PASS$", done.stdout, re.MULTILINE), done.stdout + done.stderr
        assert done.returncode == 0
    finally:
        system.stop()
