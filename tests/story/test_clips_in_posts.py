"""A clip goes through the whole house: from a post with an excerpt of it, or its sound alone, to "gone"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.flow.reading import CLIP, PICTURE
from jikimi.media.moving_edits import MOVING_EDITS, mirrored_excerpt, sound_excerpt
from jikimi.media.moving_specimen import draw_clip
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place, Presence, Recheck
from jikimi.model.case import Authority, Case, Consent, Policy, Reference, Verdict
from jikimi.model.errors import BadMedia, Gone
from jikimi.model.fingerprint import Effort, Fingerprint, Found, Inspection, Kind, Tier, View
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Fetched, House, IndexEntry, Limits, Vault
from jikimi.model.post import MediaRef, Position, Post, Secret, Watch
from jikimi.review.authority import SENDING
from jikimi.store.models import AlertRow, JobRow, SightingRow
from jikimi.worker.jobs import work_through

ADDRESS = "http://street.invalid/copy"
KINDS = {mirrored_excerpt: Kind.VIDEO, sound_excerpt: Kind.AUDIO}


@pytest.fixture(scope="module")
def clip() -> bytes:
    return draw_clip(31, seconds=12, width=320, height=214)


@pytest.fixture(scope="module")
def other() -> bytes:
    return draw_clip(32, seconds=10, width=320, height=214)


def do(house: House, outcome: Outcome) -> str:
    house.records.apply(outcome, by="ada")
    return outcome.answer


def open_case(house: House) -> Case:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=house.clock())
    do(house, acts.open_case(house, case))
    do(house, acts.approve_case(house, case.key, by="bora"))
    watch = Watch(
        "street", "website", {"url": "http://street.invalid"}, "abuse@street.invalid", "ada", house.clock()
    )
    do(house, acts.add_watch(house, watch))
    do(house, acts.turn(house, SENDING, is_on=True, by="admin"))
    return case


def serve(house: House, medium: bytes | Exception) -> None:
    web: Any = house.fetcher
    web.pages |= {ADDRESS: b"<html><body>a page</body></html>", f"{ADDRESS}.bin": medium}


def post(house: House, medium: bytes, kind: Kind) -> None:
    serve(house, medium)
    now = house.clock()
    media = (MediaRef(kind, f"{ADDRESS}.bin"),)
    posted = Post("street", "copy", ADDRESS, "mina", "look", now, now, media)
    house.records.apply(ingest([posted], Position("street", "copy", now), house), by="watch street")
    work_through(house)


def the_place(house: House) -> Place:
    (place,) = house.records.find(Place, parent=AlertRow.objects.get().key)
    return place


def looked_again(house: House, clock: Any) -> Recheck:
    """Let the next rung of the ladder come; return what was seen."""
    clock.turn(timedelta(days=2))
    work_through(house)
    return house.records.find(Recheck, parent=the_place(house).key)[-1]


@pytest.mark.parametrize("edit", MOVING_EDITS.values(), ids=[*MOVING_EDITS])
def test_an_excerpt_goes_from_post_to_verified_gone(
    house: House, clock: Any, clip: bytes, edit: Callable[[bytes], bytes]
) -> None:
    case = open_case(house)
    key = do(house, acts.add_reference(house, case.key, clip, label="clip", by="ada"))
    assert house.records.get(Reference, key).seconds == pytest.approx(12, abs=0.5)
    post(house, edit(clip), KINDS[edit])
    place = the_place(house)
    assert (place.kind, place.reference) == (KINDS[edit], key)
    assert place.seconds == pytest.approx(8, abs=0.3)
    assert place.tier is not Tier.POSSIBLE
    begin, end = place.how.reference_span
    assert begin == pytest.approx(3, abs=0.5)
    assert end == pytest.approx(11, abs=0.8)
    do(house, acts.decide(house, AlertRow.objects.get().key, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    assert AlertRow.objects.get().requested_at is not None
    serve(house, Gone("410"))
    house.fetcher.pages[ADDRESS] = Gone("410")  # type: ignore[attr-defined]  # the web of these tests
    assert looked_again(house, clock).presence is Presence.GONE
    assert looked_again(house, clock).is_verified


def test_a_clip_that_was_encoded_anew_since_is_still_there(house: House, clock: Any, clip: bytes) -> None:
    case = open_case(house)
    do(house, acts.add_reference(house, case.key, clip, label="clip", by="ada"))
    post(house, mirrored_excerpt(clip), Kind.VIDEO)
    do(house, acts.decide(house, AlertRow.objects.get().key, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    serve(house, clip)  # other bytes, other seconds, not mirrored: the reference is what tells
    assert looked_again(house, clock).presence is Presence.LIVE


def test_another_clip_at_its_address_is_a_replacement(
    house: House, clock: Any, clip: bytes, other: bytes
) -> None:
    case = open_case(house)
    do(house, acts.add_reference(house, case.key, clip, label="clip", by="ada"))
    post(house, mirrored_excerpt(clip), Kind.VIDEO)
    do(house, acts.decide(house, AlertRow.objects.get().key, Verdict.CONFIRMED, by="bora"))
    work_through(house)
    serve(house, other)
    seen = looked_again(house, clock)
    assert seen.presence is Presence.GONE
    assert "replaced" in seen.detail


def test_an_unknown_clip_leaves_hashes_of_stills_and_a_reference_that_comes_later_finds_it(
    house: House, clip: bytes
) -> None:
    case = open_case(house)
    do(house, acts.add_reference(house, case.key, encode_jpeg(draw(5)), label="other", by="ada"))
    post(house, mirrored_excerpt(clip), Kind.VIDEO)
    assert AlertRow.objects.count() == 0
    _, (sighting,) = house.records.archive(0, 10)
    assert SightingRow.objects.count() == 1
    assert {one.algorithm for one in sighting.fingerprints} == {"sha256", "pdq"}
    assert sighting.seconds == pytest.approx(8, abs=0.3)
    do(house, acts.add_reference(house, case.key, clip, label="clip", by="ada"))
    work_through(house)
    place = the_place(house)
    assert (place.kind, place.how.is_mirrored) == (Kind.VIDEO, True)


@dataclass(frozen=True, slots=True)
class HalfSure:
    """A vault to which a first look says too little, and a second one as much as `closer`."""

    inner: Vault
    closer: Tier

    @property
    def seq(self) -> int:
        return self.inner.seq

    def apply(self, entries: Sequence[IndexEntry]) -> None:
        self.inner.apply(entries)

    def search(self, fingerprints: Sequence[Fingerprint]) -> list[Found]:
        is_second = any(one.view is View.CLOSE for one in fingerprints)
        tier = self.closer if is_second else Tier.POSSIBLE
        return [replace(found, tier=tier) for found in self.inner.search(fingerprints)]

    def compare(self, asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Found | None:
        return self.inner.compare(asked, reference)


@pytest.mark.parametrize(("closer", "look"), [(Tier.LIKELY, 2), (Tier.POSSIBLE, 1)])
def test_a_clip_that_is_possibly_a_copy_is_looked_at_again_at_once(
    house: House, clip: bytes, closer: Tier, look: int
) -> None:
    case = open_case(house)
    do(house, acts.add_reference(house, case.key, clip, label="clip", by="ada"))
    half_sure = replace(house, vault=HalfSure(house.vault, closer))
    post(half_sure, mirrored_excerpt(clip), Kind.VIDEO)
    place = the_place(house)
    assert (place.tier, place.look) == (closer, look)
    web: Any = house.fetcher
    assert web.asked.count(f"{ADDRESS}.bin") == 2  # for the looks, and for what is written in it
    assert not JobRow.objects.filter(step="look_again").exists()


def test_what_the_first_look_saw_stands_where_the_second_cannot_read_the_file(
    house: House, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(house)
    do(house, acts.add_reference(house, case.key, clip, label="clip", by="ada"))
    inspect = house.sandbox.inspect

    def tired(body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        if effort is Effort.SECOND:
            raise BadMedia("the video takes too long")
        return inspect(body, effort)

    monkeypatch.setattr(house.sandbox, "inspect", tired)
    post(replace(house, vault=HalfSure(house.vault, Tier.LIKELY)), mirrored_excerpt(clip), Kind.VIDEO)
    assert (the_place(house).tier, the_place(house).look) == (Tier.POSSIBLE, 1)


def test_clips_may_be_larger_than_pictures(
    house: House, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    fetch = house.fetcher.fetch

    def watched(url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        asked.append(limits)
        return fetch(url, limits, headers)

    monkeypatch.setattr(house.fetcher, "fetch", watched)
    open_case(house)
    post(house, clip, Kind.VIDEO)
    assert asked == [CLIP]
    assert CLIP.max_bytes > PICTURE.max_bytes


def test_there_is_nothing_to_see_of_a_sound(house: House, clip: bytes) -> None:
    case = open_case(house)
    do(house, acts.add_reference(house, case.key, clip, label="clip", by="ada"))
    post(house, sound_excerpt(clip), Kind.AUDIO)
    place = the_place(house)
    assert place.preview == b""
    do(house, acts.expose(house, place.key, by="bora"))
    with pytest.raises(BadMedia, match="nothing to show"):
        acts.clear_picture(house, place.key)
