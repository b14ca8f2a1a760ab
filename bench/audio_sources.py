"""Makes sound to measure with: voices in rooms and noise, music from seeds, and folders of clips."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from audio_av import RATE, Sound, decoded

SHORTEST = 10.1
"""Seconds of a sound that excerpts are cut from."""

VOICES = (
    "en", "en-us+f3", "ko", "ko+f2", "de", "fr+m3", "es", "it+f4", "ja+f1", "cmn", "pt", "ru+m2", "nl",
    "sv+f5", "tr", "vi+f3",
)  # fmt: skip
SYLLABLES = (
    *("ba", "da", "ki", "lo", "mu", "ne", "pa", "ri", "so", "tu", "wa", "ye", "han", "gul", "sa", "ram"),
    *("bi", "mo", "ga", "na", "du", "ro", "chi", "pe", "zo", "li", "fa", "go", "te", "shi"),
)


def speech(seed: int, seconds: float) -> Sound:
    """Speak made-up words with espeak-ng: voice, speed and pitch as this seed says; no room, no noise."""
    rng = np.random.default_rng([1, seed])
    options = ["-v", VOICES[seed % len(VOICES)], "-s", str(int(rng.integers(120, 190)))]
    options += ["-p", str(int(rng.integers(20, 80)))]
    spoken: list[Sound] = []
    length = 0
    while length < seconds * RATE:
        words = [
            "".join(rng.choice(SYLLABLES, int(rng.integers(1, 4)))) + ("." if rng.random() < 0.15 else "")
            for _ in range(40)
        ]
        command = ["espeak-ng", *options, "--stdout", " ".join(words)]
        spoken.append(decoded(subprocess.run(command, capture_output=True, check=True).stdout))
        length += len(spoken[-1])
    return np.concatenate(spoken)[: int(seconds * RATE)]


def quiet(seed: int, seconds: float) -> Sound:
    """Speak in a small hard room with some hiss, very low: peak -30 dB."""
    rng = np.random.default_rng([5, seed])
    return peaked(hissing(in_room(speech(seed, seconds), rng, 0.55, 4), rng, 26), 10 ** (-30 / 20))


def reverberant(seed: int, seconds: float) -> Sound:
    """Speak some way off in a large bare room; more of the room is heard than of the voice."""
    rng = np.random.default_rng([6, seed])
    return peaked(hissing(in_room(speech(seed, seconds), rng, 1.0, 2), rng, 26), 0.25)


def noisy(seed: int, seconds: float) -> Sound:
    """Speak in a small hard room, pink noise 10 dB below."""
    rng = np.random.default_rng([7, seed])
    return peaked(hissing(in_room(speech(seed, seconds), rng, 0.55, 4), rng, 10), 0.25)


def in_room(sound: Sound, rng: np.random.Generator, fades: float, direct: float) -> Sound:
    """Return the sound as heard in a room of noise that fades 60 dB in so many seconds.

    `direct` is how loud the direct sound is beside the first echoes. No two rooms are alike.
    """
    fades *= rng.uniform(0.7, 1.3)
    length = int(fades * RATE)
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail[0] = direct * rng.uniform(0.7, 1.3)
    return convolved(sound, tail.astype(np.float32))


def hissing(sound: Sound, rng: np.random.Generator, decibels: float) -> Sound:
    """Add pink noise so many decibels below."""
    return np.asarray(sound + hiss(rng, len(sound)) * (sound.std() * 10 ** (-decibels / 20)), np.float32)


def music(seed: int, seconds: float) -> Sound:
    """Play chords, a melody and drums that this seed decides; peak -6 dB."""
    rng = np.random.default_rng([2, seed])
    beat = 60 / rng.uniform(70, 150)
    length = int(seconds * RATE)
    played = np.zeros(length + 4 * RATE, np.float32)
    scale = np.array([0, 2, 4, 5, 7, 9, 11] if rng.random() < 0.5 else [0, 2, 3, 5, 7, 8, 10])
    root = rng.uniform(110, 220)
    partials = rng.uniform(0.1, 1, 6) / np.arange(1, 7)
    parts = rng.permutation(3)[: int(rng.integers(2, 4))]
    for number in range(int(seconds / beat)):
        at = number * beat
        if 0 in parts and number % 4 == 0:
            degree = int(rng.integers(0, 7))
            for third in (0, 2, 4):
                step = scale[(degree + third) % 7] + 12 * ((degree + third) // 7)
                put(played, at, tone(root * 2 ** (step / 12), 4 * beat, partials), 0.3)
        if 1 in parts or 0 not in parts:
            for half in range(2):
                if rng.random() < 0.7:
                    step = scale[int(rng.integers(0, 7))] + 12 * int(rng.integers(1, 3))
                    put(
                        played,
                        at + half * beat / 2,
                        tone(root * 2 ** (step / 12), beat * rng.uniform(0.3, 1.2), partials),
                        0.4,
                    )
        if 2 in parts:
            if rng.random() < 0.8:
                put(played, at, drum(rng, 60 + 30 * (number % 2)), 0.8)
            if rng.random() < 0.7:
                put(
                    played,
                    at + beat / 2,
                    hiss(rng, 800) * np.exp(-np.arange(800) / 150).astype(np.float32),
                    0.3,
                )
    return peaked(played[:length], 0.5)


def tone(hertz: float, seconds: float, partials: NDArray[np.float64]) -> Sound:
    """Return one plucked note."""
    time = np.arange(int(seconds * RATE)) / RATE
    waves = sum(
        weight * np.sin(2 * np.pi * hertz * (number + 1) * time)
        for number, weight in enumerate(partials)
        if hertz * (number + 1) < RATE / 2
    )
    return np.asarray(waves * np.minimum(1, time / 0.01) * np.exp(-time * 2), np.float32)


def drum(rng: np.random.Generator, hertz: float) -> Sound:
    """Return one beat of a drum."""
    time = np.arange(1600) / RATE
    beat = np.sin(2 * np.pi * hertz * (1 + np.exp(-time * 30)) * time) + 0.3 * rng.standard_normal(1600)
    return np.asarray(beat * np.exp(-time * 18), np.float32)


def put(played: Sound, seconds: float, sound: Sound, weight: float) -> None:
    """Add a sound at a time."""
    at = int(seconds * RATE)
    part = sound[: len(played) - at]
    played[at : at + len(part)] += weight * part


def hiss(rng: np.random.Generator, length: int) -> Sound:
    """Return pink noise of deviation 1."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(noise / noise.std(), np.float32)


def convolved(sound: Sound, tail: Sound) -> Sound:
    """Return the sound as heard in a room with this answer."""
    length = len(sound) + len(tail)
    both = np.fft.irfft(np.fft.rfft(sound, length) * np.fft.rfft(tail, length), length)
    return np.asarray(both[: len(sound)], np.float32)


def peaked(sound: Sound, peak: float) -> Sound:
    """Return the sound at this peak, 1 being full scale."""
    return np.asarray(sound * (peak / max(1e-9, float(np.abs(sound).max()))), np.float32)


def folder(path: Path, seconds: float) -> list[Sound]:
    """Read every clip of a folder that has so much sound."""
    found = []
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        try:
            sound = decoded(file)
        except (av.error.FFmpegError, UnicodeDecodeError):
            continue
        if len(sound) >= SHORTEST * RATE and float(np.abs(sound).max()) > 1e-3:
            found.append(sound[: int(seconds * RATE)])
    return found


MADE: dict[str, Callable[[int, float], Sound]] = {
    "quiet speech": quiet,
    "reverberant speech": reverberant,
    "noisy speech": noisy,
    "music": music,
}
"""How each kind of sound is made from a seed, so many seconds of it."""
