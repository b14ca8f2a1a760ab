"""References are found by their sound after speed, pitch, noise and other sound came upon it."""

import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.sound import SoundPrint
from jikimi.model.clip import Clip, Sound
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import SOUND_HEADER, SOUND_RATE, Effort, Fingerprint, Found, Tier
from jikimi.model.ports import IndexEntry
from jikimi.vault.sound_bank import SoundBank, compare, shares
from jikimi.vault.sound_shelf import NOBODY
from jikimi.vault.sound_tiers import edit_of
from jikimi.vault.sound_value import asked_in, kept_in

Samples = NDArray[np.float64]
Writer = Callable[..., IndexEntry]
SOUNDS = 6
SECONDS = 30


def babble(seed: int, seconds: float = SECONDS) -> Samples:
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


def clip_of(sound: Samples) -> Clip:
    samples = np.round(8000 * sound / max(1.0, np.abs(sound).max())).astype("<i2")
    return Clip((), Sound(SOUND_RATE, samples.tobytes()), len(samples) / SOUND_RATE)


def kept_of(sound: Samples) -> list[Fingerprint]:
    return SoundPrint().fingerprint_clip(clip_of(sound), Effort.REFERENCE)


def asked_of(sound: Samples, effort: Effort = Effort.FIRST) -> list[Fingerprint]:
    return SoundPrint().fingerprint_clip(clip_of(sound), effort)


def played(sound: Samples, speed: float) -> Samples:
    """Play faster, tempo and pitch alike."""
    return np.asarray(np.interp(np.arange(int(len(sound) / speed)) * speed, np.arange(len(sound)), sound))


def part(sound: Samples, begin: float, end: float) -> Samples:
    return sound[int(begin * SOUND_RATE) : int(end * SOUND_RATE)]


@pytest.fixture(scope="module")
def sounds() -> list[Samples]:
    return [babble(seed) for seed in range(SOUNDS)]


@pytest.fixture(scope="module")
def kept(sounds: list[Samples]) -> list[list[Fingerprint]]:
    return [kept_of(sound) for sound in sounds]


@pytest.fixture
def bank(kept: list[list[Fingerprint]], entry: Writer) -> SoundBank:
    bank = SoundBank()
    bank.apply([entry(seed + 1, f"r{seed}", kept[seed], f"c{seed}") for seed in range(SOUNDS)])
    return bank


def test_a_part_is_found_where_it_is_and_nothing_else(bank: SoundBank, sounds: list[Samples]) -> None:
    (found,) = bank.search(asked_of(part(sounds[2], 8.03, 18.03)))
    assert (found.reference, found.case, found.tier) == ("r2", "c2", Tier.LIKELY)
    assert found.how.algorithm == "sound"
    assert found.how.edit == "same sound"
    assert found.how.speed == pytest.approx(1, abs=0.005)
    assert found.how.query_span == pytest.approx((0, 9.8), abs=0.4)
    assert found.how.reference_span == pytest.approx((8.03, 17.8), abs=0.4)
    assert found.how.distance <= found.how.threshold
    assert 0.5 < found.score < 1


@pytest.mark.parametrize("speed", [0.75, 0.9, 0.97, 1.03, 1.1, 1.25])
def test_speed_is_undone_and_named(bank: SoundBank, sounds: list[Samples], speed: float) -> None:
    (found,) = bank.search(asked_of(played(part(sounds[1], 5, 17), speed)))
    assert found.reference == "r1"
    assert found.tier.rank <= Tier.LIKELY.rank
    assert found.how.speed == pytest.approx(speed, abs=0.006)
    percent = abs(round(100 * (speed - 1)))
    assert found.how.edit == f"played {percent} % {'faster' if speed > 1 else 'slower'}"
    assert found.how.reference_span == pytest.approx((5, 17), abs=0.6)


@pytest.mark.parametrize("loudness", [0.5, 1.0])
def test_other_sound_over_it_does_not_hide_it(
    bank: SoundBank, sounds: list[Samples], loudness: float
) -> None:
    (found,) = bank.search(asked_of(part(sounds[3], 4, 14) + loudness * babble(77, 10)))
    assert (found.reference, found.tier.rank <= Tier.LIKELY.rank) == ("r3", True)


def test_a_part_within_other_sound_is_found_with_its_span(bank: SoundBank, sounds: list[Samples]) -> None:
    asked = np.concatenate([babble(50, 20), part(sounds[4], 10, 22), babble(51, 20)])
    (found,) = bank.search(asked_of(asked))
    assert found.reference == "r4"
    assert found.how.query_span == pytest.approx((20, 32), abs=0.8)
    assert found.how.reference_span == pytest.approx((10, 22), abs=0.8)


def test_a_sound_that_begins_before_the_reference_does_is_found(
    bank: SoundBank, sounds: list[Samples]
) -> None:
    asked = np.concatenate([babble(52, 9), part(sounds[0], 0, 8)])
    (found,) = bank.search(asked_of(asked))
    assert found.reference == "r0"
    assert found.how.query_span == pytest.approx((9, 17), abs=0.8)


def test_short_parts_of_a_long_sound_share_the_cost_of_one_search(sounds: list[Samples]) -> None:
    def costs(seconds: float, effort: Effort) -> list[float]:
        asked = [
            asked_in(one.value) for one in asked_of(np.resize(sounds[0], int(seconds * SOUND_RATE)), effort)
        ]
        return [round(share, 1) for _, share in shares(asked)]

    assert costs(10, Effort.FIRST) == [1.0]
    assert costs(100, Effort.FIRST) == pytest.approx([1 / 3] * 3, abs=0.04)
    assert costs(130, Effort.SECOND) == [1.0, 1.0, 0.3]


def test_where_it_is_counts_from_the_beginning_of_a_long_sound(
    bank: SoundBank, sounds: list[Samples]
) -> None:
    asked = np.concatenate([babble(53, 80), part(sounds[5], 2, 20)])
    (found,) = bank.search(asked_of(asked, Effort.SECOND))
    assert found.reference == "r5"
    assert found.how.query_span == pytest.approx((80, 98), abs=0.8)


@pytest.mark.parametrize("seed", range(60, 66))
def test_other_sounds_are_not_found(bank: SoundBank, seed: int) -> None:
    assert bank.search(asked_of(babble(seed, 20))) == []
    assert bank.search([]) == []


def test_noise_and_what_a_reference_keeps_ask_for_nothing(
    bank: SoundBank, kept: list[list[Fingerprint]]
) -> None:
    assert bank.search(asked_of(np.random.default_rng(4).normal(0, 0.2, 10 * SOUND_RATE))) == []
    assert bank.search(kept[0]) == []


def test_two_sounds_are_compared_by_the_same_rules(
    bank: SoundBank, sounds: list[Samples], kept: list[list[Fingerprint]]
) -> None:
    asked = asked_of(played(part(sounds[1], 5, 17), 1.1))
    (found,) = bank.search(asked)
    alone = compare(asked, kept[1])
    assert alone is not None
    assert (alone.reference, alone.case) == ("", "")
    assert (alone.tier, alone.how.edit) == (found.tier, found.how.edit)
    assert compare(asked, kept[2]) is None


def held(bank: SoundBank) -> tuple[int, int]:
    """How many words and pairs stand on the shelves."""
    words = sum(int((shelf.words != 0).sum()) for shelf in bank._shelves)
    return words, sum(int((shelf.times != NOBODY).sum()) for shelf in bank._shelves)


def test_a_withdrawn_reference_is_overwritten_at_once_and_tidied_away(
    bank: SoundBank, sounds: list[Samples], kept: list[list[Fingerprint]], entry: Writer
) -> None:
    words, pairs = held(bank)
    alone = SoundBank()
    alone.apply([entry(1, "r2", kept[2])])
    own_words, own_pairs = held(alone)
    bank.apply([entry(10, "r2", [])])
    assert held(bank) == (words - own_words, pairs - own_pairs)
    assert bank.search(asked_of(part(sounds[2], 5, 15))) == []
    assert len(bank) == SOUNDS - 1
    bank.tidy()
    assert sum(len(shelf.places) for shelf in bank._shelves) == SOUNDS - 1
    assert [one.reference for one in bank.search(asked_of(part(sounds[3], 5, 15)))] == ["r3"]


def test_a_bank_that_everybody_left_is_empty(bank: SoundBank, entry: Writer) -> None:
    bank.apply([entry(10 + seed, f"r{seed}", []) for seed in range(SOUNDS)])
    bank.tidy()
    assert (len(bank), bank._shelves) == (0, ())


def test_a_replaced_sound_is_found_by_the_new_one_only(
    bank: SoundBank, sounds: list[Samples], entry: Writer
) -> None:
    bank.apply([entry(10, "r2", kept_of(babble(90)))])
    assert bank.search(asked_of(part(sounds[2], 5, 15))) == []
    (found,) = bank.search(asked_of(part(babble(90), 5, 15)))
    assert (found.reference, len(bank)) == ("r2", SOUNDS)


def test_small_shelves_are_joined_as_they_pile_up(
    kept: list[list[Fingerprint]], sounds: list[Samples], entry: Writer
) -> None:
    bank = SoundBank()
    for seed in range(SOUNDS):
        bank.apply([entry(seed + 1, f"r{seed}", kept[seed])])
    assert len(bank._shelves) == 1
    for seed in range(SOUNDS):
        assert [one.reference for one in bank.search(asked_of(part(sounds[seed], 6, 14)))] == [f"r{seed}"]


def test_readers_find_a_reference_while_others_come_and_go(
    bank: SoundBank, sounds: list[Samples], kept: list[list[Fingerprint]], entry: Writer
) -> None:
    asked = asked_of(part(sounds[0], 5, 15))
    done = Event()

    def read() -> list[list[Found]]:
        seen = [bank.search(asked)]
        while not done.is_set():
            seen.append(bank.search(asked))
        return seen

    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        for seq in range(6):
            bank.apply([entry(100 + 2 * seq, "r0", kept[0]), entry(101 + 2 * seq, "r1", kept[1][: seq % 2])])
            bank.tidy()
        done.set()
        answers = [answer for one in reading for answer in one.result()]
    assert {tuple(found.reference for found in one) for one in answers} == {("r0",)}


def test_damaged_fingerprints_are_bad_media_with_a_reason(
    bank: SoundBank, kept: list[list[Fingerprint]], sounds: list[Samples], entry: Writer
) -> None:
    value = kept[0][0].value
    asked = asked_of(part(sounds[0], 5, 15))[0].value
    size = struct.calcsize(SOUND_HEADER)
    for broken, reason in (
        (value[:5], "cut off"),
        (b"\x09" + value[1:], "another layout"),
        (value[:-1], "damaged"),
        (value + b"\0" * 7, "damaged"),
        (value[:-7] + b"\0" * 7, "damaged"),
    ):
        with pytest.raises(BadMedia, match=reason):
            kept_in(broken)
        with pytest.raises(BadMedia, match=r"damaged|cut off|layout"):
            asked_in(broken)
    with pytest.raises(BadMedia, match="damaged"):
        asked_in(asked[: size + 100])
    damaged = Fingerprint("sound", value[:-1])
    with pytest.raises(BadMedia):
        bank.apply([entry(20, "r9", [damaged]), entry(21, "r0", [])])
    assert len(bank) == SOUNDS


@pytest.mark.parametrize(
    ("tempo", "pitch", "edit"),
    [
        (1.0, 1.0, "same sound"),
        (1.1, 1.093, "played 10 % faster"),
        (0.75, 1.0, "played 25 % slower, pitch kept"),
        (1.0, 1.06, "pitch raised 6 %"),
        (1.0, 0.94, "pitch lowered 6 %"),
        (1.001, 0.999, "same sound"),
    ],
)
def test_edits_have_names(tempo: float, pitch: float, edit: str) -> None:
    assert edit_of(tempo, pitch) == edit
