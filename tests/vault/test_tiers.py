"""When two pictures are held to be one, and what the edit between them is called."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.fingerprint import Fingerprint, Orientation, Tier, View
from jikimi.vault.tiers import compare

Pixels = NDArray[np.uint8]
Reader = Callable[[bytes], list[Fingerprint]]


def changed(fingerprint: Fingerprint, bits: int) -> Fingerprint:
    flipped = int.from_bytes(fingerprint.value) ^ ((1 << bits) - 1)
    return replace(fingerprint, value=flipped.to_bytes(32))


def turned_clockwise(quarters: int) -> Callable[[Pixels], Pixels]:
    return lambda pixels: np.rot90(pixels, -quarters)


def mirrored_then_turned(quarters: int) -> Callable[[Pixels], Pixels]:
    return lambda pixels: np.rot90(np.fliplr(pixels), -quarters)


def in_border(pixels: Pixels) -> Pixels:
    return np.pad(pixels, ((70, 70), (110, 110), (0, 0)), constant_values=20)


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (lambda pixels: pixels, "re-encoded"),
        (turned_clockwise(1), "rotated 90"),
        (turned_clockwise(2), "rotated 180"),
        (turned_clockwise(3), "rotated 270"),
        (mirrored_then_turned(0), "mirrored"),
        (mirrored_then_turned(1), "mirrored, rotated 90"),
        (mirrored_then_turned(2), "mirrored, rotated 180"),
        (mirrored_then_turned(3), "mirrored, rotated 270"),
        (in_border, "border removed"),
        (lambda pixels: np.rot90(in_border(pixels), -1), "border removed, rotated 90"),
        (lambda pixels: np.fliplr(in_border(pixels)), "border removed, mirrored"),
    ],
)
def test_the_edit_is_named_as_it_was_done_to_the_original(
    edit: Callable[[Pixels], Pixels], name: str, fingerprints_of: Reader
) -> None:
    scene = draw(41)
    found = compare(fingerprints_of(encode_jpeg(edit(scene), 60)), fingerprints_of(encode_jpeg(scene)))
    assert found is not None
    assert found.how.edit == name
    assert found.how.algorithm == "pdq"
    assert found.tier is Tier.CERTAIN
    assert (found.reference, found.case) == ("", "")


def test_an_original_in_a_border_is_known_without_it(fingerprints_of: Reader) -> None:
    scene = draw(42)
    found = compare(fingerprints_of(encode_jpeg(scene)), fingerprints_of(encode_jpeg(in_border(scene))))
    assert found is not None
    assert found.how.edit == "border removed"


def test_a_shrunk_picture_in_another_shape_is_at_least_likely(fingerprints_of: Reader) -> None:
    scene = draw(43)
    square = np.asarray(cv2.resize(scene, (400, 400), interpolation=cv2.INTER_AREA), np.uint8)
    found = compare(fingerprints_of(encode_jpeg(square)), fingerprints_of(encode_jpeg(scene)))
    assert found is not None
    assert found.tier.rank <= Tier.LIKELY.rank


def test_identical_bytes_are_certain_and_score_one(fingerprints_of: Reader) -> None:
    asked = fingerprints_of(encode_jpeg(draw(44)))
    found = compare(asked, asked)
    assert found is not None
    assert (found.tier, found.score, found.how.edit) == (Tier.CERTAIN, 1.0, "identical bytes")
    assert (found.how.algorithm, found.how.distance, found.how.threshold) == ("sha256", 0, 0)


def test_identical_bytes_are_known_where_pdq_is_blind(fingerprints_of: Reader) -> None:
    blank = fingerprints_of(encode_jpeg(np.full((300, 300, 3), 90, np.uint8)))
    found = compare(blank, blank)
    assert found is not None
    assert found.how.edit == "identical bytes"


def test_another_scene_is_not_found(fingerprints_of: Reader) -> None:
    assert compare(fingerprints_of(encode_jpeg(draw(45))), fingerprints_of(encode_jpeg(draw(46)))) is None


@pytest.mark.parametrize(
    ("bits", "tier", "threshold"),
    [
        (0, Tier.CERTAIN, 12),
        (12, Tier.CERTAIN, 12),
        (13, Tier.LIKELY, 31),
        (31, Tier.LIKELY, 31),
        (32, Tier.POSSIBLE, 48),
        (48, Tier.POSSIBLE, 48),
    ],
)
def test_the_tier_follows_the_distance(
    bits: int, tier: Tier, threshold: int, made_up: Callable[[], Fingerprint]
) -> None:
    kept = made_up()
    found = compare([changed(kept, bits)], [kept])
    assert found is not None
    assert (found.tier, found.how.distance, found.how.threshold) == (tier, bits, threshold)


def test_beyond_the_last_threshold_nothing_is_found(made_up: Callable[[], Fingerprint]) -> None:
    kept = made_up()
    assert compare([changed(kept, 49)], [kept]) is None


def test_the_score_falls_with_the_distance_and_only_identical_bytes_reach_one(
    made_up: Callable[[], Fingerprint],
) -> None:
    kept = made_up()
    answers = [compare([changed(kept, bits)], [kept]) for bits in range(49)]
    scores = [answer.score for answer in answers if answer is not None]
    assert len(scores) == 49
    assert scores == sorted(scores, reverse=True)
    assert max(scores) < 1


@pytest.mark.parametrize(("asked_quality", "kept_quality"), [(49, 100), (100, 49), (0, 0)])
def test_poor_fingerprints_match_nothing(
    asked_quality: int, kept_quality: int, made_up: Callable[[], Fingerprint]
) -> None:
    one = made_up()
    assert compare([replace(one, quality=asked_quality)], [replace(one, quality=kept_quality)]) is None


def test_quality_50_is_enough(made_up: Callable[[], Fingerprint]) -> None:
    one = replace(made_up(), quality=50)
    assert compare([one], [one]) is not None


def test_a_reference_is_compared_upright_only(made_up: Callable[[], Fingerprint]) -> None:
    one = made_up()
    assert compare([one], [replace(one, orientation=Orientation.MIRRORED)]) is None


def test_the_plainest_edit_of_a_tier_wins_over_the_nearest(made_up: Callable[[], Fingerprint]) -> None:
    whole = made_up()
    asked = [changed(whole, 6), replace(changed(whole, 4), view=View.TRIMMED)]
    found = compare(asked, [whole])
    assert found is not None
    assert (found.how.edit, found.how.distance) == ("re-encoded", 6)


def test_a_surer_tier_wins_over_a_plainer_edit(made_up: Callable[[], Fingerprint]) -> None:
    whole = made_up()
    asked = [changed(whole, 20), replace(changed(whole, 4), view=View.TRIMMED)]
    found = compare(asked, [whole])
    assert found is not None
    assert (found.how.edit, found.tier) == ("border removed", Tier.CERTAIN)


def test_unknown_algorithms_are_passed_over() -> None:
    one = Fingerprint("later", bytes(32))
    assert compare([one], [one]) is None
