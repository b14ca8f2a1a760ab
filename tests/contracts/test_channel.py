"""Every channel keeps the port's promises: rehearsal, and mail against a real server on this machine."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from socket import socket

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Blocked, JikimiError, TryLater
from jikimi.model.ports import Channel
from jikimi.model.post import Secret
from jikimi.removal.rehearsal import RehearsalChannel
from jikimi.removal.smtp import SmtpChannel

pytestmark = pytest.mark.server

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
PASSWORD = "hunter2"
EVIDENCE = Evidence("c" * 32, "d" * 32, b"the sealed bag", "ab" * 32, NOW)
NOTICE = Notice(
    case="c" * 32,
    place="d" * 32,
    evidence=EVIDENCE.key,
    channel="email",
    recipient="abuse@board.example",
    language="ko",
    subject="[삭제요청 0123456789ab] 요청",
    body="주소: https://board.example/1\n",
    number=1,
    at=NOW,
)


class Mood(Enum):
    """How the other side takes a notice."""

    YES = "250 OK"
    LATER = "451 4.7.1 come back later"
    NEVER = "550 5.1.1 no such address"
    SILENCE = ""


@dataclass(frozen=True)
class Rig:
    """A channel, what the other side has taken so far as text, and whether the other side can refuse."""

    name: str
    open: Callable[[Mood], AbstractContextManager[tuple[Channel, list[str]]]]
    can_refuse: bool


@contextmanager
def rehearsal(mood: Mood) -> Iterator[tuple[Channel, list[str]]]:
    del mood
    shown: list[str] = []
    yield RehearsalChannel(shown.append), shown


class Sink:
    """A mail server's mind: one mood for every recipient."""

    def __init__(self, mood: Mood, taken: list[str]) -> None:
        self.mood = mood
        self.taken = taken

    async def handle_RCPT(  # noqa: N802  # the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.mood is Mood.SILENCE:
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return self.mood.value

    async def handle_DATA(  # noqa: N802  # the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        content = envelope.content
        self.taken.append(content.decode() if isinstance(content, bytes) else str(content))
        return Mood.YES.value


@contextmanager
def mail(mood: Mood) -> Iterator[tuple[Channel, list[str]]]:
    taken: list[str] = []
    door = socket()
    door.bind(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    sink = Sink(mood, taken)
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(sink, hostname="mail.test", loop=loop))
        return sessions[-1]

    listener = loop.run_until_complete(loop.create_server(session, sock=door))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    timeout = timedelta(seconds=0.2 if mood is Mood.SILENCE else 10)
    url = Secret(f"smtp://127.0.0.1:{door.getsockname()[1]}")
    try:
        yield SmtpChannel(url, "notices@centre.example", timeout=timeout, clock=lambda: NOW), taken
    finally:
        asyncio.run_coroutine_threadsafe(stop(listener, sessions), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def stop(listener: asyncio.Server, sessions: list[SMTP]) -> None:
    listener.close()
    for session in sessions:
        if isinstance(session.transport, asyncio.Transport):
            session.transport.abort()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


RIGS = [Rig("rehearsal", rehearsal, can_refuse=False), Rig("email", mail, can_refuse=True)]
every = pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig.name)
refusing = pytest.mark.parametrize("rig", [r for r in RIGS if r.can_refuse], ids=lambda rig: rig.name)


@every
def test_a_channel_has_the_name_that_stands_in_notices(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, _):
        assert channel.name == rig.name


@every
def test_returning_means_that_the_other_side_has_it_once(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, taken):
        handed = channel.deliver(NOTICE, EVIDENCE)
    assert len(taken) == 1
    assert "abuse@board.example" in taken[0]
    assert handed.trace
    assert handed.detail
    assert "\n" not in handed.detail


@every
def test_the_same_notice_always_carries_the_same_identity(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, _):
        first = channel.deliver(NOTICE, EVIDENCE)
        again = channel.deliver(NOTICE, EVIDENCE)
        other = channel.deliver(replace(NOTICE, number=2), EVIDENCE)
    assert first.trace == again.trace
    assert NOTICE.key in first.trace
    assert other.trace != first.trace


@every
def test_the_bundle_itself_is_not_carried(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, taken):
        channel.deliver(NOTICE, EVIDENCE)
    assert EVIDENCE.bag.decode() not in taken[0]


@refusing
@pytest.mark.parametrize(
    ("mood", "expected"),
    [(Mood.LATER, TryLater), (Mood.NEVER, Blocked), (Mood.SILENCE, TryLater)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_no_is_raised_by_what_to_do_about_it_and_nothing_is_delivered(
    rig: Rig, mood: Mood, expected: type[JikimiError]
) -> None:
    with rig.open(mood) as (channel, taken):
        with pytest.raises(expected) as caught:
            channel.deliver(NOTICE, EVIDENCE)
        assert taken == []
    assert "board.example/1" not in str(caught.value)
    assert "centre.example" not in str(caught.value)


def test_no_channel_shows_a_secret() -> None:
    url = Secret(f"smtp://someone:{PASSWORD}@mail.example")
    shown = repr(SmtpChannel(url, "notices@centre.example", clock=lambda: NOW))
    assert PASSWORD not in shown
    assert "someone" not in shown


@every
def test_what_a_channel_shows_of_itself_holds_no_text_of_a_notice(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, _):
        channel.deliver(NOTICE, EVIDENCE)
        assert "board.example" not in repr(channel)
