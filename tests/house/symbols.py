# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the object files of src/ define and use, as nm reads them. A file is called FOLDER/NAME."""
import collections
import functools
import json
import os
import pathlib
import re
import subprocess

REPO = pathlib.Path(__file__).resolve().parents[2]
SRC = REPO / "src"

Symbol = collections.namedtuple("Symbol", "name kind section")


def build():
    return pathlib.Path(os.environ.get("NSORPHAN_BUILD", REPO / "build"))


def stem(path):
    """src/util/text.c, src/util/text.h: util/text"""
    return str(pathlib.Path(path).relative_to(SRC).with_suffix(""))


def read_symbols(objects):
    """Lists of symbols by object. Names that begin with _ are the compiler's."""
    lines = subprocess.run(["nm", "--print-file-name", "--format=sysv", *objects], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    found = collections.defaultdict(list)
    for line in lines:
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7:
            path, name = fields[0].rsplit(":", 1)
            if not name.startswith("_"):
                found[path].append(Symbol(name, fields[2], fields[6]))
    return found


@functools.cache
def symbols():
    """{FOLDER/NAME: its symbols} of every C file of src/ that this build compiles."""
    commands = json.loads((build() / "compile_commands.json").read_text())
    objects = {}
    for command in commands:
        source = pathlib.Path(os.path.normpath(pathlib.Path(command["directory"], command["file"])))
        if source.suffix == ".c" and source.is_relative_to(SRC):
            objects[str(pathlib.Path(command["directory"], command["output"]))] = stem(source)
    found = read_symbols(sorted(objects))
    assert len(found) > 100, "the build has no objects that nm can read"
    return {objects[path]: found[path] for path in objects}


def exported(file):
    return [s.name for s in symbols()[file] if s.kind in "TDBRVC"]


@functools.cache
def homes():
    """{name: the file that defines it} of what other files can use."""
    return {name: file for file in symbols() for name in exported(file)}


@functools.cache
def includes():
    """{FOLDER/NAME: those of which it includes the header}; x.c and x.h are one."""
    found = collections.defaultdict(set)
    for path in sorted(SRC.rglob("*.[ch]")):
        for header in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.MULTILINE):
            if (SRC / header).exists() and stem(SRC / header) != stem(path):
                found[stem(path)].add(stem(SRC / header))
    return found


@functools.cache
def calls():
    """{FOLDER/NAME: those that it calls, or of which it uses anything else}."""
    found = {}
    for file, all_of_it in symbols().items():
        used = {homes().get(s.name) for s in all_of_it if s.kind == "U"}
        found[file] = used - {None, file}
    return found
