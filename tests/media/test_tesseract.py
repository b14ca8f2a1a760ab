"""Tesseract is a program of others: whatever it does, the house gets words or a reason, in bounded time."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from jikimi.media.specimen import SIGN, draw_sign
from jikimi.media.tesseract import MOST_BYTES, Tesseract, installed_scribe
from jikimi.model.errors import BadMedia, TryLater

LISTS = 'if [ "$1" = --list-langs ]; then printf "List of languages:\\neng\\nkor\\nosd\\n"; exit 0; fi\n'
Program = Callable[..., Tesseract]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Write a stand-in that lists languages as Tesseract does and then does this."""

    def write(does: str, seconds: float = 20) -> Tesseract:
        path = tmp_path / "tesseract"
        path.write_text("#!/bin/sh\n" + LISTS + does)
        path.chmod(0o700)
        return Tesseract(path, timeout=timedelta(seconds=seconds))

    return write


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_the_machines_own_program_reads_a_sign() -> None:
    scribe = installed_scribe()
    assert scribe is not None
    assert SIGN in scribe.read(draw_sign())


def test_without_the_program_there_is_no_scribe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed_scribe() is None


def test_it_is_given_grey_pixels_and_nothing_else(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIKIMI_SECRET", "never to be seen")
    said = program('printf "%s;" "$@"; head -c 15 | tr "\\n" ";"; env').read(draw_sign())
    assert said.startswith("-;-;-l;kor+eng;--psm;11;P5;420 120;255;")
    assert "JIKIMI_SECRET" not in said
    assert "OMP_THREAD_LIMIT=1" in said


def test_one_that_hangs_is_ended(program: Program) -> None:
    with pytest.raises(BadMedia, match="reading letters took longer than 2 s"):
        program("sleep 600", 2).read(draw_sign())


@pytest.mark.parametrize("does", ["exit 3", "kill -SEGV $$", "yes garbage"])
def test_one_that_fails_or_floods_is_a_reason(program: Program, does: str) -> None:
    with pytest.raises(BadMedia, match="the program that reads letters failed"):
        program(does).read(draw_sign())


def test_one_that_is_killed_from_outside_is_asked_again(program: Program) -> None:
    with pytest.raises(TryLater):
        program("kill -9 $$").read(draw_sign())


def test_garbage_is_text_of_bounded_length(program: Program) -> None:
    assert "\ufffd" in program('printf "\\377\\376 ok"').read(draw_sign())
    assert len(program("head -c 200000 /dev/zero").read(draw_sign())) <= 2 * MOST_BYTES


@pytest.mark.parametrize("path", ["missing", "."])
def test_one_that_cannot_be_started_reads_nothing(tmp_path: Path, path: str) -> None:
    scribe = Tesseract(tmp_path / path)
    assert scribe.languages == ()
    with pytest.raises(BadMedia, match="does not work"):
        scribe.read(draw_sign())


def test_only_languages_that_are_installed_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "tesseract"
    path.write_text('#!/bin/sh\n[ "$1" = --list-langs ] && { echo eng; exit 0; }\necho "$4"\n')
    path.chmod(0o700)
    assert Tesseract(path).read(draw_sign()).split() == ["eng", "eng"]
