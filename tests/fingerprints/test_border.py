"""What counts as a plain border, and what is part of the picture."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.border import inside_of_border

Grey = NDArray[np.uint8]


def through_jpeg(luma: Grey, quality: int) -> Grey:
    _, encoded = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)


@pytest.mark.parametrize("grey", [0, 24, 128, 255])
@pytest.mark.parametrize("quality", [95, 60, 30])
@pytest.mark.parametrize(
    "widths",
    [
        ((80, 80), (80, 80)),
        ((200, 200), (0, 0)),
        ((0, 0), (200, 200)),
        ((0, 120), (0, 0)),
        ((31, 77), (13, 0)),
    ],
)
def test_a_plain_border_is_cut_to_the_pixel_or_nearly(
    grey: int, quality: int, widths: tuple[tuple[int, int], tuple[int, int]], scene: Callable[..., Grey]
) -> None:
    luma = scene(11)
    inner = inside_of_border(through_jpeg(np.pad(luma, widths, constant_values=grey), quality))
    assert inner is not None
    assert abs(inner.shape[0] - luma.shape[0]) <= 3
    assert abs(inner.shape[1] - luma.shape[1]) <= 3


def test_bars_inside_a_frame_are_cut_too(scene: Callable[..., Grey]) -> None:
    luma = scene(12)
    barred = np.pad(luma, ((60, 60), (0, 0)), constant_values=0)
    inner = inside_of_border(np.pad(barred, 40, constant_values=255))
    assert inner is not None
    assert inner.shape == luma.shape


def test_sides_may_have_different_greys(scene: Callable[..., Grey]) -> None:
    luma = scene(13)
    barred = np.pad(luma, ((60, 0), (0, 0)), constant_values=0)
    inner = inside_of_border(np.pad(barred, ((0, 50), (0, 0)), constant_values=255))
    assert inner is not None
    assert inner.shape == luma.shape


def test_a_picture_without_a_border_is_left_alone(scene: Callable[..., Grey]) -> None:
    assert all(inside_of_border(scene(seed)) is None for seed in range(14, 20))


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_a_plain_picture_has_no_inside(grey: int) -> None:
    assert inside_of_border(np.full((300, 400), grey, np.uint8)) is None


def test_half_a_picture_of_sky_is_not_a_border(scene: Callable[..., Grey]) -> None:
    luma = scene(20)
    assert inside_of_border(np.pad(luma, ((luma.shape[0], 0), (0, 0)), constant_values=250)) is None


def test_a_stamp_on_a_large_page_is_not_cut_out(scene: Callable[..., Grey]) -> None:
    luma = scene(21)
    rows, columns = luma.shape
    page = np.pad(luma, ((rows // 2 + 30,) * 2, (columns // 2 + 30,) * 2), constant_values=255)
    assert inside_of_border(page) is None


def test_a_hairline_is_left_alone(scene: Callable[..., Grey]) -> None:
    assert inside_of_border(np.pad(scene(22), 2, constant_values=0)) is None


def test_a_gradient_is_not_a_border(scene: Callable[..., Grey]) -> None:
    luma = scene(23)
    fade = np.tile(np.linspace(0, 255, luma.shape[1]), (120, 1)).astype(np.uint8)
    assert inside_of_border(np.concatenate([fade, luma])) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (90, 1), (2, 3)])
def test_tiny_pictures_have_no_border(shape: tuple[int, int]) -> None:
    assert inside_of_border(np.zeros(shape, np.uint8)) is None


def test_the_inside_is_a_view_not_a_copy(scene: Callable[..., Grey]) -> None:
    framed = np.pad(scene(24), 60, constant_values=0)
    inner = inside_of_border(framed)
    assert inner is not None
    assert np.shares_memory(inner, framed)
