"""Takes packets out of a clip's file, and spares the decoder those on which no wanted frame rests."""

from collections.abc import Iterator, Sequence
from itertools import islice
from math import inf
from typing import Any, Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from jikimi.media.clip_frames import Timeline

_SURELY: Final = 1e-3
"""Seconds before a wanted frame's time up to which a frame is surely not wanted."""

_WITH_UNITS: Final = frozenset({"h264", "hevc"})
_MARKED: Final = frozenset({"vp8", "vp9"})
"""Codecs that forget all earlier frames at each key frame; those with units, only at some of them."""

MOST_HELD: Final = 500
"""Packets that wait, at most: a hostile file may have millions for one moment."""

MOST_UNITS: Final = 64
"""Units of a packet that are looked at: the picture's own comes after a few that describe it."""

_H264_ANEW: Final = frozenset({5})
_HEVC_ANEW: Final = frozenset({19, 20})
_START: Final = b"\0\0\1"
_H264_HEAD, _HEVC_HEAD = 7, 23


def packets_of(container: InputContainer, streams: Sequence[Stream]) -> "Iterator[Packet[Any]]":
    """Yield packets until the file ends or breaks off; then one empty packet a stream, which flushes it."""
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except MemoryError:
            raise
        except (av.error.FFmpegError, IndexError):
            break  # PyAV looks in vain for a stream that appeared late when it comes to the end
        yield packet
    for stream in streams:
        flush: Packet[Any] = Packet()
        flush.stream = stream
        yield flush


class Tails:
    """Holds packets back while no frame is wanted, and drops them where the stream begins anew.

    The frames that are wanted come out as they would if all were decoded: a packet is held only as long as
    nothing given to the decoder since the stream last began anew is wanted, and what is held goes to the
    decoder, in order, before the first packet that may be. At two frames a second and a beginning every
    second or two, a sixth to a tenth of the work is spared.
    """

    def __init__(self, stream: VideoStream, times: Timeline) -> None:
        codec = stream.codec_context.codec
        self._times = times
        self._codec = codec.canonical_name
        self._is_always_anew = bool(codec.intra_only) or self._codec in _MARKED
        self._length_bytes = _length_bytes(self._codec, stream.codec_context.extradata or b"")
        self._held: list[Packet[VideoStream]] = []
        self._latest = inf

    def due(self, packet: "Packet[VideoStream]", wanted: float) -> "Iterator[Packet[VideoStream]]":
        """Yield what must be decoded now, where frames are wanted from `wanted` seconds on."""
        at = None if packet.is_corrupt else self._times.shown_at(packet)
        if packet.is_keyframe and self._begins_anew(packet):
            self._held, self._latest = [], -inf
        self._latest = max(self._latest, inf if at is None else at)
        self._held.append(packet)
        is_many = len(self._held) >= MOST_HELD
        if is_many or self._latest >= wanted - _SURELY or not packet.size:
            due, self._held = self._held, []
            yield from due

    def _begins_anew(self, packet: "Packet[VideoStream]") -> bool:
        """Tell whether no later frame looks back beyond this key frame (H.264 and H.265: an IDR picture)."""
        if self._codec not in _WITH_UNITS:
            return self._is_always_anew
        units = islice(_units(bytes(packet), self._length_bytes), MOST_UNITS)
        if self._codec == "h264":
            return any(unit & 0x1F in _H264_ANEW for unit in units)
        return any(unit >> 1 & 0x3F in _HEVC_ANEW for unit in units)


def _units(body: bytes, length_bytes: int) -> Iterator[int]:
    """Yield the first byte of each unit: after its length, or, with `length_bytes` 0, a start code."""
    if not length_bytes:
        at = body.find(_START)
        while 0 <= at < len(body) - len(_START):
            yield body[at + len(_START)]
            at = body.find(_START, at + len(_START))
        return
    at = 0
    while at + length_bytes < len(body):
        yield body[at + length_bytes]
        at += length_bytes + int.from_bytes(body[at : at + length_bytes], "big")


def _length_bytes(codec: str, head: bytes) -> int:
    """Return how many bytes say how long a unit is (ISO/IEC 14496-15), 0 where start codes part them."""
    if codec == "h264" and len(head) >= _H264_HEAD and head[0] == 1:
        return (head[4] & 3) + 1
    if codec == "hevc" and len(head) >= _HEVC_HEAD and head[0] == 1:
        return (head[21] & 3) + 1
    return 0
