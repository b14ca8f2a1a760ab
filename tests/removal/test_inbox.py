"""The mailbox for answers, read over IMAP from a real server (Dovecot) that is left as it was."""

import runpy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jikimi.model.errors import Misconfigured, TryLater
from jikimi.model.post import Secret
from jikimi.removal.inbox import LONGEST_MESSAGE, ImapInbox
from jikimi.removal.mail_server import parse_imap_url

pytestmark = pytest.mark.server

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
SERVERS = runpy.run_path(str(Path(__file__).parents[1] / "mail_servers.py"))


def opened(url: Secret, **options: Any) -> ImapInbox:
    return ImapInbox(url, clock=lambda: NOW, **options)


@pytest.fixture
def server(tmp_path: Path, certificate: Path) -> Iterator[Any]:
    copy = tmp_path / "mail.pem"
    copy.write_bytes(certificate.read_bytes())
    with SERVERS["dovecot"](tmp_path / "dovecot", copy) as running:
        yield running


def message(number: int) -> bytes:
    return f"From: a@site.example\r\nSubject: {number}\r\n\r\nhello {number}\r\n".encode()


def test_messages_are_read_once_in_order_and_nothing_is_marked(server: Any) -> None:
    inbox = opened(server.url)
    assert inbox.read("", 10) == ()
    for number in range(3):
        server.put(message(number))
    first = inbox.read("", 2)
    rest = inbox.read(first[-1].cursor, 10)
    bodies = [m.body for m in (*first, *rest)]
    assert bodies == [message(0), message(1), message(2)]
    assert inbox.read(rest[-1].cursor, 10) == ()
    assert all(b"Seen" not in line for line in server.flags())


def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning(server: Any) -> None:
    server.put(message(1))
    inbox = opened(server.url)
    (seen,) = inbox.read("", 10)
    validity, _, number = seen.cursor.partition(":")
    other = f"{int(validity) - 1}:{int(number) + 5}"
    assert [m.body for m in inbox.read(other, 10)] == [message(1)]


def test_a_message_that_is_too_long_is_cut(server: Any) -> None:
    server.put(message(1) + b"x" * 2 * LONGEST_MESSAGE)
    (found,) = opened(server.url).read("", 10)
    assert len(found.body) == LONGEST_MESSAGE


def test_a_message_that_the_server_cannot_give_holds_up_none_behind_it(server: Any, tmp_path: Path) -> None:
    for number in range(2):
        server.put(message(number))
    inbox = opened(server.url)
    assert len(inbox.read("", 10)) == 2
    broken = sorted(
        path
        for path in (tmp_path / "dovecot").rglob("*")
        if path.is_file() and b"hello 0" in path.read_bytes()
    )
    assert len(broken) == 1
    broken[0].unlink()
    broken[0].mkdir()
    first, second = inbox.read("", 10)
    assert (first.body, second.body) == (b"", message(1))
    assert inbox.read(second.cursor, 10) == ()


def test_a_slow_visit_ends_before_the_lease_and_the_next_goes_on(server: Any) -> None:
    for number in range(4):
        server.put(message(number))
    minutes = iter(NOW + timedelta(minutes=n) for n in range(50))
    inbox = ImapInbox(server.url, clock=lambda: next(minutes))
    first = inbox.read("", 10)
    assert 0 < len(first) < 4
    assert len(first) + len(inbox.read(first[-1].cursor, 10)) == 4


def test_it_encrypts_from_the_first_byte_and_by_starttls(server: Any) -> None:
    server.put(message(1))
    secure = Secret(f"imaps://removal:p%40ss%2Fword@127.0.0.1:{server.secure}")
    assert len(opened(secure).read("", 10)) == 1
    assert len(opened(server.url).read("", 10)) == 1  # the server offers STARTTLS, so it is used


def test_a_wrong_password_says_what_to_type_and_shows_nothing(server: Any) -> None:
    inbox = opened(Secret(f"imap://removal:hunter2@127.0.0.1:{server.port}"))
    with pytest.raises(Misconfigured, match="JIKIMI_IMAP") as caught:
        inbox.read("", 10)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(inbox)


def test_a_folder_that_is_not_there_says_what_to_type(server: Any) -> None:
    inbox = opened(Secret(server.url.reveal().replace("INBOX", "Nowhere")))
    with pytest.raises(Misconfigured, match="no folder Nowhere"):
        inbox.read("", 10)


def test_a_server_that_is_down_is_tried_later() -> None:
    inbox = opened(Secret("imap://u:p@127.0.0.1:9"), timeout=timedelta(seconds=2))
    with pytest.raises(TryLater, match="cannot be reached"):
        inbox.read("", 10)


@pytest.mark.parametrize(
    "text",
    [
        "imap://mail.example",
        "smtp://u:p@mail.example",
        "imaps://u@mail.example",
        'imaps://u:p@mail.example/a"b',
    ],
)
def test_an_address_that_cannot_be_right_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(Misconfigured, match="JIKIMI_IMAP") as caught:
        parse_imap_url(Secret(text))
    assert "mail.example" not in str(caught.value).replace("imap.example", "")


def test_the_folder_is_what_stands_behind_the_port() -> None:
    server, folder = parse_imap_url(Secret("imaps://u:p@mail.example/Removal%20answers"))
    assert (server.port, server.is_tls, folder) == (993, True, "Removal answers")
