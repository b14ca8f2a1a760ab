"""What a request by mail carries besides its text, and that the receivers' own DKIM check accepts it."""

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import dkim
import pytest
import xarf

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Misconfigured, NeedsHuman
from jikimi.model.mail import About, Mailing
from jikimi.model.post import Secret
from jikimi.removal.dkim import DkimSigner, new_key
from jikimi.removal.smtp import SmtpChannel
from jikimi.removal.xarf import report_of

pytestmark = pytest.mark.server

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
ABOUT = About("https://board.example/1", "https://img.example/a.jpg", "ab" * 32, NOW)


@pytest.fixture(scope="module")
def signer() -> DkimSigner:
    return DkimSigner("centre.example", "jikimi", new_key())


@pytest.fixture
def told(notice: Notice) -> Notice:
    return replace(notice, about=ABOUT)


def opened(port: int, **options: Any) -> SmtpChannel:
    return SmtpChannel(
        Secret(f"smtp://127.0.0.1:{port}"),
        "시험 지원센터 <notices@centre.example>",
        timeout=timedelta(seconds=10),
        clock=lambda: NOW,
        **options,
    )


def published(signer: DkimSigner) -> Callable[..., bytes]:
    """Answer for the name server: the one record that the operator was told to publish."""

    def ask(name: bytes, timeout: int = 5) -> bytes:
        del timeout
        assert name.decode().rstrip(".") == signer.name
        return signer.record.encode()

    return ask


def parsed(envelope: Any) -> EmailMessage:
    return message_from_bytes(envelope.content, policy=default)  # type: ignore[return-value]


def test_a_receiver_that_checks_dkim_accepts_the_mail_as_it_came(
    new_mailbox: Any, serve: Any, told: Notice, evidence: Evidence, signer: DkimSigner
) -> None:
    mailbox = new_mailbox()
    with serve(mailbox) as port:
        opened(port, sign=signer, reply_to="removal@centre.example").deliver(told, evidence)
    raw = mailbox.taken[0].content
    assert dkim.verify(raw, dnsfunc=published(signer))
    assert b"d=centre.example" in raw
    signed = raw.partition(b"h=")[2].partition(b";")[0].lower()
    for header in (b"from", b"to", b"reply-to", b"subject", b"date", b"message-id"):
        assert header in signed


@pytest.mark.parametrize(
    ("old", "new"), [(b"abuse@board.example", b"other@board.example"), (b"MIME-Version: 1.0", b"")]
)
def test_a_mail_that_was_altered_on_its_way_is_refused(
    new_mailbox: Any, serve: Any, told: Notice, evidence: Evidence, signer: DkimSigner, old: bytes, new: bytes
) -> None:
    mailbox = new_mailbox()
    with serve(mailbox) as port:
        opened(port, sign=signer).deliver(told, evidence)
    altered = mailbox.taken[0].content.replace(old, new)
    assert not dkim.verify(altered, dnsfunc=published(signer))


def test_the_same_key_gives_the_same_record_and_a_zone_line_of_short_strings(signer: DkimSigner) -> None:
    assert signer.name == "jikimi._domainkey.centre.example"
    assert signer.record.startswith("v=DKIM1; k=rsa; p=")
    strings = signer.zone_line.partition(" IN TXT ")[2].split('" "')
    assert "".join(strings).strip('"') == signer.record
    assert max(map(len, strings)) <= 256


def test_no_key_is_shown_and_a_wrong_one_says_what_to_type(signer: DkimSigner) -> None:
    assert repr(signer) == "DkimSigner(jikimi._domainkey.centre.example)"
    with pytest.raises(Misconfigured, match="jikimi mail dkim"):
        DkimSigner("centre.example", "jikimi", b"not a key")


def test_answers_and_bounces_come_back_under_a_token_of_their_own(
    new_mailbox: Any, serve: Any, told: Notice, evidence: Evidence
) -> None:
    mailbox = new_mailbox()
    with serve(mailbox) as port:
        opened(port, reply_to="removal@centre.example").deliver(told, evidence)
    (envelope,) = mailbox.taken
    token = f"removal+{told.key}@centre.example"
    assert envelope.mail_from == token
    assert parsed(envelope)["Reply-To"] == token
    assert parsed(envelope)["From"] == "시험 지원센터 <notices@centre.example>"


def test_the_addresses_are_attached_for_machines(
    new_mailbox: Any, serve: Any, told: Notice, evidence: Evidence
) -> None:
    mailbox = new_mailbox()
    with serve(mailbox) as port:
        opened(port).deliver(told, evidence)
    (attached,) = parsed(mailbox.taken[0]).iter_attachments()
    assert attached.get_filename() == "addresses.csv"
    (row,) = csv.DictReader(io.StringIO(attached.get_content()))  # type: ignore[attr-defined]
    assert row == {
        "request": told.key[:12],
        "post": "https://board.example/1",
        "file": "https://img.example/a.jpg",
        "sha256": "ab" * 32,
        "seen_at": "2026-11-22T13:00:00Z",
    }


def test_no_address_can_become_a_formula_in_a_spreadsheet(
    new_mailbox: Any, serve: Any, told: Notice, evidence: Evidence
) -> None:
    mailbox = new_mailbox()
    odd = replace(told, about=replace(ABOUT, media_url='=HYPERLINK("x")'))
    with serve(mailbox) as port:
        opened(port).deliver(odd, evidence)
    (attached,) = parsed(mailbox.taken[0]).iter_attachments()
    assert "'=HYPERLINK" in attached.get_content()  # type: ignore[attr-defined]


def several(notice: Notice) -> tuple[Notice, ...]:
    return tuple(
        replace(notice, place=f"{n}" * 32, about=replace(ABOUT, post_url=f"https://board.example/{n}"))
        for n in range(3)
    )


def test_several_requests_to_one_contact_are_one_mail_with_one_identity(
    new_mailbox: Any, serve: Any, told: Notice, signer: DkimSigner
) -> None:
    notices = several(told)
    mailing = Mailing(told.case, "g" * 32, tuple(n.key for n in notices), NOW)
    mailbox = new_mailbox()
    with serve(mailbox) as port:
        channel = opened(port, sign=signer, reply_to="removal@centre.example")
        handed = channel.deliver_together(mailing, notices)
        assert channel.deliver_together(mailing, notices).trace == handed.trace
    message = parsed(mailbox.taken[0])
    assert handed.trace == message["Message-ID"] == f"<{mailing.key}@centre.example>"
    assert message["Reply-To"] == f"removal+{mailing.key}@centre.example"
    assert message["Subject"] == f"{told.subject} (+2)"
    text, attached = message.get_body(), next(message.iter_attachments())
    assert text is not None
    assert text.get_content().count(told.body.splitlines()[0]) == 3
    assert len(attached.get_content().splitlines()) == 4  # type: ignore[attr-defined]
    assert dkim.verify(mailbox.taken[0].content, dnsfunc=published(signer))


def test_requests_that_do_not_belong_together_are_not_sent(told: Notice) -> None:
    notices = several(told)
    channel = opened(9)
    with pytest.raises(NeedsHuman, match="not the requests"):
        channel.deliver_together(Mailing(told.case, "g", (notices[0].key,), NOW), notices)
    mixed = (notices[0], replace(notices[1], recipient="other@board.example"))
    mailing = Mailing(told.case, "g", tuple(n.key for n in mixed), NOW)
    with pytest.raises(NeedsHuman, match="different recipients"):
        channel.deliver_together(mailing, mixed)


def test_nothing_but_text_a_list_and_reports_is_ever_attached(
    new_mailbox: Any, serve: Any, told: Notice, evidence: Evidence
) -> None:
    mailbox = new_mailbox()
    minor = replace(told, about=replace(ABOUT, is_minor=True))
    with serve(mailbox) as port:
        opened(port, classification="baseline").deliver(minor, evidence)
    kinds = [part.get_content_type() for part in parsed(mailbox.taken[0]).walk()]
    assert kinds == ["multipart/mixed", "text/plain", "text/csv", "application/json"]


def test_a_report_about_a_minor_holds_to_the_format_of_xarf(told: Notice) -> None:
    minor = replace(told, about=replace(ABOUT, is_minor=True))
    report = report_of(minor, sender="notices@centre.example", organisation="Centre", classification="A1")
    result = xarf.parse(json.dumps(report))
    assert result.errors == []
    assert report is not None
    assert report == report_of(
        minor, sender="notices@centre.example", organisation="Centre", classification="A1"
    )


def test_the_format_has_no_word_for_adults_and_none_for_what_nobody_classified(told: Notice) -> None:
    assert report_of(told, sender="notices@centre.example", classification="A1") is None
    minor = replace(told, about=replace(ABOUT, is_minor=True))
    assert report_of(minor, sender="notices@centre.example") is None


@pytest.mark.parametrize("seed", range(25))
def test_whatever_a_mail_looks_like_its_signature_is_accepted(signer: DkimSigner, seed: int) -> None:
    dice = random.Random(seed)
    spaces = (" ", "  ", "\t", "\r\n\t", " \r\n  ")
    subject = "".join(dice.choice(["a", "제", ";", "=", *spaces[:3]]) for _ in range(80))
    lines = [
        "".join(dice.choice("ab. \t=") for _ in range(dice.randint(0, 60))) for _ in range(dice.randint(0, 9))
    ]
    head = (
        f"From: =?utf-8?q?x?={dice.choice(spaces)}<a@centre.example>\r\nTo:b@site.example\r\n"
        f"SUBJECT: {subject.encode('unicode_escape').decode()}\r\nX-Other: one\r\n"
        f"Date: now{dice.choice(spaces[:3])}\r\n"
        "Message-ID: <1@centre.example>\r\n"
    )
    body = "\r\n".join(lines) + "\r\n" * dice.randint(1, 4)  # SMTP knows whole lines only
    message = signer(f"{head}\r\n{body}".encode())
    assert dkim.verify(message, dnsfunc=published(signer))
    assert not dkim.verify(message.replace(b"b@site", b"c@site"), dnsfunc=published(signer))
    assert max(map(len, message.partition(b"\r\n\r\n")[0].split(b"\r\n"))) < 998
