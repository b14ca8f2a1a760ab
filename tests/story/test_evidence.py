"""From a confirmed alert to stamped and handed-over evidence, also when browser and authority fail."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pyrage
import pytest

from jikimi.evidence.encrypting import Receivers
from jikimi.evidence.export import stamped_content
from jikimi.evidence.stamper import HttpStamper
from jikimi.evidence.unpacking import unpack
from jikimi.evidence.verify import verify
from jikimi.flow import acts
from jikimi.flow import hand_over as handing
from jikimi.flow.ingest import ingest
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Evidence, Job, Notice, Place
from jikimi.model.capture import Capture, CaptureKind, Collector, Done, Exchange
from jikimi.model.case import Authority, Case, Consent, Policy, Verdict
from jikimi.model.custody import Captured, HandOver, Stamp
from jikimi.model.errors import BadMedia, Blocked, Busy, Gone, JikimiError, NeedsHuman, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Fetched, House, Stamped
from jikimi.model.post import MediaRef, Position, Post, Secret, Watch
from jikimi.store import audit
from jikimi.store.ledger import AuditLedger
from jikimi.store.models import JobRow, JobState
from jikimi.worker.jobs import catch_up, run, settle, work_through

URL = "http://street.invalid/one"
PICTURE = encode_jpeg(draw(1), 40)


@dataclass
class StandInCamera:
    """Sees one small page, or fails as it is told. Implements the port Camera."""

    clock: Callable[[], datetime]
    trouble: JikimiError | None = None
    asked: list[bool] = field(default_factory=list)

    def capture(self, url: str, *, is_covered: bool) -> Capture:
        self.asked.append(is_covered)
        if self.trouble is not None:
            raise self.trouble
        at, body = self.clock(), b"<p>seen by a browser</p>"
        one = Exchange(
            "GET", url, "document", (), 200, "OK", (("content-type", "text/html"),), body, len(body),
            "ab" * 32, "192.0.2.1", at,
        )  # fmt: skip
        return Capture(
            kind=CaptureKind.BROWSER, tool="Chromium 156", url=url, hops=(url,), title="t", text="words",
            exchanges=(one,), visits=(), tls=(), steps=(Done(at, "answer 200"),), notes=("as decoded",),
            screenshot=b"\x89PNG", pdf=b"%PDF",
        )  # fmt: skip


@dataclass
class StandInStamper:
    """Stamps, or fails as it is told. Implements the port Stamper."""

    clock: Callable[[], datetime]
    trouble: JikimiError | None = None
    asked: list[bytes] = field(default_factory=list)
    name: str = "tsa.invalid"

    def stamp(self, content: bytes) -> Stamped:
        self.asked.append(content)
        if self.trouble is not None:
            raise self.trouble
        return Stamped(b"reply", self.clock(), "rfc3161-client", b"roots")


@pytest.fixture
def camera(clock: Any) -> StandInCamera:
    return StandInCamera(clock)


@pytest.fixture
def authority(clock: Any) -> StandInStamper:
    return StandInStamper(clock)


@pytest.fixture
def whole(house: House, camera: StandInCamera, authority: StandInStamper) -> House:
    return replace(
        house,
        camera=camera,
        stamper=authority,
        ledger=AuditLedger(),
        collector=lambda: Collector("Jikimi test", "a test's clock", "loopback"),
    )


def do(house: House, outcome: Outcome, by: str = "ada") -> str:
    house.records.apply(outcome, by=by)
    return outcome.answer


def confirmed(house: House, *, is_minor: bool = False, work: bool = True) -> Place:
    """Bring a copy into the house, confirm its alert and, if wanted, let the house work."""
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    case = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=is_minor, by="ada", at=house.clock())
    do(house, acts.open_case(house, case))
    do(house, acts.approve_case(house, case.key, by="bora"), "bora")
    at = {"url": "http://street.invalid"}
    do(house, acts.add_watch(house, Watch("street", "website", at, "a@street.invalid", "ada", house.clock())))
    do(house, acts.add_reference(house, case.key, encode_jpeg(draw(1)), label="first", by="ada"))
    catch_up(house)
    web: Any = house.fetcher
    web.pages[URL], web.pages[f"{URL}.jpg"] = b"<html><body>a page</body></html>", PICTURE
    now = house.clock()
    posted = Post("street", "one", URL, "mina", "look", now, now, (MediaRef(Kind.IMAGE, f"{URL}.jpg"),))
    house.records.apply(ingest([posted], Position("street", "one", now), house), by="watch street")
    work_through(house)
    (place,) = house.records.find(Place)
    do(house, acts.decide(house, place.alert, Verdict.CONFIRMED, by="cora"), "cora")
    if work:
        work_through(house)
    return place


def record_of(house: House, place: Place) -> dict[str, Any]:
    (evidence,) = house.records.find(Evidence, parent=place.key)
    return json.loads(unpack(evidence.bag)["data/record.json"])  # type: ignore[no-any-return]


def jobs(step: str) -> list[str]:
    return [row.state for row in JobRow.objects.filter(step=step)]


def test_a_confirmed_copy_is_captured_sealed_stamped_and_asked_for(
    whole: House, camera: StandInCamera, authority: StandInStamper
) -> None:
    place = confirmed(whole)
    (evidence,) = whole.records.find(Evidence, parent=place.key)
    assert verify(evidence.bag).is_whole
    assert evidence.capture == "browser"
    assert {"data/capture.wacz", "data/screenshot.png", "data/page.pdf", "data/page.txt"} <= set(
        unpack(evidence.bag)
    )
    (stamp,) = whole.records.find(Stamp, parent=place.key)
    assert stamp.evidence == evidence.key
    assert authority.asked == [stamped_content(evidence)]
    assert len(whole.records.find(Notice, parent=place.key)) == 1
    collector = record_of(whole, place)["collector"]
    assert collector == {
        "by": "cora",
        "tool": "Jikimi test",
        "clock": "a test's clock",
        "network": "loopback",
    }
    assert camera.asked == [False]


def test_of_a_child_media_boxes_are_black_and_nothing_else_is_possible(
    whole: House, camera: StandInCamera
) -> None:
    place = confirmed(whole, is_minor=True)
    assert camera.asked == [True]
    identity = pyrage.x25519.Identity.generate()
    receivers = Receivers((str(identity.to_public()),))
    with pytest.raises(NeedsHuman, match="children"):
        handing.hand_over(whole, place.key, receivers, by="ada", with_medium=True)
    assert handing.hand_over(whole, place.key, receivers, by="ada")[1]


def test_without_a_browser_evidence_says_so(house: House) -> None:
    place = confirmed(house)
    (evidence,) = house.records.find(Evidence, parent=place.key)
    (captured,) = house.records.find(Captured, parent=place.key)
    assert (evidence.capture, captured.capture) == ("HTTP only", "HTTP only")
    assert captured.note == "No browser is installed where this was collected."
    assert any("no script of the page ran" in note for note in record_of(house, place)["capture"]["notes"])


def test_a_page_that_does_not_answer_is_sealed_without_a_capture(house: House) -> None:
    place = confirmed(house, work=False)
    web: Any = house.fetcher
    del web.pages[URL]
    work_through(house)
    (captured,) = house.records.find(Captured, parent=place.key)
    assert captured.capture == ""
    assert record_of(house, place)["capture"] is None


@pytest.mark.parametrize("trouble", [Blocked("refused"), BadMedia("a file, not a page"), TryLater("hung")])
def test_a_browser_that_fails_leaves_the_plain_page_and_the_reason(
    whole: House, camera: StandInCamera, clock: Any, trouble: JikimiError
) -> None:
    camera.trouble = trouble
    place = confirmed(whole)
    for _ in range(4):
        clock.turn(timedelta(minutes=10))
        work_through(whole)
    (captured,) = whole.records.find(Captured, parent=place.key)
    assert captured.capture == "HTTP only"
    assert str(trouble) in captured.note
    assert len(whole.records.find(Notice, parent=place.key)) == 1
    assert record_of(whole, place)["capture"]["kind"] == "HTTP only"


def test_a_busy_browser_is_waited_for(whole: House, camera: StandInCamera, clock: Any) -> None:
    camera.trouble = Busy("The browser is busy with other pages.")
    place = confirmed(whole)
    for _ in range(5):
        clock.turn(timedelta(minutes=10))
        work_through(whole)
    assert whole.records.find(Evidence, parent=place.key) == ()
    camera.trouble = None
    clock.turn(timedelta(hours=1))
    work_through(whole)
    (captured,) = whole.records.find(Captured, parent=place.key)
    assert captured.capture == "browser"


def test_while_the_authority_is_down_for_days_nothing_is_lost_and_the_letter_goes(
    whole: House, authority: StandInStamper, clock: Any
) -> None:
    authority.trouble = TryLater("tsa.invalid answers 503.")
    place = confirmed(whole)
    assert len(whole.records.find(Notice, parent=place.key)) == 1
    assert JobRow.objects.get(step="stamp").reason == "tsa.invalid answers 503."
    for _ in range(72):
        clock.turn(timedelta(hours=1, minutes=15))
        work_through(whole)
    assert JobState.PARKED not in jobs("stamp")
    assert len([state for state in jobs("stamp") if state == JobState.WAITING]) == 1
    assert len(authority.asked) > 30
    authority.trouble = None
    clock.turn(timedelta(hours=2))
    work_through(whole)
    (stamp,) = whole.records.find(Stamp, parent=place.key)
    (evidence,) = whole.records.find(Evidence, parent=place.key)
    assert stamp.said_at - evidence.at > timedelta(days=3)  # both times are there to be seen
    assert jobs("stamp") == []
    assert audit.walk().problem == ""


def test_a_refusal_waits_for_a_person_who_may_ask_again(whole: House, authority: StandInStamper) -> None:
    authority.trouble = Blocked("tsa.invalid refuses to stamp: rejection bad_alg.")
    place = confirmed(whole)
    assert jobs("stamp") == [JobState.PARKED]
    authority.trouble = None
    do(whole, handing.stamp_again(whole, place.key))
    work_through(whole)
    assert len(whole.records.find(Stamp, parent=place.key)) == 1


class NobodyThere:
    """Answers 404 as `GuardedPoster` does. Implements the port Poster."""

    def post(self, *_: object) -> Fetched:
        raise Gone("tsa.invalid answers 404.")


def test_an_authority_that_moved_away_is_told_to_a_person_and_the_stamp_is_not_forgotten(
    house: House, authority: StandInStamper
) -> None:
    moved = HttpStamper(Secret("https://tsa.invalid/old"), Secret(""), b"", NobodyThere())
    place = confirmed(replace(house, stamper=moved))
    row = JobRow.objects.get(step="stamp")
    assert row.state == JobState.PARKED
    assert "JIKIMI_TSA" in row.reason
    again = replace(house, stamper=authority)
    do(again, handing.stamp_again(again, place.key))
    work_through(again)
    assert len(again.records.find(Stamp, parent=place.key)) == 1


def test_a_stamp_is_asked_for_once(whole: House, authority: StandInStamper) -> None:
    place = confirmed(whole)
    do(whole, handing.stamp_again(whole, place.key))
    work_through(whole)
    assert len(authority.asked) == 1


def test_without_an_authority_nothing_waits(house: House) -> None:
    place = confirmed(house)
    assert jobs("stamp") == []
    with pytest.raises(NeedsHuman, match="JIKIMI_TSA"):
        handing.stamp_again(house, place.key)


def test_a_hand_over_is_recorded_before_it_leaves_and_only_the_receiver_opens_it(whole: House) -> None:
    place = confirmed(whole)
    (evidence,) = whole.records.find(Evidence, parent=place.key)
    identity = pyrage.x25519.Identity.generate()
    receivers = Receivers((str(identity.to_public()),))
    outcome, closed = handing.hand_over(whole, place.key, receivers, by="cora")
    do(whole, outcome, "cora")
    (record,) = whole.records.find(HandOver, parent=place.key)
    assert (record.by, record.form, record.size, record.evidence) == (
        "cora",
        "age",
        len(closed),
        evidence.key,
    )
    files = unpack(pyrage.decrypt(closed, [identity]))
    log = json.loads(files["custody.json"])
    for link in (*log["links"], log["anchor"]):
        named = ("previous", "number", "at", "actor", "kind", "key", "digest")
        parts = [str(link[name]).encode() for name in named]
        said = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        assert sha256(said).hexdigest() == link["link"]  # as the log itself says
    kinds = [link["kind"] for link in log["links"]]
    assert {"Alert", "Place", "Decision", "Evidence", "Captured", "Stamp", "Notice"} <= set(kinds)
    assert log["anchor"]["number"] >= max(link["number"] for link in log["links"])
    assert PICTURE[:64] not in b"".join(files.values())
    second = handing.hand_over(whole, place.key, receivers, by="cora")[1]
    again = json.loads(unpack(pyrage.decrypt(second, [identity]))["custody.json"])
    assert "HandOver" in [link["kind"] for link in again["links"]]
    assert audit.walk().problem == ""


def test_the_medium_goes_only_with_the_encrypted_file(whole: House) -> None:
    place = confirmed(whole)
    identity = pyrage.x25519.Identity.generate()
    receivers = Receivers((str(identity.to_public()),))
    outcome, closed = handing.hand_over(whole, place.key, receivers, by="cora", with_medium=True)
    assert [one.has_medium for one in outcome.records if isinstance(one, HandOver)] == [True]
    assert unpack(pyrage.decrypt(closed, [identity]))["medium.bin"] == PICTURE
    assert PICTURE[:64] not in closed


def test_another_medium_at_the_same_address_is_not_attested(whole: House) -> None:
    place = confirmed(whole)
    web: Any = whole.fetcher
    web.pages[f"{URL}.jpg"] = encode_jpeg(draw(2))
    receivers = Receivers((str(pyrage.x25519.Identity.generate().to_public()),))
    with pytest.raises(NeedsHuman, match="other bytes"):
        handing.hand_over(whole, place.key, receivers, by="cora", with_medium=True)
    (record,) = handing.hand_over(whole, place.key, receivers, by="cora")[0].records
    assert isinstance(record, HandOver)
    assert not record.has_medium


def test_what_is_not_sealed_cannot_be_handed_over(whole: House) -> None:
    place = confirmed(whole, work=False)
    identity = pyrage.x25519.Identity.generate()
    for act in (handing.export_bundle, handing.stamp_again):
        with pytest.raises(NeedsHuman, match="no sealed evidence"):
            act(whole, place.key, **({"by": "ada"} if act is handing.export_bundle else {}))
    with pytest.raises(NeedsHuman, match="no sealed evidence"):
        handing.hand_over(whole, place.key, Receivers((str(identity.to_public()),)), by="ada")


def test_a_full_disk_while_sealing_tries_again_and_seals_once(
    whole: House, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    place = confirmed(whole, work=False)
    real = whole.queue.finish
    full = [TryLater("The disk is full.")]

    def finish(job: Job, outcome: Outcome) -> bool:
        if job.step == "seal" and full:
            raise full.pop()
        return real(job, outcome)

    monkeypatch.setattr(whole.queue, "finish", finish)
    catch_up(whole)
    while leased := whole.queue.lease(1, whole.clock()):
        try:
            settle(leased[0], run(leased[0], whole), whole)
        except TryLater:
            whole.queue.postpone(leased[0], whole.clock() + timedelta(minutes=1), "full")
    clock.turn(timedelta(minutes=2))
    work_through(whole)
    assert len(whole.records.find(Evidence, parent=place.key)) == 1
    assert len(whole.records.find(Notice, parent=place.key)) == 1
