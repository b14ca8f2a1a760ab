"""Tells how much of a clip's file came, cuts streams where they begin anew, joins what was seen of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from struct import unpack_from
from typing import Final

from jikimi.media.clip_sound import RATE
from jikimi.model.clip import Clip, Sound

MOST_PARTS: Final = 200
_MOST_BOXES: Final = 100_000
_HEAD: Final = 8
_LONG_HEAD: Final = 16
_LARGEST_TABLE: Final = 2**20
_RIFF: Final = frozenset({"AVI", "WAV"})
_UNKNOWN: Final = frozenset({0, 0xFFFFFFFF})
_SEGMENT: Final = b"\x18\x53\x80\x67"


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of a file: the clip, the frames' own size (0 of a sound), the share missing at the end."""

    clip: Clip
    width: int
    height: int
    missing: float


def share_here(body: bytes, name: str) -> float:
    """Return which share of the bytes that the container announces is there, 1 where it does not say."""
    if name == "MP4":
        announced = max((at + size for at, size, _ in _boxes(body)), default=0)
    elif name in _RIFF and len(body) >= _HEAD:
        (length,) = unpack_from("<I", body, 4)
        announced = 0 if length in _UNKNOWN else length + _HEAD
    elif name == "MATROSKA":
        announced = _end_of_segment(body)
    else:
        announced = 0
    return min(1.0, len(body) / announced) if announced else 1.0


def parts(body: bytes, name: str) -> Iterator[bytes]:
    """Yield what can be read one after the other: of MP4, what follows each new table or step back in time.

    Streams are joined out of segments (HLS, DASH); readers of MP4 take the first table and the first run of
    stamps, and lose what begins anew. All other files are one part.
    """
    if name != "MP4":
        yield body
        return
    starts = _beginnings(body)
    for (at, head), (end, _) in zip(starts, [*starts[1:], (len(body), b"")], strict=True):
        yield body if len(starts) == 1 else head + body[at:end]


def joined(seen: Sequence[Watched]) -> Watched:
    """Return what was seen of several parts as one clip, the time of each beginning where the last ended."""
    if len(seen) == 1:
        return seen[0]
    frames, samples, seconds = [], bytearray(), 0.0
    for one in seen:
        frames += [replace(frame, at=seconds + frame.at) for frame in one.clip.frames]
        samples += one.clip.sound.samples if one.clip.sound else b""
        seconds += one.clip.seconds
    sound = Sound(RATE, bytes(samples)) if samples else None
    first = next((one for one in seen if one.width), seen[0])
    return Watched(Clip(tuple(frames), sound, seconds), first.width, first.height, seen[-1].missing)


def luma_of(seen: Sequence[Watched]) -> int:
    """Return how many bytes of grey values are kept."""
    return sum(len(frame.picture.luma) for one in seen for frame in one.clip.frames)


def _boxes(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield where each outermost box begins, its size and its kind (ISO/IEC 14496-12, 4.2)."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at + _HEAD > len(body):
            return
        size, kind = int.from_bytes(body[at : at + 4], "big"), body[at + 4 : at + _HEAD]
        if size == 1:
            size = int.from_bytes(body[at + _HEAD : at + _LONG_HEAD], "big")
        if not kind.isalnum() or (size and size < _HEAD):
            return
        yield at, size or len(body) - at, kind
        if not size:
            return
        at += size


def _beginnings(body: bytes) -> list[tuple[int, bytes]]:
    """Return where each part begins, and what must be put before it to be read."""
    starts, head = [(0, b"")], b""
    times: dict[bytes, int] = {}
    opened: int | None = None
    file_type = b""
    for at, size, kind in _boxes(body):
        if kind == b"ftyp":
            opened, file_type = at, body[at : at + min(size, _LARGEST_TABLE)]
        elif kind == b"moov":
            if head:
                starts.append((at if opened is None else opened, b""))
            head, opened, times = file_type + body[at : at + min(size, _LARGEST_TABLE)], None, {}
        elif kind == b"moof" and head:
            track, time = _track_and_time(body[at : at + min(size, _LARGEST_TABLE)])
            if time < times.get(track, 0) and len(head) < _LARGEST_TABLE:
                starts.append((at, head))
                times = {}
            times[track] = time
        if len(starts) == MOST_PARTS:
            break
    return starts


def _track_and_time(fragment: bytes) -> tuple[bytes, int]:
    """Return a fragment's first track and when it begins in the track's own unit; 0 if it says neither."""
    track, time = fragment.find(b"tfhd"), fragment.find(b"tfdt")
    if min(track, time) < 0 or len(fragment) < max(track + 12, time + 16):
        return b"", 0
    width = 8 if fragment[time + 4] else 4
    return fragment[track + 8 : track + 12], int.from_bytes(fragment[time + 8 : time + 8 + width], "big")


def _end_of_segment(body: bytes) -> int:
    """Return where a Matroska file's segment ends, 0 where it does not say (RFC 9559, RFC 8794)."""
    at = body.find(_SEGMENT, 0, 4096) + len(_SEGMENT)
    if at < len(_SEGMENT) or at >= len(body) or not body[at]:
        return 0
    width = 9 - body[at].bit_length()
    length = int.from_bytes(body[at : at + width], "big") & ((1 << (7 * width)) - 1)
    return 0 if length == (1 << (7 * width)) - 1 else at + width + length
