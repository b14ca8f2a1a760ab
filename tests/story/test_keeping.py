"""What is kept of whom: of an original what the search can use, of a stranger's picture hashes only."""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from jikimi.app.engine import empty_vault
from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.flow.keeping import kept_of
from jikimi.media.partial_edits import PARTIAL_EDITS
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place
from jikimi.model.case import Authority, Case, Consent, Policy, Reference
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import (
    MOST_KEPT_POINTS,
    POINT_BYTES,
    POINTS_HEADER,
    Effort,
    Fingerprint,
    Inspection,
    Kind,
    Orientation,
    View,
)
from jikimi.model.ports import House, IndexEntry
from jikimi.model.post import MediaRef, Position, Post
from jikimi.review.worth import SECOND_LOOK_RANK
from jikimi.store.append import case_key
from jikimi.store.keyring import Keyring, unseal
from jikimi.store.models import JobRow, PostRow, RecordRow, SightingRow
from jikimi.vault.points import unpack
from jikimi.worker.jobs import catch_up, run, settle, work_through

SPECIMEN = draw(1, 768, 560)
STRANGER = encode_jpeg(draw(7, 768, 560))
HEADER = struct.calcsize(POINTS_HEADER)


@pytest.fixture
def inspection(sandbox: SandboxPool) -> Inspection:
    return sandbox.inspect(encode_jpeg(SPECIMEN), Effort.SECOND)


def local(fingerprints: tuple[Fingerprint, ...]) -> list[Fingerprint]:
    return [one for one in fingerprints if not one.is_hash]


def test_of_an_original_every_hash_is_kept_and_at_most_256_points(inspection: Inspection) -> None:
    kept = kept_of(inspection.fingerprints)
    assert [one for one in kept if one.is_hash] == [one for one in inspection.fingerprints if one.is_hash]
    assert {one.orientation for one in kept} == set(Orientation)
    [points] = [unpack(one.value) for one in local(kept)]
    [whole] = [unpack(one.value) for one in local(inspection.fingerprints) if unpack(one.value).kept]
    assert (len(points), points.kept) == (MOST_KEPT_POINTS, MOST_KEPT_POINTS)
    assert (points.width, points.height) == (whole.width, whole.height)
    assert (points.bits == whole.bits[:MOST_KEPT_POINTS]).all()


def test_what_no_search_uses_is_not_kept(inspection: Inspection) -> None:
    assert len(local(inspection.fingerprints)) >= 4
    [one] = local(kept_of(inspection.fingerprints))
    assert (one.view, one.orientation) == (View.WHOLE, Orientation.UPRIGHT)


def test_a_picture_with_few_points_keeps_them_all() -> None:
    value = struct.pack(POINTS_HEADER, 1, 3, 3, 100, 80) + bytes(3 * POINT_BYTES)
    assert kept_of([Fingerprint("orb", value)]) == (Fingerprint("orb", value),)


def test_a_single_point_is_no_hash() -> None:
    assert not Fingerprint("orb", bytes(HEADER + POINT_BYTES)).is_hash


@pytest.mark.parametrize("value", [
    struct.pack(POINTS_HEADER, 2, 2, 2, 9, 9) + bytes(2 * POINT_BYTES),
    struct.pack(POINTS_HEADER, 1, 3, 2, 9, 9) + bytes(2 * POINT_BYTES),
    struct.pack(POINTS_HEADER, 1, 2, 3, 9, 9) + bytes(2 * POINT_BYTES),
])  # fmt: skip
def test_a_damaged_local_fingerprint_is_refused(value: bytes) -> None:
    with pytest.raises(BadMedia, match="fingerprint the picture again"):
        kept_of([Fingerprint("orb", value)])


@pytest.mark.parametrize("edit", PARTIAL_EDITS)
def test_a_copy_is_found_by_what_was_kept_as_by_all_there_was(
    edit: str, inspection: Inspection, sandbox: SandboxPool
) -> None:
    asked = sandbox.inspect(PARTIAL_EDITS[edit](SPECIMEN), Effort.SECOND).fingerprints
    answers = []
    for kept in (inspection.fingerprints, kept_of(inspection.fingerprints)):
        vault = empty_vault()
        vault.apply([IndexEntry(1, "r", "c", kept)])
        answers.append(vault.search(asked))
    assert answers[0] == answers[1] != []


def protect(house: House) -> None:
    now = house.clock()
    consent = Consent(Authority.VICTIM, "find and remove", now.date(), now.date().replace(month=12))
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=now)
    house.records.apply(acts.open_case(house, case), by="ada")
    house.records.apply(acts.approve_case(house, case.key, by="bora"), by="bora")
    house.records.apply(
        acts.add_reference(house, case.key, encode_jpeg(SPECIMEN), label="first", by="ada"), by="ada"
    )


def see(house: House, name: str, body: bytes) -> None:
    web: Any = house.fetcher
    url, now = f"http://street.invalid/{name}", house.clock()
    web.pages |= {url: b"<html></html>", f"{url}.jpg": body}
    post = Post("street", name, url, "mina", "look", now, now, (MediaRef(Kind.IMAGE, f"{url}.jpg"),))
    house.records.apply(ingest([post], Position("street", name, now), house), by="watch street")


def everything_written() -> Iterator[tuple[str, bytes]]:
    """Yield every column of every table by the name of what it belongs to, opened where it is sealed."""
    from django.apps import apps

    keyring = Keyring(b"k" * 32)
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.values():
            for value in row.values():
                yield model.__name__, bytes(value) if isinstance(value, bytes) else str(value).encode()
    for post in PostRow.objects.all():
        for name in ("core", "words"):
            if (sealed := getattr(post, name)) is not None:
                yield "Post", unseal(keyring.store_key, bytes(sealed), f"{name}:{post.key}")
    for sighting in SightingRow.objects.all():
        yield "Sighting", unseal(keyring.store_key, bytes(sighting.body), f"Sighting:{sighting.key}")
    for record in RecordRow.objects.all():
        key = case_key(record.case, keyring)
        assert key is not None
        yield record.kind, unseal(key, bytes(record.body), f"{record.kind}:{record.key}")


def holders_of_points(inspection: Inspection) -> set[str]:
    """Return which kinds of rows hold a point of this picture, as it is described in any look at it."""
    bits = np.concatenate([unpack(one.value).bits for one in local(inspection.fingerprints)])
    points = {row.tobytes() for row in bits}
    return {kind for kind, text in everything_written() if any(point in text for point in points)}


def test_of_a_picture_that_matched_nothing_no_point_is_written_anywhere(
    house: House, inspection: Inspection, sandbox: SandboxPool
) -> None:
    """Neither by the first look, nor in the queue for the second, nor by the second."""
    protect(house)
    see(house, "stranger", STRANGER)
    stranger = sandbox.inspect(STRANGER, Effort.SECOND)
    assert len(local(stranger.fingerprints)) >= 4
    catch_up(house)
    for job in house.queue.lease(9, house.clock(), below=SECOND_LOOK_RANK):
        settle(job, run(job, house), house)
    assert holders_of_points(stranger) == set()
    assert list(JobRow.objects.filter(step="look_again").values_list("state", flat=True)) == ["waiting"]
    work_through(house)
    assert not JobRow.objects.filter(step="look_again").exists()
    [seen] = house.records.archive(0, 9)[1]
    assert seen.fingerprints
    assert all(one.is_hash and one.orientation is Orientation.UPRIGHT for one in seen.fingerprints)
    assert holders_of_points(stranger) == set()
    assert holders_of_points(inspection) == {Reference.__name__}  # so the search above can find some


@pytest.mark.parametrize("edit", ["cropped", "in a screenshot"])
def test_of_a_copy_that_was_found_by_points_hashes_are_kept(house: House, edit: str) -> None:
    protect(house)
    see(house, "copy", PARTIAL_EDITS[edit](SPECIMEN))
    work_through(house)
    [place] = house.records.find(Place)
    assert place.how.algorithm == "orb"
    assert place.fingerprints
    assert all(one.is_hash for one in place.fingerprints)
    assert house.records.archive(0, 9)[1] == ()


def test_of_a_networks_numbers_the_upright_unmagnified_ones_are_kept() -> None:
    value = bytes(range(128))
    views = [(View.WHOLE, Orientation.UPRIGHT), (View.TRIMMED, Orientation.UPRIGHT)]
    others = [(View.CLOSE, Orientation.UPRIGHT), (View.WHOLE, Orientation.MIRRORED)]
    numbers = [Fingerprint("likeness-0123", value, 100, *one) for one in (*views, *others)]
    assert kept_of(numbers) == tuple(numbers[:2])


def test_of_a_clip_what_is_only_asked_with_is_not_kept() -> None:
    frames = [Fingerprint("frames", bytes([1, kept, 0, 0, 0, 0, 0, 0]) + bytes(40)) for kept in (0, 1)]
    sounds = [Fingerprint("sound", bytes([1, asked]) + bytes(60)) for asked in (0, 1)]
    exchanged = Fingerprint("vpdq", bytes([1, 1]) + bytes(43))
    assert kept_of([*frames, *sounds, exchanged]) == (frames[1], sounds[0], exchanged)
