"""What people do to clips before they post them again: done to our drawings, for the demo and the tests."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

import av
import numpy as np

BEGIN: Final = 3.0
SECONDS: Final = 8.0
"""Of the excerpt: where it begins, and how long it is."""

_BIT_RATE: Final = 900_000

Edit = Callable[[bytes], bytes]
F = TypeVar("F", av.VideoFrame, av.AudioFrame)


def mirrored_excerpt(clip: bytes) -> bytes:
    """Return eight seconds of a clip as MP4: mirrored, encoded anew, without its sound."""
    kept = io.BytesIO()
    with av.open(io.BytesIO(clip), "r") as read, av.open(kept, "w", format="mp4") as written:
        original = read.streams.video[0]
        picture = written.add_stream("mpeg4", rate=original.average_rate or 25)
        picture.width, picture.height, picture.pix_fmt = original.width, original.height, "yuv420p"
        picture.bit_rate, picture.gop_size = _BIT_RATE, 50
        for frame in _between(read.decode(original)):
            flipped = np.ascontiguousarray(frame.to_ndarray(format="rgb24")[:, ::-1], np.uint8)
            written.mux(picture.encode(av.VideoFrame.from_ndarray(flipped, format="rgb24")))
        written.mux(picture.encode(None))
    return kept.getvalue()


def sound_excerpt(clip: bytes) -> bytes:
    """Return eight seconds of a clip's sound alone, as MP3."""
    kept = io.BytesIO()
    with av.open(io.BytesIO(clip), "r") as read, av.open(kept, "w", format="mp3") as written:
        original = read.streams.audio[0]
        sound = written.add_stream("mp3", rate=original.rate)
        sound.bit_rate = 64_000
        for frame in _between(read.decode(original)):
            frame.pts = None
            written.mux(sound.encode(frame))
        written.mux(sound.encode(None))
    return kept.getvalue()


def _between(frames: Iterable[F]) -> Iterator[F]:
    for frame in frames:
        if BEGIN <= (frame.time or 0.0) < BEGIN + SECONDS:
            yield frame


MOVING_EDITS: Final[Mapping[str, Edit]] = MappingProxyType(
    {"clip of 8 s, mirrored": mirrored_excerpt, "sound alone": sound_excerpt}
)
"""Edits by name; each takes a clip with sound and returns a file."""
