# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every C file of the programs with another C library, musl, as far as Debian has it: compiled, with what it takes.

The libraries that it uses are glibc's here: nothing is run.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from nsorphan import BUILD, REPO

# Headers that are no C library's: the kernel's, and those of the libraries in meson.build.
HEADERS = ("linux", "asm-generic", "rdma", "libmnl", "systemd", "libsmartcols", "bpf", "elfutils", "uthash.h", "utlist.h",
           "jansson.h", "ini.h", "dwarf.h", "libelf.h", "gelf.h", "elf.h")
OF_ARCHITECTURE = ("asm", "jansson_config.h")
LIBRARIES = re.compile(r"sd_|mnl_|json_|jansson_|scols_|ini_|dwarf_|dwfl_|dwelf_|elf_|gelf_|elf32_|elf64_")

# Not in Debian's musl 1.2.3; musl has it since 1.2.5.
STATX = """
#include <sys/stat.h>
#include <linux/stat.h>
int statx(int, const char *, int, unsigned, struct statx *);
"""


def commands():
    """[(file of src/, or made from it, its -I and -D)] of this build."""
    found = []
    for command in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        path = pathlib.Path(os.path.normpath(pathlib.Path(command["directory"], command["file"])))
        if path.suffix == ".c" and (path.is_relative_to(REPO / "src") or path.is_relative_to(BUILD / "src")):
            options = shlex.split(command["command"])
            found.append((path, [o for o in options if o.startswith(("-D", "-I")) and not o.startswith("-I/usr")]))
    return found


def names(*files, defined):
    """The symbols that they define, or use only."""
    listed = subprocess.run(["nm", "--format=posix", "--defined-only" if defined else "--undefined-only", *files],
                            check=True, capture_output=True, text=True).stdout
    return {line.split()[0] for line in listed.splitlines() if len(line.split()) > 1}


@pytest.mark.skipif(not shutil.which("musl-gcc"), reason="musl-gcc is not installed")
def test_all_of_it_compiles_and_asks_for_nothing_of_glibc(tmp_path):
    headers = tmp_path / "include"
    headers.mkdir()
    for name in HEADERS + OF_ARCHITECTURE:
        for folder in (pathlib.Path("/usr/include"), *pathlib.Path("/usr/include").glob("*-linux-gnu")):
            if (folder / name).exists() and not (headers / name).exists():
                (headers / name).symlink_to(folder / name)
    own = pathlib.Path(next(iter(pathlib.Path("/usr/include").glob("*-linux-musl"))))
    (tmp_path / "statx.h").write_text("" if "statx" in (own / "sys/stat.h").read_text(encoding="utf-8") else STATX,
                                      encoding="utf-8")

    def compiled(numbered):
        number, (path, options) = numbered
        to = tmp_path / f"{number}.o"
        done = subprocess.run(
            ["musl-gcc", "-std=gnu17", "-c", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
             "-Wno-missing-field-initializers", *options, "-idirafter", headers, "-include", tmp_path / "statx.h", path,
             "-o", to], cwd=BUILD, capture_output=True, text=True, check=False)
        return to, done.stderr if done.returncode else ""

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(compiled, enumerate(commands())))
    assert [text for _, text in results if text] == []
    objects = [to for to, _ in results]
    assert len(objects) > 150
    library = next(pathlib.Path("/usr/lib").glob("*-linux-musl/libc.a"))
    asked = names(*objects, defined=False) - names(*objects, defined=True) - names(library, defined=True)
    assert {name for name in asked if not LIBRARIES.match(name)} <= {"statx", "_GLOBAL_OFFSET_TABLE_"}
