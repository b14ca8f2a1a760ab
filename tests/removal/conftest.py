"""A place, its evidence and its notice, and real mail servers on this machine that misbehave on request."""

import asyncio
import runpy
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from jikimi.evidence.signing import create_identity
from jikimi.model.alert import Evidence, Notice, Place
from jikimi.model.case import Authority
from jikimi.model.fingerprint import How, Tier
from jikimi.model.ports import Rules
from jikimi.removal.compose import compose

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVERS = runpy.run_path(str(Path(__file__).parents[1] / "mail_servers.py"))


@dataclass
class Mailbox:
    """Answers as told; keeps what it took. An answer of None is silence."""

    mail: str | None = "250 OK"
    rcpt: str | None = "250 OK"
    data: str | None = "250 OK queued as 7"
    drops_after_text: bool = False
    taken: list[Envelope] = field(default_factory=list)
    greeted_as: list[str] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802  # the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        del server, envelope
        session.host_name = hostname
        self.greeted_as.append(hostname)
        return responses

    async def handle_MAIL(  # noqa: N802  # the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        envelope.mail_from = address
        return await self._say(self.mail)

    async def handle_RCPT(  # noqa: N802  # the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        envelope.rcpt_tos.append(address)
        return await self._say(self.rcpt)

    async def handle_DATA(  # noqa: N802  # the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del session
        if self.drops_after_text:
            SERVERS["hang_up"](server)
        answer = await self._say(self.data)
        if answer.startswith("250"):
            self.taken.append(envelope)
        return answer

    async def _say(self, answer: str | None) -> str:
        if answer is None:
            await asyncio.Event().wait()
        return answer or ""


Serve = Callable[..., Any]


@pytest.fixture
def serve() -> Serve:
    return SERVERS["serving"]  # type: ignore[no-any-return]


def sign_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    del server, session, envelope, mechanism
    is_right = isinstance(data, LoginPassword) and data.password == b"p@ss:word"
    return AuthResult(success=is_right, handled=False)


@pytest.fixture
def authenticator() -> Callable[..., AuthResult]:
    return sign_in


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a self-signed certificate and its key in one file."""
    key, pem = create_identity("mail.test", lambda: datetime.now(UTC))
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(key + pem)
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def rules() -> Rules:
    return Rules(
        ladder=(HOUR, 6 * HOUR, 24 * HOUR, 7 * 24 * HOUR),
        gone_after=24 * HOUR,
        language="ko",
        centre="시험 지원센터",
        sender="notices@centre.example",
        contact="help@centre.example, +82-2-000-0000",
    )


@pytest.fixture
def place() -> Place:
    return Place(
        case="c" * 32,
        alert="a" * 32,
        reference="f" * 32,
        watch="board",
        post="e" * 32,
        part=0,
        post_url="https://board.example/게시판/1?x={y}",
        media_url="https://img.example/2026/a.jpg",
        author="poster-9",
        text="본문",
        sha256=bytes(range(32)),
        fingerprints=(),
        tier=Tier.LIKELY,
        score=0.93,
        how=How("pdq", 18, 31, "mirrored"),
        visible_at=NOW,
        seen_at=NOW,
        at=NOW,
    )


@pytest.fixture
def evidence(place: Place) -> Evidence:
    return Evidence(place.case, place.key, b"the sealed bag", "ab" * 32, NOW)


@pytest.fixture
def write(place: Place, evidence: Evidence, rules: Rules) -> Callable[..., Notice]:
    """Compose a notice about the place; what differs is given by name."""

    def written(**changes: Any) -> Notice:
        arguments: dict[str, Any] = {
            "recipient": "abuse@board.example",
            "channel": "email",
            "language": "ko",
            "number": 1,
            "rules": rules,
            "authority": Authority.VICTIM,
            "is_minor": False,
            "at": NOW,
        }
        return compose(changes.pop("place", place), evidence, **{**arguments, **changes})

    return written


@pytest.fixture
def notice(place: Place, evidence: Evidence, rules: Rules) -> Notice:
    return compose(
        place,
        evidence,
        recipient="abuse@board.example",
        channel="email",
        language="ko",
        number=1,
        rules=rules,
        authority="victim",
        is_minor=False,
        at=NOW,
    )


@pytest.fixture
def new_mailbox() -> type[Mailbox]:
    return Mailbox
