"""Edits sound as people and platforms do: codecs, noise, filters, speed, tempo, pitch, music over it."""

from collections.abc import Callable

import numpy as np

from audio_av import CODEC_RATE, RATE, Sound, coded, filtered
from audio_sources import hiss, in_room, music

Edit = Callable[[Sound, np.random.Generator], Sound]


def with_noise(sound: Sound, other: Sound, decibels: float) -> Sound:
    """Add another sound so many decibels below."""
    scale = float(sound.std()) / max(1e-9, float(other.std())) * 10 ** (-decibels / 20)
    both = sound + scale * other
    return np.asarray(both / max(1.0, float(np.abs(both).max())), np.float32)


def faster(sound: Sound, speed: float) -> Sound:
    """Play tempo and pitch so many times faster."""
    return filtered(sound, f"aresample={CODEC_RATE}", f"asetrate={round(CODEC_RATE * speed)}")


def at_tempo(sound: Sound, tempo: float) -> Sound:
    """Change the tempo, keep the pitch."""
    return filtered(sound, f"atempo={tempo}")


def at_pitch(sound: Sound, pitch: float) -> Sound:
    """Change the pitch, keep the tempo."""
    return filtered(
        sound,
        f"aresample={CODEC_RATE}",
        f"asetrate={round(CODEC_RATE * pitch)}",
        f"aresample={CODEC_RATE}",
        f"atempo={1 / pitch}",
    )


def under_music(sound: Sound, rng: np.random.Generator, decibels: float) -> Sound:
    """Put music over it, so many decibels louder; music that no reference has."""
    return with_noise(
        sound, music(int(rng.integers(10**6, 10**7)), len(sound) / RATE + 0.1)[: len(sound)], -decibels
    )


def combination(sound: Sound, rng: np.random.Generator) -> Sound:
    """Five percent faster, opus, and music 6 dB below."""
    return under_music(coded(faster(sound, 1.05), "libopus", 24_000, "ogg"), rng, -6)


def in_a_room(sound: Sound, rng: np.random.Generator) -> Sound:
    """Play it from a small loudspeaker in a room and record it there with noise 15 dB below."""
    played = in_room(filtered(sound, "highpass=f=300"), rng, 0.5, 3)
    return with_noise(played, hiss(rng, len(sound)), 15)


EDITS: dict[str, Edit] = {
    "clean": lambda sound, _: sound,
    "MP3 32k": lambda sound, _: coded(sound, "libmp3lame", 32_000, "mp3"),
    "opus 16k": lambda sound, _: coded(sound, "libopus", 16_000, "ogg"),
    "AAC 32k": lambda sound, _: coded(sound, "aac", 32_000, "adts"),
    "noise 10 dB below": lambda sound, rng: with_noise(sound, hiss(rng, len(sound)), 10),
    "noise as loud": lambda sound, rng: with_noise(sound, hiss(rng, len(sound)), 0),
    "300–3000 Hz only": lambda sound, _: filtered(sound, *["highpass=f=300"] * 2, *["lowpass=f=3000"] * 2),
    "volume −20 dB": lambda sound, _: sound * np.float32(0.1),
    "played in a room": in_a_room,
    "speed +3 %": lambda sound, _: faster(sound, 1.03),
    "speed −3 %": lambda sound, _: faster(sound, 0.97),
    "speed +10 %": lambda sound, _: faster(sound, 1.1),
    "speed −10 %": lambda sound, _: faster(sound, 0.9),
    "speed +25 %": lambda sound, _: faster(sound, 1.25),
    "speed −25 %": lambda sound, _: faster(sound, 0.75),
    "tempo +25 %": lambda sound, _: at_tempo(sound, 1.25),
    "tempo −25 %": lambda sound, _: at_tempo(sound, 0.75),
    "pitch +6 %": lambda sound, _: at_pitch(sound, 1.06),
    "pitch −6 %": lambda sound, _: at_pitch(sound, 0.94),
    "music as loud": lambda sound, rng: under_music(sound, rng, 0),
    "music 6 dB louder": lambda sound, rng: under_music(sound, rng, 6),
    "5 % faster, opus, music −6 dB": combination,
}
