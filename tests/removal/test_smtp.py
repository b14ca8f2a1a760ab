"""Requests by mail, against a real mail server on this machine."""

import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import Any

import pytest

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Blocked, InDoubt, JikimiError, Misconfigured, NeedsHuman, TryLater
from jikimi.model.post import Secret
from jikimi.removal.mail_server import MailServer
from jikimi.removal.mail_session import Envelope, Patience, hand_in
from jikimi.removal.smtp import SmtpChannel

pytestmark = pytest.mark.server

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
SOON = timedelta(seconds=0.2)
SENDER = "시험 지원센터 <notices@centre.example>"
ABROAD = "127.1"  # this machine by a name that does not look like it


def channel(port: int, *, who: str = "", host: str = "127.0.0.1", scheme: str = "smtp") -> SmtpChannel:
    url = Secret(f"{scheme}://{who}{host}:{port}")
    return SmtpChannel(url, SENDER, timeout=timedelta(seconds=10), clock=lambda: NOW)


def hasty(port: int) -> SmtpChannel:
    url = Secret(f"smtp://127.0.0.1:{port}")
    return SmtpChannel(url, SENDER, timeout=SOON, last_answer=SOON, clock=lambda: NOW)


def impatient_at_the_end(port: int) -> SmtpChannel:
    url = Secret(f"smtp://127.0.0.1:{port}")
    return SmtpChannel(url, SENDER, timeout=timedelta(seconds=10), last_answer=SOON, clock=lambda: NOW)


@pytest.fixture
def mailbox(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("new_mailbox")()


def test_a_request_arrives_as_plain_text_with_all_its_headers(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence
) -> None:
    with serve(mailbox) as port:
        handed = channel(port).deliver(notice, evidence)
    (envelope,) = mailbox.taken
    message = message_from_bytes(envelope.content, policy=default)
    assert envelope.mail_from == "notices@centre.example"
    assert envelope.rcpt_tos == ["abuse@board.example"]
    assert message["Message-ID"] == handed.trace == f"<{notice.key}@centre.example>"
    assert message["Subject"] == notice.subject
    assert message["From"] == SENDER
    assert message["To"] == "abuse@board.example"
    assert message["Date"] == "Sun, 22 Nov 2026 13:00:00 +0000"
    assert message["Auto-Submitted"] is None
    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()
    assert message.get_content().replace("\r\n", "\n") == notice.body
    assert handed.detail == "250 OK queued as 7"


def test_lines_that_begin_with_a_dot_and_a_missing_last_line_end_arrive_as_written(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence
) -> None:
    with serve(mailbox) as port:
        channel(port).deliver(replace(notice, body=".\n..a\n.end"), evidence)
    message = message_from_bytes(mailbox.taken[0].content, policy=default)
    assert message.get_content().replace("\r\n", "\n") == ".\n..a\n.end\n"


def test_the_machine_s_own_name_is_not_told(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence
) -> None:
    with serve(mailbox) as port:
        channel(port).deliver(notice, evidence)
    assert mailbox.greeted_as == ["centre.example"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"rcpt": "451 4.7.1 greylisted, come back"}, TryLater),
        ({"rcpt": "550 5.1.1 no such address"}, Blocked),
        ({"data": "451 4.3.0 disk full"}, TryLater),
        ({"data": "554 5.7.1 looks like spam"}, Blocked),
        ({"mail": "421 4.3.2 shutting down"}, TryLater),
        ({"mail": "550 5.7.1 sender unknown"}, Misconfigured),
        ({"mail": None}, TryLater),
        ({"rcpt": None}, TryLater),
    ],
    ids=str,
)
def test_each_answer_becomes_the_error_that_says_what_to_do(
    new_mailbox: Any,
    serve: Any,
    notice: Notice,
    evidence: Evidence,
    answers: dict[str, str | None],
    expected: type[JikimiError],
) -> None:
    mailbox = new_mailbox(**answers)
    is_silent = None in answers.values()
    with serve(mailbox) as port, pytest.raises(expected) as caught:
        (hasty if is_silent else channel)(port).deliver(notice, evidence)
    assert mailbox.taken == []
    (answer,) = answers.values()
    assert (answer or "broke off")[:20] in str(caught.value)


def test_greylisting_says_to_come_back_in_five_minutes(
    new_mailbox: Any, serve: Any, notice: Notice, evidence: Evidence
) -> None:
    with serve(new_mailbox(rcpt="451 later")) as port, pytest.raises(TryLater) as caught:
        channel(port).deliver(notice, evidence)
    assert caught.value.after == timedelta(minutes=5)


@pytest.mark.parametrize("trouble", [{"data": None}, {"drops_after_text": True}], ids=str)
def test_no_answer_to_the_whole_text_is_in_doubt_and_names_the_message(
    new_mailbox: Any, serve: Any, notice: Notice, evidence: Evidence, trouble: dict[str, Any]
) -> None:
    with serve(new_mailbox(**trouble)) as port, pytest.raises(InDoubt, match="In doubt") as caught:
        impatient_at_the_end(port).deliver(notice, evidence)
    assert f"<{notice.key}@centre.example>" in str(caught.value)


def test_a_server_s_words_are_kept_without_addresses_and_bounded(
    new_mailbox: Any, serve: Any, notice: Notice, evidence: Evidence
) -> None:
    words = "554 5.7.1 listed: https://board.example/1 and board.example/1 " + "x" * 300
    with serve(new_mailbox(data=words)) as port, pytest.raises(Blocked) as caught:
        channel(port).deliver(notice, evidence)
    assert "554 5.7.1 listed: (address) and (address) xxx" in str(caught.value)
    assert "board.example" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_it_encrypts_and_signs_in_where_a_server_on_this_machine_has_its_own_certificate(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence, tls: ssl.SSLContext, authenticator: Any
) -> None:
    options = {"tls_context": tls, "require_starttls": True, "authenticator": authenticator}
    with serve(mailbox, **options) as port:
        channel(port, who="user:p%40ss%3Aword@").deliver(notice, evidence)
    assert len(mailbox.taken) == 1


def test_it_speaks_to_a_server_that_encrypts_from_the_first_byte(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence, tls: ssl.SSLContext
) -> None:
    with serve(mailbox, encrypted=tls) as port:
        channel(port, scheme="smtps").deliver(notice, evidence)
    assert len(mailbox.taken) == 1


def test_a_wrong_password_is_a_wrong_setting_and_is_not_shown(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence, tls: ssl.SSLContext, authenticator: Any
) -> None:
    options = {"tls_context": tls, "authenticator": authenticator}
    with serve(mailbox, **options) as port, pytest.raises(Misconfigured, match="535") as caught:
        channel(port, who="user:hunter2@").deliver(notice, evidence)
    assert "JIKIMI_SMTP=" in str(caught.value)
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_server_that_takes_no_password_is_a_wrong_setting(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence
) -> None:
    with serve(mailbox) as port, pytest.raises(Misconfigured, match="takes no password"):
        channel(port, who="user:word@").deliver(notice, evidence)


def test_another_machine_must_encrypt(mailbox: Any, serve: Any, notice: Notice, evidence: Evidence) -> None:
    with serve(mailbox) as port, pytest.raises(Misconfigured, match="offers no encryption"):
        channel(port, host=ABROAD).deliver(notice, evidence)


def test_another_machine_must_have_a_certificate_we_trust(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence, tls: ssl.SSLContext
) -> None:
    with serve(mailbox, tls_context=tls) as port, pytest.raises(Misconfigured, match="not trusted"):
        channel(port, host=ABROAD).deliver(notice, evidence)


def test_a_plain_server_behind_an_encrypted_address_is_no_loss(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence
) -> None:
    with serve(mailbox) as port, pytest.raises(TryLater):
        channel(port, scheme="smtps").deliver(notice, evidence)


def test_nobody_listening_is_a_reason_to_try_later(notice: Notice, evidence: Evidence) -> None:
    with socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(TryLater, match="cannot be reached"):
            channel(closed.getsockname()[1]).deliver(notice, evidence)


@contextmanager
def scripted(*answers: bytes, resets: bool = False) -> Iterator[int]:
    """Say each answer in turn, one a line read, then close or reset the connection."""
    door = socket()
    door.bind(("127.0.0.1", 0))
    door.listen(1)

    def talk() -> None:
        guest, _ = door.accept()
        with guest, guest.makefile("rb") as lines:
            for number, answer in enumerate(answers):
                if number:
                    lines.readline()
                guest.sendall(answer)
            if resets:
                guest.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield door.getsockname()[1]
    finally:
        thread.join(10)
        door.close()


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [(b"421 busy\r\n", TryLater), (b"554 not you\r\n", Misconfigured), (b"", TryLater)],
)
def test_a_server_that_does_not_greet_us(
    notice: Notice, evidence: Evidence, greeting: bytes, expected: type[JikimiError]
) -> None:
    with scripted(greeting) as port, pytest.raises(expected):
        channel(port).deliver(notice, evidence)


def test_a_connection_lost_before_the_last_line_has_delivered_nothing() -> None:
    server = MailServer("127.0.0.1", 0, is_tls=False, user=Secret(""), password=Secret(""))
    envelope = Envelope("a@centre.example", "b@board.example", "<1@centre.example>")
    text = b"x" * 76 + b"\r\n"
    ok = b"250 OK\r\n"
    with (
        scripted(b"220 mail.test\r\n", ok, ok, ok, b"354 go on\r\n", resets=True) as port,
        pytest.raises(TryLater, match="broke off"),
    ):
        # More than both ends' buffers hold, so that the reset comes while we still send.
        hand_in(replace(server, port=port), envelope, text * 400_000, Patience(), lambda: NOW)


def test_a_server_that_dawdles_is_given_up_before_the_text(
    mailbox: Any, serve: Any, notice: Notice, evidence: Evidence
) -> None:
    times = iter(NOW + timedelta(minutes=minute) for minute in range(99))
    with serve(mailbox) as port:
        slow = SmtpChannel(Secret(f"smtp://127.0.0.1:{port}"), SENDER, clock=lambda: next(times))
        with pytest.raises(TryLater, match="too slow"):
            slow.deliver(notice, evidence)
    assert mailbox.taken == []


@pytest.mark.parametrize(
    "change",
    [
        {"recipient": "a@board.example\r\nBcc: b@board.example"},
        {"recipient": "a@board.example, b@board.example"},
        {"recipient": "신고@board.example"},
        {"recipient": "https://board.example/report"},
        {"subject": "삭제\r\nBcc: b@board.example"},
        {"evidence": "0" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_request_that_is_not_in_order_is_never_sent(
    mailbox: Any,
    serve: Callable[..., Any],
    notice: Notice,
    evidence: Evidence,
    change: dict[str, Any],
) -> None:
    with serve(mailbox) as port, pytest.raises(NeedsHuman):
        channel(port).deliver(replace(notice, **change), evidence)
    assert mailbox.greeted_as == []
