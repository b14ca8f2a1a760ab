"""The channel of the how-to works as it is written there."""

import re
import runpy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.submit import GuardedSubmitter
from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import InDoubt
from jikimi.model.mail import About
from jikimi.model.post import Secret

ROOT = Path(__file__).parents[2]
APIS = runpy.run_path(str(ROOT / "tests" / "api_servers.py"))
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


def desk(api: Any, request: Any) -> tuple[int, Any]:
    is_ours = request.path == "/tickets" and request.headers["authorization"] == "Bearer hunter2"
    is_ours = is_ours and set(request.json) == {"id", "url", "file", "text"}
    answer: tuple[int, Any] = api.take(request, (201, {"number": 7})) if is_ours else (422, {})
    return answer


def test_the_channel_of_the_how_to_opens_a_ticket(notice: Notice, evidence: Evidence, tmp_path: Path) -> None:
    code = re.findall(r"```python\n(.*?)```", (ROOT / "docs/how-to/add-a-channel.md").read_text(), re.DOTALL)
    (tmp_path / "ticket.py").write_text(code[0])
    made = runpy.run_path(str(tmp_path / "ticket.py"))["TicketChannel"]
    request = replace(notice, about=About("https://board.example/1", "", "ab" * 32, NOW))
    with APIS["serving"](desk) as api:
        policy = AddressPolicy(frozenset({("127.0.0.1", api.port)}))
        channel = made(GuardedSubmitter(policy, "test"), desk=api.url, token=Secret("hunter2"))
        assert channel.deliver(request, evidence).detail == "ticket 7"
        assert "hunter2" not in repr(channel)
        api.mood = 500
        with pytest.raises(InDoubt):
            channel.deliver(request, evidence)
    assert len(api.taken) == 1
