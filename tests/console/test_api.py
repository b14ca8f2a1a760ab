"""What partners may do through the interface and are told, and that they are not told what we found."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jikimi.app.deliveries import Letterbox
from jikimi.console.handing_in import CALLS_A_MINUTE, STRANGERS_A_MINUTE, evenly
from jikimi.flow.partners import add_partner, end_partner
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Alert, IndexChange, Place
from jikimi.model.case import Authority, Case, Consent, Policy, Reference
from jikimi.model.fingerprint import Fingerprint
from jikimi.model.outcome import Outcome
from jikimi.model.partner import HandIn, Scope
from jikimi.store.keyring import Keyring
from jikimi.worker.jobs import catch_up

if TYPE_CHECKING:
    from jikimi.model.ports import Clock, House
    from jikimi.store.store import Store

TOKEN = "jikimi_" + "t" * 43
PARTNER = "hotline"
KNOWN = encode_jpeg(draw(7, 240, 160))
STRANGE = encode_jpeg(draw(9, 240, 160))
URL = "https://board.invalid/post/1"


class Desk:
    """The interface in a partner's hands."""

    def __init__(self, house: House, store: Store) -> None:
        self.house, self.store = house, store
        self.client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")

    def send(self, post: Any, token: str = TOKEN, mime: str = "application/json", **more: str) -> Any:
        body = post if isinstance(post, bytes | str) else json.dumps(post)
        headers = {"Authorization": f"Bearer {token}", **more}
        return self.client.post("/api/v1/posts", body, content_type=mime, headers=headers)

    def send_files(self, post: Any, files: dict[str, bytes], **more: Any) -> Any:
        parts: dict[str, Any] = {name: SimpleUploadedFile(name, body) for name, body in files.items()}
        return self.client.post(
            "/api/v1/posts", {"post": json.dumps(post), **parts, **more},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )  # fmt: skip

    @property
    def waiting(self) -> list[dict[str, Any]]:
        return [json.loads(one.body) for one in self.store.deliveries.after(PARTNER, 0)]

    @property
    def calls(self) -> list[tuple[str, int, int]]:
        return [(call.refusal, call.media, call.files) for call in self.store.find(HandIn, parent=PARTNER)]


@pytest.fixture
def desk(house: House, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    from django.apps import apps

    monkeypatch.setattr("jikimi.console.handing_in.time.sleep", lambda _: None)
    config: Any = apps.get_app_config("console")
    letterbox = Letterbox(store.deliveries, Keyring(b"k" * 32), clock)
    config.house = made = replace(house, letterbox=letterbox)
    store.apply(add_partner(made, PARTNER, TOKEN, tuple(Scope), by="ada"), by="ada")
    return Desk(made, store)


@pytest.fixture
def searched(desk: Desk, store: Store, clock: Clock) -> Case:
    """A live case that knows one picture."""
    from jikimi.model.case import Approval

    now = clock()
    consent = Consent(Authority.VICTIM, "find and remove", now.date(), now.date().replace(year=2027))
    case = Case("2026-9", "Willow", consent, Policy.ASK, is_minor=False, by="cora", at=now)
    prints = (Fingerprint("sha256", sha256(KNOWN).digest()), Fingerprint("pdq", sha256(KNOWN).digest(), 90))
    reference = Reference(case.key, prints, "garden", "cora", now)
    change = IndexChange(reference.key, case.key, is_added=True)
    records = (case, Approval(case.key, "bora", clock()), reference)
    store.apply(Outcome(records=records, index=(change,)), by="cora")
    catch_up(desk.house)
    return case


def a_post(**more: Any) -> dict[str, Any]:
    return {"id": "1", "url": URL, "media": [{"kind": "image", "url": URL + ".jpg"}], **more}


def test_a_post_with_addresses_waits_for_its_watch(desk: Desk) -> None:
    answer = desk.send(a_post(author="passer-by", text="words"))
    assert (answer.status_code, answer.json()) == (202, {"id": "1", "status": "taken"})
    assert desk.waiting == [a_post(author="passer-by", text="words")]
    assert desk.calls == [("", 1, 0)]
    assert "sessionid" not in answer.cookies


def test_a_file_is_looked_at_and_an_alert_raised_at_once(desk: Desk, store: Store, searched: Case) -> None:
    answer = desk.send_files(a_post(media=[{"kind": "image"}], text="words"), {"0": KNOWN})
    assert (answer.status_code, answer.json()) == (202, {"id": "1", "status": "taken"})
    (place,) = store.find(Place, case=searched.key)
    assert (place.post_url, place.media_url, place.watch, place.text) == (URL, URL, PARTNER, "words")
    assert len(store.find(Alert, case=searched.key)) == 1


def test_what_was_found_and_what_was_not_get_the_same_answer(desk: Desk, searched: Case) -> None:
    answers = [
        desk.send_files(a_post(media=[{"kind": "image"}]), {"0": body}) for body in (KNOWN, STRANGE, KNOWN)
    ]
    assert len({(one.status_code, one.content, str(sorted(one.headers.items()))) for one in answers}) == 1
    assert searched.key.encode() not in answers[0].content


def test_handed_in_twice_it_is_found_once(desk: Desk, store: Store, searched: Case) -> None:
    for _ in range(2):
        desk.send_files(a_post(media=[{"kind": "image"}]), {"0": KNOWN})
    assert len(store.find(Place, case=searched.key)) == 1
    assert desk.calls == [("", 1, 1)] * 2


def test_the_bytes_of_a_file_are_nowhere_afterwards(desk: Desk, searched: Case) -> None:
    from django.db import connection

    desk.send_files(a_post(media=[{"kind": "image"}]), {"0": KNOWN})
    desk.send_files(a_post(id="2", media=[{"kind": "image"}]), {"0": STRANGE})
    assert searched.key
    with connection.cursor() as cursor:
        dump = b"".join(str(line).encode() for line in connection.introspection.table_names(cursor))
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # our own names
            for row in cursor.fetchall():
                dump += b"".join(bytes(cell) for cell in row if isinstance(cell, bytes | memoryview))
    assert KNOWN[200:264] not in dump
    assert STRANGE[200:264] not in dump


def test_only_what_has_no_file_is_fetched(desk: Desk, searched: Case) -> None:
    from jikimi.store.models import JobRow

    media = [{"kind": "image"}, {"kind": "image", "url": URL + ".png"}]
    assert searched.key
    assert desk.send_files(a_post(media=media), {"0": STRANGE}).status_code == 202
    looks = JobRow.objects.filter(step__startswith="look")
    assert set(looks.values_list("step", "part")) == {("look", 1)}


@pytest.mark.parametrize("token", ["", "jikimi_" + "u" * 43, TOKEN + "t", TOKEN[:-1]])
def test_a_strange_token_opens_nothing(desk: Desk, token: str) -> None:
    answer = desk.send(a_post(), token)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert not desk.waiting
    assert not desk.calls


def test_an_ended_partner_and_an_older_token_open_nothing(desk: Desk, store: Store) -> None:
    newer = "jikimi_" + "n" * 43
    store.apply(add_partner(desk.house, PARTNER, newer, (Scope.POSTS,), by="ada"), by="ada")
    assert desk.send(a_post()).status_code == 401
    assert desk.send(a_post(), newer).status_code == 202
    store.apply(end_partner(desk.house, PARTNER, by="ada"), by="ada")
    assert desk.send(a_post(), newer).status_code == 401


def test_a_partner_does_only_what_the_token_is_for(desk: Desk, store: Store) -> None:
    store.apply(add_partner(desk.house, PARTNER, TOKEN, (Scope.POSTS,), by="ada"), by="ada")
    assert desk.send_files(a_post(), {"0": STRANGE}).status_code == 403
    assert desk.calls == [("403", 0, 0)]


WRONG: list[tuple[Any, int]] = [
    (b"{", 422),
    ({"id": "1"}, 422),
    (a_post(media=[{"kind": "image"}]), 422),
    (a_post(media=[{"kind": "text", "url": URL}]), 422),
    (a_post(url="ftp://board.invalid/1"), 422),
    (a_post(url="https://me:secret@board.invalid/1"), 422),
    (a_post(published_at="2026-03-02T09:00:00"), 422),
    (a_post(more="unknown"), 422),
    (a_post(id="x" * 600), 422),
    (a_post(media=[{"kind": "image", "url": URL}] * 21), 422),
    (b" " * (2**20 + 1), 413),
]


@pytest.mark.parametrize(("post", "status"), WRONG)
def test_what_is_not_a_post_is_refused_with_a_reason(desk: Desk, post: Any, status: int) -> None:
    answer = desk.send(post)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert desk.calls == [(str(status), 0, 0)]
    assert not desk.waiting


@pytest.mark.parametrize("mime", ["text/plain", "application/x-www-form-urlencoded", "text/html"])
def test_other_types_are_refused(desk: Desk, mime: str) -> None:
    assert desk.send(a_post(), mime=mime).status_code == 415
    assert desk.send(a_post(), **{"Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(
    ("files", "status"),
    [({"1": STRANGE}, 422), ({"00": STRANGE}, 400), ({"x": STRANGE}, 400), ({"0": b"text"}, 422)],
)
def test_wrong_files_are_refused(desk: Desk, files: dict[str, bytes], status: int) -> None:
    assert desk.send_files(a_post(media=[{"kind": "image"}]), files).status_code == status


def test_a_form_says_what_it_holds_and_nothing_else(desk: Desk) -> None:
    assert desk.send_files(a_post(), {}, other="field").status_code == 400
    wrong = a_post(media=[{"kind": "image", "sha256": "0" * 64}])
    assert desk.send_files(wrong, {"0": STRANGE}).status_code == 422
    assert desk.send(b"nonsense", mime="multipart/form-data; boundary=x").status_code == 400


def test_who_calls_too_often_is_asked_to_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jikimi.console.handing_in.CALLS_A_MINUTE", 2)
    assert CALLS_A_MINUTE > 2
    assert [desk.send(a_post()).status_code for _ in range(3)] == [202, 202, 429]
    assert desk.send(a_post()).headers["Retry-After"] == "60"
    monkeypatch.setattr("jikimi.console.handing_in.BYTES_A_MINUTE", 10)
    monkeypatch.setattr("jikimi.console.handing_in.CALLS_A_MINUTE", 100)
    assert desk.send(a_post()).status_code == 429


def test_tokens_cannot_be_tried_out(desk: Desk) -> None:
    answers = [desk.send(a_post(), "jikimi_" + "w" * 43).status_code for _ in range(STRANGERS_A_MINUTE + 1)]
    assert answers == [401] * STRANGERS_A_MINUTE + [429]
    assert desk.send(a_post()).status_code == 202


def test_while_nothing_can_be_kept_a_partner_is_asked_to_come_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jikimi.store.deliveries.MOST_WAITING", 0)
    answer = desk.send(a_post())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_it_is_for_sending_only(desk: Desk) -> None:
    assert desk.client.get("/api/v1/posts").status_code == 405
    assert desk.client.post("/api/v1/openapi.json").status_code == 405


def test_neither_token_nor_words_are_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        desk.send(a_post(text="private words"))
        desk.send(a_post(url="nonsense"))
    assert TOKEN not in caplog.text
    assert "private words" not in caplog.text


def test_an_answer_comes_at_a_whole_step_whatever_it_took() -> None:
    waits: list[float] = []
    moments = iter([10.0, 10.3, 20.0, 22.5, 30.0, 30.9])
    assert evenly(lambda: "done", 2.0, lambda: next(moments), waits.append) == "done"
    assert evenly(lambda: "done", 2.0, lambda: next(moments), waits.append) == "done"
    with pytest.raises(ZeroDivisionError):
        evenly(lambda: 1 / 0, 2.0, lambda: next(moments), waits.append)
    assert waits == pytest.approx([1.7, 1.5, 1.1])


def test_the_description_is_what_the_interface_does(desk: Desk) -> None:
    described = desk.client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    schemas = described["components"]["schemas"]
    rooted = {"components": {"schemas": schemas}}
    reads = jsonschema.Draft202012Validator(
        {**rooted, "$ref": "#/components/schemas/HandedPost"}, format_checker=None
    )
    for post, status in WRONG:
        if not isinstance(post, bytes):
            try_it = desk.send(post).status_code
            assert try_it == status
    assert reads.is_valid(a_post(author="a", text="b", published_at="2026-03-02T09:00:00Z"))
    assert not reads.is_valid({"id": "1"})
    assert not reads.is_valid(a_post(more="unknown"))
    assert not reads.is_valid(a_post(url="ftp://board.invalid/1"))
    assert not reads.is_valid(a_post(media=[{"kind": "text", "url": URL}]))
    answers = described["paths"]["/api/v1/posts"]["post"]["responses"]
    seen = {
        "202": desk.send(a_post()),
        "400": desk.send_files(a_post(), {"x": b""}),
        "401": desk.send(a_post(), "nobody"),
        "413": desk.send(b" " * (2**20 + 1)),
        "415": desk.send(a_post(), mime="text/plain"),
        "422": desk.send({"id": "1"}),
    }
    for status, answer in seen.items():
        assert str(answer.status_code) == status
        schema = answers[status]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), {**rooted, **schema})
    assert set(answers) == {*seen, "403", "405", "429", "503"}


def test_large_bodies_are_read_only_for_what_looks_like_a_token(address: str) -> None:
    from http.client import HTTPConnection

    def post(body: bytes | None, **headers: str) -> tuple[int, set[str]]:
        wire = HTTPConnection(address.removeprefix("http://"), timeout=30)
        told = {"Content-Type": "application/json", "Content-Length": str(2**20 + 1)}
        wire.request("POST", "/api/v1/posts", body, told | headers)
        answer = wire.getresponse()
        said = set(json.loads(answer.read()))
        wire.close()
        return answer.status, said

    assert post(None) == (413, {"error"})  # answered though nothing of it was sent
    assert post(b"x" * (2**20 + 1), Authorization=f"Bearer {TOKEN}") == (401, {"error"})
