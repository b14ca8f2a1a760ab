"""What is sent to a named service goes where it was meant to, once, and what comes back is bounded."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.post import GuardedPoster
from jikimi.model.errors import BadMedia, Blocked, Gone, JikimiError, TryLater
from jikimi.model.ports import Limits
from jikimi.model.post import Secret

Serve = Callable[..., str]
LIMITS = Limits(max_bytes=1000, deadline=timedelta(seconds=5), minimum_rate=1)


@pytest.fixture
def poster(policy: AddressPolicy, now: object) -> GuardedPoster:
    return GuardedPoster(policy, "jikimi-test", now)  # type: ignore[arg-type]  # a clock


@pytest.fixture
def now() -> object:
    from datetime import UTC, datetime

    return lambda: datetime(2026, 11, 22, tzinfo=UTC)


def answer(status: str, *lines: str, body: str = "") -> bytes:
    head = "\r\n".join(
        (f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "Connection: close", "", "")
    )
    return (head + body).encode()


def test_a_body_is_sent_and_the_answer_returned(
    poster: GuardedPoster, serve: Serve, seen: list[tuple[str, str, dict[str, str]]]
) -> None:
    url = serve(answer("200 OK", body="stamp"))
    got = poster.post(
        url, b"query", LIMITS, {"Content-Type": Secret("application/x"), "X-Token": Secret("t")}
    )
    assert (got.body, got.address) == (b"stamp", "127.0.0.1")
    (one,) = seen
    assert one[2]["content-type"] == "application/x"
    assert one[2]["content-length"] == "5"
    assert one[2]["x-token"] == "t"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer("302 Found", "Location: http://127.0.0.1:1/"), Blocked),
        (answer("401 No"), Blocked),
        (answer("404 No"), Gone),
        (answer("503 Busy"), TryLater),
        (answer("200 OK", body="x" * 1001), BadMedia),
        (b"nonsense", TryLater),
    ],
)
def test_other_answers_are_named_by_what_to_do(
    poster: GuardedPoster, serve: Serve, reply: bytes, error: type[JikimiError]
) -> None:
    with pytest.raises(error):
        poster.post(serve(reply), b"query", LIMITS, {})


def test_what_is_not_public_gets_nothing(poster: GuardedPoster, serve: Serve) -> None:
    with pytest.raises(Blocked):
        poster.post(serve(answer("200 OK"), "shut"), b"query", LIMITS, {})


def test_a_silent_service_is_left(poster: GuardedPoster, serve: Serve) -> None:
    async def silent(_writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    limits = Limits(max_bytes=1000, deadline=timedelta(milliseconds=200))
    with pytest.raises(TryLater):
        poster.post(serve(silent), b"query", limits, {})
