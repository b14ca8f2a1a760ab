"""Clips are found again by their frames: where, how fast, how turned, and how sure that is."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from threading import Thread

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.frames import Frames
from jikimi.fingerprints.orb import Orb
from jikimi.fingerprints.pdq import Pdq
from jikimi.media.moving_specimen import frame_at, scenes_of
from jikimi.model.clip import Clip, Frame
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Picture, Tier
from jikimi.model.ports import IndexEntry
from jikimi.vault import sorted_bits
from jikimi.vault.cascade import Cascade
from jikimi.vault.frame_bank import FrameBank, compare

WIDTH, HEIGHT = 256, 160
SECONDS = 16.0

Grey = NDArray[np.uint8]


def picture(grey: Grey) -> Picture:
    return Picture(grey.shape[1], grey.shape[0], np.ascontiguousarray(grey).tobytes(), *grey.shape[::-1])


@cache
def scenes(seed: int) -> list[NDArray[np.uint8]]:
    return scenes_of(seed, SECONDS, WIDTH, HEIGHT)


def grey_at(seed: int, at: float) -> Grey:
    pixels = frame_at(scenes(seed), seed, at, WIDTH, HEIGHT)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def clip(
    seed: int,
    *,
    first: float = 0.0,
    last: float = SECONDS,
    fps: float = 4,
    speed: float = 1.0,
    edit: Callable[[Grey], Grey] = lambda grey: grey,
) -> Clip:
    count = int((last - first) / speed * fps)
    frames = tuple(
        Frame(n / fps, picture(edit(grey_at(seed, first + n / fps * speed)))) for n in range(count)
    )
    return Clip(frames, None, count / fps)


def asked(seed: int, **what: object) -> list[Fingerprint]:
    return Frames().fingerprint_clip(
        clip(seed, **{"first": 3.1, "last": 13.1, "fps": 2, **what}), Effort.SECOND
    )  # type: ignore[arg-type]  # the builder's own arguments


@cache
def kept(seed: int) -> tuple[Fingerprint, ...]:
    return tuple(Frames().fingerprint_clip(clip(seed), Effort.REFERENCE))


def line(seq: int, seed: int, fingerprints: tuple[Fingerprint, ...] | None = None) -> IndexEntry:
    return IndexEntry(seq, f"clip {seed}", "case", kept(seed) if fingerprints is None else fingerprints)


@pytest.fixture(scope="module")
def bank() -> FrameBank:
    filled = FrameBank()
    filled.apply([line(seed, seed) for seed in (1, 2, 3)])
    return filled


def only(found: list[Found]) -> Found:
    assert [one.reference for one in found] == ["clip 1"]
    return found[0]


def boxed(grey: Grey) -> Grey:
    return np.pad(grey, ((40, 40), (0, 0)), constant_values=16)


def cropped(grey: Grey) -> Grey:
    return grey[16:-16, 26:-26]


def test_a_crop_between_two_windows_is_laid_over_the_smaller_one(bank: FrameBank) -> None:
    found = only(bank.search(asked(1, edit=lambda grey: grey[12:-12, 19:-19])))
    assert (found.how.window, found.how.edit) == ("centre 80 %", "cropped")
    assert found.how.distance <= 24


def test_a_part_of_a_clip_is_found_with_its_place_in_time(bank: FrameBank) -> None:
    found = only(bank.search(asked(1)))
    assert found.tier is Tier.CERTAIN
    assert found.how.algorithm == "frames"
    assert found.how.edit == "re-encoded"
    assert found.how.reference_span[0] == pytest.approx(3.1, abs=0.8)
    assert found.how.reference_span[1] == pytest.approx(12.6, abs=0.8)
    assert found.how.query_span[0] == pytest.approx(0, abs=0.6)
    assert (found.how.speed, found.how.is_mirrored, found.how.window) == (1.0, False, "whole")


def test_an_unknown_clip_is_not_found(bank: FrameBank) -> None:
    assert [one for seed in (7, 8, 9) for one in bank.search(asked(seed))] == []


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (np.fliplr, "mirrored"),
        (lambda grey: np.rot90(grey, -1), "rotated 90"),
        (lambda grey: np.rot90(grey, 2), "rotated 180"),
        (np.rot90, "rotated 270"),
        (boxed, "border removed"),
        (cropped, "cropped"),
        (lambda grey: 255 - grey, "negative"),
    ],
)
def test_what_was_done_to_a_clip_is_undone_and_named(
    bank: FrameBank, edit: Callable[[Grey], Grey], name: str
) -> None:
    found = only(bank.search(asked(1, edit=edit)))
    assert found.tier.rank <= Tier.LIKELY.rank
    assert name in found.how.edit
    assert found.how.is_mirrored == (name == "mirrored")


@pytest.mark.parametrize(("speed", "name"), [(1.25, "faster"), (0.8, "slower"), (2.0, "faster")])
def test_a_faster_or_slower_clip_is_found_with_its_speed(bank: FrameBank, speed: float, name: str) -> None:
    found = only(bank.search(asked(1, speed=speed)))
    assert found.how.speed == pytest.approx(speed, rel=0.08)
    assert found.how.edit == name


def test_a_still_scene_counts_once(bank: FrameBank) -> None:
    still = grey_at(1, 5.0)
    frames = tuple(Frame(float(n), picture(still)) for n in range(30))
    found = only(bank.search(Frames().fingerprint_clip(Clip(frames, None, 30.0), Effort.SECOND)))
    assert found.tier is not Tier.CERTAIN


def take(seed: int, *, fps: int = 4) -> Clip:
    """Let a bright figure jump about before a fixed picture, as nobody else's does."""
    room = cv2.GaussianBlur(grey_at(1, 1.0), (0, 0), 1)
    spots = np.random.default_rng(seed).random((20, 2)) * (WIDTH - 60, HEIGHT - 80)
    frames = []
    for number in range(10 * fps):
        scene = room.copy()
        x, y = spots[2 * number // fps].astype(int)
        scene[y : y + 80, x : x + 40] = 90 + 60 * (seed % 2)
        frames.append(Frame(number / fps, picture(np.asarray(scene, np.uint8))))
    return Clip(tuple(frames), None, 10.0)


def in_a_room(seed: int) -> tuple[Fingerprint, ...]:
    stills = [found for frame in take(seed).frames[::16] for found in Orb().fingerprint(b"", frame.picture)]
    return (*stills, *Frames().fingerprint_clip(take(seed), Effort.REFERENCE))


def test_another_take_of_one_room_by_one_camera_is_possible_at_most() -> None:
    bank = FrameBank()
    bank.apply([line(1, 1, in_a_room(10))])
    tiers = {
        found.tier
        for seed in range(11, 17)
        for found in bank.search(Frames().fingerprint_clip(take(seed, fps=2), Effort.SECOND))
    }
    assert tiers == {Tier.POSSIBLE}


def test_a_copy_of_a_take_is_certain_because_it_moves_alike() -> None:
    bank = FrameBank()
    bank.apply([line(1, 1, in_a_room(10))])
    assert only(bank.search(Frames().fingerprint_clip(take(10, fps=2), Effort.SECOND))).tier is Tier.CERTAIN


def test_points_that_agree_are_doubted_where_frames_show_another_take() -> None:
    vault = Cascade()
    vault.apply([line(1, 1, in_a_room(10))])
    for seed, tier in ((10, Tier.CERTAIN), (11, Tier.POSSIBLE)):
        asked_about = Frames().fingerprint_clip(take(seed, fps=2), Effort.SECOND)
        asked_about += Orb().fingerprint(b"", take(seed).frames[0].picture)
        assert only(vault.search(asked_about)).tier is tier
        compared = vault.compare(asked_about, in_a_room(10))
        assert compared is not None
        assert compared.tier is tier


def test_one_still_of_a_reference_clip_is_found_as_a_picture(bank: FrameBank) -> None:
    still = cv2.resize(grey_at(1, 6.0), (512, 320), interpolation=cv2.INTER_CUBIC)
    found = only(bank.search(Pdq().fingerprint(b"", picture(np.asarray(still, np.uint8)))))
    assert found.tier is Tier.LIKELY
    assert found.how.reference_span[0] == pytest.approx(6, abs=0.5)


def test_a_withdrawn_clip_is_found_no_more_and_overwritten() -> None:
    bank = FrameBank()
    bank.apply([line(1, 1), line(2, 2)])
    bank.apply([IndexEntry(3, "clip 1", "case", ())])
    assert bank.search(asked(1)) == []
    assert only_named(bank.search(asked(2))) == ["clip 2"]
    values = np.concatenate([shelf.bits for shelf in bank._shelves])
    assert (values == 0).all(axis=1).sum() == (len(kept(1)[0].value) - 8) // 40
    bank.apply([line(4 + seed, seed) for seed in (3, 4)])
    assert len(bank) == 3


def only_named(found: list[Found]) -> list[str]:
    return [one.reference for one in found]


def test_a_replaced_clip_is_found_by_what_is_new() -> None:
    bank = FrameBank()
    bank.apply([line(1, 1)])
    bank.apply([line(2, 1, kept(2))])
    assert bank.search(asked(1)) == []
    assert only_named(bank.search(asked(2))) == ["clip 1"]


def test_a_clip_that_is_replaced_is_found_throughout() -> None:
    bank = FrameBank()
    bank.apply([line(1, 1)])
    question = asked(1, last=6.1)
    misses: list[int] = []
    writer = Thread(target=lambda: [bank.apply([line(seq, 1)]) for seq in range(2, 30)])
    writer.start()
    while writer.is_alive():
        misses += [0 for found in [bank.search(question)] if not found]
    writer.join()
    assert misses == []


def test_a_large_shelf_is_sorted_and_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_bits, "SMALLEST_SORTED", 400)
    monkeypatch.setattr(sorted_bits, "LIST_LENGTH", 64)
    bank = FrameBank()
    bank.apply([line(seed, seed) for seed in (1, 2, 3)])
    assert only(bank.search(asked(1))).tier is Tier.CERTAIN
    bank.apply([IndexEntry(9, "clip 1", "case", ())])
    assert bank.search(asked(1)) == []


@pytest.mark.parametrize(
    "value", [b"", b"\x01\x01", b"\x09\x01\0\0\0\0\0\0", b"\x01\x00\0\0\xff\0\0\0" + bytes(40)]
)
def test_a_damaged_fingerprint_is_refused_before_anything_changes(bank: FrameBank, value: bytes) -> None:
    damaged = replace(kept(1)[0], value=value)
    if value[1:2] == b"\x01":
        with pytest.raises(BadMedia):
            bank.apply([line(9, 4, (damaged,))])
    else:
        with pytest.raises(BadMedia):
            bank.search([damaged])
    assert only(bank.search(asked(1)))


def test_one_clip_is_compared_with_another_by_the_same_rules() -> None:
    found = next(iter(compare(asked(1), kept(1)).answers), None)
    assert found is not None
    assert found.tier is Tier.CERTAIN
    assert compare(asked(1), kept(2)).answers == []


def test_a_new_reference_clip_finds_stills_that_were_seen_earlier() -> None:
    seen = Pdq().fingerprint(b"", picture(grey_at(1, 6.0)))[:1]
    found = Cascade().compare(kept(1), seen)
    assert found is not None
    assert found.tier is Tier.LIKELY
    assert Cascade().compare(kept(2), seen) is None


def test_the_whole_search_finds_clips_and_stills_beside_pictures() -> None:
    vault = Cascade()
    vault.apply([line(1, 1), line(2, 2)])
    assert only_named(vault.search(asked(2))) == ["clip 2"]
    assert vault.compare(asked(2), kept(2)) is not None
    vault.apply([IndexEntry(3, "clip 2", "case", ())])
    assert vault.search(asked(2)) == []
