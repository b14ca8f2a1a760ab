"""Points of a picture: packed as agreed, spread over it, taken from the photograph on a page alone."""

import pickle
import struct
from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.inner import photographs_in
from jikimi.fingerprints.orb import Orb, OrbAgain
from jikimi.model.fingerprint import POINT, POINTS_HEADER, Fingerprint, Kind, Orientation, Picture, View
from jikimi.model.ports import Fingerprinter

Grey = NDArray[np.uint8]
Wrap = Callable[[Grey], Picture]
Scene = Callable[..., Grey]
HEADER = struct.calcsize(POINTS_HEADER)
RECORD = np.dtype(list(POINT))


def header_of(fingerprint: Fingerprint) -> tuple[int, ...]:
    return struct.unpack_from(POINTS_HEADER, fingerprint.value)


def points_of(fingerprint: Fingerprint) -> NDArray[np.void]:
    return np.frombuffer(fingerprint.value, RECORD, offset=HEADER)


def page_around(scene: Grey, *, paper: int = 250) -> tuple[Grey, tuple[int, int, int, int]]:
    """Lay a scene on a page with a heading, an outline and lines of text; return left, top, right, bottom."""
    shown = np.asarray(cv2.resize(scene, (480, 350), interpolation=cv2.INTER_AREA), np.uint8)
    page = np.full((900, 560), paper, np.uint8)
    cv2.circle(page, (60, 90), 25, 120, -1)
    for y in (80, 105, *range(560, 860, 30)):
        cv2.putText(
            page, "some words that say nothing", (100, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 40, 1, cv2.LINE_AA
        )
    cv2.rectangle(page, (20, 50), (540, 880), 200, 2)
    page[150:500, 40:520] = shown
    return page, (40, 150, 520, 500)


@pytest.mark.parametrize("one", [Orb(), OrbAgain()])
def test_it_fits_the_port_and_can_be_sent_to_the_sandbox(one: Fingerprinter) -> None:
    assert (one.name, one.kind) == ("orb", Kind.IMAGE)
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301  (our own bytes)


def test_only_the_second_look_says_that_it_is_one() -> None:
    assert (Orb().is_second_look, OrbAgain().is_second_look) == (False, True)


def test_a_picture_gives_points_in_the_agreed_layout(scene: Scene, as_picture: Wrap) -> None:
    [found] = Orb().fingerprint(b"", as_picture(scene()))
    version, count, kept, width, height = header_of(found)
    assert (version, width, height) == (1, 512, 373)
    assert 300 <= count == kept <= 600
    assert len(found.value) == HEADER + 38 * count
    assert (found.view, found.orientation) == (View.WHOLE, Orientation.UPRIGHT)


def test_the_same_picture_gives_the_same_points(scene: Scene, as_picture: Wrap) -> None:
    assert Orb().fingerprint(b"", as_picture(scene())) == Orb().fingerprint(b"", as_picture(scene()))


def test_small_pictures_are_enlarged_until_they_have_points(scene: Scene, as_picture: Wrap) -> None:
    small = np.asarray(cv2.resize(scene(), (128, 93), interpolation=cv2.INTER_AREA), np.uint8)
    [found] = Orb().fingerprint(b"", as_picture(small))
    assert header_of(found)[1] > 100


def test_the_first_points_are_coarse_and_lie_everywhere(scene: Scene, as_picture: Wrap) -> None:
    first = points_of(Orb().fingerprint(b"", as_picture(scene()))[0])[:128]
    assert (first["octave"] >= 1).all()
    corners = {(int(x > 32767), int(y > 32767)) for x, y in zip(first["x"], first["y"], strict=True)}
    assert len(corners) == 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (5, 5), (20, 2048), (40, 40), (64, 2048)])
def test_odd_shapes_give_points_or_nothing(shape: tuple[int, int], as_picture: Wrap) -> None:
    noise = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    for found in Orb().fingerprint(b"", as_picture(noise)) + OrbAgain().fingerprint(b"", as_picture(noise)):
        assert len(points_of(found)) == header_of(found)[1]


def test_an_empty_picture_gives_nothing(as_picture: Wrap) -> None:
    plain = as_picture(np.full((400, 600), 128, np.uint8))
    assert Orb().fingerprint(b"", plain) == []
    assert OrbAgain().fingerprint(b"", plain) == []


def test_quality_tells_a_full_picture_from_an_almost_empty_one(scene: Scene, as_picture: Wrap) -> None:
    wall = np.full((480, 640), 180, np.uint8)
    wall[200:280, 280:380] = scene()[100:180, 100:200]
    [full] = Orb().fingerprint(b"", as_picture(scene()))
    poor = max(Orb().fingerprint(b"", as_picture(wall)), key=lambda one: one.view is View.WHOLE)
    assert poor.quality < 20
    assert full.quality > 60


def test_the_second_look_is_mirrored_and_at_other_sizes_and_keeps_nothing(
    scene: Scene, as_picture: Wrap
) -> None:
    far, close, mirrored = OrbAgain().fingerprint(b"", as_picture(scene()))
    assert (close.view, mirrored.orientation) == (View.CLOSE, Orientation.MIRRORED)
    assert (header_of(far)[3], header_of(close)[3]) == (300, 1024)
    assert [header_of(one)[2] for one in (far, close, mirrored)] == [0, 0, 0]


def test_of_a_page_only_the_photograph_is_kept(scene: Scene, as_picture: Wrap) -> None:
    page, (left, top, right, bottom) = page_around(scene(4))
    [part] = Orb().fingerprint(b"", as_picture(page))
    assert part.view is View.TRIMMED
    assert header_of(part)[2] > 200
    points = points_of(part)
    x, y = points["x"] * (560 / 65535), points["y"] * (900 / 65535)
    slack = 8
    assert (x > left - slack).all()
    assert (x < right + slack).all()
    assert (y > top - slack).all()
    assert (y < bottom + slack).all()


def test_the_second_look_at_a_page_is_at_the_photograph_alone(scene: Scene, as_picture: Wrap) -> None:
    page, (left, top, right, bottom) = page_around(scene(4))
    for one in OrbAgain().fingerprint(b"", as_picture(page)):
        points = points_of(one)
        x, y = points["x"] * (560 / 65535), points["y"] * (900 / 65535)
        x = 560 - x if one.orientation is Orientation.MIRRORED else x
        assert left - 8 < x.min() < x.max() < right + 8
        assert top - 8 < y.min() < y.max() < bottom + 8


@pytest.mark.parametrize("paper", [250, 18])
def test_the_photograph_on_a_page_is_found_to_a_few_pixels(paper: int, scene: Scene) -> None:
    page, edges = page_around(scene(5), paper=paper)
    [found] = photographs_in(np.asarray(cv2.resize(page, (319, 512), interpolation=cv2.INTER_AREA), np.uint8))
    measured = np.array([found.left, found.top, found.right, found.bottom]) * (900 / 512)
    assert np.abs(measured - edges).max() < 16


def test_a_photograph_is_not_taken_for_a_page(scene: Scene) -> None:
    seeds = range(20, 32)
    assert sum(bool(photographs_in(scene(seed, 512, 384))) for seed in seeds) <= 1


def test_the_panels_of_a_collage_are_looked_at_one_by_one(scene: Scene, as_picture: Wrap) -> None:
    sheet = np.full((630, 830), 255, np.uint8)
    for panel in range(4):
        top, left = 10 + (panel // 2) * 310, 10 + (panel % 2) * 410
        sheet[top : top + 300, left : left + 400] = cv2.resize(scene(40 + panel), (400, 300))
    [whole] = Orb().fingerprint(b"", as_picture(sheet))
    assert header_of(whole)[2] == header_of(whole)[1]
    again = OrbAgain().fingerprint(b"", as_picture(sheet))
    assert len(again) == 7
    areas = [np.ptp(points_of(one)["x"] / 65535) * np.ptp(points_of(one)["y"] / 65535) for one in again[3:]]
    assert all(0.05 < area < 0.3 for area in areas)
    assert all(one != other for one, other in pairwise(again[3:]))
