"""Who may open which page, and what is true of every page."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from jikimi.console.people import OPENS, May, doors
from jikimi.model.alert import Alert, Place
from jikimi.model.case import Case
from jikimi.store.people import ROLES, create_user

Filled = tuple[Case, Alert, Place]

PAGES = {
    May.ALERTS: ("/alerts/", "/alerts/?state=rejected", "/alerts/{alert}/", "/places/{place}/preview"),
    May.CASES: ("/cases/", "/cases/new", "/cases/{case}/"),
    May.HEALTH: ("/watches/", "/jobs/", "/statistics/", "/statistics/figures.csv"),
    May.POSTURE: ("/posture/", "/posture/?check"),
    May.PEOPLE: ("/people/",),
}
POLICY = [
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
]
ACTS = {
    May.ALERTS: (
        "/alerts/{alert}/decide", "/places/{place}/reveal", "/places/{place}/evidence",
        "/places/{place}/hand-over",
        "/places/{place}/again",
    ),
    May.CASES: (
        "/cases/{case}/approve", "/cases/{case}/renew", "/cases/{case}/close", "/cases/{case}/references",
        "/references/{reference}/withdraw",
    ),
    May.HEALTH: ("/jobs/retry", "/statistics/dossier"),
    May.POSTURE: ("/posture/sending",),
    May.PEOPLE: ("/people/ada/link", "/people/ada/switch", "/people/ada/second-step"),
}  # fmt: skip


@pytest.fixture
def paths(fill: Callable[..., Filled]) -> Callable[[str], str]:
    case, alert, place = fill()
    names = {"case": case.key, "alert": alert.key, "place": place.key, "reference": place.reference}
    return lambda pattern: pattern.format(**names)


def test_every_role_and_door_is_in_the_table() -> None:
    assert tuple(OPENS) == ROLES
    assert frozenset().union(*OPENS.values()) == frozenset(May)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_others(
    role: str, signed_in: Callable[..., Client], paths: Callable[[str], str]
) -> None:
    browser = signed_in("somebody", role)
    for door, patterns in PAGES.items():
        for pattern in patterns:
            expected = 200 if door in OPENS[role] else 403
            assert browser.get(paths(pattern)).status_code == expected, pattern


@pytest.mark.parametrize("role", ROLES)
def test_a_role_cannot_act_behind_doors_it_does_not_open(
    role: str, signed_in: Callable[..., Client], paths: Callable[[str], str]
) -> None:
    browser = signed_in("somebody", role)
    for door in frozenset(May) - OPENS[role]:
        for pattern in ACTS[door]:
            assert browser.post(paths(pattern)).status_code == 403, pattern


@pytest.mark.usefixtures("house")
def test_strangers_are_asked_to_sign_in(paths: Callable[[str], str]) -> None:
    browser = Client(SERVER_NAME="localhost")
    for patterns in (*PAGES.values(), *ACTS.values()):
        for pattern in patterns:
            for answer in (browser.get(paths(pattern)), browser.post(paths(pattern))):
                assert answer.status_code in {302, 405}, pattern
                if answer.status_code == 302:
                    assert answer.headers["Location"].startswith("/account/sign-in?next=")


@pytest.mark.usefixtures("house")
def test_a_piece_of_a_page_sends_the_whole_browser_to_the_sign_in_page() -> None:
    answer = Client(SERVER_NAME="localhost").get("/alerts/news", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/account/sign-in"


@pytest.mark.usefixtures("house")
def test_a_person_with_two_roles_opens_the_doors_of_both() -> None:
    user = create_user("both", "counsellor", "administrator")
    assert doors(user) == OPENS["counsellor"] | OPENS["administrator"]


@pytest.mark.usefixtures("house")
def test_somebody_switched_off_opens_nothing() -> None:
    user = create_user("gone", "investigator")
    user.is_active = False
    assert doors(user) == frozenset()


def test_every_act_needs_the_pages_own_token(
    signed_in: Callable[..., Client], paths: Callable[[str], str]
) -> None:
    signed_in("somebody", *ROLES)
    strict = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    assert strict.login(username="somebody", password="a long enough one")
    for patterns in ACTS.values():
        for pattern in patterns:
            assert strict.post(paths(pattern)).status_code == 403, pattern


def test_no_page_holds_a_script_or_style_of_its_own_or_from_elsewhere(
    signed_in: Callable[..., Client],
    paths: Callable[[str], str],
    follow_up: Callable[[Place], object],
    house: object,
) -> None:
    from jikimi.model.alert import Place as PlaceRecord

    (place,) = house.records.find(PlaceRecord)  # type: ignore[attr-defined]
    follow_up(place)
    browser = signed_in("somebody", *ROLES)
    own = ("/account/", "/account/password", "/account/second-step/", "/account/confirm", "/nothing-here")
    everything = [*own, *(paths(p) for patterns in PAGES.values() for p in patterns if "preview" not in p)]
    for path in everything:
        page = browser.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)(?![^>]*application/json)", page), path
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), path
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//(?!street\.invalid)", page), path


def test_every_answer_carries_the_strict_headers(
    ada: Client,
    paths: Callable[[str], str],
) -> None:
    stranger = Client(SERVER_NAME="localhost")
    answers = [
        ada.get(paths("/alerts/{alert}/")),
        ada.get("/people/"),
        ada.get("/nothing"),
        stranger.get("/account/sign-in"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert sorted(policy.split("; ")) == POLICY
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "camera=()" in answer.headers["Permissions-Policy"]


def test_signing_out_clears_what_the_browser_holds(ada: Client) -> None:
    answer = ada.post("/account/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert ada.get("/alerts/").status_code == 302


def test_the_session_is_renewed_by_people_and_not_by_pages_that_ask_by_themselves(ada: Client) -> None:
    assert "sessionid" in ada.get("/alerts/").cookies
    assert "sessionid" not in ada.get("/alerts/news?after=2026-01-01T00:00:00Z").cookies
    cookie = ada.get("/alerts/").cookies["sessionid"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (1800, True, "Lax")


@pytest.mark.usefixtures("house")
def test_static_files_are_served_and_not_sent_twice() -> None:
    browser = Client(SERVER_NAME="localhost")
    for path in ("jikimi/console.css", "jikimi/alerts.js", "django_htmx/htmx-2.min.js"):
        first = browser.get(f"/static/{path}")
        assert first.status_code == 200
        again = browser.get(f"/static/{path}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    for path in ("../settings.py", "jikimi/../../apps.py", "nothing"):
        assert browser.get(f"/static/{path}").status_code == 404


@pytest.mark.usefixtures("house")
def test_whose_session_ended_comes_back_to_the_page_of_the_form() -> None:
    """The form's own address answers to no GET: a browser would show an empty error after sign-in."""
    client = Client(SERVER_NAME="localhost")
    sent = client.post(
        "/posture/pause", {"turn": "on"}, headers={"Referer": "http://localhost/posture/?check"}
    )
    assert sent.headers["Location"] == "/account/sign-in?next=/posture/%3Fcheck"
    strange = client.post("/posture/pause", headers={"Referer": "https://elsewhere.invalid/x"})
    assert strange.headers["Location"] == "/account/sign-in?next=/"


def test_the_address_of_a_form_leads_a_browser_to_the_first_page(root: Client) -> None:
    assert root.get("/posture/pause").status_code == 405
    answer = root.get("/posture/pause", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
