"""Sound is fingerprinted by how its spectrum moves; silence is not fingerprinted at all."""

import struct

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.sound import SoundPrint, heard
from jikimi.fingerprints.spectrum import powers
from jikimi.model.clip import Clip, Sound
from jikimi.model.fingerprint import (
    SOUND_FINE,
    SOUND_HEADER,
    SOUND_PEAK,
    SOUND_RATE,
    SOUND_WORD,
    Effort,
    Kind,
)

PEAK = np.dtype(list(SOUND_PEAK))


def babble(seed: int, seconds: float, loudness: float = 3000.0) -> NDArray[np.int16]:
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * SOUND_RATE)) / SOUND_RATE
    played = np.zeros(len(time))
    for begin in np.arange(0, seconds, 0.2):
        part = slice(int(begin * SOUND_RATE), int((begin + rng.uniform(0.1, 0.5)) * SOUND_RATE))
        played[part] += np.sin(2 * np.pi * rng.uniform(200, 3000) * time[part]) * rng.uniform(0.3, 1)
    return np.asarray(np.round(loudness * played / np.abs(played).max()), np.int16)


def clip_of(samples: NDArray[np.int16], rate: int = SOUND_RATE) -> Clip:
    return Clip((), Sound(rate, samples.astype("<i2").tobytes()), len(samples) / rate)


def header_of(value: bytes) -> tuple[int, int, int, int, float]:
    version, part, rows, peaks, begin = struct.unpack_from(SOUND_HEADER, value)
    return version, part, rows, peaks, begin


@pytest.mark.parametrize("window", [1024, 2048])
def test_spectra_are_those_that_numpy_finds(window: int) -> None:
    samples = babble(3, 2.0).astype(np.float32)
    found = np.concatenate(list(powers(samples, window, 184)))
    shape = np.hanning(window)
    shape /= np.sqrt((shape**2).sum())
    views = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), window)[::184]
    expected = np.abs(np.fft.rfft(views * shape)) ** 2
    assert found.shape == expected.shape
    assert np.abs(np.log10(found + 4) - np.log10(expected + 4)).max() < 0.01


def test_a_reference_keeps_words_and_peaks_in_half_a_megabyte_an_hour_and_less_than_two() -> None:
    (kept,) = SoundPrint().fingerprint_clip(clip_of(babble(1, 60)), Effort.REFERENCE)
    version, part, rows, peaks, begin = header_of(kept.value)
    assert (version, part, begin) == (1, 0, 0.0)
    assert rows == (60 * SOUND_RATE - 2048) // SOUND_WORD + 1
    assert len(kept.value) == struct.calcsize(SOUND_HEADER) + 4 * rows + PEAK.itemsize * peaks
    assert len(kept.value) * 60 < 2e6
    assert kept.algorithm == "sound"
    assert not kept.is_hash


def test_what_is_asked_with_says_more() -> None:
    (asked,) = SoundPrint().fingerprint_clip(clip_of(babble(1, 10)), Effort.FIRST)
    _, part, rows, peaks, _ = header_of(asked.value)
    assert part == 1
    assert len(asked.value) == struct.calcsize(SOUND_HEADER) + SOUND_FINE * rows + PEAK.itemsize * peaks


def test_peaks_come_in_order_of_time_and_where_the_tones_are() -> None:
    time = np.arange(8 * SOUND_RATE) / SOUND_RATE
    pulses = np.sin(2 * np.pi * 800 * time) * (time % 0.5 < 0.2) * 8000
    (kept,) = SoundPrint().fingerprint_clip(clip_of(pulses.astype(np.int16)), Effort.REFERENCE)
    _, _, rows, peaks, _ = header_of(kept.value)
    records = np.frombuffer(kept.value, PEAK, offset=struct.calcsize(SOUND_HEADER) + 4 * rows)
    assert peaks == len(records)
    assert (np.diff(records["frame"].astype(np.int64)) >= 0).all()
    strongest = records[records["rank"] == 0]
    assert np.abs(strongest["pitch"].astype(int) - 512).max() <= 3  # 800 Hz are two octaves above 200


@pytest.mark.parametrize("effort", list(Effort))
def test_silence_and_hardly_any_sound_give_nothing(effort: Effort) -> None:
    rng = np.random.default_rng(3)
    for samples in (
        np.zeros(10 * SOUND_RATE, np.int16),
        rng.integers(-1, 2, 10 * SOUND_RATE).astype(np.int16),
        babble(2, 1.5),
        np.zeros(0, np.int16),
    ):
        assert SoundPrint().fingerprint_clip(clip_of(samples), effort) == []


def test_a_clip_without_sound_or_at_another_rate_gives_nothing() -> None:
    assert SoundPrint().fingerprint_clip(Clip((), None, 5.0), Effort.FIRST) == []
    assert SoundPrint().fingerprint_clip(clip_of(babble(1, 10), 16_000), Effort.FIRST) == []


def test_a_pause_is_not_heard_and_leaves_empty_words() -> None:
    samples = np.concatenate([babble(1, 4), np.zeros(4 * SOUND_RATE, np.int16), babble(2, 4)])
    assert 0.6 < heard(samples).mean() < 0.72
    (kept,) = SoundPrint().fingerprint_clip(clip_of(samples), Effort.REFERENCE)
    _, _, rows, _, _ = header_of(kept.value)
    words = np.frombuffer(kept.value, "<u4", rows, struct.calcsize(SOUND_HEADER))
    assert (words == 0).mean() == pytest.approx(1 / 3, abs=0.05)
    assert kept.quality == pytest.approx(67, abs=4)


def test_very_quiet_sound_is_heard() -> None:
    assert SoundPrint().fingerprint_clip(clip_of(babble(1, 5, loudness=40.0)), Effort.FIRST)


def test_the_first_look_listens_to_a_minute_of_a_long_sound_the_second_to_all() -> None:
    long = clip_of(babble(5, 200))
    first = SoundPrint().fingerprint_clip(long, Effort.FIRST)
    assert [header_of(one.value)[4] for one in first] == [0.0, 90.0, 180.0]
    second = SoundPrint().fingerprint_clip(long, Effort.SECOND)
    assert [header_of(one.value)[4] for one in second] == [0.0, 60.0, 120.0, 180.0]
    assert len(SoundPrint().fingerprint_clip(long, Effort.REFERENCE)) == 1


def test_the_same_sound_gives_the_same_bytes_and_its_name_and_kind_are_known() -> None:
    one, two = (SoundPrint().fingerprint_clip(clip_of(babble(1, 5)), Effort.FIRST) for _ in range(2))
    assert one == two
    assert (SoundPrint().name, SoundPrint().kind) == ("sound", Kind.AUDIO)
