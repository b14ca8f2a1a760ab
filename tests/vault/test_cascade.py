"""The whole search answers once for each reference, by the surest of what it knows."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.fingerprints.network import read_network
from jikimi.fingerprints.orb import Orb
from jikimi.fingerprints.pdq import Pdq
from jikimi.fingerprints.sha256 import Sha256
from jikimi.media.decode import decode
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Fingerprint, Tier, View
from jikimi.model.ports import IndexEntry, Vault
from jikimi.vault import features
from jikimi.vault.cascade import Cascade

Pixels = NDArray[np.uint8]
Writer = Callable[..., IndexEntry]


def read(body: bytes) -> list[Fingerprint]:
    picture = decode(body).picture
    return [found for one in (Sha256(), Pdq(), Orb()) for found in one.fingerprint(body, picture)]


def scene(seed: int) -> Pixels:
    return draw(seed, 768, 560)


def crop(seed: int) -> bytes:
    return encode_jpeg(np.ascontiguousarray(scene(seed)[100:500, 200:700]))


@pytest.fixture
def cascade(entry: Writer) -> Cascade:
    cascade = Cascade()
    cascade.apply([entry(n + 1, f"r{n}", read(encode_jpeg(scene(n)))) for n in range(4)])
    return cascade


def test_it_fits_the_port(cascade: Cascade) -> None:
    vault: Vault = cascade
    assert vault.seq == 4
    assert len(cascade) == 4


def test_identical_bytes_are_certain_and_answer_once(cascade: Cascade) -> None:
    [found] = cascade.search(read(encode_jpeg(scene(2))))
    assert (found.reference, found.tier, found.how.algorithm) == ("r2", Tier.CERTAIN, "sha256")


def test_a_re_encoded_picture_is_known_by_its_hash(cascade: Cascade) -> None:
    [found] = cascade.search(read(encode_jpeg(scene(2), 50)))
    assert (found.reference, found.tier, found.how.algorithm) == ("r2", Tier.CERTAIN, "pdq")


def test_a_crop_is_known_by_its_points_and_never_certain(cascade: Cascade) -> None:
    [found] = cascade.search(read(crop(2)))
    assert (found.reference, found.tier, found.how.algorithm) == ("r2", Tier.LIKELY, "orb")


def test_surer_references_come_first(cascade: Cascade, entry: Writer) -> None:
    cascade.apply([entry(5, "crop", read(crop(2)))])
    found = cascade.search(read(encode_jpeg(scene(2), 60)))
    assert [(one.reference, one.tier) for one in found] == [("r2", Tier.CERTAIN), ("crop", Tier.LIKELY)]


def test_lines_of_the_log_that_are_known_change_nothing(cascade: Cascade, entry: Writer) -> None:
    cascade.apply([entry(3, "r2", ())])
    assert [one.reference for one in cascade.search(read(crop(2)))] == ["r2"]
    assert cascade.seq == 4


def test_a_withdrawn_reference_is_found_by_nothing(cascade: Cascade, entry: Writer) -> None:
    cascade.apply([entry(5, "r2", ())])
    assert cascade.search(read(crop(2))) == []
    assert cascade.search(read(encode_jpeg(scene(2)))) == []
    assert (cascade.seq, len(cascade)) == (5, 3)


def test_comparing_follows_the_same_rules(cascade: Cascade) -> None:
    kept = read(encode_jpeg(scene(2)))
    by_points = cascade.compare(read(crop(2)), kept)
    by_hash = cascade.compare(read(encode_jpeg(scene(2), 50)), kept)
    assert by_points is not None
    assert by_hash is not None
    assert (by_points.how.algorithm, by_hash.how.algorithm) == ("orb", "pdq")
    assert cascade.compare(read(encode_jpeg(scene(3))), kept) is None


def test_damaged_points_are_refused(cascade: Cascade) -> None:
    with pytest.raises(BadMedia):
        cascade.search([Fingerprint("orb", b"\x09")])


def test_one_picture_in_many_cases_is_found_in_each() -> None:
    cascade = Cascade()
    for n in range(5):
        body = encode_jpeg(scene(1), 95 - n)
        cascade.apply([IndexEntry(n + 1, f"r{n}", f"case {n}", tuple(read(body)))])
    assert {one.reference for one in cascade.search(read(crop(1)))} == {f"r{n}" for n in range(5)}


def test_two_pages_that_hash_alike_are_possible_at_most(cascade: Cascade) -> None:
    body = encode_jpeg(scene(2), 50)
    asked = [one for one in read(body) if one.algorithm == "pdq"]
    flipped = [
        replace(one, value=bytes([one.value[0] ^ 255, one.value[1] ^ 255, *one.value[2:]])) for one in asked
    ]
    [found] = cascade.search(flipped)
    assert found.tier is Tier.LIKELY
    page = replace(Orb().fingerprint(body, decode(encode_jpeg(scene(9))).picture)[0], view=View.TRIMMED)
    [found] = cascade.search([*flipped, page])
    assert found.tier is Tier.POSSIBLE


def test_a_network_proposes_what_votes_miss(
    entry: Writer, network_file: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = read_network(network_file())

    def both(body: bytes) -> list[Fingerprint]:
        return [*read(body), *network.fingerprint(body, decode(body).picture)]

    monkeypatch.setattr(features, "FEWEST_VOTES", 1e9)
    cascade = Cascade()
    cascade.apply([entry(n + 1, f"r{n}", both(encode_jpeg(scene(n)))) for n in range(3)])
    assert cascade.search(read(crop(2))) == []
    [found] = cascade.search(both(crop(2)))
    assert (found.reference, found.how.algorithm) == ("r2", "orb")
    cascade.apply([entry(9, "r2", [])])
    assert cascade.search(both(crop(2))) == []
