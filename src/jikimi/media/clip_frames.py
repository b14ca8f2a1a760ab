"""Turns decoded frames into small upright grey pictures, and their time stamps into seconds that ascend."""

from typing import Final

import cv2
import numpy as np
from av.codec.context import CodecContext
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from jikimi.model.fingerprint import Picture

Grey = NDArray[np.uint8]

LONGEST_GAP: Final = 3600.0
"""Seconds between two frames; a longer gap, or a step back, is a fault of the file."""

PLANAR: Final = frozenset(
    {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray", "yuv411p"}
)
"""Layouts of pixels whose first plane is the luma, 8 bits each."""

_SLOWEST, _FASTEST = 0.1, 240.0
_USUAL: Final = 25.0
_QUARTER: Final = 90


def pixels_of(context: CodecContext) -> int:
    """Return how many pixels a stream declares a frame."""
    return int(getattr(context, "width", 0)) * int(getattr(context, "height", 0))


class Timeline:
    """Seconds from the beginning, whatever the file's stamps do: missing, stepping back, years apart."""

    def __init__(self, stream: Stream) -> None:
        rate = float(getattr(stream, "average_rate", None) or getattr(stream, "base_rate", None) or _USUAL)
        self.step = 1 / (rate if _SLOWEST <= rate <= _FASTEST else _USUAL)
        self._base = float(stream.time_base or 0)
        self._is_in_order_of_file = stream.container.format.name == "avi"
        self._packets = _Clock(self.step)
        self._frames = _Clock(self.step)

    def of_packet(self, packet: "Packet[VideoStream]") -> float:
        """Return when a packet's picture is shown; packets must come in the file's order."""
        stamp = packet.dts if packet.dts is not None else packet.pts
        return self._packets.seconds(None if stamp is None else stamp * self._base)

    def of_frame(self, frame: VideoFrame) -> float:
        """Return when a frame is shown; frames must come in order.

        AVI has no stamps for that: those that FFmpeg makes up step to and fro where frames are reordered.
        """
        is_shown_then = frame.pts is not None and not (self._is_in_order_of_file and frame.dts is not None)
        stamp = frame.pts if is_shown_then else frame.dts
        return self._frames.seconds(None if stamp is None else stamp * self._base)

    def shown_at(self, packet: "Packet[VideoStream]") -> float | None:
        """Return when a packet's picture will be shown, None where its stamp follows no frame's."""
        if packet.pts is None or self._is_in_order_of_file:
            return None
        return self._frames.ahead(packet.pts * self._base)


class _Clock:
    """Adds up steps between stamps, leaving out those that cannot be."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._last: float | None = None
        self._now = 0.0

    def seconds(self, stamp: float | None) -> float:
        """Return the time of this stamp, None where the file has none."""
        if self._last is None:
            self._last = stamp
            return self._now
        moved = self._step if stamp is None else stamp - self._last
        self._now += moved if 0 <= moved <= LONGEST_GAP else self._step
        self._last = stamp if stamp is not None else self._last + self._step
        return self._now

    def ahead(self, stamp: float) -> float | None:
        """Return the time of a stamp that is still to come, None of one that cannot be."""
        moved = -1.0 if self._last is None else stamp - self._last
        return self._now + moved if 0 <= moved <= LONGEST_GAP else None


def grey_picture(frame: VideoFrame, side: int) -> Picture:
    """Return the frame as 8-bit grey, upright, its longer side at most `side` pixels."""
    width, height = frame.width, frame.height
    scale = min(1.0, side / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if frame.format.name in PLANAR:
        large = _halved(_luma_of(frame), size)
        grey = np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        grey = np.ascontiguousarray(_luma_of(frame.reformat(*size, format="gray", interpolation="AREA")))
    quarters = round(frame.rotation / _QUARTER) % 4
    if quarters:
        grey = np.ascontiguousarray(np.rot90(grey, quarters))
    if quarters % 2:
        width, height = height, width
    return Picture(grey.shape[1], grey.shape[0], grey.tobytes(), width, height)


def _halved(grey: Grey, size: tuple[int, int]) -> Grey:
    """Return the picture at half its size where it stays larger than `size`: halving is quick."""
    height, width = grey.shape
    if width < 2 * size[0] or height < 2 * size[1]:
        return grey
    return np.asarray(cv2.resize(grey, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)


def _luma_of(frame: VideoFrame) -> Grey:
    """Return the first plane, not copied."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * frame.height]
    return rows.reshape(frame.height, plane.line_size)[:, : frame.width]
