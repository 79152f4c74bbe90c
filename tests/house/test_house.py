# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rules of the house, checked on every file that git knows."""
import pathlib
import re
import subprocess

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]

# Which folders of src/ a folder may include besides its own; the programs may include all.
MAY_INCLUDE = {
    "util": set(),
    "proc": {"util"},
    "netlink": {"util"},
    "netns": {"util", "proc", "netlink"},
    "varlink": {"util"},
    "symbolize": {"util", "proc", "netns"},
    "census": {"util", "proc", "netlink", "netns"},
    "trace": {"util", "proc", "netns", "symbolize", "census"},
    "inspect": {"util", "proc", "netlink", "netns", "census"},
    "ledger": {"util", "proc", "netlink", "netns", "census"},
    "report": {"util", "proc", "netlink", "netns", "census", "inspect", "ledger"},
    "nsorphand": {"util", "proc", "netlink", "netns", "varlink", "census", "trace", "inspect",
                  "ledger", "report"},
    "nsorphanctl": {"util", "proc", "netlink", "netns", "varlink", "census", "trace", "inspect",
                    "ledger", "report"},
}

# Longer than this, a file holds a second idea. A test of a big thing may list more cases.
LINES_MAX = {"src": 450, "tests": 900}


def files(*patterns):
    """Files under git's care, also those about to be added, as paths relative to the top."""
    out = subprocess.run(
        ["git", "-c", f"safe.directory={REPO}", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard", "--", *patterns],
        cwd=REPO, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in out.split("\0") if name and (REPO / name).is_file()})


def text(name):
    return (REPO / name).read_text(encoding="utf-8")


def texts():
    """All files that are text, with it. Binary ones (a fuzzer's samples) are none of ours."""
    for name in files():
        try:
            yield name, text(name)
        except UnicodeDecodeError:
            continue


def includes(name):
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', text(name), re.MULTILINE)


@pytest.mark.parametrize("folder", sorted(MAY_INCLUDE))
def test_includes_point_downwards(folder):
    allowed = MAY_INCLUDE[folder] | {folder}
    wrong = [
        f"{name} includes {header}"
        for name in files(f"src/{folder}/*.c", f"src/{folder}/*.h")
        for header in includes(name)
        if header != "config.h" and header.split("/")[0] not in allowed
    ]
    assert not wrong


def test_every_folder_of_src_has_a_place_in_the_order():
    assert {name.split("/")[1] for name in files("src/*") if name.count("/") > 1} == set(MAY_INCLUDE)


@pytest.mark.parametrize("folder", sorted(LINES_MAX))
def test_no_source_file_is_too_long(folder):
    lengths = {n: text(n).count("\n") for n in files("*.c", "*.h", "*.py") if n.startswith(folder)}
    assert {n: lines for n, lines in lengths.items() if lines > LINES_MAX[folder]} == {}


def test_names_of_source_files_have_no_underscore():
    assert [n for n in files("src/*.c", "src/*.h") if "_" in pathlib.Path(n).name] == []


def is_script(name):
    path = REPO / name
    return path.read_bytes()[:2] == b"#!"


def test_every_source_file_says_its_license():
    wanted = [n for n in files("*.c", "*.h", "*.py", "*.sh", "*meson.build", "systemd/*", "src/*")]
    wanted = [n for n in wanted if not n.endswith(".varlink")]  # what introspection answers
    wanted += [n for n in files() if is_script(n)]
    missing = [n for n in sorted(set(wanted))
               if "SPDX-License-Identifier: LGPL-2.1-or-later" not in text(n)[:400]]
    assert not missing


# Spelled so that this file does not find itself.
UNFINISHED = re.compile("TO" + "DO|FIX" + r"ME|\bX" + r"XX\b|not imple" + "mented yet", re.IGNORECASE)
# Paths of the machine it was made on.
PRIVATE = re.compile("/wo" + r"rk/(main|wt-|shared|brief|\.library)")


@pytest.mark.parametrize("pattern", [UNFINISHED, PRIVATE], ids=["unfinished", "private"])
def test_no_text_that_does_not_belong(pattern):
    found = [f"{name}: {line.strip()}" for name, content in texts()
             for line in content.splitlines() if pattern.search(line)]
    assert not found


def test_clang_format_would_change_nothing():
    names = files("*.c", "*.h")
    out = subprocess.run(["clang-format", "--dry-run", *names], cwd=REPO, check=True,
                         capture_output=True, text=True).stderr
    assert out == ""


def test_shell_scripts_pass_shellcheck():
    names = [n for n in files() if is_script(n) and re.match(r"#!/bin/(ba)?sh\b", text(n))]
    assert names
    out = subprocess.run(
        ["shellcheck", "--severity=warning", "-x", "-P", f"SCRIPTDIR:{REPO}", *names],
        cwd=REPO, capture_output=True, text=True)
    assert out.returncode == 0, out.stdout


def test_every_unit_test_is_registered():
    registered = text("tests/unit/meson.build")
    missing = [n for n in files("tests/unit/test-*.c")
               if pathlib.Path(n).stem.removeprefix("test-") not in registered]
    assert not missing


def test_no_two_functions_have_one_name():
    """Static libraries hide a clash: the linker takes whichever it meets first, for both callers."""
    where = {}
    for name in files("src/*.h", "src/**/*.h"):
        # What a header declares at the margin, other than in a block: "int thing_do(".
        for function in re.findall(r"^(?!static|typedef|#|DEFINE_)[a-z][\w \*]*?\b(\w+)\(", text(name),
                                   re.MULTILINE):
            where.setdefault(function, set()).add(name)
    clashes = {function: names for function, names in where.items() if len(names) > 1}
    assert len(where) > 200 and not clashes


def test_names_of_the_product_are_spelled_once():
    """util/product.h has them; comments may say them."""
    found = [f"{name}: {literal}" for name in files("src/*.c", "src/*.h", "src/**/*.c", "src/**/*.h")
             if name != "src/util/product.h"
             for literal in re.findall(r'"[^"\n]*(?:/run/nsorphand|/var/lib/nsorphand|io\.nsorphan\.)[^"\n]*"',
                                       re.sub(r"/\*.*?\*/", "", text(name), flags=re.DOTALL))]
    assert not found


def test_texts_are_printed_to_memory_in_one_place():
    """util/text-file.h: glibc's streams lose what there is no memory for, and do not say so."""
    found = [name for name in files("src/*.c", "src/*.h", "src/**/*.c", "src/**/*.h")
             if re.search(r"\bopen_w?memstream\(", re.sub(r"/\*.*?\*/", "", text(name), flags=re.DOTALL))]
    assert not found


def test_arrays_grow_in_one_place():
    """util/array.h; bytes and what is returned to fit are not arrays that grow."""
    apart = {"src/util/file.c", "src/util/text.c", "src/util/text-buffer.c", "src/varlink/buffer.c",
             "src/util/array.h"}
    found = [name for name in files("src/*.c", "src/*.h", "src/**/*.c", "src/**/*.h")
             if name not in apart and re.search(r"\brealloc(array)?\(", text(name))]
    assert not found
