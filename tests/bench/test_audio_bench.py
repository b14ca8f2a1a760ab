"""The audio benchmark counts and writes what it should, without any program from outside."""

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from jikimi.fingerprints.sound import SoundPrint
from jikimi.model.clip import Clip, Sound
from jikimi.model.fingerprint import Effort

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from audio_answers import Answer, Journal, Query, kept_answers, spread
from audio_av import RATE, coded, filtered
from audio_cost import many_hours
from audio_edits import EDITS, at_pitch, faster, with_noise
from audio_figures import GROUPS, KindRow, Row, kind_rows, rows_of, unknown_shares
from audio_page import Report, page
from audio_peer import agreement, best
from audio_plot import plot
from audio_sources import hissing, in_room, music
from image_figures import share


def row(edit: str, seconds: int, found: int) -> Row:
    return Row(edit, seconds, share(found, 20), share(found, 20), share(1, 20))


def answer(edit: str = "clean", *, sound: int = 0, seconds: int = 10, is_known: bool = True) -> Answer:
    key = Query(is_known, sound, edit, seconds).key
    return Answer(key, "music", edit, seconds, is_known, "likely", 0, 0, 0.4, 0.9, is_known, 0.1, 0.2)


def test_the_peer_is_compared_at_its_best_offset() -> None:
    words = np.random.default_rng(1).integers(0, 2**32, 300, dtype=np.uint32)
    other = np.random.default_rng(2).integers(0, 2**32, 300, dtype=np.uint32)
    assert agreement(words[90:170], words) == 1.0
    assert abs(agreement(words[90:170], other)) < 0.2
    assert agreement(words[:3], words) == 0.0
    assert best(words[90:170], [other, words]) == (1.0, 1)


def test_the_page_and_the_picture_show_each_edit() -> None:
    rows = [
        row("clean", 10, 20),
        row("clean", 5, 18),
        row("speed <+3 %>", 10, 19),
        row("speed <+3 %>", 5, 17),
    ]
    setup = {"made": 8, "languages": 15, "clips": 4, "fillers": 0}
    kinds = [KindRow("music", 20, {"codecs": share(19, 20)}), KindRow("all", 20, {"codecs": share(20, 20)})]
    unknown = {"likely": share(0, 10_000), "possible": share(2, 10_000)}
    report = Report(
        "./run bench audio",
        {"cores": "2"},
        setup,
        rows[:3],
        kinds,
        unknown,
        150,
        200,
        100,
        100,
        0.0,
        0.75,
        0,
        {"speed": 12.0},
    )
    text = page(report)
    assert "| clean | 20 | 100 | 84–100 | 5.0 | 20 | 90.0 | 70–97 | 5.0 |" in text
    assert "| speed <+3 %> | 20 | 95.0 | 76–99 | 5.0 | 0 | – | – | – |" in text
    assert "| music | 20 | 95.0 (76–99) |" in text
    assert "Highest strength of an unknown sound: less than 0.3" in " ".join(text.split())
    assert "0 of 10,000 (0–0.038 %)" in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 115
    picture = plot(rows[::2])
    assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314 - drawn by our own code
    assert "speed &lt;+3 %&gt;" in picture


def test_made_music_is_the_same_each_time_and_another_for_another_seed() -> None:
    assert np.array_equal(music(7, 2), music(7, 2))
    assert not np.array_equal(music(7, 2), music(8, 2))
    assert len(music(7, 2)) == 2 * RATE


def test_rows_count_each_edit_and_length_apart_and_the_peer_above_its_threshold() -> None:
    answers = [answer(), replace(answer(sound=1), tier="possible")]
    answers += [replace(answer(sound=2), tier="", peer=0.2)]
    answers += [answer(seconds=5), replace(answer("speed +3 %"), tier="certain")]
    first, second, third = rows_of(answers, 0.5, has_peer=True)
    assert (first.edit, first.seconds, first.likely.count, first.possible.count) == ("clean", 10, 1, 2)
    assert first.peer is not None
    assert (first.peer.count, first.likely.of) == (2, 3)
    assert (second.seconds, third.likely.count) == (5, 1)
    assert rows_of(answers, 0.5, has_peer=False)[0].peer is None


def test_kinds_of_sound_are_counted_apart_and_together() -> None:
    answers = [answer(), replace(answer("opus 16k"), tier=""), replace(answer(sound=1), kind="noisy speech")]
    music_row, noisy, every = kind_rows(answers)
    group = next(iter(GROUPS))
    assert [one.kind for one in (music_row, noisy, every)] == ["music", "noisy speech", "all"]
    assert [(one.sounds, one.likely[group].count, one.likely[group].of) for one in (music_row, every)] == [
        (1, 1, 2),
        (2, 2, 3),
    ]


def test_every_edit_of_a_group_exists() -> None:
    assert {edit for edits in GROUPS.values() for edit in edits} <= set(EDITS)


def test_false_alerts_are_counted_by_pair() -> None:
    unknown = [replace(answer(is_known=False), likely=1, possible=3), answer(is_known=False, sound=1)]
    shares = unknown_shares(unknown, 100)
    assert [(one.count, one.of) for one in shares.values()] == [(1, 200), (3, 200)]


def test_a_second_run_asks_only_what_is_missing(tmp_path: Path) -> None:
    queries = [Query(is_known=True, sound=number, edit="clean", seconds=10) for number in range(4)]
    asked: list[int] = []

    def ask(query: Query) -> Answer:
        asked.append(query.sound)
        return answer(sound=query.sound)

    for some in (queries[:2], queries):
        journal = Journal(tmp_path / "kept.jsonl", {"made": 4})
        found = list(kept_answers(some, ask, 1, float("inf"), journal))
        journal.close()
        assert sorted(one.key for one in found) == sorted(query.key for query in some)
    assert asked == [0, 1, 2, 3]
    with pytest.raises(SystemExit, match="another setup"):
        Journal(tmp_path / "kept.jsonl", {"made": 5})


def test_nothing_is_asked_after_the_time_is_over() -> None:
    assert list(spread([1, 2, 3], str, 1, until=0.0)) == []


def test_work_is_spread_over_processes() -> None:
    assert sorted(spread(range(7), lambda number: number * number, 2)) == [(n, n * n) for n in range(7)]


def test_filters_and_codecs_keep_or_change_the_length_as_they_should() -> None:
    sound = music(3, 2)
    assert len(faster(sound, 1.25)) == pytest.approx(len(sound) / 1.25, rel=0.01)
    assert len(at_pitch(sound, 1.06)) == pytest.approx(len(sound), rel=0.03)
    assert len(filtered(sound, "highpass=f=300")) == len(sound)
    assert len(coded(sound, "libopus", 16_000, "ogg")) == pytest.approx(len(sound), rel=0.05)


def test_noise_is_as_loud_as_it_should_be() -> None:
    rng = np.random.default_rng(5)
    sound = (0.01 * rng.standard_normal(RATE * 4)).astype(np.float32)
    for decibels in (0.0, 10.0):
        noise = hissing(sound, rng, decibels) - sound
        assert 20 * np.log10(sound.std() / noise.std()) == pytest.approx(decibels, abs=0.1)
    both = with_noise(sound, np.ones_like(sound) * rng.choice([-1, 1], len(sound)), 6)
    assert both.std() / sound.std() == pytest.approx((1 + 10**-0.6) ** 0.5, abs=0.03)


def test_rooms_differ_and_keep_the_length() -> None:
    rng = np.random.default_rng(6)
    click = np.zeros(RATE, np.float32)
    click[0] = 1
    one, other = in_room(click, rng, 0.5, 3), in_room(click, rng, 0.5, 3)
    assert len(one) == RATE
    assert not np.allclose(one, other)
    assert np.abs(one[-100:]).max() < 0.01 * np.abs(one).max()


def test_hours_are_made_of_known_sounds_that_differ() -> None:
    samples = np.round(20_000 * music(4, 20)).astype("<i2").tobytes()
    (kept,) = SoundPrint().fingerprint_clip(Clip((), Sound(RATE, samples), 20.0), Effort.REFERENCE)
    shelf = many_hours([kept.value], 0.05)
    assert len(shelf.places) == 3
    assert len(np.unique(shelf.words)) > len(shelf.words) * 0.99
