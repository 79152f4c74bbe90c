# SPDX-License-Identifier: LGPL-2.1-or-later
"""`meson install` with DESTDIR: each file lies where its reader looks, which is asked."""
import fnmatch
import os
import pathlib
import re
import shutil

import pytest

from nsorphan import BUILD, REPO, json, run

# Whatever is installed is in here, and nothing else is.
EXPECTED = {
    "usr/bin/nsorphanctl",
    "usr/sbin/nsorphand",
    "usr/lib/systemd/catalog/nsorphan.catalog",
    "usr/lib/systemd/system-preset/90-nsorphand.preset",
    "usr/lib/systemd/system/nsorphand.service",
    "usr/lib/systemd/system/nsorphand-metrics.socket",
    "usr/lib/systemd/system/nsorphand.socket",
    "usr/lib/sysusers.d/nsorphand.conf",
    "usr/lib/tmpfiles.d/nsorphand.conf",
    "usr/share/bash-completion/completions/nsorphanctl",
    "usr/share/doc/nsorphand/examples/bpf-only.conf",
    "usr/share/fish/vendor_completions.d/nsorphanctl.fish",
    "usr/share/man/man1/nsorphanctl.1",
    "usr/share/man/man5/nsorphand.conf.5",
    "usr/share/man/man7/io.nsorphan.Scanner.7",
    "usr/share/man/man7/nsorphan-concepts.7",
    "usr/share/man/man8/nsorphand.8",
    "usr/share/varlink/io.nsorphan.Scanner.varlink",
    "usr/share/zsh/site-functions/_nsorphanctl",
}
# Where libdw was there (-Dsymbols=).
if (BUILD / "src/symbolize/nsorphan-symbolize").exists():
    EXPECTED.add("usr/libexec/nsorphan-symbolize")
PAGES = sorted(pathlib.Path(name).name for name in EXPECTED if "/man/" in name)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("root")
    run("meson", "install", "-C", BUILD, "--no-rebuild", f"--destdir={folder}")
    return folder


def need(program):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


def test_all_is_where_it_belongs(root):
    found = {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
    assert found == EXPECTED


def test_nobody_else_may_write_it(root):
    assert [path for path in root.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022] == []


def manual(root):
    return {**os.environ, "MANPATH": str(root / "usr/share/man"), "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("page", PAGES)
def test_man_finds_and_formats_the_page(root, page):
    need("man")
    name, _, section = page.rpartition(".")
    where = run("man", "-w", section, name, env=manual(root)).stdout.strip()
    assert where == str(root / f"usr/share/man/man{section}/{page}")
    # All that groff can warn of, and no line is too long.
    done = run("man", "--warnings=w", section, name, env=manual(root))
    assert done.stderr == ""
    assert re.match(rf"{re.escape(name)}\({section}\)", done.stdout, re.IGNORECASE)


@pytest.mark.parametrize("page", PAGES)
def test_whatis_knows_the_page(root, page):
    """That is what apropos(1) finds it by."""
    need("lexgrog")
    name, _, section = page.rpartition(".")
    said = run("lexgrog", root / f"usr/share/man/man{section}/{page}").stdout
    assert f'"{name} - ' in said


def test_bash_completes(root):
    if not os.path.exists("/usr/share/bash-completion/bash_completion"):
        pytest.skip("bash-completion is not installed")
    script = """
        . /usr/share/bash-completion/bash_completion
        _completion_loader nsorphanctl
        COMP_WORDS=(nsorphanctl exp) COMP_CWORD=1 COMP_LINE='nsorphanctl exp' COMP_POINT=15
        $(complete -p nsorphanctl | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = run("bash", "--norc", "-c", script,
               env={**os.environ, "XDG_DATA_DIRS": str(root / "usr/share"), "HOME": "/nonexistent"})
    assert done.stdout.split() == ["explain"]


def test_zsh_knows_the_completion(root):
    need("zsh")
    done = run("zsh", "-f", "-c", 'fpath=($1 $fpath); autoload -Uz compinit; compinit -D -u; '
               'autoload +X _nsorphanctl; print -- $_comps[nsorphanctl]', "zsh",
               root / "usr/share/zsh/site-functions")
    assert done.stdout.strip() == "_nsorphanctl"


def test_fish_completes(root):
    need("fish")
    done = run("fish", "--no-config", "-c", 'set fish_complete_path $argv[1]; complete -C "nsorphanctl exp"',
               root / "usr/share/fish/vendor_completions.d",
               env={**os.environ, "PATH": f"{root}/usr/bin:{os.environ['PATH']}"})
    assert done.stdout.split()[0] == "explain"


def test_the_catalog_is_found(root):
    run("journalctl", f"--root={root}", "--update-catalog")
    assert "nsorphan: A network namespace has leaked" in \
        run("journalctl", f"--root={root}", "--list-catalog").stdout
    shutil.rmtree(root / "var")


def test_presets_enable(root, tmp_path):
    shutil.copytree(root / "usr/lib/systemd", tmp_path / "usr/lib/systemd")
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    for unit in ("nsorphand.socket", "nsorphand.service"):
        run("systemctl", f"--root={tmp_path}", "preset", unit)
        assert run("systemctl", f"--root={tmp_path}", "is-enabled", unit).stdout.strip() == "enabled"


def test_the_interface_is_what_the_service_says(root, daemon):
    """A client is generated from the file and then meets the service."""
    text = (root / "usr/share/varlink/io.nsorphan.Scanner.varlink").read_text(encoding="utf-8")
    said = daemon("").call("org.varlink.service.GetInterfaceDescription", {"interface": "io.nsorphan.Scanner"})
    assert said["description"].strip() == text.strip()


def test_other_directories(tmp_path):
    """A distribution's own, and below /usr/local: nothing is in a place that was not asked for."""
    build = tmp_path / "build"
    run("meson", "setup", build, REPO, "--prefix=/opt/here", "--sysconfdir=/opt/here/etc",
        "-Dzshcompletiondir=/opt/here/zsh", timeout=300)
    installed = json.loads(run("meson", "introspect", "--installed", build).stdout)
    assert len(installed) == len(EXPECTED)
    assert "/opt/here/zsh/_nsorphanctl" in installed.values()
    assert [path for path in installed.values() if not path.startswith("/opt/here/")] == []


def covered(path, patterns):
    """By a pattern itself, or by one of a folder that it is in."""
    parts = pathlib.PurePath(path)
    return any(fnmatch.fnmatch(str(place), pattern) for place in [parts, *parts.parents] for pattern in patterns)


def test_packages_have_all_of_it():
    """What is installed and in no package is an error of theirs; tests/package builds them, and takes long."""
    macros = {"_sbindir": "usr/sbin", "_bindir": "usr/bin", "_datadir": "usr/share", "_mandir": "usr/share/man",
              "_prefix": "usr", "_libexecdir": "usr/libexec"}
    spec = (REPO / "contrib/rpm/nsorphand.spec").read_text(encoding="utf-8")
    rpm = [re.sub(r"%\{(\w+)\}", lambda match: macros[match[1]], line)
           for line in re.findall(r"^%\{.*$", spec[spec.index("\n%files"):], re.MULTILINE)]
    debian = [line for file in [*(REPO / "debian").glob("*.install"), REPO / "debian/not-installed"]
              for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    # debian/rules says where zsh looks there.
    zsh = "usr/share/zsh/site-functions/_nsorphanctl"
    assert [path for path in EXPECTED if not covered(path, rpm)] == []
    assert [path for path in EXPECTED - {zsh} if not covered(path, debian)] == []
    units = {path.rpartition("/")[2] for path in EXPECTED if "systemd/system/" in path}
    for file in ("contrib/rpm/nsorphand.spec", "debian/rules"):
        assert {unit for unit in units if unit not in (REPO / file).read_text(encoding="utf-8")} == set()
