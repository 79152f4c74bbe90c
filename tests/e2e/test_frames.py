# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which function an address of a process is in, of programs as people build them."""
import os
import shutil
import subprocess

import pytest

import frames
import nsorphan

pytestmark = pytest.mark.skipif(not frames.have_symbols(), reason="built without libdw (-Dsymbols=)")

GO = """\
package main

import (
	"fmt"
	"reflect"
	"time"
)

//go:noinline
func creator(n int) int { return n * 3 }

func main() {
	fmt.Printf("%x\\n", reflect.ValueOf(creator).Pointer())
	time.Sleep(time.Duration(creator(1)) * time.Hour)
}
"""


def run(*argv):
    subprocess.run(list(map(str, argv)), check=True, capture_output=True)


@pytest.fixture
def started(spawn):
    """Starts a program that prints an address: (pid, address)."""
    def start(program):
        process = spawn([program], stdout=subprocess.PIPE, text=True)
        return process.pid, int(process.stdout.readline(), 16)
    return start


def frame_of(started, program, **options):
    """The frame that such a program tells of, as one that is returned to."""
    pid, address = started(program)
    (_, found), _ = frames.ask(pid, address, address, **options)
    return found


@pytest.fixture(params=["known", "known-fixed"])
def known(request, tmp_path):
    """A copy of a C program: with an address of its own at each start, and without."""
    return shutil.copy(nsorphan.BUILD / "tests/e2e" / request.param, tmp_path / "program")


def test_c_program(started, known):
    found = frame_of(started, known)
    assert (found.function, found.file) == ("known_function", str(known))


def test_stripped_c_program(started, known):
    run("strip", known)
    found = frame_of(started, known)
    assert (found.function, found.file) == (None, str(known))
    assert found.offset > 0


def build_id(program):
    notes = subprocess.run(["readelf", "-nW", program], capture_output=True, text=True, check=True)
    return next((line.split()[-1] for line in notes.stdout.splitlines() if "Build ID:" in line), "")


def test_build_id(started, known):
    identity = build_id(known)
    assert len(identity) == 40
    assert frame_of(started, known).build_id == identity
    bare = known.with_name("bare")
    run("objcopy", "--remove-section=.note.gnu.build-id", known, bare)
    assert build_id(bare) == frame_of(started, bare).build_id == ""


def test_symbols_in_the_file_packed(started, known):
    """.gnu_debugdata, as Fedora's programs have it."""
    symbols = known.with_name("mini")
    run("objcopy", "--only-keep-debug", known, symbols)
    run("objcopy", "-S", "--keep-symbol=known_function", symbols)
    run("xz", symbols)
    run("strip", known)
    run("objcopy", f"--add-section=.gnu_debugdata={symbols}.xz", known)
    assert frame_of(started, known).function == "known_function"


@pytest.mark.parametrize("mode, function", [("644", "known_function"), ("666", None)])
def test_symbols_of_the_host(started, tmp_path, mode, function):
    """Split off, and below /usr/lib/debug: root's file there, or what anybody could have written."""
    known = shutil.copy(nsorphan.BUILD / "tests/e2e/known", tmp_path / "program")
    if not os.path.isdir("/usr/lib/debug"):
        pytest.skip("no /usr/lib/debug on this host to mount something over")
    debug, identity = tmp_path / "program.debug", build_id(known)
    run("objcopy", "--only-keep-debug", known, debug)
    run("strip", known)
    script = tmp_path / "script"
    place = f"/usr/lib/debug/.build-id/{identity[:2]}"
    script.write_text(f"mount -t tmpfs tmpfs /usr/lib/debug && mkdir -p {place} && "
                      f"install -m {mode} {debug} {place}/{identity[2:]}.debug && exec \"$@\"\n")
    assert frame_of(started, known).function is None
    found = frame_of(started, known, prefix=["unshare", "--mount", "sh", script])
    assert (found.function, found.build_id) == (function, identity)


@pytest.fixture(scope="module")
def go_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("go-cache")


@pytest.mark.skipif(not shutil.which("go"), reason="takes Go's compiler (golang-go)")
@pytest.mark.parametrize("flags", [
    [], ["-ldflags=-s -w"], ["-buildmode=pie"], ["-buildmode=pie", "-ldflags=-s -w"],
    ["-ldflags=-s -w -linkmode=external"],
    ["-buildmode=pie", "-ldflags=-s -w -linkmode=external"]], ids=" ".join)
def test_go_program(started, tmp_path, go_cache, flags):
    """Go's own table of functions stays when all symbols go."""
    source, program = tmp_path / "main.go", tmp_path / "program"
    source.write_text(GO)
    subprocess.run(["go", "build", *flags, "-o", program, source], check=True,
                   env={**os.environ, "GOCACHE": str(go_cache), "GO111MODULE": "off"})
    pid, address = started(program)
    (first, second), _ = frames.ask(pid, address, address + 1)
    assert (first.function, second.function) == ("main.creator", "main.creator")
    assert first.file == str(program)


def test_deleted_and_in_another_mount_namespace(spawn, tmp_path):
    """The very file that is mapped is read, not what has its name here."""
    known = nsorphan.BUILD / "tests/e2e/known"
    script = tmp_path / "script"
    script.write_text(f"mount -t tmpfs tmpfs {tmp_path} && cp {known} {tmp_path}/program && "
                      f"exec {tmp_path}/program\n")
    shutil.copy("/bin/true", tmp_path / "program")
    process = spawn(["unshare", "--mount", "sh", script], stdout=subprocess.PIPE, text=True)
    address = int(process.stdout.readline(), 16)
    (_, found), _ = frames.ask(process.pid, address, address)
    assert (found.function, found.file) == ("known_function", f"{tmp_path}/program")
    run("nsenter", "--mount", "--target", process.pid, "rm", tmp_path / "program")
    (_, found), _ = frames.ask(process.pid, address, address)
    assert (found.function, found.file) == ("known_function", f"{tmp_path}/program (deleted)")


def test_without_the_program_there_are_files(started, known):
    pid, address = started(known)
    (_, found), _ = frames.ask(pid, address, address, program="/nonexistent")
    assert (found.function, found.file) == (None, str(known))


def test_another_program_meanwhile(spawn, tmp_path):
    """An execve(2) keeps the process, and its start; its addresses mean something else then."""
    known = nsorphan.BUILD / "tests/e2e/known-fixed"
    slow = tmp_path / "slow"
    # Between the first look and the last the process becomes another program.
    slow.write_text("#!/bin/sh\nkill -USR1 $(cat %s)\nsleep 0.5\nexec %s\n" %
                    (tmp_path / "pid", frames.SYMBOLIZE))
    slow.chmod(0o755)
    process = spawn(["python3", "-c", "import os, signal, sys\n"
                     "signal.signal(signal.SIGUSR1, lambda *_: os.execv(sys.argv[1], sys.argv[1:]))\n"
                     "print(flush=True)\n"
                     "while True: signal.pause()", known], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    (tmp_path / "pid").write_text(str(process.pid))
    maps = open(f"/proc/{process.pid}/maps").read().splitlines()
    start = next(int(line.split("-")[0], 16) for line in maps if "r-xp" in line and "python" in line)
    (found, _), _ = frames.ask(process.pid, start + 64, start + 65, program=slow)
    assert (found.function, found.build_id) == (None, "")
    assert "python" in found.file
