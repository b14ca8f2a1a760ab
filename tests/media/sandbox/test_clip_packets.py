"""Frames on which no wanted one rests are left out, and those that are wanted are the same without them."""

import io
from collections.abc import Iterator
from dataclasses import replace
from math import inf

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from jikimi.media import clip as reading
from jikimi.media import clip_packets
from jikimi.media.clip import watch
from jikimi.media.clip_frames import Timeline
from jikimi.media.clip_packets import MOST_HELD, MOST_UNITS, Tails, packets_of
from jikimi.media.clip_plan import PLANS
from jikimi.media.sniff import sniff
from jikimi.model.fingerprint import Effort

FRAMES = 150
SPARED = {
    "h264 mp4": ("mp4", "libx264", {"bf": "2"}),
    "h264 mpegts": ("mpegts", "libx264", {"bf": "2"}),
    "h264 intra": ("matroska", "libx264", {"g": "1"}),
    "hevc mp4": ("mp4", "libx265", {"x265-params": "log-level=none:open-gop=0"}),
    "vp8": ("webm", "libvpx", {"deadline": "realtime", "cpu-used": "8"}),
    "vp9": ("webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
    "mjpeg": ("matroska", "mjpeg", {}),
}
NOT_SPARED = {
    "open groups": ("mpegts", "libx265", {"x265-params": "log-level=none:open-gop=1:bframes=3"}),
    "refreshed bit by bit": ("mpegts", "libx264", {"x264-params": "intra-refresh=1"}),
    "avi": ("avi", "libx264", {"bf": "2"}),
    "mpeg4": ("mp4", "mpeg4", {"bf": "2"}),
}


def moving(container: str, codec: str, options: dict[str, str]) -> bytes:
    """Draw six seconds of a square that wanders over noise, a key frame a second."""
    kept = io.BytesIO()
    dice = np.random.default_rng(3)
    ground = dice.integers(0, 200, (96, 128, 3), np.uint8)
    with av.open(kept, "w", format=container) as written:
        track = written.add_stream(codec, rate=25, options={"g": "25", **options})
        track.width, track.height = 128, 96
        track.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(FRAMES):
            picture = ground.copy()
            picture[number % 60 : number % 60 + 30, number // 2 : number // 2 + 30] = 255 - number
            written.mux(track.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        written.mux(track.encode(None))
    return kept.getvalue()


def decoded(body: bytes, *, apart: float) -> tuple[int, int]:
    """Return how many packets there are and how many are decoded for a frame each `apart` seconds."""
    every, given, wanted = 0, 0, 0.0
    with av.open(io.BytesIO(body)) as container:
        stream = container.streams.video[0]
        times = Timeline(stream)
        tails = Tails(stream, times)
        for packet in packets_of(container, [stream]):
            every += bool(packet.size)
            for due in tails.due(packet, wanted):
                given += bool(due.size)
                for frame in due.decode():
                    at = times.of_frame(frame)
                    wanted = at + apart if at + 1e-6 >= wanted else wanted
    return every, given


@pytest.mark.parametrize("kind", [*SPARED, *NOT_SPARED])
@pytest.mark.parametrize("effort", [Effort.SECOND, Effort.FIRST])
def test_the_same_frames_come_out(kind: str, effort: Effort, monkeypatch: pytest.MonkeyPatch) -> None:
    body = moving(*(SPARED | NOT_SPARED)[kind])
    sparing = watch(body, sniff(body), effort)
    plans = {one: replace(plan, is_sparing=False) for one, plan in PLANS.items()}
    monkeypatch.setattr(reading, "PLANS", plans)
    assert sparing.clip.frames
    assert watch(body, sniff(body), effort) == sparing


@pytest.mark.parametrize("kind", SPARED)
def test_what_follows_the_last_wanted_frame_of_a_group_is_not_decoded(kind: str) -> None:
    every, given = decoded(moving(*SPARED[kind]), apart=0.7)
    assert every >= FRAMES
    assert 6 <= given <= 0.9 * every


@pytest.mark.parametrize("kind", NOT_SPARED)
def test_all_is_decoded_where_later_frames_may_look_back(kind: str) -> None:
    every, given = decoded(moving(*NOT_SPARED[kind]), apart=0.7)
    assert given == every


def test_nothing_is_held_back_at_the_end_or_without_stamps() -> None:
    body = moving(*SPARED["h264 mp4"])
    every, given = decoded(body, apart=inf)
    assert given == every - 4 * 25  # the first second, before any time is known, and the last
    with av.open(io.BytesIO(body)) as container:
        stream = container.streams.video[0]
        tails = Tails(stream, Timeline(stream))
        for packet in container.demux(stream):
            packet.pts = None
            assert list(tails.due(packet, inf)) == [packet]


def test_of_a_crowd_of_packets_for_one_moment_few_wait() -> None:
    most = 0
    with av.open(io.BytesIO(moving("matroska", "mjpeg", {}))) as container:
        stream = container.streams.video[0]
        times = Timeline(stream)
        tails = Tails(stream, times)
        first = next(container.demux(stream))
        for frame in first.decode():
            times.of_frame(frame)
        waiting = 1 - len(list(tails.due(first, inf)))
        first.is_keyframe = False
        for _ in range(3 * MOST_HELD):
            waiting += 1 - len(list(tails.due(first, inf)))
            most = max(most, waiting)
    assert most == MOST_HELD - 1


def test_a_packet_of_nothing_but_beginnings_is_soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []
    units = clip_packets._units

    def counted(body: bytes, length_bytes: int) -> Iterator[int]:
        for unit in units(body, length_bytes):
            looked_at.append(unit)
            yield unit

    monkeypatch.setattr(clip_packets, "_units", counted)
    with av.open(io.BytesIO(moving(*SPARED["h264 mpegts"]))) as container:
        stream = container.streams.video[0]
        tails = Tails(stream, Timeline(stream))
        packet: av.Packet[VideoStream] = av.Packet(b"\0\0\1\0" * 100_000)
        packet.is_keyframe = True
        assert list(tails.due(packet, inf)) == [packet]
    assert len(looked_at) == MOST_UNITS
