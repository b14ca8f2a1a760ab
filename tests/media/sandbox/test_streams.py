"""Streams arrive as segments joined to one file (HLS, DASH): one clip, whatever the stamps do."""

from itertools import pairwise
from pathlib import Path

import pytest
from filmed import ffmpeg, shot

from jikimi.media.clip import watch
from jikimi.media.clip_parts import MOST_PARTS, parts, share_here
from jikimi.media.sniff import sniff
from jikimi.model.clip import Clip
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort

CODECS = ("-c:v", "libx264", "-g", "20", "-c:a", "aac")
HLS = ("-f", "hls", "-hls_time", "2", "-hls_list_size", "0")
TS = (*HLS, "-hls_segment_filename", "%d.ts")
FMP4 = (*HLS, "-hls_segment_type", "fmp4", "-hls_segment_filename", "%d.m4s")
DASH = ("-f", "dash", "-seg_duration", "2", "-init_seg_name", "init-$RepresentationID$.m4s",
        "-media_seg_name", "$RepresentationID$-$Number$.m4s")  # fmt: skip


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds of sound and pictures, in pieces of two seconds, of each kind; more of another size."""
    folder = tmp_path_factory.mktemp("segments")
    shot(folder, "list.m3u8", *CODECS, *TS, seconds=8)
    shot(folder, "other.m3u8", *CODECS, *FMP4, seconds=8)
    shot(folder, "list.mpd", *CODECS, *DASH, seconds=8)
    larger = ("-s", "320x240", *CODECS)
    shot(folder, "large.ts", *larger, seconds=2)
    shot(folder, "large.mp4", *larger, "-movflags", "frag_keyframe+empty_moov", seconds=2)
    return folder


def joined(folder: Path, *names: str) -> bytes:
    return b"".join((folder / name).read_bytes() for name in names)


def seen(body: bytes, effort: Effort = Effort.SECOND) -> Clip:
    clip = watch(body, sniff(body), effort).clip
    assert all(one.at < other.at for one, other in pairwise(clip.frames))
    return clip


@pytest.mark.parametrize(
    "names",
    [
        ("0.ts", "1.ts", "2.ts", "3.ts"),
        ("init.mp4", "0.m4s", "1.m4s", "2.m4s", "3.m4s"),
        ("init-0.m4s", "0-1.m4s", "0-2.m4s", "0-3.m4s", "0-4.m4s"),
    ],
)
@pytest.mark.parametrize("effort", Effort)
def test_segments_in_their_order_are_one_clip(segments: Path, names: tuple[str, ...], effort: Effort) -> None:
    clip = seen(joined(segments, *names), effort)
    assert clip.seconds == pytest.approx(8, abs=0.2)
    assert len(clip.frames) == (32 if effort is Effort.REFERENCE else 16)


def test_the_sound_of_a_dash_stream_is_heard(segments: Path) -> None:
    clip = seen(joined(segments, "init-1.m4s", "1-1.m4s", "1-2.m4s", "1-3.m4s", "1-4.m4s"))
    assert clip.sound is not None
    assert clip.seconds == pytest.approx(8, abs=0.2)


@pytest.mark.parametrize(
    ("names", "seconds"),
    [
        (("2.ts", "3.ts", "0.ts", "1.ts"), 8),
        (("0.ts", "0.ts", "0.ts"), 6),
        (("0.ts", "large.ts"), 4),
        (("init.mp4", "2.m4s", "0.m4s", "1.m4s"), 6),
        (("init.mp4", "0.m4s", "init.mp4", "0.m4s", "init.mp4", "0.m4s"), 6),
        (("init.mp4", "0.m4s", "large.mp4"), 4),
        (("init.mp4", "0.m4s", "init.mp4", "3.m4s"), 4),
    ],
)
def test_where_stamps_begin_anew_time_goes_on(segments: Path, names: tuple[str, ...], seconds: float) -> None:
    clip = seen(joined(segments, *names))
    assert clip.seconds == pytest.approx(seconds, abs=0.3)
    assert len(clip.frames) == pytest.approx(2 * seconds, abs=1)
    assert clip.sound is not None
    assert len(clip.sound.samples) / 2 / clip.sound.rate == pytest.approx(seconds, rel=0.1)


def test_what_is_left_out_between_two_segments_leaves_a_gap(segments: Path) -> None:
    clip = seen(joined(segments, "init.mp4", "0.m4s", "3.m4s"), Effort.REFERENCE)
    assert [frame.at for frame in clip.frames][7:9] == pytest.approx([1.75, 6], abs=0.1)


@pytest.mark.parametrize("names", [("0.ts", "1.ts", "2.ts"), ("init.mp4", "0.m4s", "1.m4s", "2.m4s")])
def test_a_stream_that_is_cut_is_read_as_far_as_it_goes(segments: Path, names: tuple[str, ...]) -> None:
    body = joined(segments, *names)
    watched = watch(body[: len(body) * 3 // 4], sniff(body), Effort.SECOND)
    assert 3 < watched.clip.seconds < 6
    assert watched.missing > 0


def test_segments_without_their_beginning_are_refused_with_a_reason(segments: Path) -> None:
    with pytest.raises(BadMedia, match="cut off: what is needed"):
        seen(joined(segments, "0.m4s", "1.m4s"))


@pytest.mark.parametrize(("name", "what"), [("list.m3u8", "HLS"), ("list.mpd", "DASH")])
def test_a_playlist_is_named(segments: Path, name: str, what: str) -> None:
    with pytest.raises(BadMedia, match=rf"a playlist \({what}\)"):
        sniff((segments / name).read_bytes())


def test_a_segment_of_sound_with_a_tag_before_it_is_aac(segments: Path) -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x14" + bytes(20)
    body = tag + shot(segments, "sound.aac", "-map", "1:a", "-c:a", "aac", "-f", "adts", seconds=2)
    assert sniff(body) == "AAC"
    assert seen(body).seconds == pytest.approx(2, abs=0.2)
    assert sniff(tag + b"\xff\xfb") == sniff(tag) == "MP3"


@pytest.mark.parametrize("ending", ["webm", "avi", "mp4"])
def test_how_much_of_a_file_came_is_told_by_its_own_lengths(tmp_path: Path, ending: str) -> None:
    codecs = {"webm": ("-c:v", "libvpx", "-c:a", "libopus"), "avi": ("-c:v", "mpeg4", "-c:a", "mp3")}
    options = codecs.get(ending, (*CODECS, "-movflags", "faststart"))
    body = shot(tmp_path, f"whole.{ending}", *options, seconds=6)
    assert share_here(body, sniff(body)) == 1
    assert watch(body, sniff(body)).missing == 0
    cut = body[: len(body) // 2]
    assert share_here(cut, sniff(body)) == pytest.approx(0.5, abs=0.01)
    assert watch(cut, sniff(body)).missing == pytest.approx(0.5, abs=0.25)


ENDLESS_SEGMENT = b"\x1aE\xdf\xa3\x80\x18S\x80g\x01" + 7 * b"\xff"


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"RIFF\xff\xff\xff\xffAVI ", b"\x1aE\xdf\xa3", bytes(64), ENDLESS_SEGMENT]
)
@pytest.mark.parametrize("name", ["MP4", "AVI", "MATROSKA", "MPEG-TS"])
def test_what_announces_no_length_is_all_there(body: bytes, name: str) -> None:
    body = body if name != "AVI" or body.startswith(b"RIFF") else b"RIFF"
    assert share_here(body, name) == 1
    assert list(parts(body, name)) == [body]


def test_there_is_an_end_to_parts() -> None:
    table = b"\x00\x00\x00\x08moov"
    assert len(list(parts(table * 5_000, "MP4"))) == MOST_PARTS
    assert len(list(parts(b"\x00\x00\x00\x08free" * 500_000, "MP4"))) == 1


def test_a_film_behind_another_film_is_seen_too(segments: Path) -> None:
    ffmpeg(segments, "-i", "large.mp4", "-c", "copy", "plain.mp4")
    assert seen(joined(segments, "plain.mp4", "plain.mp4")).seconds == pytest.approx(4, abs=0.2)
