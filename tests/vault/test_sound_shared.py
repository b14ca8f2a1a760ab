"""A song that references of several unrelated cases have makes none of them likely."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.sound import SoundPrint
from jikimi.model.clip import Clip, Sound
from jikimi.model.fingerprint import SOUND_RATE, Effort, Fingerprint, Tier
from jikimi.model.ports import IndexEntry
from jikimi.vault.kin import Kin
from jikimi.vault.sound_bank import SoundBank
from jikimi.vault.sound_fit import Fit, Line
from jikimi.vault.sound_shared import EDGE, alone, shared_rows

Samples = NDArray[np.float64]
Writer = Callable[..., IndexEntry]
PLAIN = Line(1.0, 1.0, 0.0)


def agreed(begin: int, end: int, line: Line = PLAIN) -> Fit:
    """A fit in which every word agrees a little less than the one before."""
    return Fit(line, begin, end, np.linspace(0.9, 0.5, end - begin, dtype=np.float32))


def test_what_two_owners_claim_is_not_shared_and_what_three_claim_is() -> None:
    claims = [("a", agreed(0, 300)), ("b", agreed(100, 400)), ("a", agreed(150, 200))]
    assert not shared_rows(claims, 1000).any()
    is_shared = shared_rows([*claims, ("c", agreed(200, 250))], 1000)
    assert np.flatnonzero(is_shared)[[0, -1]].tolist() == pytest.approx([400 - EDGE, 500 + EDGE], abs=2)


def test_the_longest_part_that_nobody_else_claims_stands_alone() -> None:
    is_shared = np.zeros(1000, np.bool_)
    is_shared[300:500] = True
    whole = agreed(100, 450)
    own = alone(whole, is_shared)
    assert own is not None
    assert (own.begin, own.end, len(own.same)) == (250, 450, 200)
    assert own.same[0] == whole.same[150]
    assert alone(agreed(160, 240), is_shared) is None
    untouched = agreed(300, 400)
    assert alone(untouched, is_shared) is untouched


def test_rows_follow_the_speed_and_place_of_each_fit() -> None:
    line = Line(1.25, 1.25, 40.0)
    is_shared = shared_rows([(name, agreed(40, 140, line)) for name in "abc"], 1000)
    assert np.flatnonzero(is_shared)[-1] == pytest.approx(160 + EDGE, abs=2)


def babble(seed: int, seconds: float) -> Samples:
    """Tones that glide like voices: different ones every fifth of a second."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * SOUND_RATE)) / SOUND_RATE
    played = np.zeros(len(time))
    for begin in np.arange(0, seconds, 0.15):
        part = slice(int(begin * SOUND_RATE), int((begin + rng.uniform(0.1, 0.5)) * SOUND_RATE))
        within = time[part] - begin
        hertz = rng.uniform(150, 500)
        for number in range(1, 7):
            phase = 2 * np.pi * number * (hertz * within + rng.normal(0, 150) * within**2)
            played[part] += rng.uniform(0, 1) / number * np.sin(phase) * np.exp(-within * 4)
    return np.asarray(played / np.abs(played).max())


def printed(sound: Samples, effort: Effort) -> list[Fingerprint]:
    samples = np.round(8000 * sound / max(1.0, np.abs(sound).max())).astype("<i2")
    clip = Clip((), Sound(SOUND_RATE, samples.tobytes()), len(samples) / SOUND_RATE)
    return SoundPrint().fingerprint_clip(clip, effort)


@pytest.fixture(scope="module")
def song() -> Samples:
    return babble(1, 14)


@pytest.fixture(scope="module")
def recordings(song: Samples) -> Mapping[str, list[Fingerprint]]:
    """Four recordings; each has 14 s of its own, then the song."""
    return {
        f"r{number}": printed(np.concatenate([babble(10 + number, 14), song]), Effort.REFERENCE)
        for number in range(4)
    }


def bank_of(
    recordings: Mapping[str, list[Fingerprint]], entry: Writer, count: int, kin: Kin | None = None
) -> SoundBank:
    bank = SoundBank((kin or Kin()).group_of)
    bank.apply(
        entry(number + 1, name, recordings[name], f"case {name}")
        for number, name in enumerate(list(recordings)[:count])
    )
    return bank


def tiers_of(bank: SoundBank, sound: Samples) -> dict[str, Tier]:
    return {one.reference: one.tier for one in bank.search(printed(sound, Effort.FIRST))}


def test_a_song_of_two_cases_makes_both_likely(
    recordings: Mapping[str, list[Fingerprint]], song: Samples, entry: Writer
) -> None:
    found = tiers_of(bank_of(recordings, entry, 2), song)
    assert found == {"r0": Tier.LIKELY, "r1": Tier.LIKELY}


def test_a_song_of_three_cases_makes_none_of_them_likely(
    recordings: Mapping[str, list[Fingerprint]], song: Samples, entry: Writer
) -> None:
    found = tiers_of(bank_of(recordings, entry, 3), song)
    assert found == dict.fromkeys(["r0", "r1", "r2"], Tier.POSSIBLE)


def test_related_cases_count_as_one(
    recordings: Mapping[str, list[Fingerprint]], song: Samples, entry: Writer
) -> None:
    kin = Kin()
    kin.relate("case r0", "case r1")
    assert set(tiers_of(bank_of(recordings, entry, 3, kin), song).values()) == {Tier.LIKELY}
    assert set(tiers_of(bank_of(recordings, entry, 4, kin), song).values()) == {Tier.POSSIBLE}


def test_a_recording_with_the_song_in_it_is_likely_by_what_is_its_own(
    recordings: Mapping[str, list[Fingerprint]], song: Samples, entry: Writer
) -> None:
    found = tiers_of(bank_of(recordings, entry, 4), np.concatenate([babble(12, 14), song]))
    assert found == {
        "r2": Tier.LIKELY,
        **dict.fromkeys(["r0", "r1", "r3"], Tier.POSSIBLE),
    }
