"""Odd pictures are read like any other, alone and behind the locks with every fingerprinter."""

import numpy as np
import pytest
from drawn import HEIGHT, WIDTH
from numpy.typing import NDArray
from odd import ODD, grey, heic, scene_as
from PIL import Image

from jikimi.media.decode import Decoded, decode
from jikimi.media.sandbox import SandboxPool
from jikimi.model.fingerprint import Effort

ORIENTATION = 0x0112
SHOW_THE_SCENE = [
    name
    for name in ODD
    if not name.startswith(("all ", "fully ", "GIF of", "WebP of")) and not name[0].isdigit()
]


def luma_of(decoded: Decoded) -> NDArray[np.int16]:
    picture = decoded.picture
    return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width).astype(np.int16)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_picture_is_read_with_the_size_a_browser_shows(name: str) -> None:
    draw, size = ODD[name]
    picture = decode(draw()).picture
    assert (picture.original_width, picture.original_height) == size
    assert len(picture.luma) == picture.width * picture.height


@pytest.mark.parametrize("name", SHOW_THE_SCENE)
def test_an_odd_way_to_store_the_scene_shows_the_scene(name: str) -> None:
    assert np.abs(luma_of(decode(ODD[name][0]())) - grey()).mean() < 9


@pytest.mark.parametrize("name", ODD)
def test_every_fingerprinter_takes_an_odd_picture_in_both_looks(looking: SandboxPool, name: str) -> None:
    draw, size = ODD[name]
    body = draw()
    for effort in (Effort.FIRST, Effort.REST, Effort.SECOND):
        seen = looking.inspect(body, effort)
        assert (seen.width, seen.height) == size
        if effort is Effort.REST and seen.frames == 1:
            continue
        assert [one.algorithm for one in seen.fingerprints].count("sha256") == 1
        assert seen.missing == 0


@pytest.mark.parametrize("name", [name for name in ODD if name.startswith(("all ", "fully "))])
def test_a_picture_of_one_colour_gives_nothing_to_match(looking: SandboxPool, name: str) -> None:
    found = looking.inspect(ODD[name][0](), Effort.SECOND).fingerprints
    assert {one.algorithm for one in found} == {"sha256"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_that_is_turned_by_its_own_boxes_is_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    body = scene_as("AVIF", exif=exif)
    assert (b"irot" in body or b"imir" in body) == (orientation > 1)
    assert luma_of(decode(body)).shape == ((WIDTH, HEIGHT) if orientation > 4 else (HEIGHT, WIDTH))


@pytest.mark.parametrize("turns", range(4))
def test_a_heic_that_is_turned_by_its_own_boxes_is_upright(turns: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = (1, 8, 3, 6)[turns]
    wanted = np.rot90(grey().astype(np.int16), turns)
    assert np.abs(luma_of(decode(heic(exif=exif.tobytes()))) - wanted).mean() < 9


def test_the_default_picture_of_an_animated_png_and_its_frames_are_all_seen() -> None:
    decoded = decode(ODD["APNG with another default picture"][0]())
    assert decoded.frames == 2
    assert len(decoded.later) == 1


def test_fewer_scans_of_a_progressive_picture_show_less_detail_and_the_same_scene() -> None:
    shown = luma_of(decode(ODD["progressive without its last scans"][0]()))
    assert np.corrcoef(shown.ravel(), grey().ravel())[0, 1] > 0.9


def test_the_rest_is_what_a_first_look_at_a_still_leaves_out(looking: SandboxPool) -> None:
    body = scene_as("PNG")
    first, rest, second = (
        set(looking.inspect(body, effort).fingerprints)
        for effort in (Effort.FIRST, Effort.REST, Effort.SECOND)
    )
    assert first | rest == second
    assert rest
    assert not first & rest


def test_of_what_moves_a_second_look_leaves_nothing_out(looking: SandboxPool) -> None:
    body = ODD["APNG with another default picture"][0]()
    rest, second = (looking.inspect(body, effort).fingerprints for effort in (Effort.REST, Effort.SECOND))
    assert rest == second
