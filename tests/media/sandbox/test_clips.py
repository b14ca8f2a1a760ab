"""Videos and sounds: whatever comes, within bounds, with a plain reason where nothing can be read."""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from jikimi.media.clip import LARGEST_FRAME, watch
from jikimi.media.moving_specimen import draw_clip, tune_of
from jikimi.media.sandbox import SandboxPool
from jikimi.media.sniff import is_clip, sniff
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Kind

CONTAINERS = {"mp4": "MP4", "matroska": "MATROSKA", "avi": "AVI", "mpegts": "MPEG-TS", "mov": "MP4"}
SOUNDS = {"mp3": ("mp3", "MP3"), "flac": ("flac", "FLAC"),
          "wav": ("pcm_s16le", "WAV"), "adts": ("aac", "AAC"),
          "ogg": ("libopus", "OGG"), "ipod": ("aac", "MP4")}  # fmt: skip


@pytest.fixture(scope="module")
def clip() -> bytes:
    return draw_clip(3)


@pytest.fixture(scope="module")
def behind_locks() -> Iterator[SandboxPool]:
    with SandboxPool((), size=1) as opened:
        yield opened


def sounding(
    container: str, codec: str, *, rate: int = 44_100, layout: str = "mono", form: str = "s16"
) -> bytes:
    kept = io.BytesIO()
    with av.open(kept, "w", format=container) as written:
        track = written.add_stream(codec, rate=rate, layout=layout)
        tune = av.AudioFrame.from_ndarray(tune_of(1, 3.0)[np.newaxis], format=form, layout="mono")
        tune.sample_rate, tune.time_base, tune.pts = 44_100, Fraction(1, 44_100), 0
        mixer = av.AudioResampler(track.codec_context.format, layout, rate)
        for frame in (*mixer.resample(tune), *mixer.resample(None)):
            written.mux(track.encode(frame))
        written.mux(track.encode(None))
    return kept.getvalue()


def filmed(frames: int, *, codec: str = "mpeg4", size: tuple[int, int] = (96, 64), gop: int = 12,
           container: str = "mp4", apart: int = 1, rotation: int = 0) -> bytes:  # fmt: skip
    kept = io.BytesIO()
    with av.open(kept, "w", format=container) as written:
        track = written.add_stream(codec, rate=25)
        track.width, track.height, track.pix_fmt = *size, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        track.gop_size = gop
        if rotation:
            track.set_display_rotation(rotation)
        ramp = np.zeros((size[1], size[0], 3), np.uint8)
        ramp[: size[1] // 2] = 220  # light above, dark below
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(ramp + np.uint8(number % 8), format="rgb24")
            frame.pts = number * apart
            written.mux(track.encode(frame))
        written.mux(track.encode(None))
    return kept.getvalue()


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_video_gives_frames_in_order_and_sound(container: str) -> None:
    body = draw_clip(4, container=container, width=192, height=128)
    clip = watch(body, sniff(body)).clip
    assert sniff(body) == CONTAINERS[container]
    assert clip.seconds == pytest.approx(6, abs=0.3)
    assert len(clip.frames) == pytest.approx(12, abs=1)
    assert clip.sound is not None
    assert len(clip.sound.samples) / 2 / clip.sound.rate == pytest.approx(6, abs=0.2)


@pytest.mark.parametrize("container", SOUNDS)
def test_a_sound_gives_sound_and_no_frames(behind_locks: SandboxPool, container: str) -> None:
    codec, name = SOUNDS[container]
    body = sounding(container, codec, rate=48_000)
    inspection = behind_locks.inspect(body)
    assert (sniff(body), inspection.format) == (name, name)
    assert inspection.kind is Kind.AUDIO
    assert (inspection.width, inspection.height, inspection.frames, inspection.preview) == (0, 0, 0, b"")
    assert inspection.seconds == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize("codec", ["mpeg4", "libx264", "libx265", "libvpx-vp9", "libsvtav1", "mjpeg"])
def test_every_codec_gives_its_last_key_frame_too(codec: str) -> None:
    body = filmed(51, codec=codec, gop=25, container="matroska")
    clip = watch(body, "MATROSKA").clip
    assert clip.frames[0].at == 0
    assert clip.seconds == pytest.approx(2.04, abs=0.1)


def test_of_a_longer_video_only_key_frames_are_decoded_at_first() -> None:
    body = filmed(400, codec="mpeg4", gop=50, apart=3)
    assert 8 <= len(watch(body, "MP4").clip.frames) <= 10


@pytest.mark.parametrize(("effort", "count"), [(Effort.SECOND, 12), (Effort.REFERENCE, 24)])
def test_a_closer_look_sees_more_frames(clip: bytes, effort: Effort, count: int) -> None:
    frames = watch(clip, "MP4", effort).clip.frames
    assert len(frames) == pytest.approx(count, abs=1)
    assert all(one.at < other.at for one, other in pairwise(frames))


def test_what_is_asked_lies_unevenly_between_the_frames_of_a_reference(clip: bytes) -> None:
    kept = [frame.at for frame in watch(clip, "MP4", Effort.REFERENCE).clip.frames]
    asked = [frame.at for frame in watch(clip, "MP4", Effort.SECOND).clip.frames]
    steps = {round(later - earlier, 2) for earlier, later in pairwise(asked)}
    assert len(steps) > 4
    assert min(steps) >= 0.2
    beside = [min(abs(one - other) for other in kept) for one in asked[1:]]
    assert min(beside) < 0.03
    assert max(beside) > 0.07


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_video_is_seen_as_its_player_turns_it(rotation: int) -> None:
    body = filmed(5, rotation=rotation)
    picture = watch(body, "MP4").clip.frames[0].picture
    grey = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
    is_on_its_side = abs(rotation) == 90
    assert (picture.width, picture.height) == ((64, 96) if is_on_its_side else (96, 64))
    bright = np.rot90(np.repeat([[220], [10]], 2, axis=1), rotation // 90)[0, 0] > 100
    assert (grey[2, 2] > 100) == bright


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("container", ["matroska", "avi", "mpegts"])
def test_of_a_truncated_video_what_came_is_seen(container: str, share: float) -> None:
    body = draw_clip(5, container=container, width=192, height=128)
    clip = watch(body[: int(share * len(body))], sniff(body)).clip
    assert clip.frames
    assert clip.seconds < 6.2


def test_an_mp4_without_its_table_is_bad_media_with_a_reason(clip: bytes) -> None:
    with pytest.raises(BadMedia, match="cut off: what is needed to show or hear"):
        watch(clip[: len(clip) // 2], "MP4")


@pytest.mark.parametrize("magic", [b"\x1aE\xdf\xa3", b"FLV\x01", b"OggS", b"ID3", b"fLaC",
                                   b"\x00\x00\x01\xba", b"RIFF\x10\x00\x00\x00AVI LIST",
                                   b"\x00\x00\x00\x18ftypmp42"])  # fmt: skip
def test_what_only_begins_like_a_clip_is_bad_media_with_a_reason(
    behind_locks: SandboxPool, magic: bytes
) -> None:
    body = magic + np.random.default_rng(1).bytes(20_000)
    assert is_clip(body)
    with pytest.raises(BadMedia, match=r"damaged|cut off|shown or heard"):
        behind_locks.inspect(body)


@pytest.mark.parametrize("effort", Effort)
@pytest.mark.parametrize("seed", range(12))
def test_mangled_clips_give_an_inspection_or_a_reason(
    behind_locks: SandboxPool, clip: bytes, effort: Effort, seed: int
) -> None:
    dice = np.random.default_rng(seed)
    mangled = bytearray(clip)
    for at in dice.integers(0, len(mangled), 40):
        mangled[at] = int(dice.integers(0, 256))
    said = ""
    try:
        assert behind_locks.inspect(bytes(mangled), effort).seconds >= 0
    except BadMedia as refusal:
        said = str(refusal)
    assert "bug" not in said


def test_a_video_that_starts_amid_a_group_is_seen_from_the_first_whole_picture() -> None:
    body = filmed(60, codec="mpeg4", container="mpegts", gop=30)
    packets = [body[at : at + 188] for at in range(0, len(body), 188)]
    cut = b"".join(packets[:3] + packets[len(packets) // 4 :])
    assert watch(cut, "MPEG-TS").clip.frames


def test_ten_hours_of_one_still_are_read_in_few_frames() -> None:
    body = filmed(40, apart=900 * 25, gop=1)
    watched = watch(body, "MP4")
    assert watched.clip.seconds > 9 * 3600
    assert len(watched.clip.frames) == 40


def test_joined_segments_whose_stamps_begin_anew_go_on_in_time() -> None:
    segment = filmed(50, container="mpegts", gop=25)
    clip = watch(segment * 3, "MPEG-TS", Effort.SECOND).clip
    assert clip.seconds == pytest.approx(6, abs=0.4)
    assert all(one.at < other.at for one, other in pairwise(clip.frames))


def test_more_pixels_than_8k_are_refused_before_decoding() -> None:
    with pytest.raises(BadMedia, match="the limit is 40 megapixels"):
        watch(filmed(1, codec="mjpeg", size=(8000, 5200), container="matroska"), "MATROSKA")
    assert LARGEST_FRAME > 7680 * 4320


def test_8k_frames_are_read_behind_the_locks(behind_locks: SandboxPool) -> None:
    inspection = behind_locks.inspect(filmed(3, codec="mjpeg", size=(7680, 4320), container="matroska"))
    assert (inspection.width, inspection.height) == (7680, 4320)


def test_all_key_frames_are_not_all_decoded() -> None:
    clip = watch(filmed(100, codec="mjpeg", container="matroska"), "MATROSKA").clip
    assert 7 <= len(clip.frames) <= 9


@pytest.mark.parametrize("rate", [8, 1000])
def test_a_sound_of_a_few_samples_a_second_is_no_sound(rate: int) -> None:
    body = sounding("wav", "pcm_s16le", rate=rate)
    with pytest.raises(BadMedia, match="nothing in this WAV file can be shown or heard"):
        watch(body, "WAV")


def test_time_is_bounded_and_what_came_is_kept(clip: bytes) -> None:
    ticks = iter(range(10_000))
    watched = watch(clip, "MP4", Effort.FIRST, cpu_clock=lambda: next(ticks) / 10)
    assert 0 < watched.missing < 1
    assert watched.clip.frames


def test_a_video_is_inspected_with_a_preview_and_stills_as_pictures(
    looking: SandboxPool, clip: bytes
) -> None:
    inspection = looking.inspect(clip)
    assert inspection.kind is Kind.VIDEO
    assert inspection.preview
    assert (inspection.width, inspection.height) == (480, 320)
    assert {"sha256", "pdq"} <= {one.algorithm for one in inspection.fingerprints}
    assert looking.render(clip, 200)


def test_of_a_reference_no_still_is_kept_as_a_hash(looking: SandboxPool, clip: bytes) -> None:
    found = looking.inspect(clip, Effort.REFERENCE).fingerprints
    assert {one.algorithm for one in found} == {"sha256", "orb", "frames", "sound", "vpdq"}


def test_a_file_larger_than_clips_may_be_is_refused(behind_locks: SandboxPool, clip: bytes) -> None:
    with pytest.raises(BadMedia, match="larger than 256 MB"):
        behind_locks.inspect(clip + bytes(256 * 2**20))


def test_of_a_clip_a_second_look_leaves_nothing_out(looking: SandboxPool, clip: bytes) -> None:
    rest, second = (looking.inspect(clip, effort).fingerprints for effort in (Effort.REST, Effort.SECOND))
    assert rest == second
