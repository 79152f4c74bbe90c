# SPDX-License-Identifier: LGPL-2.1-or-later
"""The story of the README with a real engine: a container ends, and its address goes on answering."""
import contextlib
import json
import os
import re

import pytest

from nsorphan import CTL, REPO, run, wait_until

import engine as engines

LEAKED = "2ab0f6b08e9748e193eb116a997d8bfe"
RESOLVED = "ec56a7c3bb6f44a2be967398efd96617"


def entry_of(daemon, inode):
    return next((n for n in daemon.listed_all() if n.get("inode") == inode), None)


def history_of(daemon, inode):
    """What the daemon has found out of a namespace that tasks are in."""
    with contextlib.closing(daemon.connect()) as connection:
        connection.send("io.nsorphan.Scanner.Get", {"inode": inode})
        reply = connection.receive()
    return None if "error" in reply else reply["parameters"]["namespace"].get("history")


@pytest.mark.parametrize("source", ["bpf", "procfs"])
def test_from_an_address_that_still_answers_to_resolved(engine, agent, daemon, journal, source):
    def ctl(verb, *argv, **options):
        return run(CTL, f"--socket={started.socket}", verb, *argv, prefix=engine.prefix, **options).stdout

    started = daemon(f"[Scan]\nSource={source}\n[Alert]\nMaxPerMinute=100000\n", prefix=(*journal.prefix, *engine.prefix[:1], engine.prefix[2],
                                                            "--"))
    name = f"web-{source}"
    container = engine.start(name, options=("--publish=127.0.0.1::80",))
    assert engines.answers(engine, container.address)
    wait_until(lambda: (history_of(started, container.netns) or {}).get("container") == container.id, "the history")
    helper = agent(container.pid)
    container.remove(network_fails=True)
    assert engines.answers(engine, container.address), "the network ended with the container"

    wait_until(lambda: (entry_of(started, container.netns) or {}).get("state") == "leaked", "the alert")
    # Beside others' many orphans, who holds it may be looked for a little later.
    wait_until(lambda: [h["pid"] for h in entry_of(started, container.netns)["holders"]] == [helper.pid], "the holder")
    entry = entry_of(started, container.netns)
    assert entry["history"]["containerManager"] == "podman"
    assert entry["history"]["comm"] == "sleep" and "claimed" not in entry["history"]

    # An administrator has the address, or the container's name or id.
    for what in (container.address, container.mac, container.id, container.id[:12]):
        assert json.loads(ctl("explain", "--json=short", what))["inode"] == container.netns
    text = ctl("explain", container.address)
    assert f"It was the network of podman container {container.id[:12]}" in text
    assert f"{container.address}/16" in text and f"pid {helper.pid}" in text

    # The daemon's memory serves whoever has only the name of what is gone.
    assert container.address in ctl("graph", "--format=svg", container.id)
    assert container.address in ctl("enter", container.id[:12], "ip", "-br", "a")
    ctl("pin", container.id[:12], name)
    assert ctl("enter", f"container:{container.id}", "ip", "netns", "identify").strip() == name
    run("ip", "netns", "del", name, prefix=engine.prefix)

    # Off the wire, before anybody has decided about the holder; and back.
    ctl("silence", container.id[:12])
    engines.wait_until_silent(engine, container.address)
    ctl("silence", "--undo", container.address)
    wait_until(lambda: engines.answers(engine, container.address), "an answer again")

    helper.stop()
    wait_until(lambda: entry_of(started, container.netns) is None, "the end of the leak")
    engines.wait_until_silent(engine, container.address)
    wait_until(lambda: journal.entries(f"MESSAGE_ID={RESOLVED}", f"NETNS_INODE={container.netns}"), "the end in the journal")
    alert = journal.entries(f"MESSAGE_ID={LEAKED}", f"NETNS_INODE={container.netns}")
    assert len(alert) == 1
    assert alert[0]["NETNS_HISTORY_CONTAINER"] == container.id
    assert f"it was the network of podman container {container.id[:12]}" in alert[0]["MESSAGE"]


def normal(text):
    """Without what is another each time: numbers, times, and where a line is folded."""
    text = re.sub(r"\b[0-9a-f]{12}\b", "ID", text)
    # An alert does not wait for what is inside, on a busy host.
    text = re.sub(r"; inside: \S+ with \S+", "", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]+|\b\d+(us|ms|s|min)( \d+(us|ms|s|min))?\b|\bnow\b( ago)?", "T", text)
    text = re.sub(r"\b10\.88\.\d+\.\d+\b", "ADDRESS", text)
    return re.sub(r"\d+", "N", " ".join(text.split())).replace("T ago", "T")


def story():
    """What the README prints of it, without the commands; a line with dots alone leaves something out."""
    text = (REPO / "README.md").read_text(encoding="utf-8")
    block = text.split("## The story", 1)[1].split("```")[1]
    return [normal(part) for part in re.split(r"^(?:# .*|…)?$\n?", block, flags=re.MULTILINE) if part and part.strip()]


def test_the_story_of_the_readme(engine, agent, daemon, journal):
    """What stands there is what is printed."""
    engine.log_to(journal)
    started = daemon("[Scan]\nSource=auto\n[Alert]\nMaxPerMinute=100000\n", prefix=engine.prefix)
    said = []

    def ctl(verb, *argv):
        said.append(run(CTL, f"--socket={started.socket}", verb, *argv, prefix=engine.prefix,
                        env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout)

    def ping(check):
        said.append(run("busybox", "ping", "-c1", "-W1", container.address, prefix=engine.prefix, check=check).stdout)

    container = engine.start("web", options=("--publish=127.0.0.1::80",))
    wait_until(lambda: (history_of(started, container.netns) or {}).get("containerName") == "web", "the name")
    helper = agent(container.pid)
    container.remove(network_fails=True)
    said.append(engine.podman("ps", "--all"))
    ping(check=True)
    wait_until(lambda: journal.entries(f"MESSAGE_ID={LEAKED}", f"NETNS_INODE={container.netns}"), "the alert")
    ctl("explain", container.address)
    ctl("silence", container.address)
    ping(check=False)
    helper.stop()
    wait_until(lambda: journal.entries(f"MESSAGE_ID={RESOLVED}", f"NETNS_INODE={container.netns}"), "the end")
    said += [journal.entries(f"MESSAGE_ID={i}", f"NETNS_INODE={container.netns}")[0]["MESSAGE"]
             for i in (LEAKED, RESOLVED)]
    run_of_it = normal("\n".join(said))
    wanted = story()
    assert len(wanted) > 5
    assert [part for part in wanted if part not in run_of_it] == [], run_of_it


def test_a_name_from_the_engine_survives_a_restart(engine, agent, daemon):
    """The name of the container is read while it lives, where the engine keeps it."""
    started = daemon("[Scan]\nSource=auto\n", prefix=engine.prefix)
    container = engine.start("shop")
    wait_until(lambda: (history_of(started, container.netns) or {}).get("containerName") == "shop", "the name")
    helper = agent(container.pid)
    container.remove(network_fails=True)
    wait_until(lambda: entry_of(started, container.netns), "the suspect")
    started.stop()
    started.start()
    wait_until(lambda: entry_of(started, container.netns), "the suspect again")
    assert entry_of(started, container.netns)["history"]["containerName"] == "shop"
    text = run(CTL, f"--socket={started.socket}", "explain", "shop", prefix=engine.prefix).stdout
    assert f"It was the network of podman container {container.id[:12]} (shop)" in text
    helper.stop()
