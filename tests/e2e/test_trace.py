# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who opened a socket: what is said where the kernel lets nobody note it, and that all else goes on.

Where it does, the births themselves; on real kernels also tests/lab/test_births.py.
"""
import json
import os
import signal
import subprocess

import pytest

import nsorphan
from nsorphan import wait_until

STATUS = "io.nsorphan.Scanner.GetStatus"
SENTENCE = "Failed to note who opens sockets: "


@pytest.fixture(scope="module")
def reason():
    """Why births cannot be noted here; "" where they can."""
    process = subprocess.Popen([nsorphan.CTL, "trace", "--no-pager"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    if process.stdout.readline():
        process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    if process.returncode == 0:
        return ""
    assert SENTENCE in stderr
    return stderr.split(SENTENCE, 1)[1].strip()


def test_it_is_refused_with_a_reason(reason):
    if not reason:
        pytest.skip("births can be noted here")
    assert reason.startswith("the kernel ") or "CAP_BPF" in reason or "built without" in reason
    done = nsorphan.run(nsorphan.CTL, "trace", "--sockets=yes", check=False)
    assert done.returncode == 77 and done.stdout == ""
    assert done.stderr == f"nsorphanctl: {SENTENCE}{reason}\n"


def test_a_check_that_cannot_note_does_not_begin(reason, tmp_path):
    if not reason:
        pytest.skip("births can be noted here")
    done = nsorphan.run(nsorphan.CTL, "run", "--trace", "--", "touch", tmp_path / "ran", check=False)
    assert done.returncode == 125 and SENTENCE in done.stderr
    assert not (tmp_path / "ran").exists()


def test_only_root_may(tmp_path):
    done = subprocess.run([nsorphan.CTL, "trace"], capture_output=True, text=True, user=65534, group=65534,
                          extra_groups=[], stdin=subprocess.DEVNULL)
    if done.returncode == 126 or "Permission denied" in done.stderr:
        pytest.skip("the build folder is not everybody's")
    assert done.returncode == 77 and "sudo" in done.stderr


def test_wrong_words():
    done = nsorphan.run(nsorphan.CTL, "trace", "--sockets=all", check=False)
    assert done.returncode == 64 and "foreign" in done.stderr
    done = nsorphan.run(nsorphan.CTL, "scan", "--trace", check=False)
    assert done.returncode == 64


def test_the_daemon_says_so_and_goes_on(reason, daemon, zoo):
    made = zoo("socket", "netlink")
    d = daemon("[Trace]\nSockets=yes\n[Alert]\nGraceSec=0\n")
    wait_until(lambda: d.listed().get(made.cookie, {}).get("state") == "leaked", "the alert")
    status, shown = d.call(STATUS), d.ctl("status").stdout
    if reason:
        assert status["notTraced"] == reason and "trace" not in status
        assert f"not noted: {reason}" in " ".join(shown.split())
        assert "\nnsorphan_births" not in d.ctl("metrics").stdout
        assert f"{SENTENCE}{reason}, continuing without Sockets=" in d.log.read_text()
    else:
        assert status["trace"]["sockets"] == "yes" and "notTraced" not in status
        assert "(Sockets=yes)" in shown
        assert "\nnsorphan_births_noted_total " in d.ctl("metrics").stdout
    # Nothing is said of a socket that is older.
    holder, = d.listed()[made.cookie]["holders"]
    assert "birth" not in holder


def test_reload(reason, daemon):
    d = daemon("[Trace]\nSockets=foreign\n")
    assert ("notTraced" in d.call(STATUS)) == bool(reason)
    d.configure("[Trace]\nSockets=no\n")
    d.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not {"trace", "notTraced"} & set(d.call(STATUS)), "the end of it")
    assert "Births: not noted (Sockets=no)" in d.ctl("status").stdout
    d.configure("[Trace]\nSockets=yes\n")
    d.process.send_signal(signal.SIGHUP)
    wait_until(lambda: {"trace", "notTraced"} & set(d.call(STATUS)), "it again")


def test_a_wrong_value_is_told(daemon):
    d = daemon("[Trace]\nSockets=all\n")
    assert "no, foreign or yes" in d.log.read_text()
    assert not {"trace", "notTraced"} & set(d.call(STATUS))


def test_a_birth(reason, daemon, zoo):
    if reason:
        pytest.skip(reason)
    d = daemon("[Scan]\nSource=bpf\n[Trace]\nSockets=foreign\n[Alert]\nGraceSec=0\n")
    made = zoo("socket", "netlink")
    wait_until(lambda: d.listed().get(made.cookie, {}).get("state") == "leaked", "the alert")
    holder, = d.listed()[made.cookie]["holders"]
    assert holder["birth"]["pid"] == made.pid and holder["birth"]["uid"] == os.getuid()
    assert json.dumps(holder["birth"]["frames"]) != "[]"
