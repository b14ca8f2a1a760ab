"""The statistics page: tables and curves, nothing small, and lists of what a host did not comply with."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from jikimi.console.plots import removal_plot
from jikimi.model.alert import Alert, Evidence, Place, Presence, Recheck
from jikimi.model.case import Case, Closure
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.spell import Dossier, Hosting
from jikimi.model.standing import Standing
from jikimi.store.models import AlertRow, AuditRow, PlaceRow, SpellRow, StayRow
from jikimi.store.spells import every_spell, every_stay
from jikimi.store.store import Store

Filled = tuple[Case, Alert, Place]
DAY = timedelta(days=1)


def look(place: Place, presence: Presence, clock: Any, *, verified: bool = False) -> Recheck:
    return Recheck(place.case, place.key, 1, presence, is_verified=verified, detail="x", at=clock())


@pytest.fixture
def asked(
    fill: Callable[..., Filled], follow_up: Callable[[Place], Evidence], store: Store, clock: Any
) -> list[Place]:
    """Ten copies on one host, asked for at once; five of them go after one to five days."""
    places = []
    for number in range(10):
        _, _, place = fill(f"2026-{number}")
        follow_up(place)
        places.append(place)
    for days, place in enumerate(places[:5], 1):
        clock.turn(DAY)
        store.apply(Outcome(records=(look(place, Presence.GONE, clock),)), by="jikimi")
        assert days
    clock.turn(DAY)
    for place in places[:5]:
        store.apply(Outcome(records=(look(place, Presence.GONE, clock, verified=True),)), by="jikimi")
    for place in places[5:]:
        store.apply(Outcome(records=(look(place, Presence.LIVE, clock),)), by="jikimi")
    return places


def test_figures_follow_the_copies(root: Client, asked: list[Place]) -> None:
    assert len(asked) == 10
    page = root.get("/statistics/").content.decode()
    assert "street.invalid" in page
    assert "<td>10</td><td>5</td><td>50 %</td><td>5 days" in page
    assert '<path class="curve"' in page
    assert "style=" not in page
    assert "<script>" not in page


def test_fewer_than_five_are_not_shown(root: Client, fill: Callable[..., Filled], follow_up: Any) -> None:
    for number in range(4):
        follow_up(fill(f"2026-{number}")[2])
    page = root.get("/statistics/").content.decode()
    assert "street.invalid" not in page
    assert "nothing is shown yet" in page
    assert "street.invalid" not in root.get("/statistics/figures.csv").content.decode()


def test_a_curve_has_a_point_for_each_step_and_none_for_a_single_copy(asked: list[Place]) -> None:
    assert asked
    plot = removal_plot(every_spell())
    assert plot is not None
    assert plot.path.count("H") == 40
    assert removal_plot(every_spell()[:1]) is None


def test_the_file_for_a_publication_ends_with_the_last_month(
    root: Client, asked: list[Place], clock: Any
) -> None:
    assert asked
    assert "street.invalid" in root.get("/statistics/figures.csv").content.decode()
    assert "street.invalid" not in root.get("/statistics/figures.csv?published").content.decode()
    clock.turn(31 * DAY)
    assert "street.invalid,10,5,0.5" in root.get("/statistics/figures.csv?published").content.decode()


def test_a_country_counts_once_somebody_said_it(
    root: Client, asked: list[Place], store: Store, clock: Any
) -> None:
    assert asked
    store.apply(Outcome(records=(Hosting("street.invalid", "KR", "root", clock()),)), by="root")
    assert "country,KR,10" in root.get("/statistics/figures.csv").content.decode()


def test_a_list_names_nobody_and_who_had_it_is_recorded(
    ada: Client, root: Client, asked: list[Place], house: House
) -> None:
    assert asked
    page = ada.post("/statistics/dossier", {"host": "street.invalid"}).content.decode()
    assert page.count("<tr>") == 1 + 5
    for secret in ("post/1", "Willow", "2026-5", "passer-by", "garden"):
        assert secret not in page
    full = ada.post("/statistics/dossier", {"host": "street.invalid", "addresses": "on"}).content.decode()
    assert "https://street.invalid/post/1" in full
    assert [(d.by, d.with_addresses) for d in house.records.find(Dossier)] == [("ada", False), ("ada", True)]
    assert AuditRow.objects.filter(kind="Dossier", actor="ada").count() == 2
    assert root.post("/statistics/dossier", {"host": "street.invalid", "addresses": "on"}).status_code == 403
    assert root.post("/statistics/dossier", {"host": "elsewhere.invalid"}).status_code == 409


def test_a_copy_that_is_back_opens_its_alert_again(
    ada: Client, asked: list[Place], store: Store, clock: Any
) -> None:
    place = asked[0]
    assert AlertRow.objects.get(key=place.alert).gone_at is not None
    clock.turn(DAY)
    store.apply(Outcome(records=(look(place, Presence.BACK, clock),)), by="jikimi")
    row = AlertRow.objects.get(key=place.alert)
    assert (row.state, row.gone_at) == ("back", None)
    assert PlaceRow.objects.get(key=place.key).standing is Standing.BACK
    page = ada.get("/alerts/?state=back").content.decode()
    assert f"alert-{place.alert}" in page
    assert "Back again" in page
    assert "back again" in ada.get(f"/alerts/{place.alert}/").content.decode()
    assert SpellRow.objects.get(place=place.key).returned_at is not None
    store.apply(Outcome(records=(look(place, Presence.GONE, clock, verified=True),)), by="jikimi")
    assert AlertRow.objects.get(key=place.alert).state == "open"


def test_closing_a_case_leaves_figures_that_lead_nowhere(
    asked: list[Place], store: Store, clock: Any, root: Client
) -> None:
    before = [(s.missing_at - s.requested_at) for s in every_spell() if s.missing_at]
    for place in asked:
        store.apply(Outcome(records=(Closure(place.case, "done", "ada", clock()),)), by="ada")
    after = [(s.missing_at - s.requested_at) for s in every_spell() if s.missing_at]
    assert before == after
    assert SpellRow.objects.exclude(place="", reference="").count() == 0
    assert StayRow.objects.exclude(place="").count() == 0
    assert {(s.requested_at.hour, s.requested_at.minute) for s in every_spell()} == {(0, 0)}
    assert every_stay()
    assert "street.invalid" in root.get("/statistics/").content.decode()
