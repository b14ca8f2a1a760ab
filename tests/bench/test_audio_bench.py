"""The audio benchmark counts and writes what it should, without any program from outside."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from audio_page import Report, Row, page
from audio_peer import agreement, best
from audio_plot import plot
from audio_sources import RATE, music
from image_figures import share


def row(edit: str, seconds: int, found: int) -> Row:
    return Row(edit, seconds, share(found, 20), share(found, 20), share(1, 20), 0)


def test_the_peer_is_compared_at_its_best_offset() -> None:
    words = np.random.default_rng(1).integers(0, 2**32, 300, dtype=np.uint32)
    other = np.random.default_rng(2).integers(0, 2**32, 300, dtype=np.uint32)
    assert agreement(words[90:170], words) == 1.0
    assert abs(agreement(words[90:170], other)) < 0.2
    assert agreement(words[:3], words) == 0.0
    assert best(words[90:170], [other, words]) == (1.0, 1)


def test_the_page_and_the_picture_show_each_edit() -> None:
    rows = [
        row("clean", 10, 20),
        row("clean", 5, 18),
        row("speed <+3 %>", 10, 19),
        row("speed <+3 %>", 5, 17),
    ]
    setup = {"voices": 8, "languages": 15, "tunes": 8, "clips": 4, "fillers": 0}
    unknown = {"likely": share(0, 10_000), "possible": share(2, 10_000)}
    report = Report(
        "./run bench audio", {"cores": "2"}, setup, rows, unknown, 100, 100, 0.4, 0.6, {"speed": 12.0}
    )
    text = page(report)
    assert "| clean | 20 | 100 | 84–100 | 5 | 90.0 | 70–97 | 5.0 |".replace("| 5 |", "| 5.0 |") in text
    assert "0 of 10,000 (0–0.038 %)" in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 115
    picture = plot(rows[::2])
    assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314 - drawn by our own code
    assert "speed &lt;+3 %&gt;" in picture


def test_made_music_is_the_same_each_time_and_another_for_another_seed() -> None:
    assert np.array_equal(music(7, 2), music(7, 2))
    assert not np.array_equal(music(7, 2), music(8, 2))
    assert len(music(7, 2)) == 2 * RATE
