"""The bench of chat servers, cut short: every post on a real server becomes a visible alert."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from matrix_peer import PYTHON, synapse_python

BENCH = Path(__file__).parents[2] / "bench" / "chat.py"
pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The bench runs in a process of its own: it opens another database than this one's."""
    file = tmp_path_factory.mktemp("chat") / "report.json"
    ran = subprocess.run(
        [sys.executable, str(BENCH), "--posts", "3", "--kills", "0", "--json", str(file)],
        env={**os.environ, "JIKIMI_TEST_DATABASE": ""},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(file.read_text()))


@pytest.mark.parametrize("source", ["nostr", "matrix"])
def test_each_post_on_a_real_server_becomes_an_alert(report: dict[str, dict[str, Any]], source: str) -> None:
    if source == "matrix" and not synapse_python():
        pytest.skip(f"{PYTHON} is not set: no Synapse to test against")
    assert (report[source]["posts"], report[source]["alerts"]) == (3, 3)
