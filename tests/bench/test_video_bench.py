"""The video benchmark counts and writes what it should, without any program from outside."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from image_answers import Answer, Finding, Journal
from image_figures import recalls
from video import parsed, spread
from video_asking import kept_answers
from video_cost import Costs
from video_edits import EDITS
from video_figures import Report, pairs_of, wrong_among
from video_page import page
from video_plot import plot
from video_samples import Samples, samples_of
from video_sources import Source


def answer(
    name: str, *found: tuple[str, str], truth: str = "", bank: str = "", edit: str = "mirror"
) -> Answer:
    findings = tuple(Finding(reference, tier, "frames", "re-encoded") for reference, tier in found)
    return Answer("known", bank, name, edit, 0, truth, findings, (), 0.0, 1)


def test_there_are_36_edits() -> None:
    assert len(EDITS) == 36


def test_pieces_of_one_file_are_in_one_half() -> None:
    pieces = [Source(f"walk {number}", "walk", Path(f"walk {number}.mp4"), 15.0) for number in range(9)]
    assert len({piece.is_for_tuning for piece in pieces}) == 1
    halves = {Source(f"{n}", f"{n}", Path("x"), 15.0).is_for_tuning for n in range(20)}
    assert halves == {True, False}


def test_wrong_sources_are_counted_but_not_other_parts_of_the_same_file() -> None:
    origin = {"walk 1": "walk", "walk 2": "walk", "sea": "sea", "sky": "sky"}
    asked = [
        answer("walk 1", ("walk 1", "certain"), ("walk 2", "likely"), ("sea", "possible"), truth="walk 1")
    ]
    wrong = wrong_among(asked, origin)
    assert (wrong["likely"].count, wrong["possible"].count, wrong["possible"].of) == (0, 1, 2)


def test_other_takes_of_the_same_room_are_counted_beside_the_copies_that_are_found() -> None:
    members = {"hall": ["a", "b", "c"], "yard": ["d"]}
    asked = [
        answer("a", ("a", "certain"), ("b", "likely"), ("d", "certain"), truth="a", bank="hall"),
        answer("b", ("b", "possible"), ("c", "possible"), truth="b", bank="hall"),
    ]
    pairs = pairs_of("real rooms", asked, members)
    assert [pairs.wrong[tier].count for tier in ("certain", "likely", "possible")] == [0, 1, 2]
    assert pairs.wrong["likely"].of == 4
    assert pairs.copies is not None
    assert (pairs.copies.count, pairs.copies.of) == (1, 2)


def test_a_pair_of_samples_is_found_by_either_of_them() -> None:
    asked = [
        answer("chair-a", ("chair-b", "likely")),
        answer("chair-b"),
        answer("door", ("chair-a", "possible")),
    ]
    assert samples_of(asked) == Samples(pairs=1, found=1, unrelated=2, wrong=0)


def test_a_second_run_asks_only_what_the_first_left(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", {"half": "report"})
    asked: list[str] = []

    def ask(name: str) -> list[Answer]:
        asked.append(name)
        return [answer(name)]

    for names in (["a", "b"], ["a", "b", "c"]):
        found = kept_answers(names, lambda name: [answer(name).key], ask, 1, journal)
        journal.close()
        journal = Journal(tmp_path / "journal", {"half": "report"})
        assert sorted(one.photo for one in found) == names
    journal.close()
    assert asked == ["a", "b", "c"]


def test_an_edit_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(["--clips", "x", "--edits", "mirrored twice"])
    assert "no such edit: mirrored twice" in capsys.readouterr().err


def test_photographs_are_taken_evenly() -> None:
    photos = [Path(f"{number}.jpg") for number in range(100)]
    assert [one.name for one in spread(photos, 4)] == ["0.jpg", "25.jpg", "50.jpg", "75.jpg"]


def test_the_page_and_the_picture_show_each_edit() -> None:
    asked = [answer("a", ("a", "certain"), truth="a"), answer("b", truth="b", edit="<grey>")]
    rows = recalls(asked, has_peer=True)
    wrong = wrong_among(asked, {"a": "a", "b": "b"})
    setup = {"sources": 66, "asked": 34, "real": 17, "half": "report"}
    rooms = pairs_of("real rooms", [answer("a", ("b", "likely"), bank="hall")], {"hall": ["b"]})
    searched = (0.1, 0.2, 0.3, 0.4, 1e6)
    costs = Costs(60, 100.0, 0.7, 0.6, 4.0, 4.5, 900, 4000, 30.0, 0.3, 1.2, 4e6, 5e6, 3e6, 4e6, *searched)
    report = Report(
        "./run bench video", {"cores": "2"}, setup, rows, rows, wrong, Samples(31, 31, 47, 0), [rooms], costs
    )
    text = page(report)
    assert "| mirror | 1 | 100 | 100 | 100 | 21–100 | 100 | 0 |" in text
    assert "31 of 31 related pairs, 0 of 47 others" in text
    assert "| real rooms | 1 | 0 | 1 (20.7–100 %) |" in text
    assert "0.70 s (×86)" in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 115
    picture = plot(rows)
    assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314 - drawn by our own code
    assert "&lt;grey&gt;" in picture
