"""A day at the centre in a real browser: nothing is refused by the security policy on the way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Alert, Place
from jikimi.model.case import Case, Decision, Exposure, Reference
from jikimi.model.fingerprint import How, Tier
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.store.entry import make_link
from jikimi.store.people import create_user

pytestmark = pytest.mark.browser

PASSWORD = "seven calm otters"
VIRTUAL_KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def complaints() -> list[str]:
    """Collect what browsers complain about: a refused script, a failed request, an error."""
    return []


@pytest.fixture
def desk(chromium: Browser, address: str, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a browser of one's own for a person."""
    contexts: list[BrowserContext] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def open_desk(width: int = 1280, language: str = "en") -> Page:
        context = chromium.new_context(
            base_url=address, locale=language, viewport={"width": width, "height": 900}
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_desk
    for context in contexts:
        context.close()


@pytest.fixture
def enter(desk: Callable[..., Page], address: str, house: House) -> Callable[..., Page]:
    """Make an account, open its link, set the password: signed in."""

    def walk_in(username: str, *roles: str, **how: object) -> Page:
        create_user(username, *roles)
        page = desk(**how)
        page.goto(make_link(username, address, house.clock()))
        page.locator("main button").click()
        page.locator("input[name=password1]").fill(PASSWORD)
        page.locator("input[name=password2]").fill(PASSWORD)
        page.locator("main button").click()
        page.wait_for_url(lambda url: "password" not in url)
        return page

    return walk_in


def found(house: House, reference: Reference) -> Place:
    """Let the worker find a copy of a reference."""
    alert = Alert(reference.case, reference.key, 0, house.clock())
    seen = house.clock()
    place = Place(
        reference.case, alert.key, reference.key, "street", "post-1", 0, "https://street.invalid/post/1",
        "https://street.invalid/media/1.jpg", "passer-by", "look", b"s" * 32, reference.fingerprints,
        Tier.CERTAIN, 1.0, How("sha256", 0, 0, "identical bytes"), seen, seen, seen,
        encode_jpeg(draw(3, 64, 48)),
    )  # fmt: skip
    house.records.apply(Outcome(records=(alert, place)), by="jikimi")
    return place


@pytest.mark.slow
def test_a_case_from_the_first_link_to_a_confirmed_alert(
    enter: Callable[..., Page], house: House, complaints: list[str], tmp_path: Path
) -> None:
    original = tmp_path / "original.jpg"
    original.write_bytes(encode_jpeg(draw(1, 240, 160)))
    cora = enter("cora", "counsellor")
    cora.get_by_role("link", name="New case").click()
    cora.get_by_label("File number").fill("2026-0007")
    cora.get_by_label("Pseudonym").fill("Willow")
    cora.get_by_label("Purpose").fill("find and remove")
    cora.get_by_role("button", name="Open the case").click()
    expect(cora.get_by_role("button", name="Approve")).to_be_disabled()
    cora.get_by_label("Short name").fill("garden")
    cora.get_by_label("Pictures").set_input_files(str(original))
    cora.get_by_role("button", name="Fingerprint").click()
    expect(cora.get_by_text("fingerprinted. The file was not kept.")).to_be_visible()

    ada = enter("ada", "investigator")
    expect(ada.get_by_text("No alert waits for a decision.")).to_be_visible()
    ada.get_by_role("link", name="Cases").click()
    ada.get_by_role("link", name="2026-0007").click()
    ada.get_by_role("button", name="Approve").click()
    expect(ada.get_by_text("The case is live.")).to_be_visible()

    ada.get_by_role("link", name="Alerts").first.click()
    expect(ada.get_by_text("No alert waits for a decision.")).to_be_visible()
    (case,) = house.records.find(Case)
    (reference,) = house.records.find(Reference, case=case.key)
    found(house, reference)
    ada.get_by_role("link", name="1 new alert. Show it.").click()
    card = ada.locator("[data-alert]")
    expect(card).to_be_focused()
    expect(card).to_contain_text("certain")
    expect(card.locator("img")).to_have_js_property("naturalWidth", 64)
    ada.keyboard.press("c")
    expect(card).to_contain_text("Confirmed by ada")
    ada.keyboard.press("u")
    expect(card.get_by_role("button", name="Confirm")).to_be_visible()
    ada.keyboard.press("c")
    expect(card).to_contain_text("Confirmed by ada")
    assert [d.verdict for d in house.records.find(Decision)] == ["confirmed", "reopened", "confirmed"]

    ada.get_by_role("button", name="한국어").click()
    expect(ada.locator("html")).to_have_attribute("lang", "ko")
    expect(ada.get_by_role("heading", name="알림")).to_be_visible()
    ada.get_by_role("button", name="English").click()
    expect(ada.get_by_role("heading", name="Alerts")).to_be_visible()
    assert complaints == []


@pytest.mark.slow
def test_a_clear_picture_is_there_only_while_the_key_is_held(
    enter: Callable[..., Page],
    house: House,
    complaints: list[str],
    fill: Callable[..., tuple[Case, Alert, Place]],
) -> None:
    _, alert, place = fill()
    page = enter("ada", "investigator")
    page.goto(f"/alerts/{alert.key}/")
    page.get_by_role("button", name="Hold to see it clearly").focus()
    page.keyboard.down("Space")
    expect(page.locator("canvas.shown")).to_be_visible()
    page.keyboard.up("Space")
    expect(page.locator("canvas.shown")).to_have_count(0)
    (exposure,) = house.records.find(Exposure, parent=place.key)
    assert exposure.by == "ada"
    assert complaints == []


@pytest.mark.slow
def test_keys_do_nothing_while_somebody_types_or_composes(
    enter: Callable[..., Page], house: House, fill: Callable[..., tuple[Case, Alert, Place]]
) -> None:
    fill()
    page = enter("ada", "investigator")
    card = page.locator("[data-alert]")
    expect(card).to_be_focused()
    composing = "new KeyboardEvent('keydown', {code: 'KeyC', isComposing: true, bubbles: true})"
    page.evaluate(f"document.activeElement.dispatchEvent({composing})")
    page.keyboard.press("Control+c")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    assert house.records.find(Decision) == ()
    hangul = "new KeyboardEvent('keydown', {code: 'KeyC', key: 'ㅊ', bubbles: true})"
    page.evaluate(
        f"document.querySelector('[data-alert]').focus(); document.activeElement.dispatchEvent({hangul})"
    )
    expect(card).to_contain_text("Confirmed by ada")


@pytest.mark.slow
def test_a_passkey_can_be_added_and_is_then_asked_for(
    enter: Callable[..., Page], complaints: list[str]
) -> None:
    page = enter("ada", "investigator")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL_KEY})
    page.goto("/account/second-step/webauthn/add/")
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main button").first.click()
    page.wait_for_url("**/webauthn/add/")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    page.get_by_role("button", name="Sign out").click()
    page.locator("input[name=login]").fill("ada")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/authenticate/")
    page.locator("#mfa_webauthn_authenticate").click()
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()
    assert complaints == []


@pytest.mark.slow
def test_nothing_sticks_out_on_a_telephone(
    enter: Callable[..., Page],
    fill: Callable[..., tuple[Case, Alert, Place]],
    follow_up: Callable[[Place], object],
) -> None:
    case, alert, place = fill()
    follow_up(place)
    page = enter("ada", "investigator", width=390)
    for path in (
        "/alerts/",
        f"/alerts/{alert.key}/",
        "/cases/",
        f"/cases/{case.key}/",
        "/cases/new",
        "/watches/",
        "/jobs/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


@pytest.mark.slow
def test_the_outline_lies_on_the_preview_where_the_match_says(
    enter: Callable[..., Page],
    house: House,
    fill: Callable[..., tuple[Case, Alert, Place]],
    complaints: list[str],
) -> None:
    _, alert, place = fill()
    pasted = How("orb", 12, 94, "part of a larger picture", 40, (), (0.5, 0, 0.2, 0, 0.4, 0.3, 0, 0, 1))
    house.records.apply(Outcome(records=(replace(place, post="pasted", how=pasted),)), by="jikimi")
    page = enter("ada", "investigator")
    page.goto(f"/alerts/{alert.key}/")
    picture = page.locator(".laid img").bounding_box()
    outline = page.locator("svg.over .part").bounding_box()
    assert picture
    assert outline
    assert (outline["x"] - picture["x"]) / picture["width"] == pytest.approx(0.2, abs=0.02)
    assert (outline["y"] - picture["y"]) / picture["height"] == pytest.approx(0.3, abs=0.02)
    assert outline["width"] / picture["width"] == pytest.approx(0.5, abs=0.02)
    assert outline["height"] / picture["height"] == pytest.approx(0.4, abs=0.02)
    seen = page.get_by_role(
        "img", name="Where the reference lies in the picture: from 20 to 70 % of the width"
    )
    expect(seen).to_be_visible()
    assert complaints == []
