"""Pictures are found by points they share, after edits that leave no hash alike."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.orb import Orb, OrbAgain
from jikimi.media.decode import decode
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import MOST_KEPT_POINTS, Fingerprint, Orientation, Tier
from jikimi.model.ports import IndexEntry
from jikimi.vault import features, sorted_bits
from jikimi.vault.features import FeatureBank, compare
from jikimi.vault.point_shelf import points_at

Pixels = NDArray[np.uint8]
Writer = Callable[..., IndexEntry]
SCENES = 10


def scene(seed: int) -> Pixels:
    return draw(seed, 768, 560)


def first(pixels: Pixels) -> list[Fingerprint]:
    body = encode_jpeg(pixels, 85)
    return Orb().fingerprint(body, decode(body).picture)


def second(pixels: Pixels) -> list[Fingerprint]:
    body = encode_jpeg(pixels, 85)
    return OrbAgain().fingerprint(body, decode(body).picture)


@pytest.fixture(scope="module")
def kept() -> list[list[Fingerprint]]:
    return [first(scene(seed)) for seed in range(SCENES)]


@pytest.fixture
def bank(kept: list[list[Fingerprint]], entry: Writer) -> FeatureBank:
    bank = FeatureBank()
    bank.apply([entry(seed + 1, f"r{seed}", kept[seed]) for seed in range(SCENES)])
    return bank


def cropped(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[100:500, 200:700])


def rotated(pixels: Pixels) -> Pixels:
    turn = cv2.getRotationMatrix2D((384, 280), -15, 0.8)
    return np.asarray(cv2.warpAffine(pixels, turn, (768, 560)), np.uint8)


def pasted(pixels: Pixels) -> Pixels:
    sheet = draw(900, 1000, 750)
    sheet[200:600, 300:848] = cv2.resize(pixels, (548, 400), interpolation=cv2.INTER_AREA)
    return sheet


def covered(pixels: Pixels) -> Pixels:
    seen = pixels.copy()
    cv2.circle(seen, (300, 250), 130, (250, 200, 40), -1)
    return seen


def slanted(pixels: Pixels) -> Pixels:
    corners = np.array([[0, 0], [768, 0], [768, 560], [0, 560]], np.float32)
    moved = np.array([[60, 40], [740, 0], [700, 540], [20, 500]], np.float32)
    view = cv2.getPerspectiveTransform(corners, moved)
    return np.asarray(cv2.warpPerspective(pixels, view, (768, 560)), np.uint8)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (cropped, "cropped"),
        (rotated, "rotated 15, part of a larger picture"),
        (pasted, "part of a larger picture"),
        (covered, "changed in places"),
        (slanted, "part of a larger picture"),
    ],
)
def test_an_edit_that_defeats_hashes_is_found_and_named(
    edit: Callable[[Pixels], Pixels], words: str, bank: FeatureBank
) -> None:
    [found] = bank.search(first(edit(scene(3))))
    assert (found.reference, found.case, found.how.algorithm) == ("r3", "case", "orb")
    assert found.tier in {Tier.LIKELY, Tier.POSSIBLE}
    assert words in found.how.edit
    assert found.how.inliers >= 8
    assert 0 <= found.how.distance <= found.how.threshold
    assert 0 < found.score < 1


def test_a_mirrored_crop_needs_the_second_look(bank: FeatureBank) -> None:
    mirrored = np.ascontiguousarray(cropped(scene(3))[:, ::-1])
    assert bank.search(first(mirrored)) == []
    [found] = bank.search(second(mirrored))
    assert found.reference == "r3"
    assert found.how.edit == "mirrored, cropped"


def test_what_is_small_in_a_picture_needs_the_second_look_at_most(bank: FeatureBank) -> None:
    sheet = draw(901, 1600, 1200)
    sheet[300:680, 700:1220] = cv2.resize(scene(3), (520, 380), interpolation=cv2.INTER_AREA)
    found = bank.search(first(sheet) + second(sheet))
    assert [one.reference for one in found] == ["r3"]


def test_the_region_is_the_reference_s_outline_in_the_asked_picture(bank: FeatureBank) -> None:
    [found] = bank.search(first(pasted(scene(3))))
    outline = np.array([[300, 200], [848, 200], [848, 600], [300, 600]]) / (1000, 750)
    assert np.abs(np.array(found.how.region).reshape(4, 2) - outline).max() < 0.01
    matrix = np.array(found.how.homography).reshape(3, 3)
    corner = matrix @ [1, 1, 1]
    assert corner[:2] / corner[2] == pytest.approx(outline[2], abs=0.01)


def test_the_region_of_a_mirrored_picture_is_in_the_picture_as_it_is(bank: FeatureBank) -> None:
    mirrored = np.ascontiguousarray(pasted(scene(3))[:, ::-1])
    [found] = bank.search(second(mirrored))
    outline = np.array([[700, 200], [152, 200], [152, 600], [700, 600]]) / (1000, 750)
    assert np.abs(np.array(found.how.region).reshape(4, 2) - outline).max() < 0.01


def test_unknown_pictures_find_nothing(bank: FeatureBank) -> None:
    for seed in range(700, 712):
        assert bank.search(first(scene(seed)) + second(scene(seed))) == []


def page(pixels: Pixels) -> Pixels:
    """Show a picture in an app: the same bar, names, buttons and words around every picture."""
    seen = np.full((1000, 560, 3), 250, np.uint8)
    seen[:40] = 0
    for y in (70, 95, 110, *range(600, 960, 28)):
        cv2.putText(
            seen, "Some words 123, the same for all", (60, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 20), 2
        )
    for x in (40, 110, 180, 250):
        cv2.circle(seen, (x, 560), 18, (20, 20, 20), 3)
    seen[130:520] = cv2.resize(pixels, (560, 390), interpolation=cv2.INTER_AREA)
    return seen


def test_two_screenshots_of_one_app_are_not_the_same_picture(entry: Writer) -> None:
    bank = FeatureBank()
    bank.apply([entry(seed + 1, f"r{seed}", first(page(scene(seed)))) for seed in range(4)])
    for seed in range(800, 806):
        assert bank.search(first(page(scene(seed))) + second(page(scene(seed)))) == []
    [found] = bank.search(first(page(scene(2))))
    assert found.reference == "r2"
    [found] = bank.search(first(scene(2)))
    assert found.reference == "r2"


def test_comparing_follows_the_same_rules_without_keys(kept: list[list[Fingerprint]]) -> None:
    found = compare(first(cropped(scene(3))), kept[3])
    assert found is not None
    assert (found.reference, found.case, found.how.edit) == ("", "", "cropped")
    assert compare(first(cropped(scene(3))), kept[4]) is None
    assert compare([], kept[3]) is None
    assert compare(kept[3], []) is None


def test_a_reference_keeps_a_bounded_number_of_upright_points(entry: Writer) -> None:
    bank = FeatureBank()
    bank.apply([entry(1, "a", first(scene(1)) + second(scene(1)))])
    [shelf] = bank._shelves
    assert len(points_at(shelf, 0)) == shelf.size == MOST_KEPT_POINTS


def test_a_withdrawn_reference_is_not_found_and_its_points_are_overwritten(
    bank: FeatureBank, entry: Writer
) -> None:
    bank.apply([entry(99, "r3", ())])
    assert bank.search(first(cropped(scene(3)))) == []
    assert len(bank) == SCENES - 1
    shelf, which = next((s, int(np.flatnonzero(s.places == 3)[0])) for s in bank._shelves if 3 in s.places)
    gone = points_at(shelf, which)
    assert not gone.bits.any()
    assert not gone.places.any()


def test_a_replaced_reference_is_found_by_its_new_points(bank: FeatureBank, entry: Writer) -> None:
    bank.apply([entry(99, "r3", first(scene(50)))])
    assert bank.search(first(cropped(scene(3)))) == []
    assert [one.reference for one in bank.search(first(cropped(scene(50))))] == ["r3"]


def test_a_reference_without_points_changes_nothing(bank: FeatureBank, entry: Writer) -> None:
    bank.apply([entry(98, "plain", [Fingerprint("pdq", bytes(32))])])
    assert len(bank) == SCENES


def test_damaged_points_are_refused_before_anything_changes(bank: FeatureBank, entry: Writer) -> None:
    damaged = Fingerprint("orb", b"\x01\x00\x05")
    with pytest.raises(BadMedia):
        bank.apply([entry(98, "r3", [damaged]), entry(99, "new", first(scene(60)))])
    assert len(bank) == SCENES
    assert [one.reference for one in bank.search(first(cropped(scene(3))))] == ["r3"]
    with pytest.raises(BadMedia):
        bank.search([damaged])


def test_a_large_shelf_is_sorted_and_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, kept: list[list[Fingerprint]], entry: Writer
) -> None:
    monkeypatch.setattr(sorted_bits, "SMALLEST_SORTED", 1000)
    monkeypatch.setattr(sorted_bits, "LIST_LENGTH", 64)
    bank = FeatureBank()
    bank.apply([entry(seed + 1, f"r{seed}", kept[seed]) for seed in range(SCENES)])
    [shelf] = bank._shelves
    assert len(shelf.lists) > 20
    assert [one.reference for one in bank.search(first(cropped(scene(3))))] == ["r3"]
    bank.apply([entry(99, "r3", ())])
    assert bank.search(first(cropped(scene(3)))) == []
    assert [one.reference for one in bank.search(first(cropped(scene(4))))] == ["r4"]


def test_references_added_one_by_one_are_all_found(kept: list[list[Fingerprint]], entry: Writer) -> None:
    bank = FeatureBank()
    for seed in range(SCENES):
        bank.apply([entry(seed + 1, f"r{seed}", kept[seed])])
    assert len(bank._shelves) <= 2
    for seed in range(SCENES):
        assert [one.reference for one in bank.search(first(cropped(scene(seed))))] == [f"r{seed}"]


def test_searches_go_on_while_references_come_and_go(kept: list[list[Fingerprint]], entry: Writer) -> None:
    bank = FeatureBank()
    bank.apply([entry(1, "r3", kept[3])])
    asked = first(cropped(scene(3)))
    is_over = Event()

    def look() -> bool:
        always = True
        while not is_over.is_set():
            always = always and [one.reference for one in bank.search(asked)] == ["r3"]
        return always

    with ThreadPoolExecutor(2) as pool:
        lookers = [pool.submit(look) for _ in range(2)]
        for turn in range(20):
            bank.apply([entry(turn, f"o{turn % 4}", kept[4] if turn % 2 else ())])
            bank.apply([entry(turn, "r3", kept[3])])
        is_over.set()
        assert all(looker.result() for looker in lookers)


def test_only_upright_fingerprints_are_kept() -> None:
    turned = [one for one in second(scene(1)) if one.orientation is not Orientation.UPRIGHT]
    bank = FeatureBank()
    bank.apply([IndexEntry(1, "a", "case", tuple(turned))])
    assert len(bank) == 0


def test_what_unrelated_cases_share_speaks_for_none_of_them(kept: list[list[Fingerprint]]) -> None:
    shared = [IndexEntry(n + 1, f"a{n}", f"case {n}", tuple(kept[3])) for n in range(4)]
    strangers, family = FeatureBank(), FeatureBank(lambda _: "one family")
    for bank in (strangers, family):
        bank.apply([*shared, IndexEntry(9, "own", "another case", tuple(kept[4]))])
    assert strangers.search(first(cropped(scene(3)))) == []
    assert [one.reference for one in strangers.search(first(cropped(scene(4))))] == ["own"]
    assert len(family.search(first(cropped(scene(3))))) == len(shared)


def test_what_agrees_in_one_corner_only_is_no_copy(kept: list[list[Fingerprint]], entry: Writer) -> None:
    stamped = scene(77)
    stamped[:90, :120] = scene(3)[:90, :120]
    bank = FeatureBank()
    bank.apply([entry(1, "r3", kept[3])])
    assert bank.search(first(stamped)) == []


PROPOSED = {Orientation.UPRIGHT: frozenset({"r3", "r5", "nobody"})}


def test_a_proposed_reference_is_found_without_votes(
    bank: FeatureBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = first(cropped(scene(3)))
    monkeypatch.setattr(features, "FEWEST_VOTES", 1e9)
    assert bank.search(asked) == []
    [found] = bank.search(asked, PROPOSED)
    assert found.reference == "r3"


def test_a_proposed_reference_that_does_not_agree_is_not_found(bank: FeatureBank) -> None:
    assert bank.search(first(scene(777)), PROPOSED) == []


def test_a_proposal_counts_only_for_pictures_turned_alike(
    bank: FeatureBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "FEWEST_VOTES", 1e9)
    asked = second(np.ascontiguousarray(cropped(scene(3))[:, ::-1]))
    assert bank.search(asked, PROPOSED) == []
    [found] = bank.search(asked, {Orientation.MIRRORED: frozenset({"r3"})})
    assert (found.reference, found.how.edit) == ("r3", "mirrored, cropped")


def test_a_withdrawn_reference_that_is_proposed_is_not_found(bank: FeatureBank, entry: Writer) -> None:
    bank.apply([entry(100, "r3", [])])
    assert bank.search(first(cropped(scene(3))), PROPOSED) == []


def test_a_proposal_beside_votes_changes_nothing(bank: FeatureBank) -> None:
    asked = first(cropped(scene(3)))
    assert bank.search(asked, PROPOSED) == bank.search(asked)
