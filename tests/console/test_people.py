"""Accounts: one-time links, passwords, second steps, switching off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from jikimi.console.adapters import SealedSecondStep
from jikimi.model.case import Switch
from jikimi.model.errors import NeedsHuman
from jikimi.model.ports import House
from jikimi.store.entry import is_open, make_link, use_link
from jikimi.store.models import EntryLinkRow
from jikimi.store.people import create_user, user_named

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "seven calm otters"


def path_of(link: str) -> str:
    return link.removeprefix("http://localhost")


@pytest.fixture
def browser(house: House) -> Client:  # noqa: ARG001  # the pages need one
    return Client(SERVER_NAME="localhost")


def test_a_link_is_looked_at_often_and_used_once(browser: Client, clock: Any) -> None:
    create_user("ada", "investigator")
    path = path_of(make_link("ada", "http://localhost", clock()))
    for _ in range(3):
        assert browser.get(path).status_code == 200
    entered = browser.post(path)
    assert entered.headers["Location"] == "/account/password/first"
    again = Client(SERVER_NAME="localhost")
    for answer in (again.get(path), again.post(path)):
        assert answer.status_code == 410
        assert b"jikimi user link NAME" in answer.content


def test_who_entered_by_a_link_sets_a_password_before_anything_else(browser: Client, clock: Any) -> None:
    create_user("ada", "investigator")
    browser.post(path_of(make_link("ada", "http://localhost", clock())))
    assert browser.get("/alerts/").headers["Location"] == "/account/password/first"
    weak = browser.post("/account/password/first", {"password1": "short", "password2": "short"})
    assert b"too short" in weak.content
    browser.post("/account/password/first", {"password1": PASSWORD, "password2": PASSWORD})
    assert browser.get("/alerts/").status_code == 200
    browser.post("/account/sign-out")
    answer = browser.post("/account/sign-in", {"login": "ada", "password": PASSWORD})
    assert answer.headers["Location"] == "/"


@pytest.mark.usefixtures("house")
def test_a_link_ends_with_its_day_and_with_the_next_link() -> None:
    create_user("ada", "investigator")
    first = make_link("ada", "http://localhost", NOW).rsplit("/", 2)[1]
    assert is_open(first, NOW + timedelta(hours=23))
    assert not is_open(first, NOW + timedelta(hours=25))
    assert use_link(first, NOW + timedelta(hours=25)) is None
    second = make_link("ada", "http://localhost/", NOW).rsplit("/", 2)[1]
    assert use_link(first, NOW) is None
    assert use_link(second, NOW) == user_named("ada")
    assert use_link(second, NOW) is None


@pytest.mark.usefixtures("house")
def test_only_the_digest_of_a_link_is_kept() -> None:
    create_user("ada", "investigator")
    token = make_link("ada", "http://localhost", NOW).rsplit("/", 2)[1]
    assert token not in repr(EntryLinkRow.objects.values())


def test_the_old_password_is_void_once_a_link_is_used(ada: Client, clock: Any) -> None:
    assert ada.get("/alerts/").status_code == 200
    Client(SERVER_NAME="localhost").post(path_of(make_link("ada", "http://localhost", clock())))
    assert ada.get("/alerts/").status_code == 302
    assert not user_named("ada").has_usable_password()


def test_a_link_does_not_go_round_the_second_step(browser: Client, clock: Any) -> None:
    user = create_user("ada", "investigator")
    secret = SealedSecondStep().encrypt("JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": secret})
    answer = browser.post(path_of(make_link("ada", "http://localhost", clock())))
    assert answer.headers["Location"] == "/account/second-step/authenticate/"
    assert browser.get("/alerts/").status_code == 302


@pytest.mark.usefixtures("house")
def test_secrets_of_the_second_step_are_sealed() -> None:
    sealed = SealedSecondStep().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert SealedSecondStep().decrypt(sealed) == "JBSWY3DPEHPK3PXP"


def test_an_authenticator_app_is_set_up_on_a_page_without_foreign_pictures(browser: Client) -> None:
    user = create_user("ada", "investigator")
    user.set_password(PASSWORD)
    user.save()
    browser.post("/account/sign-in", {"login": "ada", "password": PASSWORD})
    browser.post("/account/confirm", {"password": PASSWORD})
    page = browser.get("/account/second-step/totp/activate/").content.decode()
    assert "<svg" in page
    assert "data:image" not in page


def test_nobody_signs_up_or_asks_for_mail(browser: Client) -> None:
    for path in ("/account/signup/", "/accounts/signup/", "/account/password/reset/", "/account/email/"):
        assert browser.get(path).status_code == 404
    page = browser.get("/account/sign-in").content.decode()
    assert "signup" not in page


def test_guessing_passwords_is_slowed_down(browser: Client) -> None:
    user = create_user("ada", "investigator")
    user.set_password(PASSWORD)
    user.save()
    for _ in range(5):
        assert browser.post("/account/sign-in", {"login": "ada", "password": "wrong"}).status_code == 200
    answer = browser.post("/account/sign-in", {"login": "ada", "password": PASSWORD})
    assert b"Too many failed" in answer.content
    assert browser.get("/alerts/").status_code == 302


def test_an_administrator_makes_an_account_and_sees_its_link_once(root: Client, house: House) -> None:
    answer = root.post("/people/", {"username": "mina", "roles": ["counsellor"]})
    assert b"http://localhost/enter/" in answer.content
    assert b"/enter/" not in root.get("/people/").content
    assert user_named("mina").groups.get().name == "counsellor"
    assert house.records.find(Switch, parent="account mina")[0].by == "root"


@pytest.mark.parametrize(
    "filled",
    [
        {"username": "root", "roles": ["counsellor"]},
        {"username": "no spaces please", "roles": ["counsellor"]},
        {"username": "mina", "roles": ["king"]},
        {"username": "mina"},
    ],
)
def test_an_account_that_is_not_in_order_is_refused(root: Client, filled: dict[str, Any]) -> None:
    assert root.post("/people/", filled).status_code == 422
    assert User.objects.count() == 1


def test_somebody_who_left_is_switched_off_at_once(root: Client, ada: Client, house: House) -> None:
    assert ada.get("/alerts/").status_code == 200
    root.post("/people/ada/switch", {"turn": "off"})
    assert ada.get("/alerts/").status_code == 302
    assert not house.records.find(Switch, parent="account ada")[-1].is_on
    with pytest.raises(NeedsHuman):
        make_link("ada", "http://localhost", NOW)
    root.post("/people/ada/switch", {"turn": "on"})
    assert user_named("ada").is_active


def test_nobody_switches_off_their_own_account(root: Client) -> None:
    root.post("/people/root/switch", {"turn": "off"})
    assert user_named("root").is_active


def test_a_lost_second_step_is_removed_with_a_record_of_it(
    root: Client, signed_in: Callable[..., Client], house: House
) -> None:
    signed_in("ada", "investigator")
    data = {"secret": SealedSecondStep().encrypt("JBSWY3DPEHPK3PXP")}
    Authenticator.objects.create(user=user_named("ada"), type=Authenticator.Type.TOTP, data=data)
    root.post("/people/ada/second-step")
    assert not Authenticator.objects.exists()
    assert house.records.find(Switch, parent="second step of ada")[0].by == "root"


def test_a_new_link_is_recorded(root: Client, signed_in: Callable[..., Client], house: House) -> None:
    signed_in("ada", "investigator")
    assert b"/enter/" in root.post("/people/ada/link").content
    assert house.records.find(Switch, parent="entry link for ada")[0].by == "root"


@pytest.mark.parametrize("roles", [(), ("king",), ("counsellor", "king")])
@pytest.mark.usefixtures("house")
def test_an_account_needs_roles_that_exist(roles: tuple[str, ...]) -> None:
    with pytest.raises(NeedsHuman, match="Choose from"):
        create_user("mina", *roles)


def test_the_first_page_is_where_the_work_is(signed_in: Callable[..., Client]) -> None:
    for role, first in (
        ("investigator", "/alerts/"),
        ("counsellor", "/cases/"),
        ("administrator", "/posture/"),
    ):
        assert signed_in(role, role).get("/").headers["Location"] == first


def test_a_password_typed_once_more_confirms_no_match(ada: Client) -> None:
    """The sign-in pages share our catalogue: its word for confirming a copy stood under the password."""
    page = ada.get("/account/confirm", headers={"Accept-Language": "ko"}).content.decode()
    assert ("확인" in page, "일치로" in page) == (True, False)
