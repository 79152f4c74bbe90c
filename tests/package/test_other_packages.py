# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/rpm, built by Debian's rpmbuild; contrib/arch, read as makepkg reads it."""
import re
import shutil
import subprocess
import tarfile

import pytest

from nsorphan import REPO, run
from source import clear, environment, export, locked

pytestmark = pytest.mark.timeout(3600)

SPEC = REPO / "contrib/rpm/nsorphand.spec"
PKGBUILD = REPO / "contrib/arch/PKGBUILD"
VERSION = re.search(r"version: '([^']+)'", (REPO / "meson.build").read_text(encoding="utf-8"))[1]

# What Fedora's meson and systemd packages define; Debian's rpm knows none of it.
MACROS = {
    "meson": 'export CFLAGS="%{optflags}"; /usr/bin/meson setup --buildtype=plain --prefix=/usr --libdir=lib '
             "--sysconfdir=/etc --localstatedir=/var _build",
    "meson_build": "/usr/bin/meson compile -C _build",
    "meson_install": 'DESTDIR="%{buildroot}" /usr/bin/meson install -C _build --no-rebuild',
    "meson_test": "/usr/bin/meson test -C _build --no-rebuild",
    "systemd_post()": "systemctl preset %{?*} || :",
    "systemd_preun()": "systemctl --no-reload disable --now %{?*} || :",
    "systemd_postun_with_restart()": "systemctl try-restart %{?*} || :",
}


@pytest.fixture(scope="module")
def rpms():
    if not shutil.which("rpmbuild"):
        pytest.skip("rpmbuild is not installed")
    with locked("rpm") as folder:
        clear(folder)
        export(folder / f"nsorphand-{VERSION}")
        (folder / "SOURCES").mkdir()
        with tarfile.open(folder / f"SOURCES/nsorphand-{VERSION}.tar.gz", "w:gz", compresslevel=1) as archive:
            archive.add(folder / f"nsorphand-{VERSION}", f"nsorphand-{VERSION}")
        defines = [word for name, text in MACROS.items() for word in ("--define", f"{name} {text}")]
        done = subprocess.run(
            ["rpmbuild", "-bb", "--nodeps", "--define", f"_topdir {folder}", "--define", "debug_package %{nil}",
             *defines, SPEC], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout[-10000:]
        yield folder, {path.name.split("-0.")[0]: path for path in folder.glob("RPMS/*/*.rpm")}


def test_rpmbuild_builds_both(rpms):
    _, packages = rpms
    assert packages.keys() == {"nsorphand", "nsorphanctl"}
    for package in packages.values():
        assert run("rpm", "-qp", "--qf", "%{VERSION} %{LICENSE}", package).stdout == f"{VERSION} LGPL-2.1-or-later"


def test_nothing_is_in_no_package(rpms):
    """rpmbuild fails for what no package has; the two together have what `meson install` has."""
    folder, packages = rpms
    files = {name: run("rpm", "-qpl", path).stdout.split() for name, path in packages.items()}
    assert "/usr/sbin/nsorphand" in files["nsorphand"] and "/usr/bin/nsorphanctl" in files["nsorphanctl"]
    assert "/usr/lib/systemd/system/nsorphand.service" in files["nsorphand"]
    assert "/usr/libexec/nsorphan-symbolize" in files["nsorphanctl"]
    both = set(files["nsorphand"]) & set(files["nsorphanctl"])
    assert not [path for path in both if "license" not in path and ".build-id" not in path]


def test_the_programs_run(rpms, tmp_path):
    """Unpacked, with BPF in."""
    for package in rpms[1].values():
        unpacked = subprocess.run(["rpm2cpio", package], check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["cpio", "-idm", "--quiet"], input=unpacked, cwd=tmp_path, check=True)
    ctl = tmp_path / "usr/bin/nsorphanctl"
    assert run(ctl, "--version").stdout == f"nsorphanctl {VERSION}\n"
    assert '"source":"bpf"' in run(ctl, "scan", "--source=bpf", "--json=short").stdout


def test_rpm_installs_and_removes_them(rpms, tmp_path):
    """Into a root of their own; what it put there is what it knows of, and goes again."""
    rpm = ("rpm", f"--root={tmp_path}", "--nodeps", "--noscripts")
    run("rpm", f"--root={tmp_path}", "--initdb")
    run(*rpm, "--install", *rpms[1].values())
    assert run(*rpm, "--verify", "nsorphand", "nsorphanctl", check=False).stdout == ""
    assert (tmp_path / "usr/sbin/nsorphand").stat().st_mode & 0o777 == 0o755
    run(*rpm, "--erase", "nsorphand", "nsorphanctl")
    assert [path for path in tmp_path.rglob("*nsorphan*")] == []


def test_scripts_name_the_units(rpms):
    said = run("rpm", "-qp", "--scripts", rpms[1]["nsorphand"]).stdout
    for word in ("preset", "disable --now", "try-restart"):
        assert re.search(rf"systemctl.*{word}.*nsorphand\.service", said), word


def test_pkgbuild():
    """bash reads it as makepkg does; what it needs to build is what meson asks for."""
    script = """
        set -eu
        startdir=/nonexistent srcdir=/nonexistent pkgdir=/nonexistent
        . "$1"
        declare -F build package check >/dev/null
        printf '%s\\n' "$pkgname" "$pkgver" "$_version" "$pkgrel" "${#source[@]}=${#sha256sums[@]}" "${depends[@]}" "${makedepends[@]}"
    """
    name, version, real, _, sums, *needs = run("bash", "-c", script, "bash", PKGBUILD).stdout.split()
    assert name == "nsorphand" and real == VERSION and version == VERSION.replace("~", "")
    # makepkg refuses these in a version.
    assert not re.search(r"[:/\s-]", version)
    assert sums == "1=1"
    assert {"bpf", "clang", "libbpf", "meson", "libmnl", "libelf", "jansson", "libinih", "uthash"} <= set(needs)


def arch_package(tmp_path, makepkg):
    with locked("arch") as folder:
        clear(folder)
        export(folder / f"nsorphand-{VERSION}")
        with tarfile.open(folder / f"nsorphand-{VERSION}.tar.gz", "w:gz", compresslevel=1) as archive:
            archive.add(folder / f"nsorphand-{VERSION}", f"nsorphand-{VERSION}")
        shutil.rmtree(folder / f"nsorphand-{VERSION}")
        shutil.copy(PKGBUILD, folder)
        run("chown", "-R", "65534:65534", folder)
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", makepkg, "--nodeps", "--nocheck", "--force"],
            # It wants to know of pacman what is installed.
            cwd=folder, env={**environment(), "HOME": str(folder), "CCACHE_DIR": f"{folder}/ccache", "PACMAN": "true"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout[-10000:]
        made, = folder.glob("nsorphand-*.pkg.tar*")
        return run("tar", "--list", "--file", made).stdout.split()


def test_makepkg_builds_it(tmp_path):
    makepkg = shutil.which("makepkg")
    if not makepkg:
        pytest.skip("makepkg is not installed")
    listed = arch_package(tmp_path, makepkg)
    assert {"usr/bin/nsorphand", "usr/bin/nsorphanctl", "usr/lib/nsorphan-symbolize", ".PKGINFO",
            "usr/lib/systemd/system/nsorphand.service"} <= set(listed)


def test_versions_agree():
    spec = SPEC.read_text(encoding="utf-8")
    assert re.search(r"^Version: +(\S+)$", spec, re.MULTILINE)[1] == VERSION
    assert f" - {VERSION}-1\n" in spec
    for option in ("-Dbpf=enabled", "-Dsymbols=enabled"):
        assert run("grep", "-c", "-e", option, SPEC, PKGBUILD, REPO / "debian/rules").stdout.count(":1") == 3

