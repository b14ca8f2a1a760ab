"""Stamps of a real time authority (openssl) are believed; refusals, noise and wrong answers are not."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from jikimi.evidence.stamper import HttpStamper
from jikimi.evidence.tsr import check_reply, read_reply
from jikimi.model.errors import BadMedia, Blocked, Misconfigured, TryLater
from jikimi.model.post import Secret

Build = Callable[..., HttpStamper]
pytestmark = pytest.mark.server


def test_a_stamp_is_checked_and_kept_as_it_came(stamper: Build, authority: Any, tmp_path: Path) -> None:
    said = stamper().stamp(b"content")
    assert said.reply == authority.replies[-1]
    assert said.checked_by == "rfc3161-client"
    assert abs(said.said_at - datetime.now(UTC)) < timedelta(minutes=1)
    for name, body in (("c", b"content"), ("r.tsr", said.reply), ("ca.pem", said.roots)):
        (tmp_path / name).write_bytes(body)
    command = ["openssl", "ts", "-verify", "-in", "r.tsr", "-data", "c", "-CAfile", "ca.pem"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_a_stamp_about_other_bytes_is_not_believed(stamper: Build, authority: Any) -> None:
    said = stamper().stamp(b"content")
    with pytest.raises(BadMedia, match="something else"):
        check_reply(said.reply, b"content.", authority.roots)


def test_a_changed_stamp_is_not_believed_where_it_says_something(stamper: Build, authority: Any) -> None:
    reply = stamper().stamp(b"content").reply
    start = reply.index(b"\x18\x0f")  # the time: GeneralizedTime of 15 letters
    changed = bytearray(reply)
    changed[start + 4] ^= 1
    with pytest.raises(BadMedia):
        check_reply(bytes(changed), b"content", authority.roots)


def test_a_stamp_of_another_authority_is_not_believed(
    stamper: Build, authority_kit: ModuleType, tmp_path: Path
) -> None:
    authority_kit.prepare(tmp_path)
    with pytest.raises(TryLater, match="cannot be believed"):
        stamper(roots=(tmp_path / "ca.pem").read_bytes()).stamp(b"content")


def test_a_reply_that_is_not_strict_is_checked_by_openssl(authority_kit: ModuleType, tmp_path: Path) -> None:
    authority_kit.prepare(tmp_path, sends_chain=True)
    authority = authority_kit.Authority(tmp_path)
    (tmp_path / "data").write_bytes(b"content")
    for number in range(8):  # whether the set of certificates is sorted depends on the keys' digits
        query = ["openssl", "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "q"]
        subprocess.run(query, cwd=tmp_path, check=True, capture_output=True)
        reply = authority.reply((tmp_path / "q").read_bytes())
        by = check_reply(reply, b"content", authority.roots)
        assert by in {"rfc3161-client", "openssl ts"}, number
        assert read_reply(reply).status == "granted"


@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [
        ("down", TryLater, "503"),
        ("refuse", Blocked, "refuses to stamp: rejection bad_request"),
        ("busy", TryLater, "cannot stamp now"),
        ("noise", TryLater, "is not one"),
        ("old", TryLater, "nonce is wrong"),
        ("404", Blocked, "JIKIMI_TSA"),
        ("410", Blocked, "JIKIMI_TSA"),
    ],
)
def test_what_is_no_stamp_is_named_by_what_to_do(
    stamper: Build, authority: Any, mode: str, error: type[Exception], words: str
) -> None:
    stamper().stamp(b"yesterday")
    authority.mode = mode
    with pytest.raises(error, match=words):
        stamper().stamp(b"content")


def test_an_authority_that_cannot_be_reached_is_asked_later(stamper: Build) -> None:
    with pytest.raises((TryLater, Blocked)):
        stamper("http://127.0.0.1:9/").stamp(b"content")


def test_basic_sign_in_and_a_bearers_token_are_sent_and_never_shown(stamper: Build, authority: Any) -> None:
    authority.sign_in = "Basic dXNlcjpwQHNz"
    with_password = stamper(f"http://user:p%40ss@127.0.0.1:{authority.port}/tsr")
    assert with_password.stamp(b"content").checked_by
    assert "p%40ss" not in repr(with_password)
    authority.sign_in = "Bearer abc"
    assert stamper(token="abc").stamp(b"content").checked_by
    with pytest.raises(Blocked, match="401"):
        stamper().stamp(b"content")


def test_an_inside_address_must_be_allowed(stamper: Build) -> None:
    with pytest.raises(Blocked):
        stamper("http://169.254.169.254/tsr").stamp(b"content")


def test_a_file_without_a_certificate_is_a_wrong_setting(stamper: Build) -> None:
    with pytest.raises(Misconfigured, match="JIKIMI_TSA_CERTIFICATE"):
        stamper(roots=b"nothing").stamp(b"content")


def test_the_name_is_the_host_without_what_is_secret(stamper: Build) -> None:
    assert stamper("https://user:secret@tsa.example/x").name == "tsa.example"
    assert "secret" not in str(Secret("secret"))
