# SPDX-License-Identifier: LGPL-2.1-or-later
"""The story of the README with a real engine: a container ends, and its address goes on answering."""
from nsorphan import wait_until

import engine as engines


def entry_of(daemon, inode):
    return next((n for n in daemon.listed_all() if n["inode"] == inode), None)


def test_an_agent_keeps_the_network_of_a_removed_container(engine, agent, daemon):
    started = daemon("[Scan]\nSource=auto\n", prefix=engine.prefix)
    container = engine.start("web", options=("--publish=127.0.0.1:8099:80",))
    assert engines.answers(engine, container.address)
    helper = agent(container.pid)
    container.remove(network_fails=True)
    assert engines.answers(engine, container.address), "the network ended with the container"

    wait_until(lambda: (entry_of(started, container.netns) or {}).get("state") == "leaked", "the alert")
    entry = entry_of(started, container.netns)
    assert [h["pid"] for h in entry["holders"]] == [helper.pid]

    helper.stop()
    wait_until(lambda: entry_of(started, container.netns) is None, "the end of the leak")
    engines.wait_until_silent(engine, container.address)
