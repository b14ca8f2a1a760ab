"""Measures what a search among many hours of sound costs: hours are made of known sounds, varied."""

import time
from collections.abc import Callable, Sequence

import numpy as np

from audio_av import Sound
from audio_sources import MADE
from jikimi.model.fingerprint import Effort, Fingerprint
from jikimi.vault.sound_bank import fits
from jikimi.vault.sound_shelf import SoundShelf, shelve, stock_of
from jikimi.vault.sound_value import Kept, asked_in, kept_in

SECONDS = 60.0
STRANGER = 777_000
HIGHEST = 1100


def many_hours(values: Sequence[bytes], hours: float) -> SoundShelf:
    """Shelve so many hours of references: each a known one, a little faster and higher, its words anew."""
    rng = np.random.default_rng(8)
    known = [kept_in(value) for value in values]
    count = round(hours * 3600 / SECONDS)
    return shelve([stock_of(place, _varied(known[place % len(known)], rng)) for place in range(count)])


def _varied(kept: Kept, rng: np.random.Generator) -> Kept:
    peaks = kept.peaks[rng.random(len(kept.peaks)) < 0.97].copy()
    later = peaks["frame"] * rng.uniform(0.9, 1) + rng.integers(0, 2, len(peaks))
    higher = peaks["pitch"] + rng.integers(-100, 100) + rng.integers(-6, 7, len(peaks))
    peaks["frame"], peaks["pitch"] = later.astype(np.uint32), np.clip(higher, 0, HIGHEST).astype(np.uint16)
    words = rng.integers(1, 2**32, len(kept.words), dtype=np.uint32)
    return Kept(words, peaks[np.argsort(peaks["frame"], kind="stable")])


def costs_among(
    values: Sequence[bytes], hours: float, fingerprinted: Callable[[Sound, Effort], list[Fingerprint]]
) -> dict[str, float]:
    """Return CPU seconds of a minute that matches nothing, averaged over the kinds of sound, and sizes."""
    shelf = many_hours(values, hours)
    spent = {"fingerprint": 0.0, "search": 0.0}
    for make in MADE.values():
        sound = make(STRANGER, SECONDS)
        began = time.process_time()
        asked = fingerprinted(sound, Effort.FIRST)
        spent["fingerprint"] += time.process_time() - began
        began = time.process_time()
        for one in asked:
            fits([shelf], asked_in(one.value))
        spent["search"] += time.process_time() - began
    stored = sum(map(len, values)) / (len(values) * SECONDS / 3600)
    return {
        "60 s that match nothing: CPU seconds to fingerprint": spent["fingerprint"] / len(MADE),
        f"… to search among {hours:g} hours of references": spent["search"] / len(MADE),
        "store, MB an hour of reference": stored / 1e6,
        "memory, MB an hour of reference": (shelf.words.nbytes + shelf.times.nbytes) / hours / 1e6,
        "memory, MB a shelf": shelf.starts.nbytes / 1e6,
    }
