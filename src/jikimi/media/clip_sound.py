"""Brings any sound track to one channel of 16-bit samples, 8,000 a second."""

import math
from typing import Final

import av
from av.audio.stream import AudioStream
from av.packet import Packet

from jikimi.model.clip import Sound

RATE: Final = 8000
"""Samples a second: what a telephone carries is enough to know speech and music again."""

LOWEST_RATE, HIGHEST_RATE = 2000, 768_000
MOST_CHANNELS: Final = 64
_SAMPLE_BYTES: Final = 2


class Ear:
    """Takes the sound out of one track, up to `longest` seconds."""

    def __init__(self, stream: AudioStream, longest: float) -> None:
        self.stream = stream
        self.is_full = False
        self._most = math.ceil(longest * RATE) * _SAMPLE_BYTES
        self._samples = bytearray()
        self._mixer = _new_mixer()
        self._form: object = None

    @property
    def seconds(self) -> float:
        """Return how long what was heard lasts."""
        return len(self._samples) / (RATE * _SAMPLE_BYTES)

    def take(self, packet: "Packet[AudioStream]") -> None:
        """Decode a packet and keep what comes of it; a track that cannot be mixed counts as silent."""
        if self.is_full:
            return
        for frame in packet.decode():
            is_sound = LOWEST_RATE <= frame.sample_rate <= HIGHEST_RATE
            if not is_sound or frame.layout.nb_channels > MOST_CHANNELS:
                self.is_full = True
                return
            form = (frame.format.name, frame.layout, frame.sample_rate)
            if self._form is not None and self._form != form:
                self._mixer = _new_mixer()  # a mixer takes one form only; some tracks change amid
            self._form = form
            frame.pts = None  # stamps with gaps would have the mixer make up silence
            for mixed in self._mixer.resample(frame):
                self._samples += bytes(mixed.planes[0])[: mixed.samples * _SAMPLE_BYTES]
            self.is_full = len(self._samples) >= self._most

    def heard(self) -> Sound | None:
        """Return the track, None where nothing was heard."""
        samples = bytes(self._samples[: self._most])
        return Sound(RATE, samples) if samples else None


def _new_mixer() -> av.AudioResampler:
    return av.AudioResampler(format="s16", layout="mono", rate=RATE)
