"""Where a reference lies in a picture, and what of it can be seen: told from nine numbers."""

from collections.abc import Iterable
from math import cos, inf, pi, sin

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from jikimi.model.fingerprint import How
from jikimi.review.extent import Extent, Spot, extent_of, proportion_of

Numbers = tuple[float, ...]
WHOLE: Numbers = (1, 0, 0, 0, 1, 0, 0, 0, 1)
PASTED: Numbers = (0.5, 0, 0.2, 0, 0.4, 0.3, 0, 0, 1)
CROPPED: Numbers = (2, 0, -0.5, 0, 2, -0.2, 0, 0, 1)
MIRRORED: Numbers = (-1, 0, 1, 0, 1, 0, 0, 0, 1)


def how(numbers: Numbers) -> How:
    return How("orb", 40, 90, "cropped", 21, (), numbers)


def flat(outline: Iterable[Spot]) -> list[float]:
    return [part for spot in outline for part in spot]


def extent(numbers: Numbers) -> Extent:
    found = extent_of(how(numbers))
    assert found is not None
    return found


def test_a_whole_picture_is_the_whole_reference() -> None:
    found = extent(WHOLE)
    assert (found.covered_share, found.visible_share, found.leaves_the_picture) == (1, 1, False)


def test_a_pasted_picture_covers_a_part_and_is_wholly_visible() -> None:
    found = extent(PASTED)
    assert flat(found.outline) == pytest.approx([0.2, 0.3, 0.7, 0.3, 0.7, 0.7, 0.2, 0.7])
    assert found.covered_share == pytest.approx(0.2)
    assert found.visible_share == pytest.approx(1)
    assert not found.leaves_the_picture


def test_of_a_crop_the_reference_goes_on_outside_and_a_part_of_it_is_visible() -> None:
    found = extent(CROPPED)
    assert found.leaves_the_picture
    assert found.covered_share == pytest.approx(1)
    assert found.visible_share == pytest.approx(0.25)
    assert flat(sorted(found.visible)) == pytest.approx([0.25, 0.1, 0.25, 0.6, 0.75, 0.1, 0.75, 0.6])


def test_the_arrow_points_up_in_the_reference_and_wherever_that_is_in_the_picture() -> None:
    (tail_x, tail_y), (tip_x, tip_y) = extent(CROPPED).upward
    assert tip_x == pytest.approx(tail_x)
    assert tip_y < tail_y
    upside_down = extent((-1, 0, 1, 0, -1, 1, 0, 0, 1)).turned
    assert upside_down[1][1] > upside_down[0][1]
    assert extent(MIRRORED).covered_share == pytest.approx(1)


@pytest.mark.parametrize(
    "numbers",
    [
        (),
        (1.0,) * 9,
        (0.0,) * 9,
        (inf, 0, 0, 0, 1, 0, 0, 0, 1),
        (1, 0, 5, 0, 1, 5, 0, 0, 1),
        (1, 0, 0, 0, 1, 0, -2, 0, 1),
    ],
    ids=["none", "flat", "nothing", "endless", "elsewhere", "behind the viewer"],
)
def test_a_match_that_does_not_say_where_or_says_nonsense_has_no_extent(numbers: Numbers) -> None:
    assert extent_of(how(numbers)) is None
    assert proportion_of(how(numbers), 1.5) is None


def test_the_pictures_proportion_follows_from_the_references() -> None:
    assert proportion_of(how(WHOLE), 1.5) == pytest.approx(1.5)
    assert proportion_of(how(PASTED), 1.5) == pytest.approx(1.2)
    a_quarter_turn = (0, -1, 1, 1, 0, 0, 0, 0, 1)
    assert proportion_of(how(a_quarter_turn), 1.5) == pytest.approx(1 / 1.5)
    assert proportion_of(how(WHOLE), 0) is None


@given(
    some.floats(-pi, pi), some.floats(0.2, 5), some.floats(-0.4, 0.4), some.floats(-0.4, 0.4),
    some.floats(-0.2, 0.2), some.floats(-0.2, 0.2), some.sampled_from((1, -1)),
)  # fmt: skip
def test_shares_stay_shares_however_the_picture_was_taken(
    angle: float, size: float, left: float, top: float, slant: float, tilt: float, sign: int
) -> None:
    a, b, d, e = size * cos(angle), -size * sin(angle), size * sin(angle), size * cos(angle)
    # the middle of the reference stays near the middle of the picture
    depth = 1 + (slant + tilt) / 2
    c = (0.5 + left) * depth - sign * (a + b) / 2
    f = (0.5 + top) * depth - (d + e) / 2
    numbers = (sign * a, sign * b, c, d, e, f, slant, tilt, 1)
    # seen edge-on a picture is a line: there is no way back, and the search refuses such matches
    assume(abs(np.linalg.det(np.reshape(numbers, (3, 3)))) > size**2 / 100)
    found = extent(numbers)
    assert 0 < found.covered_share <= 1
    assert 0 < found.visible_share <= 1
    assert all(-1e-6 <= part <= 1 + 1e-6 for spot in (*found.covered, *found.visible) for part in spot)
