"""A few frames of an animation are looked at, those that differ most; one among many is not overlooked."""

import io

import numpy as np
import pytest
from drawn import animated, frames, saved, scene
from odd import long_animation
from PIL import Image

from jikimi.app.engine import empty_vault
from jikimi.media.decode import FIRST_LOOK, Look, decode
from jikimi.media.frames import MOST_PICKED
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import encode_jpeg
from jikimi.model.fingerprint import Orientation
from jikimi.model.ports import IndexEntry

MOVING = ("GIF", "WEBP", "PNG", "AVIF")
HIDDEN = 12
BRIEF = Look(may_skim=True, longer=512, moving_pixels=0)


def moved(count: int, seed: int = 1) -> list[Image.Image]:
    """Return a slow pan over one scene."""
    wide = Image.fromarray(scene(360, 240, seed))
    return [wide.crop((at, at // 2, at + 240, at // 2 + 160)) for at in range(count)]


def animation(pictures: list[Image.Image], name: str) -> bytes:
    options = {"speed": 10} if name == "AVIF" else {}
    return saved(pictures[0], name, save_all=True, append_images=pictures[1:], duration=50, **options)


@pytest.mark.parametrize("name", MOVING)
def test_each_frame_of_a_short_animation_is_seen(name: str) -> None:
    decoded = decode(animated(name))
    assert decoded.frames == 4
    assert len(decoded.later) == 3
    sizes = {(one.width, one.height, one.original_width) for one in (decoded.picture, *decoded.later)}
    assert sizes == {(240, 160, 240)}


@pytest.mark.parametrize("name", MOVING)
@pytest.mark.parametrize("place", [1, 12])
def test_a_picture_hidden_in_an_animation_is_found(looking: SandboxPool, name: str, place: int) -> None:
    vault = empty_vault()
    kept = looking.inspect(encode_jpeg(scene(seed=HIDDEN), 90)).fingerprints
    upright = tuple(one for one in kept if one.orientation is Orientation.UPRIGHT)
    vault.apply([IndexEntry(1, "hidden", "case", upright)])
    pictures = moved(14)
    assert not vault.search(looking.inspect(animation(pictures, name)).fingerprints)
    pictures[place] = Image.fromarray(scene(seed=HIDDEN))
    seen = looking.inspect(animation(pictures, name))
    assert seen.frames == 14
    assert [found.reference for found in vault.search(seen.fingerprints)] == ["hidden"]


@pytest.mark.parametrize("name", MOVING)
def test_a_reference_that_moves_is_found_by_any_frame_that_was_kept(looking: SandboxPool, name: str) -> None:
    vault = empty_vault()
    kept = looking.inspect(animated(name)).fingerprints
    upright = tuple(one for one in kept if one.orientation is Orientation.UPRIGHT)
    vault.apply([IndexEntry(1, "moving", "case", upright)])
    for frame in frames():
        found = vault.search(looking.inspect(encode_jpeg(np.asarray(frame), 90)).fingerprints)
        assert [one.reference for one in found] == ["moving"]


@pytest.mark.parametrize("name", ["GIF", "WEBP"])
def test_what_hardly_changes_is_fingerprinted_once(name: str) -> None:
    decoded = decode(long_animation(name))
    assert decoded.frames == 300
    assert decoded.later == ()


def test_no_more_than_four_frames_are_picked() -> None:
    pictures = [Image.fromarray(scene(seed=seed)) for seed in range(30, 42)]
    assert len(decode(animation(pictures, "GIF")).later) == MOST_PICKED - 1


def test_the_second_frame_is_always_seen_and_others_as_far_as_the_pixels_go() -> None:
    body = animated("GIF")
    assert len(decode(body, BRIEF).later) == 1
    assert len(decode(body, Look(may_skim=True, longer=512, moving_pixels=2 * 240 * 160)).later) == 2


def test_frames_that_are_damaged_do_not_hide_those_before() -> None:
    body = animated("GIF")
    assert 1 <= len(decode(body[: len(body) * 7 // 10], FIRST_LOOK).later) <= 2


def test_a_frame_that_claims_a_giant_canvas_ends_the_animation() -> None:
    body = bytearray(animation(frames(2), "GIF"))
    second = body.index(b"\x2c", body.index(b"\x21\xf9", 900))
    body[second + 5 : second + 9] = b"\xff\xff\xff\xff"
    decoded = decode(bytes(body))
    assert (decoded.picture.width, decoded.picture.height) == (240, 160)
    assert decoded.later == ()


def test_frames_are_turned_like_the_first() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = io.BytesIO()
    first, *rest = frames(2)
    first.save(kept, "PNG", save_all=True, append_images=rest, exif=exif)
    decoded = decode(kept.getvalue())
    assert {(one.width, one.height) for one in (decoded.picture, *decoded.later)} == {(160, 240)}
