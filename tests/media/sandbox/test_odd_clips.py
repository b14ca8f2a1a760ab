"""Clips that are broken, lie or have something missing: what is there is read, or a plain reason given."""

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from filmed import ffmpeg, shot

from jikimi.media.clip import watch
from jikimi.media.sandbox import SandboxPool
from jikimi.media.sniff import sniff
from jikimi.model.clip import Clip
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Inspection, Kind

X264 = ("-c:v", "libx264", "-g", "20")
COVER = ("-f", "lavfi", "-i", "color=red:size=64x64:duration=0.1", "-map", "0:a", "-map", "1:v",
         "-frames:v", "1", "-disposition:v", "attached_pic")  # fmt: skip
TONE = ("-f", "lavfi", "-i", "sine=440:duration=3")
Shoot = Callable[..., bytes]


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    def film(name: str, *options: str, seconds: float = 4, with_sound: bool = False) -> bytes:
        return shot(tmp_path, name, *options, seconds=seconds, with_sound=with_sound)

    return film


def seen(body: bytes, effort: Effort = Effort.FIRST) -> Clip:
    return watch(body, sniff(body), effort).clip


def each_effort(looking: SandboxPool, body: bytes) -> list[Inspection]:
    return [looking.inspect(body, effort) for effort in Effort]


def overwritten(body: bytes, box: bytes, offset: int, value: int) -> bytes:
    """Return the file with four bytes changed at this place of every such box."""
    pieces = body.split(box)
    new = value.to_bytes(4, "big")
    return box.join([pieces[0], *(one[:offset] + new + one[offset + 4 :] for one in pieces[1:])])


@pytest.mark.parametrize("declared", [1, 0x7FFFFF00])
def test_a_wrong_duration_is_not_believed(shoot: Shoot, declared: int) -> None:
    body = shoot("film.mp4", *X264)
    for box in (b"mvhd", b"mdhd", b"tkhd"):
        body = overwritten(body, box, 16 if box != b"tkhd" else 20, declared)
    watched = watch(body, "MP4", Effort.SECOND)
    assert watched.clip.seconds == pytest.approx(4, abs=0.2)
    assert (len(watched.clip.frames), watched.missing) == (8, 0)


def test_an_avi_without_a_frame_rate_is_read(shoot: Shoot) -> None:
    body = shoot("film.avi", "-c:v", "mpeg4", "-g", "10")
    at = body.index(b"strh") + 8 + 20  # dwScale and dwRate
    clip = seen(body[:at] + bytes(8) + body[at + 8 :], Effort.SECOND)
    assert clip.frames
    assert clip.seconds > 0


def test_frames_reordered_in_an_avi_keep_their_times(shoot: Shoot) -> None:
    body = shoot("film.avi", *X264, "-bf", "3", seconds=8)
    clip = seen(body, Effort.SECOND)
    assert clip.seconds == pytest.approx(8, abs=0.3)
    assert len(clip.frames) == pytest.approx(16, abs=1)


@pytest.mark.parametrize("keep", ["not(mod(n,3))", "gte(n,15)"])
def test_a_film_with_packets_missing_is_read(
    looking: SandboxPool, shoot: Shoot, tmp_path: Path, keep: str
) -> None:
    shoot("film.mkv", *X264, seconds=6)
    drop = keep.replace("not(mod(n,3))", "not(mod(n+1\\,3))").replace("gte(n,15)", "lt(n\\,15)")
    ffmpeg(tmp_path, "-i", "film.mkv", "-c", "copy", "-bsf:v", f"noise=drop={drop}", "lost.mkv")
    assert all(one.frames for one in each_effort(looking, (tmp_path / "lost.mkv").read_bytes()))


def test_a_film_without_any_key_frame_is_refused_with_a_reason(shoot: Shoot, tmp_path: Path) -> None:
    shoot("film.mp4", *X264)
    ffmpeg(tmp_path, "-i", "film.mp4", "-c", "copy", "-bsf:v", "filter_units=remove_types=5", "headless.mkv")
    with pytest.raises(BadMedia, match="nothing in this MATROSKA file can be shown"):
        seen((tmp_path / "headless.mkv").read_bytes())


def test_a_film_without_sound_and_a_film_of_sound_alone_are_read(looking: SandboxPool, shoot: Shoot) -> None:
    silent = looking.inspect(shoot("silent.mp4", *X264))
    assert (silent.kind, {"frames"} <= {one.algorithm for one in silent.fingerprints}) == (Kind.VIDEO, True)
    heard = looking.inspect(shoot("heard.mp4", "-map", "1:a", "-c:a", "aac", with_sound=True))
    assert (heard.kind, heard.seconds) == (Kind.AUDIO, pytest.approx(4, abs=0.1))


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("song.mp3", ("-c:v", "mjpeg", "-c:a", "libmp3lame")),
        ("song.m4a", ("-c:v", "png", "-c:a", "aac")),
        ("song.flac", ("-c:v", "png", "-c:a", "flac")),
    ],
)
def test_a_cover_picture_makes_no_video_of_a_song(
    looking: SandboxPool, tmp_path: Path, name: str, codecs: tuple[str, ...]
) -> None:
    ffmpeg(tmp_path, *TONE, *COVER, *codecs, name)
    inspection = looking.inspect((tmp_path / name).read_bytes())
    assert (inspection.kind, inspection.frames) == (Kind.AUDIO, 0)
    assert inspection.seconds == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize(("ending", "codec"), [("mkv", "srt"), ("mp4", "mov_text"), ("mkv", "ass")])
def test_a_film_with_subtitles_is_read_behind_the_locks(
    looking: SandboxPool, shoot: Shoot, tmp_path: Path, ending: str, codec: str
) -> None:
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nwords\n", "ascii")
    shoot("film.mp4", *X264)
    name = f"subtitled.{ending}"
    ffmpeg(tmp_path, "-i", "film.mp4", "-i", "words.srt", "-c", "copy", "-c:s", codec, name)
    assert all(one.frames == 8 for one in each_effort(looking, (tmp_path / name).read_bytes())[:2])
    ffmpeg(tmp_path, "-i", "words.srt", "-c:s", "srt", "words.mkv")
    with pytest.raises(BadMedia, match="nothing in this MATROSKA file can be shown or heard"):
        looking.inspect((tmp_path / "words.mkv").read_bytes())


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_film_that_is_to_be_turned_is_turned(shoot: Shoot, tmp_path: Path, degrees: int) -> None:
    shoot("film.mp4", *X264)
    with av.open(str(tmp_path / "film.mp4")) as source, av.open(str(tmp_path / "t.mp4"), "w") as turned:
        track = turned.add_stream_from_template(source.streams.video[0])
        track.set_display_rotation(degrees)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = track
                turned.mux(packet)
    plain, other = (seen((tmp_path / name).read_bytes()).frames[0].picture for name in ("film.mp4", "t.mp4"))
    grey, moved = (np.frombuffer(one.luma, np.uint8).reshape(one.height, one.width) for one in (plain, other))
    assert np.array_equal(moved, np.rot90(grey, degrees // 90))


def test_a_variable_frame_rate_keeps_its_times(shoot: Shoot) -> None:
    body = shoot("film.mp4", "-vf", "select=lt(n\\,5)+not(mod(n\\,13))", "-fps_mode", "vfr", *X264)
    times = [frame.at for frame in seen(body, Effort.REFERENCE).frames]
    assert times == pytest.approx([0, 0.3, 1.3, 2.6, 3.9], abs=0.05)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("hdr.mp4", ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params",
                     "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc")),
        ("hdr.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p10le", "-profile:v", "2")),
    ],
)  # fmt: skip
def test_ten_bits_are_seen_like_eight(shoot: Shoot, name: str, options: tuple[str, ...]) -> None:
    deep, plain = seen(shoot(name, *options)), seen(shoot("plain.mp4", *X264))
    greys = [np.frombuffer(clip.frames[0].picture.luma, np.uint8).astype(int) for clip in (deep, plain)]
    assert np.corrcoef(*greys)[0, 1] > 0.97


@pytest.mark.parametrize("size", ["1:1", "3:1", "1:3", "5:1", "2:2", "17:3", "161:1"])
def test_films_of_a_few_pixels_are_read(looking: SandboxPool, shoot: Shoot, size: str) -> None:
    body = shoot("tiny.mkv", "-vf", f"scale={size}", "-c:v", "ffv1", seconds=2)
    for inspection in each_effort(looking, body):
        assert f"{inspection.width}:{inspection.height}" == size
        assert inspection.frames


def test_of_a_film_with_two_key_frames_in_twenty_minutes_more_is_seen(shoot: Shoot) -> None:
    options = ("-r", "1", "-preset", "ultrafast", "-sc_threshold", "0", "-c:v", "libx264", "-g", "600")
    clip = seen(shoot("rare.mp4", *options, seconds=1200))
    assert clip.seconds == pytest.approx(1200, abs=3)
    assert len(clip.frames) > 300


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9", "libsvtav1"])
def test_the_last_key_frame_comes_out_of_every_decoder(codec: str) -> None:
    kept = io.BytesIO()
    with av.open(kept, "w", format="matroska") as written:
        track = written.add_stream(codec, rate=10)
        track.width, track.height, track.pix_fmt, track.gop_size = 128, 96, "yuv420p", 20
        track.options = {"x265-params": "log-level=none:keyint=20:min-keyint=20"} if "265" in codec else {}
        for number in range(181):
            pixels = np.full((96, 128, 3), 40 + number, np.uint8)
            written.mux(track.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        written.mux(track.encode(None))
    with av.open(io.BytesIO(kept.getvalue())) as film:
        stream = film.streams.video[0]
        keys = [
            float(one.pts * stream.time_base) for one in film.demux(stream) if one.is_keyframe and one.size
        ]
    last = seen(kept.getvalue()).frames[-1]
    assert last.at == pytest.approx(keys[-1], abs=0.2)
    assert np.frombuffer(last.picture.luma, np.uint8).mean() == pytest.approx(50 + 8.6 * last.at, abs=4)


def test_a_track_whose_form_changes_amid_is_heard_to_its_end(shoot: Shoot) -> None:
    low = shoot("low.mp3", "-map", "1:a", "-ar", "22050", "-b:a", "64k", with_sound=True)
    high = shoot("high.mp3", "-map", "1:a", "-ar", "44100", "-ac", "2", with_sound=True)
    assert seen(low + high).seconds == pytest.approx(8, abs=0.5)


@pytest.mark.parametrize("effort", Effort)
def test_a_film_that_begins_with_plain_grey_is_fingerprinted(
    looking: SandboxPool, shoot: Shoot, effort: Effort
) -> None:
    grey = "drawbox=t=fill:c=gray:enable=lt(t\\,2)"
    found = looking.inspect(shoot("grey.mp4", "-vf", grey, *X264), effort).fingerprints
    assert "frames" in {one.algorithm for one in found}
