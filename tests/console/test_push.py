"""The address to which other servers push: what is confirmed, what is kept, and what is dropped unsaid."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from django.test import Client

from jikimi.app.deliveries import BURST, STRANGERS_BURST, Letterbox
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Clock, House
from jikimi.model.post import Watch, WatchEnd
from jikimi.store.keyring import Keyring

if TYPE_CHECKING:
    from jikimi.model.source import Delivery
    from jikimi.store.deliveries import DeliveryBook
    from jikimi.store.store import Store

TOPIC = "https://board.invalid/feed"
WATCH = "board"
FEED = b"<feed/>"


@dataclass
class Slot:
    """The public address of one watch, and the secret its hub was given."""

    book: DeliveryBook
    path: str
    secret: str
    client: Client

    def ask(self, mode: str, topic: str = TOPIC, **more: str) -> Any:
        challenge = {"hub.challenge": "c-4711"} if mode != "denied" else {}
        return self.client.get(self.path, {"hub.mode": mode, "hub.topic": topic, **challenge, **more})

    def push(self, body: bytes = FEED, signature: str = "", mime: str = "application/atom+xml") -> int:
        headers = {"X-Hub-Signature": signature} if signature else {}
        return int(self.client.post(self.path, body, content_type=mime, headers=headers).status_code)

    def signed(self, body: bytes = FEED, method: str = "sha256") -> str:
        return f"{method}={hmac.new(self.secret.encode(), body, method).hexdigest()}"

    @property
    def kept(self) -> tuple[Delivery, ...]:
        return self.book.after(WATCH, 0)


@pytest.fixture
def slot(house: House, store: Store, clock: Clock) -> Iterator[Slot]:
    from django.apps import apps

    keyring = Keyring(b"k" * 32)
    config: Any = apps.get_app_config("console")
    config.house = replace(house, letterbox=Letterbox(store.deliveries, keyring, clock))
    store.apply(Outcome(records=(Watch(WATCH, "website", {}, "", "ada", clock()),)), by="ada")
    path = f"/push/{keyring.push_token(WATCH)}"
    return Slot(
        store.deliveries,
        path,
        keyring.push_secret(WATCH).reveal(),
        Client(enforce_csrf_checks=True, SERVER_NAME="localhost"),
    )


def test_what_was_asked_of_a_hub_is_confirmed_and_its_lease_is_kept(slot: Slot) -> None:
    slot.book.expect(WATCH, TOPIC, is_wanted=True)
    answer = slot.ask("subscribe", **{"hub.lease_seconds": "86400"})
    assert (answer.status_code, answer.content) == (200, b"c-4711")
    assert answer.headers["Content-Type"].startswith("text/plain")
    (told,) = slot.kept
    assert told.mime == "application/x-www-form-urlencoded"
    assert parse_qs(told.body.decode()) == {
        "hub.mode": ["subscribe"], "hub.topic": [TOPIC], "hub.lease_seconds": ["86400"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "topic"), [("unsubscribe", TOPIC), ("subscribe", TOPIC + "/other"), ("publish", TOPIC)]
)
def test_what_was_not_asked_is_not_confirmed(slot: Slot, mode: str, topic: str) -> None:
    slot.book.expect(WATCH, TOPIC, is_wanted=True)
    assert slot.ask(mode, topic).status_code == 404
    assert not slot.kept


def test_once_it_asked_to_be_told_no_more_only_that_is_confirmed(slot: Slot) -> None:
    slot.book.expect(WATCH, TOPIC, is_wanted=True)
    slot.book.expect(WATCH, TOPIC, is_wanted=False)
    assert slot.ask("subscribe").status_code == 404
    assert slot.ask("unsubscribe").content == b"c-4711"


def test_a_denial_reaches_the_watch(slot: Slot) -> None:
    slot.book.expect(WATCH, TOPIC, is_wanted=True)
    assert slot.ask("denied", **{"hub.reason": "full"}).status_code == 202
    assert b"hub.reason=full" in slot.kept[0].body


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha512"])
def test_a_signed_delivery_is_kept_sealed_before_the_answer(slot: Slot, method: str) -> None:
    from jikimi.store.models import DeliveryRow

    assert slot.push(signature=slot.signed(method=method)) == 202
    (kept,) = slot.kept
    assert (kept.watch, kept.mime, kept.body) == (WATCH, "application/atom+xml", FEED)
    assert FEED not in bytes(DeliveryRow.objects.get().body)


@pytest.mark.parametrize("signature", ["", "sha256=00", "md5=" + "0" * 32, "sha256=" + "0" * 64])
def test_what_is_not_signed_gets_the_same_answer_and_is_dropped(slot: Slot, signature: str) -> None:
    assert slot.push(signature=signature) == 202
    assert not slot.kept


def test_a_signed_body_cannot_pass_for_a_hubs_word_about_a_subscription(slot: Slot) -> None:
    slot.push(b"hub.mode=denied", slot.signed(b"hub.mode=denied"), "application/x-www-form-urlencoded")
    assert not slot.kept


def test_a_body_above_a_megabyte_is_refused(slot: Slot) -> None:
    body = bytes(2**20 + 1)
    assert slot.push(body, slot.signed(body)) == 413
    assert not slot.kept


def test_nobodys_address_and_that_of_an_ended_watch_are_gone(slot: Slot, store: Store, clock: Clock) -> None:
    for path in ("/push/x", "/push/" + "A" * 43):
        assert slot.client.get(path).status_code == 410
        assert slot.client.post(path).status_code == 410
    slot.book.expect(WATCH, TOPIC, is_wanted=True)
    store.apply(Outcome(records=(WatchEnd(WATCH, "ada", clock()),)), by="ada")
    assert slot.ask("subscribe").status_code == 410
    assert slot.push(signature=slot.signed()) == 410


def test_it_leaves_no_cookie_and_needs_no_form_token(slot: Slot) -> None:
    answer = slot.client.post(slot.path, FEED, content_type="text/xml")
    assert not answer.cookies


def test_strangers_are_slowed_down_and_the_watches_are_not(slot: Slot) -> None:
    statuses = [slot.client.get("/push/x").status_code for _ in range(STRANGERS_BURST + 20)]
    assert statuses[0] == 410
    assert statuses[-1] == 429
    assert slot.push(signature=slot.signed()) == 202


def test_one_watch_is_slowed_down_and_told_when_to_come_back(slot: Slot, clock: Any) -> None:
    statuses = [slot.push() for _ in range(BURST + 20)]
    assert (statuses[0], statuses[-1]) == (202, 429)
    clock.turn(timedelta(minutes=1))
    assert slot.push() == 202


def test_what_was_read_goes_and_the_rest_goes_after_a_week(slot: Slot, clock: Any) -> None:
    slot.push(signature=slot.signed())
    slot.push(b"<two/>", slot.signed(b"<two/>"))
    slot.book.forget(WATCH, slot.kept[0].number)
    assert [kept.body for kept in slot.kept] == [b"<two/>"]
    clock.turn(timedelta(days=8))
    slot.push(b"<three/>", slot.signed(b"<three/>"))
    assert [kept.body for kept in slot.kept] == [b"<three/>"]
    assert slot.book.newest(WATCH) == slot.kept[0].number > 2


def test_addresses_differ_by_watch_and_survive_restarts() -> None:
    tokens = {Keyring(b"k" * 32).push_token(watch) for watch in ("a", "b", "a")}
    assert len(tokens) == 2
    assert Keyring(b"j" * 32).push_token("a") not in tokens
    assert Keyring(b"k" * 32).push_secret("a").reveal() not in tokens
