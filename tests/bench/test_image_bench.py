"""The image benchmark runs on a handful of drawn pictures and counts what it should."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from jikimi.media.decode import decode_colour
from jikimi.media.specimen import draw, encode_jpeg

sys.path.append(str(Path(__file__).parents[2] / "bench"))

import images
from image_edits import EDITS, dice_for
from image_figures import share
from image_sets import TEMPLATES, halves_of, photos_in

PICTURES = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for seed in range(PICTURES):
        (folder / f"{seed}.jpg").write_bytes(encode_jpeg(draw(seed, 240, 160)))
    return folder


def test_each_edit_makes_the_same_readable_jpeg_twice(folder: Path) -> None:
    pixels, *others = [decode_colour(path.read_bytes(), 240) for path in sorted(folder.iterdir())[:4]]
    assert len(EDITS) == 33
    for name, edit in EDITS.items():
        once, twice = (edit(pixels, dice_for("photo", name, 0), others) for _ in range(2))
        assert once == twice, name
        assert decode_colour(once, 2000).ndim == 3, name


def test_a_picture_that_is_there_twice_however_turned_counts_once(folder: Path, tmp_path: Path) -> None:
    pixels = decode_colour((folder / "0.jpg").read_bytes(), 240)
    (tmp_path / "a.jpg").write_bytes(encode_jpeg(pixels))
    (tmp_path / "b.jpg").write_bytes(encode_jpeg(np.rot90(np.fliplr(pixels)), 60))
    (tmp_path / "c.jpg").write_bytes(b"not a picture")
    assert [path.name for path in photos_in(tmp_path)] == ["a.jpg"]


def test_a_photo_stays_in_its_half_whatever_else_is_there(folder: Path) -> None:
    photos = photos_in(folder)
    halves = halves_of(photos)
    assert set(halves.tune) | set(halves.report) == set(photos)
    assert set(halves_of(photos[:4]).report) == set(halves.report) & set(photos[:4])


def test_an_interval_is_wilsons() -> None:
    none, some = share(0, 100), share(5, 10)
    assert (none.share, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(0.0370, abs=1e-4)
    assert [some.low, some.high] == pytest.approx([0.2366, 0.7634], abs=1e-4)


def test_a_run_finds_mirrored_copies_and_writes_all_figures(folder: Path, tmp_path: Path) -> None:
    told, plot, written = tmp_path / "figures.json", tmp_path / "plot.svg", tmp_path / "page.md"
    arguments = [
        "--photos", str(folder), "--negatives", "12", "--bank", "12", "--references", "14",
        "--cost-queries", "4", "--edits", "jpeg50,hflip", "--journal", str(tmp_path / "answers"),
        "--json", str(told), "--plot", str(plot), "--page", str(written),
    ]  # fmt: skip
    images.main(arguments)
    figures = json.loads(told.read_text())

    assert [row["edit"] for row in figures["known"]] == ["jpeg50", "hflip", "mean"]
    for row in figures["known"]:
        assert row["possible"]["share"] == 1.0
        assert row["certain"]["count"] <= row["likely"]["count"] <= row["possible"]["count"] == row["queries"]
    unknown = figures["unknown"]
    assert unknown["queries"]["possible"]["of"] == figures["unknown_wanted"] == 12
    assert unknown["pairs"]["possible"]["of"] == 12 * 12
    assert {one["name"] for one in figures["templates"]} == set(TEMPLATES)
    assert [one["references"] for one in figures["costs"]] == [12, 14]
    assert "| hflip |" in written.read_text()
    assert ET.fromstring(plot.read_text()).tag.endswith("svg")  # noqa: S314 - written by the line above


def test_a_second_run_goes_on_with_the_answers_of_the_first(folder: Path, tmp_path: Path) -> None:
    journal = tmp_path / "answers"
    arguments = [
        "--photos", str(folder), "--bank", "8", "--references", "8", "--cost-queries", "2",
        "--edits", "hflip", "--journal", str(journal), "--negatives",
    ]  # fmt: skip
    images.main([*arguments, "3"])
    first = journal.read_text()
    report = images.main([*arguments, "5"])
    assert journal.read_text().startswith(first)
    assert len(journal.read_text().splitlines()) == len(first.splitlines()) + 2
    assert report.unknown.queries["possible"].of == 5
    with pytest.raises(SystemExit, match="another setup"):
        images.main([*arguments[:2], "--bank", "9", *arguments[4:], "3"])
