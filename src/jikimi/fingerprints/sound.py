"""Knows a sound again by how its spectrum moves, whatever codec, noise, music or speed came upon it.

Words: Haitsma, Kalker: "A highly robust audio fingerprinting system", ISMIR 2002. Peaks: Wang: "An
industrial-strength audio search algorithm", ISMIR 2003.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.spectrum import BAND_WINDOW, Levels, Samples, band_energies, peaks_of
from jikimi.model.clip import Clip
from jikimi.model.fingerprint import (
    SOUND_BANDS,
    SOUND_HEADER,
    SOUND_MARGIN,
    SOUND_RATE,
    SOUND_VERSION,
    SOUND_WORD,
    Effort,
    Fingerprint,
    Kind,
)

KEPT_PEAKS: Final = 20
ASKED_PEAKS: Final = 50
"""Peaks of each second. Between peaks of the asked sound others may come; it needs more to have them all."""

PIECE: Final = 60
"""Seconds in one fingerprint to ask with."""

FIRST_PIECES: Final = (3, 20)
"""Of a sound longer than PIECE the first look takes so many parts of so many seconds, evenly spread."""

MOST_PIECES: Final = 60
"""And the second look at most so many whole pieces."""

SHORTEST: Final = 2.0
"""Seconds that must be heard: less says too little."""

SILENT: Final = 4.0
"""Mean square of samples below which there is silence: two steps of 16 bits, -84 dB."""

BELOW_LOUD: Final = 10**-4.5
"""What is 45 dB below the loud parts is silence beside them."""


@dataclass(frozen=True, slots=True)
class SoundPrint:
    """Words and peaks of a sound: what a reference keeps; energies and peaks: what one asks with."""

    name: str = field(default="sound", init=False)
    kind: Kind = field(default=Kind.AUDIO, init=False)

    def fingerprint_clip(self, clip: Clip, effort: Effort) -> list[Fingerprint]:
        """Return one fingerprint of a reference, one for each minute or less of what is asked.

        Nothing comes back for silence, for less than two seconds of sound, or another rate than 8,000 Hz.
        Quality is the share of the sound that is not silent, in percent.
        """
        if clip.sound is None or clip.sound.rate != SOUND_RATE:
            return []
        whole = np.frombuffer(clip.sound.samples, "<i2")
        found = (self._of(whole[part], part.start, effort) for part in _parts(len(whole), effort))
        return [one for one in found if one is not None]

    def _of(self, samples: NDArray[np.int16], begin: int, effort: Effort) -> Fingerprint | None:
        """Fingerprint one part that begins at this sample."""
        if len(samples) < SHORTEST * SOUND_RATE:
            return None
        is_heard = heard(samples)
        if is_heard.sum() * SOUND_WORD < SHORTEST * SOUND_RATE:
            return None
        is_kept = effort is Effort.REFERENCE
        plain = samples.astype(np.float32)
        rows = _words(plain, is_heard) if is_kept else _energies(plain)
        peaks = peaks_of(plain, KEPT_PEAKS if is_kept else ASKED_PEAKS)
        header = struct.pack(
            SOUND_HEADER, SOUND_VERSION, not is_kept, len(rows), len(peaks), begin / SOUND_RATE
        )
        quality = round(100 * float(is_heard.mean()))
        return Fingerprint(self.name, header + rows.tobytes() + peaks.tobytes(), quality)


def heard(samples: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Tell of each word's length of samples whether it is louder than silence."""
    whole = samples[: len(samples) // SOUND_WORD * SOUND_WORD].reshape(-1, SOUND_WORD)
    loudness = np.einsum("ij,ij->i", whole, whole, dtype=np.float32) / SOUND_WORD
    return np.asarray(loudness > max(SILENT, BELOW_LOUD * float(np.percentile(loudness, 95))), np.bool_)


def _parts(length: int, effort: Effort) -> Iterator[slice]:
    """Choose which samples are listened to."""
    piece = PIECE * SOUND_RATE
    if effort is Effort.REFERENCE or length <= piece:
        yield slice(0, length)
    elif effort is Effort.FIRST:
        count, seconds = FIRST_PIECES
        for number in range(count):
            begin = number * (length - seconds * SOUND_RATE) // (count - 1)
            yield slice(begin, begin + seconds * SOUND_RATE)
    else:
        for begin in range(0, min(length, MOST_PIECES * piece), piece):
            yield slice(begin, min(begin + piece, length))


def _words(samples: Samples, is_heard: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Return the words of a reference; 0 where it is silent."""
    energies = band_energies(samples, SOUND_WORD)
    inner = energies[:, 4 * SOUND_MARGIN : -4 * SOUND_MARGIN]
    bands = inner.reshape(len(inner), SOUND_BANDS + 1, 4).sum(axis=2)
    slope = bands[:, :-1] - bands[:, 1:]
    bits = np.packbits(slope[1:] > slope[:-1], axis=1, bitorder="little")
    words = np.zeros(len(energies), "<u4")
    words[1:] = np.ascontiguousarray(bits).view("<u4")[:, 0]
    middle = np.minimum(np.arange(len(words)) + BAND_WINDOW // (2 * SOUND_WORD), len(is_heard) - 1)
    words[~is_heard[middle]] = 0
    return words


def _energies(samples: Samples) -> NDArray[np.uint8]:
    """Return energies in half decibels."""
    energies: Levels = band_energies(samples, SOUND_WORD // 2)
    return np.clip(np.round(20 * np.log10(energies + 1)), 0, 255).astype(np.uint8)
