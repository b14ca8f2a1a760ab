"""What people type by mistake, or out of habit: commands say what was wrong before anything is done."""

import io
import json
import re
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import rich.console

from jikimi.cli.opening import show_table
from jikimi.cli.watch_list import COLUMNS, NARROW
from jikimi.media.specimen import draw, encode_jpeg

Run = Callable[..., subprocess.CompletedProcess[str]]
BY = ("--by", "ada")


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_console_that_cannot_listen_says_so_before_anything_begins(jikimi: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = jikimi("serve", JIKIMI_PORT=str(taken.getsockname()[1]))
    assert (done.returncode, done.stdout) == (2, "")
    assert "JIKIMI_PORT: nothing can listen on 127.0.0.1" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_one_line(jikimi: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = jikimi("status", JIKIMI_DATA=str(tmp_path / "file" / "data"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be made (Not a directory)" in done.stderr


def test_brackets_in_a_table_are_words_and_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal's table is drawn by rich, which takes “[/gallery]” for a tag unless told otherwise."""
    drawn, made = io.StringIO(), rich.console.Console

    def terminal(**ways: bool) -> rich.console.Console:
        return made(file=drawn, force_terminal=True, width=100, **ways)  # type: ignore[arg-type]  # only bools

    monkeypatch.setattr(rich.console, "Console", terminal)
    show_table(("kind", "text"), [("url", "[/gallery] willow [bold] :smile:")])
    assert "[/gallery] willow [bold] :smile:" in drawn.getvalue()


@pytest.mark.parametrize("width", [80, 100])
def test_a_terminal_is_shown_the_columns_that_fit_and_a_pipe_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    made, is_terminal, drawn = rich.console.Console, True, io.StringIO()

    def console(**ways: bool) -> rich.console.Console:
        file = drawn if is_terminal else io.StringIO()
        return made(file=file, force_terminal=is_terminal, width=width, **ways)  # type: ignore[arg-type]  # only bools

    monkeypatch.setattr(rich.console, "Console", console)
    line = "newest post 3 hours old, expected one every 1 hour: look at the site"
    contact = "a.long.address@department.of.a.site.example"
    row = (
        "the street by night", "telegram-preview", "silent", line, "12", "1234", "12345 of 25000",
        "12.345 of 20.00", contact, "normal",
    )  # fmt: skip
    show_table(COLUMNS, [row], NARROW)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", drawn.getvalue())
    assert max(map(len, shown.splitlines())) <= width
    words = set(" ".join(row[:4]).split())
    assert words <= set(shown.split())  # no word is broken
    assert contact not in shown
    is_terminal = False
    show_table(COLUMNS, [row], NARROW)
    assert capsys.readouterr().out.rstrip("\n").split("\t") == list(row)


def test_watches_are_told_whole_as_json_without_their_options(jikimi: Run, tmp_path: Path) -> None:
    said(jikimi("user", "add", "ada", "--role", "administrator"))
    said(jikimi("watch", "add", "folder", "street", f"path={tmp_path}", "--money", "2.5", *BY))
    (told,) = map(json.loads, said(jikimi("watch", "list", "--json")).splitlines())
    assert {**told, "detail": ""} == {
        "name": "street", "source": "folder", "health": "silent", "detail": "", "heard_at": None,
        "newest_post_at": None, "posts_today": 0, "posts_expected": 0, "requests_today": 0,
        "requests_bound": 0, "money_today": "0", "money_bound": "2.5", "robots_reason": "", "contact": "",
        "priority": "normal",
    }  # fmt: skip


def test_the_database_is_its_owners_alone(jikimi: Run, tmp_path: Path) -> None:
    file = tmp_path / "data" / "jikimi.sqlite3"
    said(jikimi("user", "add", "ada", "--role", "administrator"))
    assert file.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(file)) as reader:  # holds -wal and -shm in place
        reader.execute("SELECT count(*) FROM auth_user").fetchall()
        said(jikimi("user", "add", "bo", "--role", "counsellor"))
        beside = {path.name: path.stat().st_mode & 0o777 for path in file.parent.glob("jikimi.sqlite3-*")}
        assert beside == {"jikimi.sqlite3-wal": 0o600, "jikimi.sqlite3-shm": 0o600}
        for path in file.parent.glob("jikimi.sqlite3*"):
            path.chmod(0o644)  # as an older version left it
        said(jikimi("status"))
        assert {path.stat().st_mode & 0o777 for path in file.parent.glob("jikimi.sqlite3*")} == {0o600}


@pytest.mark.parametrize("name", ["", "a/b", "  ", "…", "two\nlines"])
def test_a_watch_needs_a_name_that_pages_can_hold(jikimi: Run, tmp_path: Path, name: str) -> None:
    said(jikimi("user", "add", "ada", "--role", "administrator"))
    done = jikimi("watch", "add", "folder", name, f"path={tmp_path}", *BY)
    assert (done.returncode, "without slashes" in done.stderr) == (2, True)
    assert said(jikimi("watch", "list")) == ""


def test_a_watch_typed_again_for_its_place_keeps_what_is_not_said_anew(jikimi: Run, tmp_path: Path) -> None:
    said(jikimi("user", "add", "ada", "--role", "administrator"))
    street = ("watch", "add", "folder", "street", f"path={tmp_path}")
    kept = ("--contact", "abuse@street.example", "--priority", "high", "--requests", "9")
    said(jikimi(*street, *kept, *BY))
    said(jikimi(*street, "--requests", "8", *BY))
    listed = said(jikimi("watch", "list"))
    assert "0 of 8" in listed
    assert listed.endswith("abuse@street.example\thigh\n")
    said(jikimi("watch", "add", "folder", "street", f"path={tmp_path.parent}", *BY))
    assert said(jikimi("watch", "list")).endswith("no contact\tnormal\n")  # another place, another desk


def test_a_halt_says_how_to_undo_it_and_a_resume_what_is_still_halted(jikimi: Run, tmp_path: Path) -> None:
    said(jikimi("user", "add", "ada", "--role", "administrator"))
    said(jikimi("watch", "add", "folder", "the street", f"path={tmp_path}", *BY))
    assert "jikimi watch resume 'the street' --by ada" in said(jikimi("watch", "halt", "the street", *BY))
    assert "jikimi watch resume folder --source --by ada" in said(
        jikimi("watch", "halt", "folder", "--source", *BY)
    )
    held = jikimi("watch", "resume", "the street", *BY)
    assert (held.returncode, "Still halted: the street" in held.stderr) == (0, True)
    assert jikimi("watch", "resume", "folder", "--source", *BY).stderr == ""


def test_sending_without_a_mail_server_says_that_nothing_leaves(jikimi: Run) -> None:
    said(jikimi("user", "add", "ada", "--role", "administrator"))
    assert "Set JIKIMI_SMTP" in jikimi("removal", "sending", "on", *BY).stderr
    assert jikimi("removal", "sending", "off", *BY).stderr == ""


def test_gaps_of_a_watch_that_is_not_there_are_not_none(jikimi: Run) -> None:
    done = jikimi("watch", "gaps", "nowhere")
    assert (done.returncode, "There is no watch named nowhere" in done.stderr) == (1, True)


def test_a_withdrawn_original_comes_back_with_its_file(jikimi: Run, tmp_path: Path) -> None:
    picture, other = tmp_path / "a.jpg", tmp_path / "b.jpg"
    picture.write_bytes(encode_jpeg(draw(1)))
    other.write_bytes(encode_jpeg(draw(2)))
    said(jikimi("user", "add", "ada", "--role", "counsellor"))
    said(jikimi("case", "open", "2026-1", "--title", "Willow", "--purpose", "find and remove", *BY))
    key = said(jikimi("reference", "add", "2026-1", str(picture), *BY)).strip()
    asked = jikimi("reference", "withdraw", "2026-1", key[:8], *BY)
    assert (asked.returncode, "can bring it back" in asked.stdout + asked.stderr) == (1, True)
    said(jikimi("reference", "withdraw", "2026-1", key[:8], "--yes", *BY))
    again = said(jikimi("reference", "add", "2026-1", str(picture), str(other), *BY)).split()
    assert (len(again), key in again) == (2, False)
    listed = said(jikimi("reference", "list", "2026-1"))
    assert listed.count("\tsearched for") == 2
    assert "\toriginal 2\tsearched for" in listed


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("contact", "add", "https://board.example/x", "abuse@board.example"), "no host name"),
        (("contact", "add", "board.example", "abuse"), "no mail address"),
        (("watch", "contact", "street", "abuse"), "no mail address"),
    ],
)
def test_an_address_that_could_not_be_used_is_refused(jikimi: Run, words, complaint: str) -> None:
    done = jikimi(*words, *BY)
    assert (done.returncode, complaint in done.stderr) == (2, True)


def test_a_bundle_goes_into_a_new_file_only(jikimi: Run, tmp_path: Path) -> None:
    held = tmp_path / "bundle.tar.gz"
    held.write_bytes(b"of yesterday")
    for file, complaint in (
        (held, "is there already"),
        (tmp_path / "none" / "b.tar.gz", "cannot be written"),
    ):
        done = jikimi("evidence", "export", "3f2a", str(file), *BY)
        assert (done.returncode, complaint in done.stderr) == (2, True)
    assert held.read_bytes() == b"of yesterday"
