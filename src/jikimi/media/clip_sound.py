"""Brings any sound track to one channel of 16-bit samples, 8,000 a second."""

import math
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.packet import Packet

from jikimi.model.clip import Sound

RATE: Final = 8000
"""Samples a second: what a telephone carries is enough to know speech and music again."""

LOWEST_RATE, HIGHEST_RATE = 2000, 768_000
"""Below, nothing is left of a voice: no such track is mixed."""

MOST_CHANNELS: Final = 64
USUAL_CHANNELS: Final = 8
"""FFmpeg's mixer knows what to do with so many, where it knows which is where; others we mix ourselves."""

_SAMPLE_BYTES: Final = 2


class Ear:
    """Takes the sound out of one track, up to `longest` seconds."""

    def __init__(self, stream: AudioStream, longest: float) -> None:
        self.stream = stream
        self.is_full = False
        self._most = math.ceil(longest * RATE) * _SAMPLE_BYTES
        self._samples = bytearray()
        self._mixer = Mixer()

    @property
    def seconds(self) -> float:
        """Return how long what was heard lasts."""
        return len(self._samples) / (RATE * _SAMPLE_BYTES)

    def take(self, packet: "Packet[AudioStream]") -> None:
        """Decode a packet and keep what comes of it; a track that cannot be mixed counts as none."""
        if self.is_full:
            return
        for frame in packet.decode():
            is_sound = LOWEST_RATE <= frame.sample_rate <= HIGHEST_RATE
            if not is_sound or frame.layout.nb_channels > MOST_CHANNELS:
                self.is_full = True
                return
            frame.pts = None  # stamps with gaps would have the mixer make up silence
            for mixed in self._mixer.mixed(frame):
                self._samples += bytes(mixed.planes[0])[: mixed.samples * _SAMPLE_BYTES]
            self.is_full = len(self._samples) >= self._most

    def heard(self) -> Sound | None:
        """Return the track, None where nothing was heard."""
        samples = bytes(self._samples[: self._most])
        return Sound(RATE, samples) if samples else None


class Mixer:
    """Mixes frames of any shape to one channel of 16 bits at RATE; what their shape is may change."""

    def __init__(self) -> None:
        self._shape: tuple[str, str, int] | None = None
        self._mix = av.AudioResampler("s16", "mono", RATE)
        self._interleave = av.AudioResampler("flt")

    def mixed(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """Return what a frame gives: none, one or more frames.

        FFmpeg mixes by where each channel's loudspeaker stands, which of dozens of channels nobody has said:
        of these we take the average.
        """
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:
            self._shape = shape
            self._mix = av.AudioResampler("s16", "mono", RATE)
            self._interleave = av.AudioResampler("flt", frame.layout, frame.sample_rate)
        if frame.layout.nb_channels <= USUAL_CHANNELS:
            return self._mix.resample(frame)
        # Interleaved first: PyAV counts planes beyond the eighth where there are none.
        return [
            mixed
            for together in self._interleave.resample(frame)
            for mixed in self._mix.resample(_average(together))
        ]


def _average(frame: av.AudioFrame) -> av.AudioFrame:
    """Return the average of interleaved channels."""
    levels = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    mean = np.ascontiguousarray(levels.mean(axis=1, dtype=np.float32)[np.newaxis])
    average = av.AudioFrame.from_ndarray(mean, format="flt", layout="mono")
    average.sample_rate = frame.sample_rate
    return average
