"""QR codes are read behind the locks, and pages come out as plain grey, whatever a file holds."""

from collections.abc import Iterator
from datetime import timedelta

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.media.lettering import codes_in
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.plausible import is_plausible
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import draw, encode_jpeg, encode_png
from jikimi.media.wire import Coded, Paged
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Picture
from jikimi.model.writing import LONGEST_CODE, LONGEST_PAGE, MOST_CODES, MOST_PAGES

LINK = "https://t.me/+AbCdEfGhIjKlMnOp"


def code(text: str, scale: int = 4) -> NDArray[np.uint8]:
    """Return a QR code with its quiet zone, as grey values."""
    drawn = cv2.QRCodeEncoder.create().encode(text)
    large = cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    return np.pad(large, 4 * scale, constant_values=255)


def with_code(text: str, scale: int = 4) -> NDArray[np.uint8]:
    """Return a drawn scene with a code pasted in."""
    scene, pasted = draw(5).copy(), code(text, scale)
    scene[40 : 40 + len(pasted), 60 : 60 + pasted.shape[1]] = pasted[:, :, None]
    return scene


def in_colour(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(grey[:, :, None], 3, axis=2)


def page(grey: NDArray[np.uint8]) -> Picture:
    return Picture(grey.shape[1], grey.shape[0], grey.tobytes(), grey.shape[1], grey.shape[0])


@pytest.fixture(scope="module")
def bare() -> Iterator[SandboxPool]:
    with SandboxPool((), size=1) as opened:
        yield opened


@pytest.mark.parametrize("scale", [3, 4, 8])
def test_a_code_in_a_picture_is_read(bare: SandboxPool, scale: int) -> None:
    assert bare.codes(encode_jpeg(with_code(LINK, scale), 70)) == (LINK,)


def test_light_on_dark_and_other_scripts_are_read(bare: SandboxPool) -> None:
    assert bare.codes(encode_png(in_colour(255 - code("단서 링크", 6)))) == ("단서 링크",)


def test_two_codes_are_two_texts_and_the_same_twice_is_one(bare: SandboxPool) -> None:
    other = code(LINK[:-1] + "q")
    assert set(bare.codes(encode_png(in_colour(np.hstack([code(LINK), other]))))) == {LINK, LINK[:-1] + "q"}
    assert bare.codes(encode_png(in_colour(np.hstack([code(LINK), code(LINK)])))) == (LINK,)


def test_of_many_codes_so_many_are_read_and_no_more() -> None:
    rows = [np.hstack([code(f"code {row} {at}") for at in range(6)]) for row in range(4)]
    wall = np.vstack(rows)
    assert 1 <= len(codes_in([page(wall)])) <= MOST_CODES


@pytest.mark.parametrize("seed", range(4))
def test_a_code_that_is_damaged_is_none(seed: int) -> None:
    broken = code(LINK).copy()
    dice = np.random.default_rng(seed)
    broken[40:110, 40:110] = dice.integers(0, 2, (70, 70)) * 255
    assert codes_in([page(broken)]) in {(), (LINK,)}


@pytest.mark.parametrize("size", [(1, 1), (1, 2048), (20, 20), (21, 21), (64, 64)])
def test_small_and_empty_pictures_hold_no_code(size: tuple[int, int]) -> None:
    assert codes_in([page(np.full(size, 128, np.uint8))]) == ()


def test_a_wall_of_corners_is_given_up_in_time_and_the_next_file_is_read() -> None:
    corner = np.full((12, 12), 255, np.uint8)
    corner[:7, :7], corner[1:6, 1:6], corner[2:5, 2:5] = 0, 255, 0
    wall = in_colour(np.tile(corner, (60, 60)))
    with SandboxPool((), size=1, timeout=timedelta(seconds=4)) as pool:
        with pytest.raises(BadMedia, match="took longer than 4 s"):
            pool.codes(encode_png(wall))
        assert pool.codes(encode_png(in_colour(code(LINK)))) == (LINK,)


def test_a_picture_is_one_grey_page(bare: SandboxPool) -> None:
    (only,) = bare.pages(encode_jpeg(draw(3)))
    assert (only.width, only.height, len(only.luma)) == (960, 640, 960 * 640)
    (large,) = bare.pages(encode_jpeg(draw(3, 3000, 2000)))
    assert max(large.width, large.height) <= LONGEST_PAGE
    assert max(large.width, large.height) >= LONGEST_PAGE // 2


def test_a_clip_is_a_few_pages(bare: SandboxPool) -> None:
    clip = draw_clip(1, seconds=6.0, width=160, height=96, fps=8)
    assert 1 <= len(bare.pages(clip)) <= MOST_PAGES
    assert bare.codes(clip) == ()


@pytest.mark.parametrize("body", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut", b"<html></html>"])
def test_what_is_no_picture_is_bad_media(bare: SandboxPool, body: bytes) -> None:
    with pytest.raises(BadMedia):
        bare.codes(body)
    with pytest.raises(BadMedia):
        bare.pages(body)


def test_answers_of_a_captured_reader_are_bounded() -> None:
    grey = Picture(4, 4, bytes(16), 4, 4)
    large = Picture(LONGEST_PAGE + 1, 1, bytes(LONGEST_PAGE + 1), 1, 1)
    for answer, is_fine in (
        (Coded(("x",) * MOST_CODES), True),
        (Coded(("x",) * (MOST_CODES + 1)), False),
        (Coded(("x" * (LONGEST_CODE + 1),)), False),
        (Paged((grey,) * MOST_PAGES), True),
        (Paged((grey,) * (MOST_PAGES + 1)), False),
        (Paged((Picture(4, 4, bytes(15), 4, 4),)), False),
        (Paged((Picture(0, 4, b"", 4, 4),)), False),
        (Paged((large,)), False),
    ):
        assert is_plausible(answer, frozenset(), 1.0) is is_fine
