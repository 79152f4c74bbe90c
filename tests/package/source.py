# SPDX-License-Identifier: LGPL-2.1-or-later
"""The source as a release has it: what git knows, in a folder that only a package is built in."""
import contextlib
import fcntl
import fnmatch
import hashlib
import os
import pathlib
import shutil
import subprocess

from nsorphan import REPO

CACHE = pathlib.Path(os.environ.get("NSORPHAND_LAB", "/var/cache/nsorphand-lab"))


@contextlib.contextmanager
def locked(name):
    """A folder in the cache that is ours alone meanwhile; always the same, so that a compiler's cache knows it."""
    folder = CACHE / "package" / name
    folder.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f".lock-package-{name}", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def clear(folder):
    """Removes all that is in a folder."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def names():
    """The files that git knows, and those about to be added."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={REPO}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPO, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in listed if name and ((REPO / name).is_file() or (REPO / name).is_symlink())]


# Of which nothing is in a package.
APART = ("contrib/", "debian/tests/", "tests/package/", "tests/e2e/", "tests/lab/", "tests/hostile/", "tests/podman/")


def digest(also=()):
    """What tells this source from another one, of which other packages would be made; or files like those in also."""
    total = hashlib.sha256()
    for name in names():
        if not name.startswith(APART) or any(fnmatch.fnmatch(name, pattern) for pattern in also):
            path = REPO / name
            total.update(f"{name} {path.lstat().st_mode:o} ".encode() + path.read_bytes())
    return total.hexdigest()


def export(folder):
    """Copies the source there."""
    for name in names():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPO / name, target, follow_symlinks=False)


def environment():
    """Ours, with Debian's names of compilers that have a cache, where there is one."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "PATH": f"/usr/lib/ccache:{os.environ['PATH']}"}
