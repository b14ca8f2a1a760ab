"""Asks Chromaprint's own program for raw fingerprints and compares them at the best offset."""

import subprocess
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio_av import RATE, Sound

Words = NDArray[np.uint32]
FEWEST: Final = 16
"""Words (2 s) that must overlap."""


def chromaprint(sound: Sound) -> Words:
    """Return the words of `fpcalc -raw` (Debian: libchromaprint-tools), one every 0.124 s."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "sound.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(np.clip(np.round(sound * 32767), -32768, 32767).astype("<i2").tobytes())
        done = subprocess.run(
            ["fpcalc", "-raw", "-signed", "-length", "0", "-plain", str(path)],
            capture_output=True,
            check=False,
        )
    line = done.stdout.decode().strip()
    return np.array([int(one) & 0xFFFFFFFF for one in line.split(",") if one], np.uint32)


def agreement(asked: Words, kept: Words) -> float:
    """Return how many bits agree at the best offset: 1 all, 0 half of them."""
    length = len(asked)
    if length < FEWEST or len(kept) < length:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(kept, length)
    differing = np.bitwise_count(windows ^ asked).sum(axis=1, dtype=np.int64)
    return float(1 - differing.min() / (16 * length))


def best(asked: Words, bank: Sequence[Words]) -> tuple[float, int]:
    """Return the highest agreement, and with which sound."""
    found = [agreement(asked, kept) for kept in bank]
    which = int(np.argmax(found)) if found else -1
    return (found[which], which) if found else (0.0, -1)
