"""Every channel keeps the port's promises, against real servers and recorded answers on this machine."""

import asyncio
import runpy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.submit import GuardedSubmitter
from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Blocked, InDoubt, JikimiError, NeedsHuman, TryLater
from jikimi.model.mail import About
from jikimi.model.ports import Answered, Channel, FilledForm, Limits, Rules
from jikimi.model.post import Secret
from jikimi.removal.aws import AwsAccess, AwsChannel
from jikimi.removal.bluesky import BlueskyChannel
from jikimi.removal.cloudflare import CloudflareChannel
from jikimi.removal.form_text import FormText
from jikimi.removal.mastodon import MastodonChannel
from jikimi.removal.matrix import MatrixChannel
from jikimi.removal.rehearsal import RehearsalChannel
from jikimi.removal.smtp import SmtpChannel
from jikimi.removal.web_form import WebFormChannel

pytestmark = pytest.mark.server

SERVERS = runpy.run_path(str(Path(__file__).parents[1] / "mail_servers.py"))
APIS = runpy.run_path(str(Path(__file__).parents[1] / "api_servers.py"))
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
    """A channel, what the other side has taken so far as text, and whether the other side can refuse.

    `about` and `recipient` are such as this channel takes, `marker` shows in what was taken. `silence` is
    what a silent other side means: "later" only where it certainly has nothing, or repeating does no harm.
    """

    name: str
    open: Callable[[Mood], AbstractContextManager[tuple[Channel, list[str]]]]
    can_refuse: bool
    recipient: str = "abuse@board.example"
    marker: str = "abuse@board.example"
    about: About | None = None
    silence: type[JikimiError] = TryLater

    @property
    def notice(self) -> Notice:
        return replace(NOTICE, channel=self.name, recipient=self.recipient, about=self.about)


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
    timeout = timedelta(seconds=0.2 if mood is Mood.SILENCE else 10)
    with SERVERS["serving"](Sink(mood, taken)) as port:
        url = Secret(f"smtp://127.0.0.1:{port}")
        yield SmtpChannel(url, "notices@centre.example", timeout=timeout, clock=lambda: NOW), taken


STATUS = {Mood.YES: 200, Mood.LATER: 429, Mood.NEVER: 400, Mood.SILENCE: 0}
BOARD = About("https://board.example/1", "https://board.example/1.jpg", "ab" * 32, NOW)
RULES = Rules((), timedelta(1), "ko", "Centre", "notices@centre.example", "desk@centre.example")


class Hasty:
    """A submitter that waits a moment only, so that silence is found out at once."""

    def __init__(self, inner: GuardedSubmitter, *, is_silent: bool) -> None:
        self._inner = inner
        self._seconds = 0.3 if is_silent else 10

    def submit(self, url: str, body: bytes, limits: Limits, headers: Any) -> Answered:
        hasty = replace(limits, deadline=timedelta(seconds=self._seconds))
        return self._inner.submit(url, body, hasty, headers)


def interface(
    talk: str, make: Callable[[Any, GuardedFetcher, Any], Channel]
) -> Callable[[Mood], AbstractContextManager[tuple[Channel, list[str]]]]:
    @contextmanager
    def opened(mood: Mood) -> Iterator[tuple[Channel, list[str]]]:
        with APIS["serving"](APIS[talk], STATUS[mood]) as api:
            policy = AddressPolicy(frozenset({("127.0.0.1", api.port)}))
            submitter = Hasty(GuardedSubmitter(policy, "test"), is_silent=mood is Mood.SILENCE)
            with GuardedFetcher(policy, user_agent="test", clock=lambda: NOW) as fetcher:
                yield make(api, fetcher, submitter), api.taken

    return opened


class ScriptedForms:
    """A browser that takes what it is given, or says no. Implements the port FormFiller."""

    def __init__(self, mood: Mood, taken: list[str]) -> None:
        self._mood = mood
        self._taken = taken

    def fill(self, form: FilledForm) -> str:
        if self._mood is Mood.LATER:
            raise TryLater("The form on board.test cannot be reached.")
        if self._mood is Mood.NEVER:
            raise Blocked("The form on board.test says: no.")
        if self._mood is Mood.SILENCE:
            raise InDoubt("In doubt: the form on board.test was sent.")
        self._taken.append(f"{form.url} {form.fields}")
        return "thank you"


@contextmanager
def web_form(mood: Mood) -> Iterator[tuple[Channel, list[str]]]:
    taken: list[str] = []
    form = FormText("board", "https://board.test/report", {"#url": "{post_url}"}, "#send", "thank you")
    yield WebFormChannel(ScriptedForms(mood, taken), (form,), rules=RULES), taken


SECRET = Secret("hunter2")
RIGS = [
    Rig("rehearsal", rehearsal, can_refuse=False),
    Rig("email", mail, can_refuse=True),
    Rig(
        "bluesky",
        interface(
            "bluesky",
            lambda api, fetcher, submitter: BlueskyChannel(
                fetcher, submitter, service=api.url, identifier="centre.example", password=SECRET
            ),
        ),
        can_refuse=True,
        recipient=APIS["LABELER"],
        marker="3kpost",
        about=replace(BOARD, post_url="https://bsky.app/profile/poster.example/post/3kpost"),
        silence=InDoubt,
    ),
    Rig(
        "mastodon",
        interface(
            "mastodon",
            lambda api, fetcher, submitter: MastodonChannel(fetcher, submitter, server=api.url, token=SECRET),
        ),
        can_refuse=True,
        recipient="https://social.example",
        marker="9001",
        about=replace(BOARD, post_url="https://social.example/@poster/1"),
        silence=InDoubt,
    ),
    Rig(
        "matrix",
        interface(
            "matrix",
            lambda api, _, submitter: MatrixChannel(submitter, homeserver=api.url, token=SECRET),
        ),
        can_refuse=True,
        recipient="http://127.0.0.1",
        marker="%24event-1",
        about=replace(BOARD, post_url="https://matrix.to/#/!room:server.example/$event-1?via=server.example"),
        silence=InDoubt,
    ),
    Rig(
        "cloudflare",
        interface(
            "cloudflare",
            lambda api, _, submitter: CloudflareChannel(
                submitter,
                account="acc-1",
                token=SECRET,
                centre="Centre",
                mail="n@centre.example",
                api=api.url,
            ),
        ),
        can_refuse=True,
        recipient="https://abuse.cloudflare.com",
        marker="https://board.example/1.jpg",
        about=BOARD,
        silence=InDoubt,
    ),
    Rig(
        "aws",
        interface(
            "aws",
            lambda api, _, submitter: AwsChannel(
                submitter,
                AwsAccess("eu-west-2", "AKIDEXAMPLE", SECRET),
                sender="n@centre.example",
                classification="baseline",
                clock=lambda: NOW,
                endpoint=api.url,
            ),
        ),
        can_refuse=True,
        recipient="https://abuse.eu-west-2.amazonaws.com",
        marker="https://board.example/1.jpg",
        about=replace(BOARD, is_minor=True),
    ),
    Rig(
        "form",
        web_form,
        can_refuse=True,
        recipient="https://board.test/report",
        marker="https://board.example/1",
        about=BOARD,
        silence=InDoubt,
    ),
]
every = pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig.name)
refusing = pytest.mark.parametrize("rig", [r for r in RIGS if r.can_refuse], ids=lambda rig: rig.name)


@every
def test_a_channel_has_the_name_that_stands_in_notices(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, _):
        assert channel.name == rig.name


@every
def test_returning_means_that_the_other_side_has_it_once(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, taken):
        handed = channel.deliver(rig.notice, EVIDENCE)
    assert len(taken) == 1
    assert rig.marker in taken[0]
    assert handed.trace
    assert handed.detail
    assert "\n" not in handed.detail


@every
def test_the_same_notice_always_carries_the_same_identity(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, _):
        first = channel.deliver(rig.notice, EVIDENCE)
        again = channel.deliver(rig.notice, EVIDENCE)
        other = channel.deliver(replace(rig.notice, number=2), EVIDENCE)
    assert first.trace == again.trace
    assert rig.notice.key in first.trace
    assert other.trace != first.trace


@every
def test_the_bundle_itself_is_not_carried(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, taken):
        channel.deliver(rig.notice, EVIDENCE)
    assert EVIDENCE.bag.decode() not in taken[0]


@refusing
@pytest.mark.parametrize("mood", [Mood.LATER, Mood.NEVER, Mood.SILENCE], ids=lambda mood: mood.name)
def test_a_no_is_raised_by_what_to_do_about_it_and_nothing_is_delivered(rig: Rig, mood: Mood) -> None:
    expected = {Mood.LATER: TryLater, Mood.NEVER: Blocked, Mood.SILENCE: rig.silence}[mood]
    with rig.open(mood) as (channel, taken):
        with pytest.raises(expected) as caught:
            channel.deliver(rig.notice, EVIDENCE)
        assert taken == []
    assert "board.example/1" not in str(caught.value)
    assert "centre.example" not in str(caught.value)


@every
def test_evidence_of_another_place_is_not_taken_for_a_request_s(rig: Rig) -> None:
    if rig.name == "rehearsal":
        return  # it shows what would be sent, whatever that is
    with rig.open(Mood.YES) as (channel, taken):
        with pytest.raises(NeedsHuman, match="not that of this request"):
            channel.deliver(rig.notice, replace(EVIDENCE, place="e" * 32))
        assert taken == []


def test_no_channel_shows_a_secret() -> None:
    url = Secret(f"smtp://someone:{PASSWORD}@mail.example")
    shown = repr(SmtpChannel(url, "notices@centre.example", clock=lambda: NOW))
    assert PASSWORD not in shown
    assert "someone" not in shown


@every
def test_no_channel_shows_how_it_signs_in(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, _):
        assert PASSWORD not in repr(channel)


@every
def test_what_a_channel_shows_of_itself_holds_no_text_of_a_notice(rig: Rig) -> None:
    with rig.open(Mood.YES) as (channel, _):
        channel.deliver(rig.notice, EVIDENCE)
        assert "board.example" not in repr(channel)
