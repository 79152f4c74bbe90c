# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints how many lines of src/ have been run, by folder, and the files that lag behind.

    coverage.py BUILD        a build with b_coverage=true whose tests have been run
"""
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile

LAGGING = 80


def lines_of(build):
    """{file: {line: whether it was run}} for all of src/, over all programs that contain it."""
    files = {}
    notes = [path.resolve() for path in build.glob("src/**/*.gcno")]
    with tempfile.TemporaryDirectory() as folder:
        for note in notes:
            subprocess.run(["gcov", "--json-format", note], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for result in pathlib.Path(folder).glob("*.gcov.json.gz"):
                for file in json.loads(gzip.decompress(result.read_bytes()))["files"]:
                    name = re.sub(r"^(\.\./)*", "", file["file"])
                    if not name.startswith("src/"):
                        continue
                    lines = files.setdefault(name, {})
                    for line in file["lines"]:
                        number = line["line_number"]
                        lines[number] = lines.get(number, False) or line["count"] > 0
                result.unlink()
    return files


def share(lines):
    return sum(lines), len(lines), 100 * sum(lines) / max(1, len(lines))


def main():
    files = lines_of(pathlib.Path(sys.argv[1]))
    folders = {}
    for name, lines in files.items():
        folders.setdefault(str(pathlib.Path(name).parent), []).extend(lines.values())
    for folder, lines in sorted(folders.items()):
        print("{:28} {:5} of {:5} lines  {:5.1f} %".format(folder, *share(lines)))
    print("{:28} {:5} of {:5} lines  {:5.1f} %".format(
        "src", *share([run for lines in files.values() for run in lines.values()])))
    for name, lines in sorted(files.items()):
        if len(lines) >= 20 and share(list(lines.values()))[2] < LAGGING:
            print("lagging: {:45} {:4} of {:4} lines  {:5.1f} %".format(
                name, *share(list(lines.values()))))


if __name__ == "__main__":
    main()
