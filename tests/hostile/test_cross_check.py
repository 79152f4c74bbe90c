# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nobody makes BPF and procfs disagree so that the host is looked at with the weaker of them."""
import pytest
from nsorphan import BUILD, wait_until

pytestmark = pytest.mark.skipif(not (BUILD / "tests/bpf/bpf-survey").exists(), reason="built without BPF")

STATUS = "io.nsorphan.Scanner.GetStatus"
CHECKS, PATIENCE = 3, 200


def test_what_never_stays_where_it_was(attack, daemon):
    attack("attack_hop.py")
    d = daemon("[Scan]\nSource=bpf\nCrossCheck=1s\n")

    def is_over():
        check = d.call(STATUS)["crossCheck"]
        return check["made"] >= CHECKS or check["disagreements"]
    wait_until(is_over, "cross-checks", PATIENCE)
    found = d.call(STATUS)
    assert found["crossCheck"]["disagreements"] == 0, found["crossCheck"]
    assert found["scan"]["source"] == "bpf"
