"""An animated picture is a clip too: it is found by what it was cut from, and finds it."""

from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest
from drawn import KINDS, animated, scene
from filmed import HEIGHT, WIDTH, cut_from, ffmpeg, moving
from PIL import Image

from jikimi.app.engine import empty_vault
from jikimi.media.animation import LONGEST_DELAY, LONGEST_SIDE, MOST_KEPT, watch_animation
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.sandbox import SandboxPool
from jikimi.model.clip import Clip
from jikimi.model.fingerprint import Effort, Kind, Orientation, Tier
from jikimi.model.ports import IndexEntry, Vault

MOVING = ("GIF", "WEBP", "PNG", "AVIF")
MADE_BY_FFMPEG = {
    "gif": ("-vf", "fps=10,scale=160:-1"),
    "webp": ("-vf", "fps=10,scale=160:-1", "-c:v", "libwebp_anim", "-loop", "0"),
    "avif": ("-vf", "fps=10,scale=160:-2", "-c:v", "libsvtav1", "-preset", "10"),
}
SEED = 21


@pytest.fixture(scope="module")
def video() -> bytes:
    return draw_clip(SEED, seconds=16, fps=12, width=WIDTH, height=HEIGHT)


def knowing(looking: SandboxPool, body: bytes) -> Vault:
    vault = empty_vault()
    kept = looking.inspect(body, Effort.REFERENCE).fingerprints
    upright = tuple(one for one in kept if one.orientation is Orientation.UPRIGHT)
    vault.apply([IndexEntry(1, "known", "case", upright)])
    return vault


def plain(count: int) -> list[Image.Image]:
    """Return frames that hardly differ."""
    return [Image.fromarray(scene(64, 48) // 2 + np.uint8(number % 4)) for number in range(count)]


def watched(pictures: list[Image.Image], duration: int | list[int], name: str = "GIF") -> Clip:
    clip = watch_animation(moving(pictures, name, duration), name, Effort.FIRST)
    assert clip is not None
    return clip


@pytest.mark.parametrize("name", MOVING)
def test_an_animation_cut_from_a_reference_video_is_found(
    looking: SandboxPool, video: bytes, name: str
) -> None:
    vault = knowing(looking, video)
    seen = looking.inspect(cut_from(SEED, name))
    assert (seen.kind, seen.format, seen.frames) == (Kind.IMAGE, name, 50)
    assert seen.seconds == pytest.approx(5, abs=0.1)
    (found,) = vault.search(seen.fingerprints)
    assert (found.how.algorithm, found.tier) == ("frames", Tier.CERTAIN)
    assert found.how.reference_span[0] == pytest.approx(9.4, abs=0.6)
    assert not vault.search(looking.inspect(cut_from(SEED + 1, name)).fingerprints)


@pytest.mark.parametrize("name", MOVING)
def test_a_reference_animation_finds_the_video_it_was_cut_from(
    looking: SandboxPool, video: bytes, name: str
) -> None:
    vault = knowing(looking, cut_from(SEED, name))
    assert [found.tier for found in vault.search(looking.inspect(video).fingerprints)] == [Tier.CERTAIN]
    assert not vault.search(
        looking.inspect(draw_clip(SEED + 1, seconds=8, fps=12, width=WIDTH, height=HEIGHT)).fingerprints
    )


@pytest.mark.parametrize("ending", MADE_BY_FFMPEG)
def test_what_ffmpeg_cuts_from_a_video_is_found_both_ways(
    looking: SandboxPool, video: bytes, tmp_path: Path, ending: str
) -> None:
    (tmp_path / "video.mp4").write_bytes(video)
    ffmpeg(
        tmp_path, "-ss", "9.37", "-t", "5", "-i", "video.mp4", "-an", *MADE_BY_FFMPEG[ending], f"cut.{ending}"
    )
    cut = (tmp_path / f"cut.{ending}").read_bytes()
    assert knowing(looking, video).search(looking.inspect(cut).fingerprints)
    assert knowing(looking, cut).search(looking.inspect(video).fingerprints)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "JPEG"])
def test_a_still_is_no_clip(looking: SandboxPool, name: str) -> None:
    seen = looking.inspect(KINDS[name]())
    assert seen.seconds == 0
    assert "frames" not in {one.algorithm for one in seen.fingerprints}


@pytest.mark.parametrize("effort", Effort)
def test_the_frames_of_an_animation_are_fingerprinted_as_pictures_as_before(
    looking: SandboxPool, effort: Effort
) -> None:
    few = {one.algorithm for one in looking.inspect(animated("GIF"), effort).fingerprints}
    many = {one.algorithm for one in looking.inspect(cut_from(SEED, "GIF"), effort).fingerprints}
    assert many - few == ({"frames", "vpdq"} if effort is Effort.REFERENCE else {"frames"})


@pytest.mark.parametrize("name", MOVING)
def test_four_frames_or_half_a_second_are_no_clip(name: str) -> None:
    assert watch_animation(animated(name), name, Effort.FIRST) is None
    assert watch_animation(moving(plain(10), name, 50), name, Effort.FIRST) is None


@pytest.mark.parametrize("name", MOVING)
def test_frames_have_the_times_that_the_file_gives_them(name: str) -> None:
    pictures = [Image.fromarray(scene(64, 48, seed)) for seed in range(6)]
    clip = watched(pictures, [500, 1500, 200, 200, 600, 1000], name)
    assert [frame.at for frame in clip.frames] == pytest.approx([0, 0.5, 2, 2.2, 2.4, 3], abs=0.02)
    assert clip.seconds == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize("delay", [0, 10])
def test_frames_without_a_time_are_shown_for_a_tenth_as_browsers_do(delay: int) -> None:
    assert watched(plain(20), delay).seconds == pytest.approx(2, abs=0.01)


def test_a_frame_that_stays_for_ten_minutes_counts_as_one_minute() -> None:
    assert watched(plain(6), 600_000).seconds == pytest.approx(6 * LONGEST_DELAY)


def test_two_frames_a_second_are_kept_and_those_that_are_odd() -> None:
    pictures = plain(40)
    pictures[13] = Image.fromarray(scene(64, 48, 30))
    times = [frame.at for frame in watched(pictures, 100).frames]
    assert times == pytest.approx([0, 0.5, 1, 1.3, 1.4, 1.5, 2, 2.5, 3, 3.5], abs=0.01)


def test_frames_are_small_and_not_too_many() -> None:
    clip = watched([Image.fromarray(scene(600, 40, seed)) for seed in range(8)], 200)
    assert {frame.picture.width for frame in clip.frames} == {LONGEST_SIDE}
    assert {frame.picture.original_width for frame in clip.frames} == {600}
    flicker = [Image.new("L", (4, 4), 255 * (number % 2)) for number in range(MOST_KEPT + 50)]
    assert len(watched(flicker, 40).frames) <= MOST_KEPT


def test_damage_ends_the_clip_and_keeps_what_came_before() -> None:
    body = cut_from(SEED, "GIF")
    clip = watch_animation(body[: len(body) // 2], "GIF", Effort.FIRST)
    assert clip is not None
    assert 2 < clip.seconds < 3
    assert all(one.at < other.at for one, other in pairwise(clip.frames))


def test_an_animation_that_takes_too_long_is_seen_as_far_as_it_goes() -> None:
    clock = count()
    clip = watch_animation(moving(plain(60), "GIF"), "GIF", Effort.FIRST, cpu_clock=lambda: next(clock) / 2)
    assert clip is not None
    assert 1 < clip.seconds < 3
