"""The mail server's address, as an operator types it."""

from datetime import UTC, datetime

import pytest

from jikimi.model.errors import Misconfigured
from jikimi.model.post import Secret
from jikimi.removal.mail_server import is_address, parse_smtp_url
from jikimi.removal.smtp import SmtpChannel

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


def test_an_address_is_read_with_its_escapes() -> None:
    server = parse_smtp_url(Secret("smtp://user%40centre.example:p%40ss%2Fword@mail.example:2525"))
    assert (server.host, server.port, server.is_tls) == ("mail.example", 2525, False)
    assert server.user.reveal() == "user@centre.example"
    assert server.password.reveal() == "p@ss/word"


def test_ports_are_those_of_mail_submission() -> None:
    assert parse_smtp_url(Secret("smtp://mail.example")).port == 587
    assert parse_smtp_url(Secret("smtps://mail.example/")).port == 465
    assert parse_smtp_url(Secret("smtps://mail.example")).is_tls


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("[::1]", True),
        ("localhost", True),
        ("mail.example", False),
        ("192.0.2.1", False),
    ],
)
def test_only_this_machine_may_do_without_a_trusted_certificate(host: str, *, is_loopback: bool) -> None:
    assert parse_smtp_url(Secret(f"smtp://{host}")).is_loopback is is_loopback


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mail.example:587",
        "http://user:hunter2@mail.example",
        "smtp://",
        "smtp://user:hunter2@mail.example:hunter2",
        "smtp://user:hunter2@mail.example:99999",
        "smtp://user:hunter2@[mail.example",
        "smtp://user:hunter2@mail.example/path",
        "smtp://user:hunter2/x@mail.example",
        "smtp://user@mail.example",
        "smtp://:hunter2@mail.example",
        "smtp://user:hunter2한@mail.example",
    ],
)
def test_a_wrong_address_says_what_to_type_and_never_shows_the_password(text: str) -> None:
    with pytest.raises(Misconfigured, match="Type JIKIMI_SMTP=smtp://user:password@") as caught:
        parse_smtp_url(Secret(text))
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_neither_server_nor_channel_shows_who_signs_in() -> None:
    url = Secret("smtp://someone:hunter2@mail.example")
    shown = repr(parse_smtp_url(url)) + repr(SmtpChannel(url, "a@centre.example", clock=lambda: None))  # type: ignore[arg-type,return-value]  # never asked
    assert "hunter2" not in shown
    assert "someone" not in shown
    assert "mail.example" in shown


@pytest.mark.parametrize(
    "sender", ["", "centre", "a@b@c", "A\nB <a@centre.example>", "a@centre.example, b@x"]
)
def test_a_wrong_sender_says_what_to_type(sender: str) -> None:
    with pytest.raises(Misconfigured, match="JIKIMI_SENDER="):
        SmtpChannel(Secret("smtp://localhost"), sender, clock=lambda: NOW)


def test_an_address_is_one_plain_address() -> None:
    assert is_address("abuse+tag@board.example")
    assert is_address("root@localhost")
    wrong = ("", "@x", "a@", "a b@x", "a@x,b@y", "<a@x>", "a@x\n", "a" * 65 + "@x", "a@" + "x." * 200)
    assert not any(map(is_address, wrong))
