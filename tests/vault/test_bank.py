"""The live bank: finds what is in force, and nothing that has left."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.media.decode import decode_colour
from jikimi.media.edits import EDITS
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.fingerprint import Fingerprint, Tier
from jikimi.model.ports import IndexEntry, Vault
from jikimi.vault.bank import LiveBank
from jikimi.vault.tiers import compare

Pixels = NDArray[np.uint8]
Reader = Callable[[bytes], list[Fingerprint]]
Roll = Callable[[], Fingerprint]
Writer = Callable[..., IndexEntry]


@pytest.fixture
def bank() -> LiveBank:
    return LiveBank()


def near(fingerprint: Fingerprint, bits: int) -> Fingerprint:
    flipped = int.from_bytes(fingerprint.value) ^ ((1 << bits) - 1)
    return replace(fingerprint, value=flipped.to_bytes(32))


def remembered(bank: LiveBank) -> bytes:
    """Return all values in the bank's memory, one after the other."""
    contents = [shelf.contents for shelf in bank._shelves]
    return b"".join(one.rows.tobytes() + one.digests.T.tobytes() for one in contents)


def test_it_fits_the_port(bank: LiveBank) -> None:
    vault: Vault = bank
    assert vault.seq == 0


def test_an_empty_bank_finds_nothing(bank: LiveBank, made_up: Roll) -> None:
    assert bank.search([made_up()]) == []
    assert bank.search([]) == []


@pytest.mark.parametrize("edit", EDITS)
def test_each_edit_of_a_reuploader_finds_the_one_original(
    edit: str, bank: LiveBank, fingerprints_of: Reader, entry: Writer
) -> None:
    scenes = [draw(seed) for seed in range(50, 56)]
    bank.apply(
        [entry(n, f"r{n}", fingerprints_of(encode_jpeg(scene))) for n, scene in enumerate(scenes, start=1)]
    )
    [found] = bank.search(fingerprints_of(EDITS[edit](scenes[2])))
    assert (found.reference, found.case) == ("r3", "case")
    assert found.tier.rank <= Tier.LIKELY.rank


def test_identical_bytes_answer_once_and_first(
    bank: LiveBank, fingerprints_of: Reader, entry: Writer
) -> None:
    body = encode_jpeg(draw(57))
    kept = fingerprints_of(body)
    bank.apply([entry(1, "again", fingerprints_of(encode_jpeg(draw(57), 80))), entry(2, "same", kept)])
    found = bank.search(kept)
    assert [one.reference for one in found] == ["same", "again"]
    assert found[0].how.edit == "identical bytes"


def test_two_cases_may_hold_the_same_file(bank: LiveBank, fingerprints_of: Reader, entry: Writer) -> None:
    kept = fingerprints_of(encode_jpeg(draw(58)))
    bank.apply([entry(1, "a", kept, "one"), entry(2, "b", kept, "two")])
    assert [(one.reference, one.case) for one in bank.search(kept)] == [("a", "one"), ("b", "two")]
    bank.apply([entry(3, "a", ())])
    assert [(one.reference, one.case) for one in bank.search(kept)] == [("b", "two")]


def test_answers_come_surest_first(bank: LiveBank, made_up: Roll, entry: Writer) -> None:
    asked = made_up()
    bank.apply(
        [entry(n, f"r{bits}", [near(asked, bits)]) for n, bits in enumerate([40, 3, 20, 11, 49], start=1)]
    )
    found = bank.search([asked])
    assert [one.reference for one in found] == ["r3", "r11", "r20", "r40"]
    assert [one.tier for one in found] == [Tier.CERTAIN, Tier.CERTAIN, Tier.LIKELY, Tier.POSSIBLE]


def test_the_bank_and_the_plain_comparison_agree(
    bank: LiveBank, fingerprints_of: Reader, entry: Writer
) -> None:
    kept = {f"r{seed}": fingerprints_of(encode_jpeg(draw(seed))) for seed in range(60, 66)}
    bank.apply([entry(n, name, one) for n, (name, one) in enumerate(kept.items(), start=1)])
    for edit in EDITS.values():
        asked = fingerprints_of(edit(draw(62)))
        [found] = bank.search(asked)
        assert replace(found, reference="", case="") == bank.compare(asked, kept[found.reference])


def test_a_line_applied_twice_changes_nothing(bank: LiveBank, made_up: Roll, entry: Writer) -> None:
    lines = [entry(1, "a", [made_up()]), entry(2, "b", [made_up()]), entry(3, "a", ())]
    bank.apply(lines)
    bank.apply(lines)
    assert (bank.seq, len(bank)) == (3, 1)
    bank.apply(lines[:1])
    assert (bank.seq, len(bank)) == (3, 1)
    assert len(bank.search(lines[1].fingerprints)) == 1


def test_a_withdrawn_reference_is_gone_at_the_very_next_search(
    bank: LiveBank, made_up: Roll, entry: Writer
) -> None:
    stays, leaves = made_up(), made_up()
    bank.apply([entry(1, "stays", [stays]), entry(2, "leaves", [leaves])])
    bank.apply([entry(3, "leaves", ())])
    assert bank.search([leaves]) == []
    assert [one.reference for one in bank.search([stays])] == ["stays"]
    assert bank.seq == 3


def test_a_withdrawn_fingerprint_is_no_longer_in_memory(bank: LiveBank, made_up: Roll, entry: Writer) -> None:
    leaves = replace(made_up(), algorithm="pdq")
    digest = Fingerprint("sha256", made_up().value)
    bank.apply([entry(n, f"r{n}", [made_up()]) for n in range(1, 30)])
    bank.apply([entry(30, "leaves", [leaves, digest])])
    assert leaves.value in remembered(bank)
    assert digest.value in remembered(bank)
    bank.apply([entry(31, "leaves", ())])
    assert leaves.value not in remembered(bank)
    assert not any(digest.value[n : n + 8] in remembered(bank) for n in range(0, 32, 8))


def test_withdrawing_what_never_was_changes_nothing(bank: LiveBank, entry: Writer) -> None:
    bank.apply([entry(1, "nobody", ())])
    assert (bank.seq, len(bank)) == (1, 0)


def test_a_reference_may_leave_and_come_back(bank: LiveBank, made_up: Roll, entry: Writer) -> None:
    one = made_up()
    bank.apply([entry(1, "a", [one])])
    bank.apply([entry(2, "a", ())])
    bank.apply([entry(3, "a", [one])])
    assert len(bank.search([one])) == 1


def test_new_fingerprints_replace_the_old_ones(bank: LiveBank, made_up: Roll, entry: Writer) -> None:
    old, new = made_up(), made_up()
    bank.apply([entry(1, "a", [old])])
    bank.apply([entry(2, "a", [new])])
    assert bank.search([old]) == []
    assert [one.reference for one in bank.search([new])] == ["a"]


def test_within_one_batch_the_last_line_of_a_reference_counts(
    bank: LiveBank, made_up: Roll, entry: Writer
) -> None:
    one = made_up()
    bank.apply([entry(1, "a", [one]), entry(2, "a", ())])
    assert bank.search([one]) == []
    bank.apply([entry(3, "b", ()), entry(4, "b", [one])])
    assert len(bank.search([one])) == 1


def test_many_small_batches_lose_nothing(bank: LiveBank, made_up: Roll, entry: Writer) -> None:
    kept = [made_up() for _ in range(600)]
    for n, one in enumerate(kept):
        bank.apply([entry(2 * n + 1, f"r{n}", [one])])
        if n % 3 == 0:
            bank.apply([entry(2 * n + 2, f"r{n}", ())])
    for n, one in enumerate(kept):
        assert [answer.reference for answer in bank.search([one])] == ([] if n % 3 == 0 else [f"r{n}"])
    assert len(bank._shelves) <= 6


def test_poor_references_are_found_by_their_bytes_only(bank: LiveBank, made_up: Roll, entry: Writer) -> None:
    poor, digest = replace(made_up(), quality=49), Fingerprint("sha256", made_up().value)
    bank.apply([entry(1, "a", [poor, digest])])
    assert bank.search([replace(poor, quality=100)]) == []
    assert bank.search([digest])[0].how.edit == "identical bytes"


def test_sixteen_threads_search_while_references_come_and_go(
    bank: LiveBank, made_up: Roll, entry: Writer
) -> None:
    stays = [made_up() for _ in range(40)]
    passing = [made_up() for _ in range(40)]
    bank.apply([entry(n, f"stays{n}", [one]) for n, one in enumerate(stays, start=1)])
    is_over = Event()

    def search() -> int:
        rounds = 0
        while not is_over.is_set() or rounds == 0:
            for n, one in enumerate(stays, start=1):
                assert [answer.reference for answer in bank.search([one])] == [f"stays{n}"]
            rounds += 1
        return rounds

    def come_and_go() -> None:
        seq = 100
        for _ in range(10):
            for n, one in enumerate(passing):
                bank.apply([entry(seq, f"passing{n}", [one])])
                assert len(bank.search([one])) == 1
                seq += 1
            for n, one in enumerate(passing):
                bank.apply([entry(seq, f"passing{n}", ())])
                assert bank.search([one]) == []
                seq += 1

    with ThreadPoolExecutor(17) as pool:
        searches = [pool.submit(search) for _ in range(16)]
        try:
            pool.submit(come_and_go).result()
        finally:
            is_over.set()
        assert all(one.result() >= 1 for one in searches)
    assert len(bank) == len(stays)


def test_a_replaced_reference_can_be_found_throughout(bank: LiveBank, made_up: Roll, entry: Writer) -> None:
    one = made_up()
    bank.apply([entry(1, "a", [one])])
    is_over = Event()

    def search() -> None:
        while not is_over.is_set():
            assert [answer.reference for answer in bank.search([one])] == ["a"]

    with ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(search) for _ in range(4)]
        for seq in range(2, 400):
            bank.apply([entry(seq, "a", [one])])
        is_over.set()
        for each in searches:
            each.result()


@pytest.mark.slow
def test_no_photograph_is_taken_for_another(fingerprints_of: Reader, entry: Writer) -> None:
    folder = Path(__file__).parents[3] / "shared" / "testdata" / "photos"
    files = sorted(folder.glob("*.jpg"))
    if not files:
        pytest.skip("no test pictures of others: put them into ../shared/testdata")
    bank = LiveBank()
    bank.apply([entry(n, file.name, fingerprints_of(file.read_bytes())) for n, file in enumerate(files, 1)])
    missed = 0
    for file in files:
        pixels = decode_colour(file.read_bytes(), 1000)
        for edit in EDITS.values():
            found = bank.search(fingerprints_of(edit(pixels)))
            assert {one.reference for one in found} <= {file.name}
            missed += not found
    assert missed <= 0.03 * len(files) * len(EDITS)


@pytest.mark.slow
def test_screenshots_of_one_page_around_different_pictures_are_never_certain(fingerprints_of: Reader) -> None:
    pages = [fingerprints_of(encode_jpeg(page_around(draw(seed, 480, 320)))) for seed in range(100, 130)]
    for n, one in enumerate(pages):
        for other in pages[:n]:
            found = compare(one, other)
            assert found is None or found.tier is not Tier.CERTAIN


def page_around(picture: Pixels) -> Pixels:
    """Draw a page of rules and bars around a picture that fills a tenth of it."""
    page = np.full((1280, 720, 3), 240, np.uint8)
    page[:70] = 50
    page[100:, :180] = (200, 180, 160)
    for y in range(120, 1240, 30):
        page[y : y + 4, 220 : 400 + y * 7919 % 280] = 90
    page[520:760, 246:474] = cv2.resize(picture, (228, 240))
    return page


@pytest.mark.parametrize("strangers", [3, 1500])
def test_cases_with_a_picture_in_common_are_related(
    strangers: int, bank: LiveBank, made_up: Roll, entry: Writer
) -> None:
    """However many lines come at once: many are looked up in another way than few."""
    shared, far = made_up(), made_up()
    bank.apply(
        [entry(1, "r1", [shared], "one"), entry(2, "r2", [far], "two"), entry(3, "r3", [shared], "gone")]
    )
    bank.apply([entry(4, "r3", ())])
    lines = [entry(5, "r5", [near(shared, 31)], "other"), entry(6, "r6", [near(far, 32)], "farther")]
    lines += [entry(7, "r7", [shared], "one"), entry(8, "r8", ())]
    lines += [entry(9 + n, f"s{n}", [made_up()], f"case {n}") for n in range(strangers)]
    bank.apply(lines)
    assert bank.related(lines) == {("one", "other"), ("other", "one")}
    assert bank.related([]) == set()
