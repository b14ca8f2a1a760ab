"""Decodes a video or a sound file within bounds of time and memory: some frames, and the sound."""

import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from jikimi.media.clip_frames import Timeline, grey_picture, pixels_of
from jikimi.media.clip_packets import Tails, packets_of
from jikimi.media.clip_parts import Watched, joined, luma_of, parts, share_here
from jikimi.media.clip_plan import PLANS, Plan
from jikimi.media.clip_sound import Ear
from jikimi.model.clip import Clip, Frame
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort

DEMUXERS: Final = {
    "MP4": "mov",
    "MATROSKA": "matroska",
    "AVI": "avi",
    "MPEG-TS": "mpegts",
    "FLV": "flv",
    "MPEG": "mpeg",
    "OGG": "ogg",
    "MP3": "mp3",
    "FLAC": "flac",
    "WAV": "wav",
    "AAC": "aac",
    "AMR": "amr",
}
"""Which of FFmpeg's readers a kind of file is given to; no other is ever asked."""

LARGEST_FRAME: Final = 40_000_000
"""Pixels; 8K is 33 million."""

MOST_LUMA: Final = 200 * 2**20
"""Bytes of grey values kept of one clip: 10,000 frames of 192 × 108."""

CUT_OFF: Final = "the file is cut off: what is needed to show or hear any of it has not come"

USUAL_PIXELS: Final = 1280 * 720
FEW_FRAMES: Final = 8
LITTLE_WORK: Final = 15 * USUAL_PIXELS
"""Seconds times pixels of a frame: about 0.8 s of CPU time."""

FAR_APART: Final = 30
"""Seconds between key frames from which they alone say too little of a clip."""

MUCH_WORK: Final = 4 * LITTLE_WORK

USUAL_RATE: Final = 25.0
LONGEST_SIDE: Final = 512
SHORTEST_LONG_SIDE: Final = 128

RARELY: Final = 4
"""Packets between two looks at the clock, which costs as much as a packet; fewer where frames are larger."""

_MICROSECONDS: Final = 1_000_000
_OPTIONS: Final = {"probesize": "8000000", "analyzeduration": "10000000", "max_streams": "64"}


def watch(
    body: bytes, name: str, effort: Effort = Effort.FIRST, cpu_clock: Callable[[], float] = time.process_time
) -> Watched:
    """Decode a file that `sniff` called `name`; raises BadMedia with a plain reason if nothing comes of it.

    What is damaged or cut off is read as far as it goes. `cpu_clock` returns seconds and bounds the work.
    Where no frame is marked as a key frame, or a short clip has few, all are decoded.
    """
    plan = PLANS[effort]
    ends = cpu_clock() + plan.cpu_seconds
    try:
        watched = _watched(body, name, plan, lambda: cpu_clock() > ends)
        if watched is None and not plan.frames_a_second:
            watched = _watched(body, name, replace(plan, frames_a_second=1), lambda: cpu_clock() > ends)
        elif watched is not None and effort is Effort.FIRST:
            watched = _closer(body, name, watched, lambda: cpu_clock() > ends)
    except MemoryError as error:
        raise BadMedia("the video needs more memory than one file may take") from error
    except av.error.FFmpegError as error:
        raise BadMedia(_reason(error, body, name)) from error
    if watched is None:
        raise BadMedia(f"nothing in this {name} file can be shown or heard")
    return watched


def _closer(body: bytes, name: str, watched: Watched, is_over: Callable[[], bool]) -> Watched:
    """Look closer where key frames are few: short clips often have one, some long ones hardly more.

    A short clip is decoded as a whole; the beginning of a long one whose key frames lie far apart, too.
    """
    plan, clip = PLANS[Effort.FIRST], watched.clip
    pixels = watched.width * watched.height
    if clip.frames and len(clip.frames) < FEW_FRAMES and clip.seconds * pixels <= LITTLE_WORK:
        return _watched(body, name, replace(plan, frames_a_second=2), is_over) or watched
    if clip.frames and clip.seconds > FAR_APART * len(clip.frames):
        until = MUCH_WORK / pixels
        silent = replace(plan, frames_a_second=0.5, sound_seconds=0, until=until)
        begun = _watched(body, name, silent, is_over)
        early = tuple(frame for frame in begun.clip.frames if frame.at <= until) if begun else ()
        later = tuple(frame for frame in clip.frames if not early or frame.at > early[-1].at)
        return replace(watched, clip=replace(clip, frames=(*early, *later)))
    return watched


def _watched(body: bytes, name: str, plan: Plan, is_over: Callable[[], bool]) -> Watched | None:
    """Read one file by one plan; None where no frame came of a video stream, or nothing at all."""
    seen: list[Watched] = []
    share, left = share_here(body, name), plan
    for part in parts(body, name):
        try:
            watched = _watched_part(part, name, left, share, is_over)
        except av.error.FFmpegError:
            if not seen:
                raise
            break
        if watched is not None:
            seen.append(watched)
            left = left.after(watched.clip)
        if is_over() or left.is_done or luma_of(seen) > MOST_LUMA:
            break
    return joined(seen) if seen else None


def _watched_part(
    body: bytes, name: str, plan: Plan, share: float, is_over: Callable[[], bool]
) -> Watched | None:
    """Read one part; `share` of the file's bytes is there."""
    with av.open(
        io.BytesIO(body), "r", DEMUXERS[name], metadata_errors="ignore", options=dict(_OPTIONS)
    ) as container:
        eye = _eye(container, plan)
        ear = _ear(container, plan)
        streams = [one.stream for one in (eye, ear) if one is not None]
        if not streams:
            return None
        is_whole = _read(container, streams, eye, ear, is_over)
        declared = max(0.0, (container.duration or 0) / _MICROSECONDS)
        frames = tuple(eye.frames) if eye else ()
        sound = ear.heard() if ear else None
        if (eye and not frames) or not (frames or sound):
            return None
        seconds = max(eye.seconds if eye else 0.0, ear.seconds if ear else 0.0)
        width, height = (
            (frames[0].picture.original_width, frames[0].picture.original_height) if frames else (0, 0)
        )
        missing = 0.0 if is_whole and share == 1 else _missing(seconds, declared, share)
        return Watched(Clip(frames, sound, seconds), width, height, missing)


def _missing(seconds: float, declared: float, share: float) -> float:
    """Return which share of a file that broke off is missing: by its time or by its bytes."""
    by_time = 1 - seconds / declared if declared > seconds else 0.0
    return min(0.99, max(by_time, 1 - share))


class _Eye:
    """Takes the frames that the plan wants out of one video stream."""

    def __init__(self, stream: VideoStream, plan: Plan, side: int) -> None:
        self.stream = stream
        self.frames: list[Frame] = []
        self.seconds = 0.0
        self.is_full = False
        self._plan = plan
        self._side = side
        self._luma = 0
        self._times = Timeline(stream)
        self._tails = Tails(stream, self._times)
        self._next = 0.0
        self._next_packet = float("-inf")

    def due(self, packet: "Packet[VideoStream]") -> "Iterator[Packet[VideoStream]]":
        """Yield the packets to take now that this one has come: none, it, or also those before it."""
        is_sparing = self._plan.frames_a_second and self._plan.is_sparing
        return self._tails.due(packet, self._next) if is_sparing else iter((packet,))

    def take(self, packet: "Packet[VideoStream]") -> None:
        """Decode a packet, if it is wanted, and keep what comes of it."""
        if not self._plan.frames_a_second and packet.size:
            at = self._times.of_packet(packet)
            self.seconds = max(self.seconds, at + self._times.step)
            if not packet.is_keyframe or at < self._next_packet:
                return
            self._next_packet = at + self._plan.apart
        for frame in packet.decode():
            at = self._times.of_frame(frame)
            self.seconds = max(self.seconds, at + self._times.step)
            if at + 1e-6 < self._next or self.is_full:
                continue
            if self._plan.frames_a_second:
                self._next = self._plan.next_after(at)
            picture = grey_picture(frame, self._side)
            self.frames.append(Frame(at, picture))
            self._luma += len(picture.luma)
            is_much = len(self.frames) >= self._plan.most_frames or self._luma > MOST_LUMA
            self.is_full = is_much or at > self._plan.until


def _eye(container: InputContainer, plan: Plan) -> _Eye | None:
    """Open the first video stream that is no cover picture, single-threaded, with a bound on its pixels."""
    for stream in container.streams.video:
        if stream.disposition & type(stream.disposition).attached_pic:
            continue
        context = stream.codec_context
        if context is None:
            continue
        if pixels_of(context) > LARGEST_FRAME:
            raise BadMedia(
                f"the video declares {context.width}×{context.height} pixels; the limit is 40 megapixels"
            )
        context.thread_count = 1
        context.thread_type = "NONE"
        context.options = {"max_pixels": str(LARGEST_FRAME), "skip_loop_filter": plan.unsmoothed}
        if plan.frames_a_second and _is_dense(stream, plan):
            context.skip_frame = "NONREF"
        return _Eye(stream, plan, _side(container, plan))
    return None


def _is_dense(stream: VideoStream, plan: Plan) -> bool:
    """Tell whether there are so many frames that those may be left out on which no other rests."""
    return float(stream.average_rate or USUAL_RATE) > 4 * plan.frames_a_second


def _ear(container: InputContainer, plan: Plan) -> Ear | None:
    """Open the first sound track, if sound is wanted."""
    if not plan.sound_seconds:
        return None
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            stream.codec_context.thread_count = 1
            stream.codec_context.thread_type = "NONE"
            return Ear(stream, plan.sound_seconds)
    return None


def _side(container: InputContainer, plan: Plan) -> int:
    """Return how long the longer side of a kept frame may be, so that as many as are declared fit."""
    declared = max(0.0, (container.duration or 0) / _MICROSECONDS)
    count = min(plan.most_frames, max(1.0, declared * (plan.frames_a_second or 0.5)))
    return int(min(LONGEST_SIDE, max(SHORTEST_LONG_SIDE, (MOST_LUMA / count) ** 0.5)))


def _read(
    container: InputContainer,
    streams: Sequence[Stream],
    eye: _Eye | None,
    ear: Ear | None,
    is_over: Callable[[], bool],
) -> bool:
    """Give every packet to whom it belongs; False where reading ended before the file did."""
    is_whole = True
    pixels = pixels_of(eye.stream.codec_context) if eye else USUAL_PIXELS
    step = min(RARELY, max(1, RARELY * USUAL_PIXELS // max(1, pixels)))
    for number, packet in enumerate(_due(container, streams, eye)):
        is_whole = is_whole and not packet.is_corrupt
        is_late = number % step == 0 and is_over()
        if is_late or ((eye is None or eye.is_full) and (ear is None or ear.is_full)):
            return False
        try:
            if eye is not None and packet.stream is eye.stream:
                eye.take(packet)
            elif ear is not None and packet.stream is ear.stream:
                ear.take(packet)
        except MemoryError:
            raise
        except av.error.FFmpegError:
            continue  # a damaged packet; the next key frame mends it
    return is_whole


def _due(container: InputContainer, streams: Sequence[Stream], eye: _Eye | None) -> "Iterator[Packet[Any]]":
    """Yield the packets on which something rests."""
    for packet in packets_of(container, streams):
        if eye is not None and packet.stream is eye.stream:
            yield from eye.due(packet)
        else:
            yield packet


def _reason(error: Exception, body: bytes, name: str) -> str:
    """Say in plain words why FFmpeg would not open a file."""
    if isinstance(error, av.error.EOFError) or (name == "MP4" and b"moov" not in body):
        return CUT_OFF
    return f"the file begins like {name} but is damaged"
