"""The same address is fetched once for all who ask at once, the same bytes are read once for a while."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from jikimi.media import shared
from jikimi.media.shared import REMEMBERED, RecallingSandbox, SharedFetches
from jikimi.model.errors import BadMedia, TryLater
from jikimi.model.fingerprint import Effort, Fingerprint, Inspection, Picture
from jikimi.model.ports import Fetched, Limits
from jikimi.model.post import Secret

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
QUICK = Limits(max_bytes=100_000, deadline=timedelta(seconds=20), max_redirects=3)
URL = "https://site.example/a"


class Slow:
    """A web and a sandbox that answer only once everybody has asked, and count what they do."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.done: list[object] = []
        self.trouble: Exception | None = None

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        self._work((url, dict(headers or {})))
        return Fetched(url, (url,), "", limits.max_redirects, (), b"body", NOW)

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        return self.fetch(url, limits, headers)

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        self._work((body, effort))
        return Inspection(body, "JPEG", 1, 1, 1, (Fingerprint("pdq", body),), b"preview")

    def render(self, body: bytes, longest_side: int) -> bytes:
        return body[:longest_side]

    def codes(self, body: bytes) -> tuple[str, ...]:
        return (body.decode(),)

    def pages(self, _: bytes) -> tuple[Picture, ...]:
        return ()

    def _work(self, what: object) -> None:
        assert self.gate.wait(20)
        self.done.append(what)
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def slow() -> Slow:
    return Slow()


def all_at_once(slow: Slow, calls: list[Callable[[], object]], count: Callable[[], int]) -> list[object]:
    """Run every call in a thread of its own, open the gate when all have asked."""
    with ThreadPoolExecutor(len(calls)) as pool:
        asked = [pool.submit(call) for call in calls]
        while count() < len(calls):
            threading.Event().wait(0.005)
        slow.gate.set()
        return [one.exception() or one.result() for one in asked]


class Counted:
    """Counts who has come to the door of what is shared, before it asks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.come = 0
        lock, once = threading.Lock(), shared._Together.once

        def counted(together: object, key: object, call: Callable[[], object]) -> object:
            with lock:
                self.come += 1
            return once(together, key, call)  # type: ignore[arg-type]

        monkeypatch.setattr(shared._Together, "once", counted)


def test_a_hundred_who_ask_at_once_cost_one_fetch(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    counted, web = Counted(monkeypatch), SharedFetches(slow)
    got = all_at_once(slow, [lambda: web.fetch(URL, QUICK)] * 100, lambda: counted.come)
    assert len(slow.done) == 1
    assert got == [got[0]] * 100
    web.fetch(URL, QUICK)
    assert len(slow.done) == 2  # nothing is kept


def test_an_error_is_everybodys(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    counted, web = Counted(monkeypatch), SharedFetches(slow)
    slow.trouble = TryLater("busy")
    got = all_at_once(slow, [lambda: web.fetch(URL, QUICK)] * 10, lambda: counted.come)
    assert {str(one) for one in got} == {"busy"}
    assert len(slow.done) == 1


def test_other_headers_limits_and_addresses_are_other_fetches(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, web = Counted(monkeypatch), SharedFetches(slow)
    calls: list[Callable[[], object]] = [
        lambda: web.fetch(URL, QUICK),
        lambda: web.fetch(URL, Limits()),
        lambda: web.fetch(URL + "b", QUICK),
        lambda: web.fetch(URL, QUICK, {"Cookie": Secret("one")}),
        lambda: web.fetch(URL, QUICK, {"Cookie": Secret("two")}),
        lambda: web.fetch(URL, QUICK, {"cookie": Secret("two")}),
    ]
    all_at_once(slow, calls, lambda: counted.come)
    assert len(slow.done) == 5
    assert asyncio.run(web.fetch_async(URL, QUICK)).body == b"body"


def test_the_same_picture_of_a_hundred_accounts_is_read_once(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, sandbox = Counted(monkeypatch), RecallingSandbox(slow, lambda: NOW)
    got = all_at_once(slow, [lambda: sandbox.inspect(b"picture")] * 100, lambda: counted.come)
    assert got == [sandbox.inspect(b"picture")] * 100
    assert slow.done == [(b"picture", Effort.FIRST)]


def test_after_a_while_and_with_more_effort_bytes_are_read_anew(slow: Slow) -> None:
    now = [NOW]
    sandbox = RecallingSandbox(slow, lambda: now[0])
    slow.gate.set()
    for effort in (Effort.FIRST, Effort.SECOND, Effort.SECOND, Effort.REFERENCE, Effort.REFERENCE):
        sandbox.inspect(b"a", effort)
    assert len(slow.done) == 5
    now[0] += REMEMBERED
    sandbox.inspect(b"a")
    assert len(slow.done) == 6
    assert (sandbox.render(b"abc", 2), sandbox.codes(b"x"), sandbox.pages(b"x")) == (b"ab", ("x",), ())


def test_the_oldest_is_forgotten_where_memory_is_full(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MOST_BYTES", 5000)
    sandbox = RecallingSandbox(slow, lambda: NOW)
    slow.gate.set()
    for body in (b"a", b"b", b"c", b"c", b"a", bytes(9000), bytes(9000)):
        sandbox.inspect(body)
    assert [body[:1] for body, _ in slow.done] == [b"a", b"b", b"c", b"a", b"\0", b"\0"]  # type: ignore[misc, has-type]


def test_what_cannot_be_read_is_not_remembered(slow: Slow) -> None:
    sandbox = RecallingSandbox(slow, lambda: NOW)
    slow.gate.set()
    slow.trouble = BadMedia("took too long")
    for _ in range(2):
        with pytest.raises(BadMedia):
            sandbox.inspect(b"a")
    assert len(slow.done) == 2
    assert timedelta() < REMEMBERED
