# SPDX-License-Identifier: LGPL-2.1-or-later
"""The metrics, as Prometheus' own programs read them: promtool, and node_exporter's textfile collector.

They come out of Debian's packages, unpacked in the lab's cache. What is not there yet is fetched.
"""
import re
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from nsorphan import REPO, run, wait_until

UNPACKED = REPO / "tests/lab/unpacked"
SKIP = 77

CONFIG = "[Scan]\nInterval=1h\n[Alert]\nGraceSec=0\n"


def program(package, path, *argv):
    """A command line; skips where the package is not to be had."""
    done = run(UNPACKED, package, path, "--version", check=False)
    if done.returncode == SKIP:
        pytest.skip(done.stderr.strip())
    return [UNPACKED, package, path, *argv]


def leak(d, zoo):
    """Leaks of this test's unit, or of none."""
    zoo("socket", "netlink")
    zoo("tun", "attached")
    wait_until(lambda: d.ctl("refresh") and "leaked" in d.ctl("list").stdout, "a leak")


def samples(text):
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def test_promtool_has_nothing_to_say(daemon, zoo):
    """Neither about a daemon that knows nothing yet, nor about one with leaks."""
    promtool = program("prometheus", "usr/bin/promtool", "check", "metrics")
    d = daemon(CONFIG)

    def check(*options):
        done = subprocess.run(promtool, input=d.ctl("metrics", *options).stdout, capture_output=True,
                              text=True)
        return done.returncode, done.stdout, done.stderr
    assert check() == (0, "", "")
    leak(d, zoo)
    assert "\nnsorphan_unit_leaks{" in d.ctl("metrics").stdout
    assert check() == (0, "", "")
    # It can say something.
    assert check("--format=openmetrics")[0] != 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def scrape(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, ConnectionError):
        return None


def test_node_exporter_passes_on_every_sample(daemon, zoo, spawn, tmp_path):
    """From its textfile collector, whose files are written aside and renamed."""
    port, folder = free_port(), tmp_path / "textfiles"
    folder.mkdir()
    command = program("prometheus-node-exporter", "usr/bin/prometheus-node-exporter",
                      "--collector.disable-defaults", "--collector.textfile",
                      f"--collector.textfile.directory={folder}", f"--web.listen-address=127.0.0.1:{port}")
    d = daemon(CONFIG)
    leak(d, zoo)
    text = d.ctl("metrics").stdout
    (folder / "nsorphand.prom.new").write_text(text)
    (folder / "nsorphand.prom.new").rename(folder / "nsorphand.prom")
    spawn(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    served = wait_until(lambda: scrape(port), "node_exporter")
    assert samples(served)["node_textfile_scrape_error"] == "0"
    ours = {name: float(value) for name, value in samples(text).items()}
    theirs = {name: float(value) for name, value in samples(served).items() if name.startswith("nsorphan_")}
    assert len(ours) > 30 and theirs == ours
    types = re.compile(r"^# TYPE (nsorphan_\w+) (\w+)$", re.MULTILINE)
    served_types = dict(types.findall(served))
    assert served_types.items() <= dict(types.findall(text)).items()
    assert served_types["nsorphan_leaks_total"] == "counter"
