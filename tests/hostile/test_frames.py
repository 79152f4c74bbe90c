# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whoever leaks chooses the files that the names of functions are read from. Neither may they end or hold
up the program that asks, nor have it say what would run in a terminal."""
import lzma
import os
import pathlib
import random
import struct
import subprocess
import sys
import threading
import time

import pytest

import frames
import nsorphan

pytestmark = pytest.mark.skipif(not frames.have_symbols(), reason="built without libdw (-Dsymbols=)")

# A child has 2 s of the processor.
SECONDS = 6

PF_X, PF_R, PT_LOAD, ET_DYN = 1, 4, 1, 3
SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_RELA = 1, 2, 3, 4
MACHINE = {"x86_64": 62, "aarch64": 183}.get(os.uname().machine, 62)


def section(name, kind, data, *, offset=None, size=None, link=0, info=0, entry=0, flags=2, address=None):
    """What elf() makes a section of; what is given instead of the truth is written."""
    return dict(name=name, kind=kind, data=data, offset=offset, size=size, link=link, info=info,
                entry=entry, flags=flags, address=address)


def elf(sections, *, n_sections=None, strings_index=1, **header):
    """A shared object whose whole file is code, with these sections, names of sections being the first."""
    names = b"\0" + b"\0".join(s["name"].encode() for s in sections) + b"\0.names\0"
    sections = [section(".names", SHT_STRTAB, names), *sections]
    body, table = bytearray(64 + 56), bytearray(64)
    for s in sections:
        offset = len(body) if s["offset"] is None else s["offset"]
        size = len(s["data"]) if s["size"] is None else s["size"]
        address = offset if s["address"] is None else s["address"]
        table += struct.pack("<IIQQQQIIQQ", names.index(b"\0" + s["name"].encode() + b"\0") + 1,
                             s["kind"], s["flags"], address, offset, size, s["link"], s["info"], 8, s["entry"])
        body += s["data"] + bytes(-len(s["data"]) % 8)
    n = len(sections) + 1 if n_sections is None else n_sections
    body[:64] = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", header.get("type", ET_DYN), MACHINE, 1, 0,
                            64, header.get("at", len(body)), 0, 64, header.get("segments", 1) and 56,
                            header.get("segments", 1), header.get("shentsize", 64), n, strings_index)
    body[64:120] = struct.pack("<IIQQQQQQ", PT_LOAD, PF_R | PF_X, 0, 0, 0, 1 << 20, 1 << 20, 4096)
    return bytes(body + table)


def symbols(*named):
    """.symtab and .strtab, as sections 2 and 3: (name, address, size)."""
    strings, table = b"\0", bytes(24)
    for name, address, size in named:
        table += struct.pack("<IBBHQQ", len(strings), 0x12, 0, 2, address, size)
        strings += name + b"\0"
    return [section(".symtab", SHT_SYMTAB, table, link=3, entry=24, info=1, flags=0),
            section(".strtab", SHT_STRTAB, strings, flags=0)]


def pclntab(function, n=1, **lies):
    """Go's table, of one function that begins at the text's start and is 1 MiB long."""
    header = 8 + 8 * 8
    names, table = b"\0" + function + b"\0", header + len(function) + 2
    described = struct.pack("<II", 0, lies.get("name", 1))
    return struct.pack("<IHBB8Q", 0xfffffff1, 0, 1, 8, n, 0, lies.get("text", 64), lies.get("names", header), 0, 0,
                       0, lies.get("table", table)) + names + struct.pack("<III", 0, lies.get("at", 12), 1 << 20) + described


@pytest.fixture(scope="module")
def mapper():
    process = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("mapper.py")],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    yield process
    nsorphan.stop(process)


@pytest.fixture
def look(mapper, tmp_path):
    """The frame in such a file, at byte 256; how long it takes is bounded, and nothing stays."""
    def asked(content, name="file"):
        file = tmp_path / name
        if content is not None:
            file.unlink(missing_ok=True)
            file.write_bytes(content)
        mapper.stdin.write(f"{file}\n")
        mapper.stdin.flush()
        address = mapper.stdout.readline().strip()
        if address == "-":
            return None
        (found,), took = frames.ask(mapper.pid, int(address, 16) + 256)
        assert took < SECONDS
        assert found.function is None or found.function.isprintable()
        assert found.offset == 256
        return found
    yield asked
    assert frames.left_behind() == []


def test_the_builder_of_files_is_right(look):
    """What all lies are told with has names when it tells none."""
    assert look(elf(symbols((b"known", 200, 100)))).function == "known"
    assert look(elf(symbols((b"before", 100, 100), (b"behind", 300, 100)))).function is None
    assert look(elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"main.creator"))])).function == "main.creator"


def test_names(look):
    assert look(elf(symbols((b"\x1b[31mred\nline\xff", 200, 100)))).function == "\\x1b[31mred\\x0aline\\xff"
    long = look(elf(symbols((b"n" * 5000, 200, 100)))).function
    assert len(long) == 256 and "\\…" in long or len(long.encode()) == 256
    assert look(elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"\x1b]0;title\x07"))])).function == "\\x1b]0;title\\x07"


WHOLE = elf([*symbols((b"known", 200, 100)), section(".gopclntab", SHT_PROGBITS, pclntab(b"main.creator"))])
HUGE = 1 << 40

LIES = {
    "empty": b"",
    "no elf": b"#!/bin/sh\n" * 100,
    "gzip": b"\x1f\x8b\x08" + bytes(500),
    "xz": lzma.compress(bytes(1 << 24)),
    "other byte order": WHOLE[:5] + b"\2" + WHOLE[6:],
    "32 bits": WHOLE[:4] + b"\1" + WHOLE[5:],
    "core": elf([], type=4),
    "relocatable": elf(symbols((b"known", 200, 100)), type=1),
    "many sections": elf(symbols((b"known", 200, 100)), n_sections=65535),
    "sections counted elsewhere": elf(symbols((b"known", 200, 100)), n_sections=0),
    "sections at the end of all": elf([], at=2 ** 64 - 64),
    "sections in the header": elf([], at=8),
    "segments without end": elf([], segments=65535),
    "no segments": elf(symbols((b"known", 200, 100)), segments=0),
    "small sections": elf([], shentsize=1),
    "names of sections nowhere": elf([], strings_index=65535),
    "no symbols": elf([section(".symtab", SHT_SYMTAB, b"", link=3, entry=24)]),
    "symbols without size": elf([section(".symtab", SHT_SYMTAB, bytes(480), link=3, entry=0)]),
    "symbols of one byte": elf([section(".symtab", SHT_SYMTAB, bytes(480), link=3, entry=1)]),
    "symbols that are their own names": elf([section(".symtab", SHT_SYMTAB, b"\1" * 480, link=2, entry=24)]),
    "names beyond the end": elf([*symbols((b"known", 200, 100))[:1],
                                 section(".strtab", SHT_STRTAB, b"x" * 8, offset=1 << 62, size=1 << 62)]),
    "name beyond the names": elf([symbols((b"known" * 20, 200, 100))[0], section(".strtab", SHT_STRTAB, b"")]),
    "names without an end": elf([symbols((b"known", 200, 100))[0], section(".strtab", SHT_STRTAB, b"\0known")]),
    "packed symbols": elf([section(".gnu_debugdata", SHT_PROGBITS, b"\xfd7zXZ\0" + bytes(100))]),
    "packed symbols that are packed": elf([section(".gnu_debugdata", SHT_PROGBITS, lzma.compress(lzma.compress(WHOLE)))]),
    "go: more than is there": elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"x", n=1 << 20))]),
    "go: 2^63 functions": elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"x", n=1 << 63))]),
    "go: names elsewhere": elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"x", names=2 ** 64 - 1))]),
    "go: name elsewhere": elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"x", name=2 ** 32 - 1))]),
    "go: table elsewhere": elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"x", table=2 ** 64 - 8))]),
    "go: description elsewhere": elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"x", at=2 ** 32 - 1))]),
    "go: no end of its name": elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"y" * 99, at=0))]),
    "go: a table of no bytes": elf([section(".gopclntab", 8, b"", size=HUGE)]),
    "go: table beyond the end": elf([section(".gopclntab", SHT_PROGBITS, b"", offset=HUGE, size=HUGE)]),
    "go: packed": elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"x"), flags=2 | 1 << 11)]),
}


@pytest.mark.parametrize("lie", LIES, ids=lambda name: name.replace(" ", "-"))
def test_lies(look, lie):
    found = look(LIES[lie])
    assert found is None or found.function in (None, "known", "main.creator") or found.function.startswith("known")


def test_symbols_that_unpack_to_too_much(look):
    packed = lzma.compress(WHOLE + bytes(600 << 20), preset=0)
    assert look(elf([section(".gnu_debugdata", SHT_PROGBITS, packed)])).function is None


def test_a_file_that_ends_anywhere(look):
    for n in [*range(0, 300, 7), *range(300, len(WHOLE), 61)]:
        look(WHOLE[:n])


def test_changed_at_random(look):
    chance = random.Random(20)
    for _ in range(150):
        content = bytearray(WHOLE)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(content) - 8)
            content[at:at + 8] = chance.choice([b"\0" * 8, b"\xff" * 8, chance.randbytes(8), b"\xff" * 4 + b"\0" * 4])
        look(bytes(content))


def test_a_file_without_end(look, tmp_path):
    """Sparse: 1 TiB of symbols, of Go's table, of relocations, of a string."""
    for kind in "symtab", "table", "relocations", "strings":
        if kind == "symtab":
            content = elf([section(".symtab", SHT_SYMTAB, b"", offset=4096, size=HUGE, link=3, entry=24),
                           section(".strtab", SHT_STRTAB, b"\0known\0")])
        elif kind == "table":
            content = elf([section(".gopclntab", SHT_PROGBITS, b"", offset=4096, size=HUGE)])
        elif kind == "relocations":
            content = elf([section(".gopclntab", SHT_PROGBITS, pclntab(b"x", text=0)),
                           section(".rela.dyn", SHT_RELA, b"", offset=8192, size=HUGE, entry=24)])
        else:
            content = elf([symbols((b"known", 200, 100))[0],
                           section(".strtab", SHT_STRTAB, b"", offset=8192, size=HUGE)])
        file = tmp_path / "sparse"
        file.write_bytes(content)
        try:
            os.truncate(file, HUGE + 16384)
        except OSError:
            os.truncate(file, 1 << 42 - 1)
        assert look(None, "sparse").function in (None, "x")
        file.unlink()


def test_a_file_that_shrinks(look, tmp_path):
    """Cut while it is read: a bus error of the child's, not of ours."""
    content = elf(symbols(*((b"f%d" % i, 200, 100) for i in range(20000))))
    file = tmp_path / "shrinking"
    named = 0
    for i in range(30):
        file.write_bytes(content)
        cut = threading.Timer(i * 0.001, os.truncate, [file, 4096])
        cut.start()
        named += look(None, "shrinking").function is not None
        cut.join()
    # Cut before and behind.
    assert 0 < named < 30


def test_what_is_no_regular_file(look, mapper, tmp_path):
    """Code in memory that has no file of a file system that anybody can see."""
    file = tmp_path / "zero"
    file.symlink_to("/dev/zero")
    found = look(None, "zero")
    assert found is None or (found.function is None and found.build_id == "")


def test_a_file_whose_server_does_not_answer(tmp_path, stack):
    """To open it again would wait for ever, in a way that no signal ends: it is not tried."""
    if not os.path.exists("/dev/fuse"):
        pytest.skip("no /dev/fuse on this host")
    folder = tmp_path / "fuse"
    folder.mkdir()
    script = pathlib.Path(__file__).resolve().parents[1] / "e2e/blocker.py"
    server = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", sys.executable, "-I", script, folder, "code"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stack.callback(nsorphan.stop, server)
    pid, address = server.stdout.readline().split()
    (found,), took = frames.ask(int(pid), int(address, 16) + 16)
    assert (found.function, found.file, found.build_id) == (None, f"{folder}/file", "")
    assert took < SECONDS
    assert frames.left_behind() == []


def test_a_child_that_hangs_is_ended(stack, tmp_path, mapper):
    """Also one that is stopped."""
    mapper.stdin.write("/bin/true\n")
    mapper.stdin.flush()
    address = int(mapper.stdout.readline(), 16)
    stopped = tmp_path / "stopped"
    stopped.write_text("#!/bin/sh\nkill -STOP $$\n")
    stopped.chmod(0o755)
    before = time.monotonic()
    (found,), took = frames.ask(mapper.pid, address + 16, program=stopped)
    assert found.function is None and found.file
    # tests/e2e/frames.c waits for 10 s.
    assert 9 < took < 13 and time.monotonic() - before < 20
    assert not [p for p in pathlib.Path("/proc").glob("[0-9]*/cmdline") if str(stopped).encode() in read(p)]


def read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""
