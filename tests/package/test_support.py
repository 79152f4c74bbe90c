# SPDX-License-Identifier: LGPL-2.1-or-later
"""contrib/sos, by Debian 13's sos, with the packages installed."""
import shutil
import subprocess

import pytest

from nsorphan import REPO
from source import locked
from test_debian import Built, codename

pytestmark = [pytest.mark.timeout(3600),
              pytest.mark.skipif(codename() == "trixie", reason="it would be installed on this host")]

# sos needs no daemon to answer: then the reason is in the report.
SCRIPT = """
    set -e
    dpkg --install nsorphand_"$1"_*.deb nsorphanctl_"$1"_*.deb >&2
    cp sos/nsorphan.py /usr/lib/python3/dist-packages/sos/report/plugins/
    shift
    mkdir -p /etc/nsorphand
    echo '# of the host' >/etc/nsorphand/nsorphand.conf
    sos report --batch --quiet --only-plugins nsorphan --tmp-dir /tmp --all-logs "$@" >&2
    tar -xf /tmp/sosreport-*.tar.xz -C sos --strip-components=1
"""


@pytest.mark.parametrize("option, private", [((), False), (("-k", "nsorphan.command-lines=on"), True)],
                         ids=["plain", "command-lines"])
def test_sos_collects_a_report(option, private):
    with locked("trixie") as folder:
        built = Built("trixie", folder)
        shutil.rmtree(folder / "sos", ignore_errors=True)
        shutil.copytree(REPO / "contrib/sos", folder / "sos")
        built.do("sh", "-c", SCRIPT, "sh", built.version, *option, where=folder)
        commands = folder / "sos/sos_commands/nsorphan"
        archive = commands / "nsorphan.tar"
        listed = subprocess.run(["tar", "-tf", archive], check=True, capture_output=True, text=True).stdout
        assert "nsorphan-report/census-bpf.json" in listed
        assert ("nsorphan-report/command-lines" in listed) == private
        assert "VERDICT" in (commands / "nsorphanctl_scan_--all").read_text(encoding="utf-8")
        assert "does not run" in (commands / "nsorphanctl_status").read_text(encoding="utf-8")
        assert "# of the host" in (folder / "sos/etc/nsorphand/nsorphand.conf").read_text(encoding="utf-8")
        shutil.rmtree(folder / "sos")
