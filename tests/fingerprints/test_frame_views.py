"""Parts of an asked clip's frames: exactly what was put into a frame or on a page, and halves of that."""

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.frame_views import Box, views_of
from jikimi.model.fingerprint import FRAME_VIEWS, Effort

Grey = NDArray[np.uint8]

WIDTH, HEIGHT = 240, 136
COUNT = 8


def moving(width: int = WIDTH, height: int = HEIGHT) -> list[Grey]:
    """Return frames of coarse noise that changes from one to the next."""
    dice = np.random.default_rng(5)
    coarse = dice.integers(40, 216, (COUNT, height // 8 + 1, width // 8 + 1), np.uint8)
    return [np.kron(one, np.ones((8, 8), np.uint8))[:height, :width] for one in coarse]


def seen(frames: list[Grey], effort: Effort = Effort.FIRST) -> dict[str, Box]:
    return {FRAME_VIEWS[number]: box for number, box in views_of(frames, effort)}


def in_pixels(box: Box, frame: Grey) -> list[int]:
    height, width = frame.shape
    return [round(edge * side) for edge, side in zip(box, (width, height, width, height), strict=True)]


@pytest.mark.parametrize(("above", "aside"), [(31, 0), (0, 53), (17, 29)])
def test_a_border_ends_at_the_very_line_where_the_picture_begins(above: int, aside: int) -> None:
    framed = [np.pad(one, ((above, above), (aside, aside)), constant_values=16) for one in moving()]
    inside = in_pixels(seen(framed)["border removed"], framed[0])
    assert inside == [aside, above, aside + WIDTH, above + HEIGHT]


def test_a_clip_on_a_page_is_seen_to_its_very_edges() -> None:
    page = np.full((640, 360), 32, np.uint8)
    page[20:50, 10:170], page[590:610, 10:350] = 220, 120  # what else is on it
    shown = [page.copy() for _ in range(COUNT)]
    for whole, one in zip(shown, moving(), strict=True):
        one[:, :20] = np.arange(HEIGHT, dtype=np.uint8)[:, np.newaxis]  # a strip that stands still
        whole[211 : 211 + HEIGHT, 57 : 57 + WIDTH] = one
    found = in_pixels(seen(shown)["moving part"], shown[0])
    assert found == [57, 211, 57 + WIDTH, 211 + HEIGHT]


def test_halves_are_those_of_what_is_inside_a_border() -> None:
    framed = [np.pad(one, ((0, 0), (60, 60)), constant_values=16) for one in moving()]
    views = seen(framed)
    assert in_pixels(views["first half"], framed[0]) == [60, 0, 180, HEIGHT]
    assert in_pixels(views["second half"], framed[0]) == [180, 0, 300, HEIGHT]


def test_a_half_that_is_mostly_plain_is_not_looked_at() -> None:
    shown = moving()
    for one in shown:
        one[:, : WIDTH // 4] = 128
        one[HEIGHT // 2, 0] = 255  # no border
    assert "first half" not in seen(shown)
    assert "second half" in seen(shown)


def test_the_inner_part_is_left_to_the_second_look() -> None:
    assert "inner part" not in seen(moving())
    left, top, right, bottom = seen(moving(), Effort.SECOND)["inner part"]
    assert right - left == pytest.approx(0.94)
    assert bottom - top == pytest.approx(0.94)
    assert left == pytest.approx(1 - right)


@pytest.mark.parametrize("effort", [Effort.FIRST, Effort.SECOND])
def test_films_of_any_size_with_any_border_have_views(effort: Effort) -> None:
    dice = np.random.default_rng(5)
    for _ in range(400):
        height, width = dice.integers(1, 40, 2)
        frames = [dice.integers(0, 256, (height, width)).astype(np.uint8) for _ in range(dice.integers(1, 9))]
        top, left = dice.integers(0, height), dice.integers(0, width)
        for frame in frames:
            frame[:top], frame[:, :left] = 9, 9
        assert views_of(frames, effort)
