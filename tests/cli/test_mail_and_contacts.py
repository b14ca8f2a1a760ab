"""The commands about mail and contacts as people use them, and the file that sets up channels."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jikimi.app.channels import open_channels, read_channels
from jikimi.model.errors import Misconfigured
from jikimi.model.ports import Rules
from jikimi.settings import Settings

Run = Callable[..., subprocess.CompletedProcess[str]]
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
RULES = Rules((), timedelta(1), "ko", "Centre", "notices@centre.example", "desk@centre.example")
FORM = (
    'name: board\nurl: https://board.example/report\nfields: {"#url": "{post_url}"}\nbutton: "#b"\ndone: ok\n'
)


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_dns_record_is_printed_and_stays_the_same(jikimi: Run, tmp_path: Path) -> None:
    sender = {"JIKIMI_SENDER": "notices@centre.example"}
    done = jikimi("mail", "dkim", **sender)
    assert said(done).startswith('jikimi._domainkey.centre.example. IN TXT "v=DKIM1; k=rsa; p=')
    assert "set JIKIMI_DKIM=jikimi" in done.stderr
    assert said(jikimi("mail", "dkim", **sender)) == done.stdout
    key = tmp_path / "data" / "keys" / "dkim.key"
    assert key.stat().st_mode & 0o077 == 0
    assert "PRIVATE" not in done.stdout + done.stderr
    missing = jikimi("mail", "dkim")
    assert (missing.returncode, missing.stderr[:21]) == (2, "jikimi: JIKIMI_SENDER")


def test_a_contact_is_entered_listed_and_taken_out_of_use(jikimi: Run) -> None:
    said(jikimi("user", "add", "ada", "--role", "investigator"))
    done = said(jikimi("contact", "add", "Board.example", "abuse@board.example", "--by", "ada"))
    assert done == "Requests about board.example may go to abuse@board.example. 0 waited for it.\n"
    (line,) = said(jikimi("contact", "list")).splitlines()
    assert "abuse@board.example" in line
    assert "\tconfirmed" in line
    assert said(jikimi("contact", "list", "--waiting")) == ""
    said(jikimi("contact", "withdraw", line.split("\t")[0], "--by", "ada"))
    assert said(jikimi("contact", "list")) == ""
    assert "no web address" in jikimi("contact", "find", "nonsense", "--by", "ada").stderr
    assert said(jikimi("mail", "list")) == ""


def write(file: Path, text: str) -> Path:
    file.write_text(text)
    file.chmod(0o600)
    return file


def opened(file: Path) -> dict[str, object]:
    settings = Settings(folder=file.parent, channels=file, sender="notices@centre.example")
    nothing: object = None
    return dict(open_channels(settings, RULES, nothing, nothing, lambda: NOW))  # type: ignore[arg-type]


def test_each_channel_of_the_file_is_plugged_in_and_none_shows_a_token(tmp_path: Path) -> None:
    write(tmp_path / "board.yaml", FORM)
    text = """
bluesky: {identifier: centre.example, password: hunter2}
matrix: {homeserver: "https://matrix.example", token: hunter2}
mastodon: {server: "https://social.example", token: hunter2}
aws: {key_id: AKIDEXAMPLE, secret: hunter2, region: eu-west-2}
cloudflare: {account: acc-1, token: hunter2}
forms: [board.yaml]
"""
    channels = opened(write(tmp_path / "channels.yaml", text))
    assert sorted(channels) == ["aws", "bluesky", "cloudflare", "form", "mastodon", "matrix"]
    assert "hunter2" not in repr(channels)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bluesky: {identifier: a, password: hunter2, colour: red}", "colour"),
        ("bluesky: {identifier: a, password: 7}", "password"),
        ("twitter: {token: hunter2}", "twitter"),
        ("bluesky: {password: hunter2: ", "is no YAML"),
        ("forms: [nowhere.yaml]", "nowhere.yaml cannot be read"),
    ],
)
def test_a_wrong_file_says_what_is_wrong_and_shows_no_token(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(Misconfigured, match=why) as caught:
        opened(write(tmp_path / "channels.yaml", text))
    assert "hunter2" not in str(caught.value)


def test_a_file_of_tokens_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "channels.yaml", "")
    assert read_channels(file).forms == []
    file.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        read_channels(file)
