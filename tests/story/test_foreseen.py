"""Who asks for one more request under chosen rules is told what will become of it."""

import runpy
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jikimi.cli import holding
from jikimi.flow import steering
from jikimi.model.alert import Notice, Place
from jikimi.model.case import Case
from jikimi.model.errors import NeedsHuman
from jikimi.model.policy import Why
from jikimi.model.ports import House
from jikimi.store.models import JobRow, JobState
from jikimi.worker.jobs import work_through

POLICY = runpy.run_path(str(Path(__file__).with_name("test_policy.py")))
do, post, sent, open_case = (POLICY[name] for name in ("do", "post", "sent", "open_case"))
WORK = "A photograph of a garden, made by the owner in 2024"


@pytest.fixture
def place(house: House, open_case: Any) -> Place:
    open_case()
    post(house, "one")
    work_through(house)
    (found,) = house.records.find(Place)
    return found


def typed(house: House, place: Place, rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type `jikimi removal under PLACE RULES --by bora`."""
    monkeypatch.setattr(holding, "opened", lambda: nullcontext(SimpleNamespace(house=house)))
    monkeypatch.setattr(holding, "known_user", lambda name: name)
    holding.under(place.key[:12], rules, "bora")


def test_what_is_missing_is_said_and_that_nothing_is_sent_until_it_is_there(
    house: House, place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(house, place, "us-dmca", monkeypatch)
    said = capsys.readouterr().out
    assert "cannot be written: Nobody allowed a copyright notice" in said
    assert "nothing is sent" in said
    work_through(house)
    assert JobRow.objects.filter(state=JobState.PARKED).count() == 1
    do(house, steering.allow_last_resort(house, place.case, work=WORK, is_warned=True, by="bora"))
    typed(house, place, "us-dmca", monkeypatch)  # as it says
    assert "Then it is sent." in capsys.readouterr().out
    work_through(house)
    assert [notice.regime for notice in sent(house)] == ["policy", "us-dmca"]
    assert JobRow.objects.filter(state=JobState.PARKED).count() == 0


def test_what_a_request_will_wait_for_is_said(
    house: House,
    clock: Any,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case: Case = house.records.get(Case, place.case)
    do(house, steering.hold(house, case.key, Why.POLICE_FIRST, reason="they asked", by="bora"))
    typed(house, place, "eu-dsa-16", monkeypatch)
    assert "It waits for: the police." in capsys.readouterr().out
    clock.turn(timedelta(minutes=1))
    work_through(house)
    assert len(house.records.find(Notice)) == 2
    assert len(sent(house)) == 1


def test_rules_that_nobody_knows_are_refused_before_anything_is_noted(house: House, place: Place) -> None:
    with pytest.raises(NeedsHuman, match="no rules named"):
        steering.foreseen(house, place.key, regime="us-made-up")
