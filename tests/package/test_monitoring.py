# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/prometheus, node-exporter and nagios, each with the program that it is for."""
import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request

import pytest
import yaml

import nsorphan
from nsorphan import BUILD, REPO, json, run, wait_until
from npm import npm_packages

HERE = pathlib.Path(__file__).parent
CONTRIB = REPO / "contrib"
RULES = CONTRIB / "prometheus/nsorphan.rules.yml"
TESTS = CONTRIB / "prometheus/nsorphan.rules.test.yml"
DASHBOARD = CONTRIB / "prometheus/nsorphan-dashboard.json"
CHECK = CONTRIB / "nagios/check_nsorphan"


def need(program, *others):
    """Where a program is, which may be none of those that PATH leads to."""
    found = shutil.which(program) or next(filter(os.path.exists, others), None)
    if not found:
        pytest.skip(f"{program} is not installed")
    return found


def names_of_samples():
    """What the metrics are called where they are asked for."""
    text = (REPO / "src/report/metrics-families.c").read_text(encoding="utf-8")
    ends = {"COUNTER": "_total", "STRING": "_info", "GAUGE": ""}
    return {name + ends[kind] for name, kind in re.findall(r'"\w+", "(nsorphan_\w+)", METRIC_(\w+)', text)}


def asked_for(text):
    return set(re.findall(r"\bnsorphan_\w+", text))


def test_promtool_tests_the_rules():
    need("promtool")
    said = run("promtool", "test", "rules", TESTS).stdout
    assert "SUCCESS" in said


def test_promtool_checks_the_rules():
    need("promtool")
    assert "SUCCESS" in run("promtool", "check", "rules", RULES).stdout


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def test_every_rule_has_a_test_and_a_text():
    """One in which it fires, and one in which it does not."""
    fires, stays = set(), set()
    for test in yaml.safe_load(TESTS.read_text(encoding="utf-8"))["tests"]:
        for case in test["alert_rule_test"]:
            (fires if case.get("exp_alerts") else stays).add(case["alertname"])
            series = {entry["series"].split("instance=")[1].split('"')[1] for entry in test["input_series"]}
            alerting = {alert["exp_labels"]["instance"] for alert in case.get("exp_alerts") or []}
            if series - alerting:
                stays.add(case["alertname"])
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) and set(names) == fires == stays
    for rule in rules():
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert rule["annotations"].keys() == {"summary", "description"}
        assert "$labels.instance" in rule["annotations"]["summary"]


def test_rules_and_dashboard_ask_for_metrics_that_exist():
    dashboard = asked_for("\n".join(expressions()))
    in_rules = asked_for("\n".join(rule["expr"] for rule in rules()))
    assert in_rules and dashboard and in_rules | dashboard <= names_of_samples()


def expressions():
    return [target["expr"] for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
            for target in panel["targets"]]


def test_dashboard_is_one_of_grafanas():
    """What its schema (kind dashboard, version 36) demands, and what an import needs."""
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert board["schemaVersion"] >= 36 and board["uid"] and board["title"] and "id" not in board
    assert board["time"].keys() == {"from", "to"} and board["templating"]["list"] and board["annotations"]["list"]
    panels = board["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    taken = set()
    for panel in panels:
        assert panel["type"] in ("stat", "timeseries", "table") and panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        place = panel["gridPos"]
        assert place.keys() == {"x", "y", "w", "h"} and place["x"] + place["w"] <= 24
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, "two panels in one place"
        taken |= cells
        assert [target["refId"] for target in panel["targets"]] == list("ABCDEF"[:len(panel["targets"])])
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert steps[0]["value"] is None and [s["value"] for s in steps[1:]] == sorted(s["value"] for s in steps[1:])
    variables = {variable["name"] for variable in board["templating"]["list"]}
    assert set(re.findall(r"\$\{?(\w+)", "\n".join(expressions() + [json.dumps(p["datasource"]) for p in panels]))) \
        <= variables


def problems(schemas, board):
    """What Grafana's own schema says against a dashboard."""
    done = subprocess.run(["node", HERE / "validate-grafana.js"], input=json.dumps(board), text=True,
                          capture_output=True, env={**os.environ, "NODE_PATH": str(schemas)}, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_dashboard_by_grafanas_schema():
    schemas = npm_packages("grafana", "@grafana/schema", "ts-json-schema-generator", "ajv")
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert problems(schemas, board) == []
    # It can say something: of the whole, and of what is a panel's own.
    board["graphTooltip"] = "yes"
    board["panels"][0]["options"]["colorMode"] = "rainbow"
    assert {line.split()[0] for line in problems(schemas, board)} >= {"/graphTooltip", "/panels/0/options/colorMode"}


@pytest.fixture
def client(daemon, tmp_path):
    """A daemon, and a PATH on which `nsorphanctl` is the one that asks it."""
    running = daemon("")
    running.call("io.nsorphan.Scanner.Refresh")
    folder = tmp_path / "bin"
    folder.mkdir()
    wrapper = folder / "nsorphanctl"
    wrapper.write_text(f'#!/bin/sh\nverb=$1\nshift\nexec "{nsorphan.CTL}" "$verb" --socket="{running.socket}" "$@"\n')
    wrapper.chmod(0o755)
    running.path = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    return running


def textfile(client, folder, **options):
    return run(CONTRIB / "node-exporter/nsorphan-textfile", folder, env=client.path, **options)


def test_textfile_is_replaced_when_it_is_whole(client, tmp_path):
    folder = tmp_path / "textfile"
    folder.mkdir()
    textfile(client, folder)
    assert [path.name for path in folder.iterdir()] == ["nsorphan.prom"]
    file = folder / "nsorphan.prom"
    assert file.stat().st_mode & 0o777 == 0o644
    first = file.stat().st_ino
    with open(file, encoding="utf-8") as reader:
        textfile(client, folder)
        assert file.stat().st_ino != first
        # Who reads meanwhile has the whole old one.
        assert asked_for(reader.read()) >= {"nsorphan_last_scan_timestamp_seconds"}

    # No answer: the old file stays as it is, and nothing beside it.
    before = file.read_text()
    client.stop()
    done = textfile(client, folder, check=False)
    assert done.returncode == 69 and "does not run" in done.stderr
    assert file.read_text() == before and [path.name for path in folder.iterdir()] == ["nsorphan.prom"]


def test_a_full_disk_leaves_the_old_file(client, tmp_path):
    script = 'mount -t tmpfs -o size=4k none /mnt && echo old >/mnt/nsorphan.prom; "$@"; cat /mnt/*; ls -A /mnt'
    done = run("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
               CONTRIB / "node-exporter/nsorphan-textfile", "/mnt", env=client.path, check=False)
    assert done.stdout.split() == ["old", "nsorphan.prom"], done.stdout + done.stderr


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fetch(url):
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()
    return ""


def test_promtool_accepts_the_text(client):
    promtool = need("promtool")
    text = run("nsorphanctl", "metrics", env=client.path).stdout
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert "error while linting" not in done.stderr and done.returncode in (0, 3), done.stderr


def test_node_exporter_and_prometheus_scrape_it(client, spawn, tmp_path):
    """A leak's way to a query, with the rules loaded."""
    exporter, prometheus = need("prometheus-node-exporter"), need("prometheus")
    folder = tmp_path / "textfile"
    folder.mkdir()
    textfile(client, folder)
    ports = free_port(), free_port()
    spawn([exporter, "--collector.disable-defaults", "--collector.textfile",
           f"--collector.textfile.directory={folder}", f"--web.listen-address=127.0.0.1:{ports[0]}"],
          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    scraped = wait_until(lambda: fetch(f"http://127.0.0.1:{ports[0]}/metrics"), "node_exporter")
    assert "node_textfile_scrape_error 0" in scraped
    # Where scans are by procfs, some things are not known; and there may be no leak.
    assert names_of_samples() - asked_for(scraped) <= {
        "nsorphan_namespaces_stuck", "nsorphan_references_unexplained", "nsorphan_unit_leaks",
        "nsorphan_oldest_leak_timestamp_seconds"}

    configuration = tmp_path / "prometheus.yml"
    configuration.write_text(yaml.safe_dump({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{ports[0]}"]}]}],
    }))
    spawn([prometheus, f"--config.file={configuration}", f"--storage.tsdb.path={tmp_path}/data",
           f"--web.listen-address=127.0.0.1:{ports[1]}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(query):
        said = fetch(f"http://127.0.0.1:{ports[1]}/api/v1/query?query={urllib.parse.quote(query)}")
        return json.loads(said)["data"]["result"] if said else []
    found = wait_until(lambda: ask('nsorphan_orphans{state="leaked"}'), "a sample")
    assert found[0]["metric"]["instance"] == f"127.0.0.1:{ports[0]}"
    # Every expression is one that Prometheus takes.
    for expression in [rule["expr"] for rule in rules()] + expressions():
        said = fetch(f"http://127.0.0.1:{ports[1]}/api/v1/query?query="
                     + urllib.parse.quote(expression.replace("$instance", ".*")))
        assert '"status":"success"' in said, expression
    assert 'NetworkNamespaceLeaked' in fetch(f"http://127.0.0.1:{ports[1]}/api/v1/rules")


LINE = re.compile(r"NSORPHAN (OK|WARNING|CRITICAL|UNKNOWN): [^|\n]+ \| "
                  r"'?leaked'?=(\d+|U)(;[^; ]*)* '?suspected'?=(\d+|U)(;[^; ]*)*\n")


def check(client, *options):
    done = run(CHECK, *options, env=client.path, check=False)
    assert done.stderr == ""
    return done


def test_nagios_says_what_is(client, zoo):
    """One line, a word, performance data, and the exit status that goes with the word."""
    leak = zoo("socket", "udp")
    wait_until(lambda: client.listed().get(leak.cookie, {}).get("state") == "leaked", "the leak")
    done = check(client)
    assert done.returncode == 2 and LINE.fullmatch(done.stdout)[1] == "CRITICAL"
    leaked = int(LINE.fullmatch(done.stdout)[2])
    for options, status in [(("-w", "0", "-c", f"{leaked + 50}"), 1), (("--warning=~:0", f"--critical={leaked - 1}"), 2),
                            (("-w", f"{leaked + 50}:", "-c", f"{leaked + 50}"), 1), (("-c", f"@{leaked}:{leaked + 9}"), 2),
                            (("-w", f"{leaked + 50}", "-c", f"{leaked + 60}"), 0)]:
        done = check(client, *options)
        assert (done.returncode, LINE.fullmatch(done.stdout)[1]) == \
            (status, ["OK", "WARNING", "CRITICAL"][status]), (options, done.stdout)


@pytest.mark.parametrize("options", [("-x",), ("-t",), ("-t", "0"), ("-t", "soon"), ("-w", "many"), ("-c", "1:x"), ("-w", ":"),
                                     ("stray",)])
def test_nagios_wrong_options_are_unknown(client, options):
    done = check(client, *options)
    assert done.returncode == 3 and re.fullmatch(r"NSORPHAN UNKNOWN: .+\n", done.stdout)


def test_nagios_help_and_version(client):
    for option in ("-h", "--help"):
        done = check(client, option)
        assert done.returncode == 0 and done.stdout.startswith("Usage: check_nsorphan")
        assert all(len(line) <= 112 for line in done.stdout.splitlines())
    for option in ("-V", "--version"):
        assert re.fullmatch(r"check_nsorphan \S+\n", check(client, option).stdout)


def test_nagios_no_daemon_is_unknown(client):
    client.stop()
    done = check(client)
    assert done.returncode == 3 and LINE.fullmatch(done.stdout)[1] == "UNKNOWN" and "does not run" in done.stdout


def test_nagios_no_answer_is_unknown_in_time(client, tmp_path):
    mute = tmp_path / "mute"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(mute))
        listener.listen()
        wrapper = pathlib.Path(client.path["PATH"].split(":")[0]) / "nsorphanctl"
        wrapper.write_text(wrapper.read_text().replace(str(client.socket), str(mute)))
        done = check(client, "-t", "1")
    assert done.returncode == 3 and LINE.fullmatch(done.stdout)[1] == "UNKNOWN"


def test_monitoring_plugins_take_its_word(client):
    """`negate` of the Monitoring Plugins runs a plugin, and looks at status and word."""
    negate = need("negate", "/usr/lib/nagios/plugins/negate")
    done = run(negate, "--substitute", "--timeout=20", "--ok=CRITICAL", "--warning=CRITICAL", "--critical=OK",
               "--unknown=OK", CHECK, env=client.path, check=False)
    plain = check(client)
    assert done.returncode == (0 if plain.returncode >= 2 else 2)
    assert done.stdout.split(":")[0] == f"NSORPHAN {'OK' if plain.returncode >= 2 else 'CRITICAL'}"
