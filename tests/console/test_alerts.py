"""Alerts: the queue, the decision, the clear picture and the evidence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from jikimi.model.alert import Alert, Job, Place
from jikimi.model.case import Case, Decision, Export, Exposure, Verdict
from jikimi.model.errors import TryLater
from jikimi.model.fingerprint import Tier
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.store.models import AlertRow, AuditRow, JobRow
from jikimi.store.store import Store

Filled = tuple[Case, Alert, Place]
Fill = Callable[..., Filled]
HTMX = {"HX-Request": "true"}


class FullDisk:
    """Records that can be read and not written."""

    def __init__(self, records: Store) -> None:
        self._records = records

    def get(self, kind: Any, key: str) -> Any:
        return self._records.get(kind, key)

    def find(self, kind: Any, **by: str) -> Any:
        return self._records.find(kind, **by)

    def apply(self, outcome: Outcome, *, by: str) -> None:  # noqa: ARG002  # the port has them
        raise TryLater("the database cannot be written. Check disk space and its server.")


def decide(browser: Client, alert: Alert, verdict: str, seen: str) -> Any:
    return browser.post(f"/alerts/{alert.key}/decide", {"verdict": verdict, "seen": seen}, headers=HTMX)


def test_the_surest_alert_comes_first_and_then_the_oldest(ada: Client, fill: Fill, clock: Any) -> None:
    for number, tier in (
        ("b-possible", Tier.POSSIBLE),
        ("c-certain", Tier.CERTAIN),
        ("d-certain", Tier.CERTAIN),
    ):
        fill(number, tier=tier)
        clock.turn(timedelta(minutes=1))
    page = ada.get("/alerts/").content.decode()
    assert page.index("c-certain") < page.index("d-certain") < page.index("b-possible")


def test_a_card_says_how_sure_how_changed_how_many_and_how_fast(ada: Client, fill: Fill) -> None:
    _, _, place = fill()
    page = ada.get("/alerts/").content.decode()
    assert "likely" in page
    assert "border removed, rotated 90°" in page
    assert "1 place, on street" in page
    assert 'value="4.' in page
    assert f"/places/{place.key}/preview" in page


def test_an_alert_is_confirmed_in_place_and_can_be_taken_back(ada: Client, fill: Fill, house: House) -> None:
    _, alert, _ = fill()
    answer = decide(ada, alert, "confirmed", "open")
    assert "Confirmed by ada" in answer.content.decode()
    assert JobRow.objects.filter(step="pursue_alert", key=alert.key).exists()
    answer = decide(ada, alert, "reopened", "confirmed")
    assert "Reject" in answer.content.decode()
    assert [d.verdict for d in house.records.find(Decision, parent=alert.key)] == [
        Verdict.CONFIRMED,
        Verdict.REOPENED,
    ]


def test_who_comes_second_changes_nothing_and_is_told_so(
    ada: Client, signed_in: Callable[..., Client], fill: Fill, house: House
) -> None:
    _, alert, _ = fill()
    decide(signed_in("bora", "investigator"), alert, "rejected", "open")
    answer = decide(ada, alert, "confirmed", "open").content.decode()
    assert "A colleague was quicker" in answer
    assert "Rejected by bora" in answer
    assert len(house.records.find(Decision, parent=alert.key)) == 1


def test_a_verdict_nobody_knows_is_refused(ada: Client, fill: Fill, house: House) -> None:
    _, alert, _ = fill()
    assert decide(ada, alert, "maybe", "open").status_code == 400
    assert house.records.find(Decision) == ()


def test_without_scripts_a_decision_leads_back_to_the_alert(ada: Client, fill: Fill) -> None:
    _, alert, _ = fill()
    answer = ada.post(f"/alerts/{alert.key}/decide", {"verdict": "confirmed", "seen": "open"})
    assert answer.headers["Location"] == f"/alerts/{alert.key}/"


def test_news_counts_open_alerts_that_came_after_a_moment(ada: Client, fill: Fill) -> None:
    assert b"new alert" not in ada.get("/alerts/news?after=1970-01-01T00:00:00Z").content
    fill()
    assert b"1 new alert" in ada.get("/alerts/news?after=1970-01-01T00:00:00Z").content
    newest = AlertRow.objects.get().alerted_at.isoformat().replace("+", "%2B")
    assert b"new alert" not in ada.get(f"/alerts/news?after={newest}").content
    for nonsense in ("", "yesterday", "2026-01-01T00:00:00"):
        assert ada.get(f"/alerts/news?after={nonsense}").status_code == 400


def test_one_alert_shows_everything_about_it(
    ada: Client, fill: Fill, follow_up: Callable[[Place], Any]
) -> None:
    _, alert, place = fill()
    follow_up(place)
    decide(ada, alert, "confirmed", "open")
    page = ada.get(f"/alerts/{alert.key}/").content.decode()
    for text in (
        "https://street.invalid/post/1", 'rel="noreferrer noopener nofollow"', "passer-by", "look at this",
        "Distance 18 of at most 31", "abuse@street.invalid", "Please remove it.", "250 taken", "still there",
        "Evidence sealed (street)", "Removal request 1: sent (street)", "Alert confirmed",
    ):  # fmt: skip
        assert text in page, text
    assert "https://street.invalid/media/1.jpg" not in page


def test_clear_pixels_are_not_even_fetched_before_the_record_of_it_is_written(
    ada: Client, fill: Fill, house: House, fetcher: Any
) -> None:
    _, _, place = fill()
    written: list[int] = []
    fetcher.before = lambda: written.append(AuditRow.objects.filter(kind="Exposure", actor="ada").count())
    answer = ada.post(f"/places/{place.key}/reveal")
    assert written == [1]
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in answer.headers["Cache-Control"]
    assert [e.by for e in house.records.find(Exposure, parent=place.key)] == ["ada"]


def test_no_clear_pixels_leave_when_the_record_cannot_be_written(
    ada: Client, fill: Fill, house: House, fetcher: Any
) -> None:
    _, _, place = fill()
    apps.get_app_config("console").house = replace(house, records=FullDisk(house.records))  # type: ignore[attr-defined,arg-type]
    answer = ada.post(f"/places/{place.key}/reveal")
    assert answer.status_code == 503
    assert fetcher.asked == []


def test_clear_pixels_are_never_sent_for_looking_at_an_address(ada: Client, fill: Fill, fetcher: Any) -> None:
    _, _, place = fill()
    assert ada.get(f"/places/{place.key}/reveal").status_code == 405
    assert fetcher.asked == []


def test_of_a_minor_nothing_is_shown(ada: Client, fill: Fill, house: House, fetcher: Any) -> None:
    _, alert, place = fill(is_minor=True)
    for path in ("/alerts/", f"/alerts/{alert.key}/"):
        page = ada.get(path).content.decode()
        assert "data-reveal" not in page
        assert "/preview" not in page
    assert ada.get(f"/places/{place.key}/preview").status_code == 404
    answer = ada.post(f"/places/{place.key}/reveal")
    assert answer.status_code == 409
    assert b"never shown here" in answer.content
    assert fetcher.asked == []
    assert house.records.find(Exposure) == ()


def test_evidence_is_handed_out_with_a_record_of_it(
    ada: Client, fill: Fill, follow_up: Callable[[Place], Any], house: House
) -> None:
    _, _, place = fill()
    assert ada.post(f"/places/{place.key}/evidence").status_code == 409
    evidence = follow_up(place)
    answer = ada.post(f"/places/{place.key}/evidence")
    assert answer.content == evidence.bag
    assert f"jikimi-{place.key}.tar.gz" in answer.headers["Content-Disposition"]
    assert [e.by for e in house.records.find(Export, parent=evidence.key)] == ["ada"]


def test_one_more_request_can_be_asked_for(
    ada: Client, fill: Fill, follow_up: Callable[[Place], Any]
) -> None:
    _, alert, place = fill()
    evidence = follow_up(place)
    assert ada.post(f"/places/{place.key}/again").headers["Location"] == f"/alerts/{alert.key}/"
    assert JobRow.objects.get(step="draft").name == Job("draft", evidence.key, 1).name


@pytest.mark.parametrize("path", ["/alerts/{}/", "/places/{}/preview", "/cases/{}/"])
def test_what_is_not_there_is_said_plainly(ada: Client, path: str) -> None:
    answer = ada.get(path.format("0" * 32))
    assert answer.status_code == 404
    assert b"can no longer be read" in answer.content
