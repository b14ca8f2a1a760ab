"""The specimen goes through the whole house: from a post to "gone", and through every way it may go wrong."""

from datetime import date, timedelta
from typing import Any

import pytest

from jikimi.flow import STEPS, acts
from jikimi.flow.ingest import ingest
from jikimi.media.edits import EDITS
from jikimi.media.partial_edits import PARTIAL_EDITS
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Evidence, Job, Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.case import Authority, Case, Consent, Policy, Reference, Verdict
from jikimi.model.errors import Blocked, Gone, NeedsHuman, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post, Priority, Watch
from jikimi.review.authority import SENDING
from jikimi.review.worth import SECOND_LOOK_RANK
from jikimi.store import audit
from jikimi.store.models import AlertRow, CaseRow, JobRow, PostRow, RecordRow, SightingRow
from jikimi.worker.jobs import run, settle, work_through

PAGE = b"<html><body>a harmless page</body></html>"
SPECIMEN = draw(1)


def do(house: House, outcome: Outcome, by: str) -> str:
    house.records.apply(outcome, by=by)
    return outcome.answer


def open_case(
    house: House, *, policy: Policy = Policy.ASK, minor: bool = False, approve: bool = True
) -> Case:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    case = Case("2026-1", "Willow", consent, policy, is_minor=minor, by="ada", at=house.clock())
    do(house, acts.open_case(house, case), "ada")
    if approve:
        do(house, acts.approve_case(house, case.key, by="bora"), "bora")
    return case


def add_specimen(house: House, case: Case) -> str:
    body = encode_jpeg(SPECIMEN)
    return do(house, acts.add_reference(house, case.key, body, label="first", by="ada"), "ada")


def watch_the_street(house: House, contact: str = "abuse@street.invalid", *, sending: bool = True) -> None:
    watch = Watch("street", "website", {"url": "http://street.invalid"}, contact, "ada", house.clock())
    do(house, acts.add_watch(house, watch), "ada")
    if sending:
        do(house, acts.turn(house, SENDING, is_on=True, by="admin"), "admin")


def post(house: House, name: str, picture: bytes | Exception) -> Post:
    url, picture_url = f"http://street.invalid/{name}", f"http://street.invalid/{name}.jpg"
    web: Any = house.fetcher
    web.pages |= {url: PAGE, picture_url: picture}
    now = house.clock()
    posted = Post("street", name, url, "mina", "look", now, now, (MediaRef(Kind.IMAGE, picture_url),))
    house.records.apply(ingest([posted], Position("street", name, now), house), by="watch street")
    return posted


def remove(house: House, *names: str) -> None:
    web: Any = house.fetcher
    for name in names:
        web.pages[f"http://street.invalid/{name}"] = Gone("410")
        web.pages[f"http://street.invalid/{name}.jpg"] = Gone("410")


def the_alert() -> AlertRow:
    return AlertRow.objects.get()


def confirm(house: House) -> None:
    do(house, acts.decide(house, the_alert().key, Verdict.CONFIRMED, by="bora"), "bora")


def sent(house: House) -> list[Notice]:
    postbox: Any = house.channels["email"]
    return postbox.taken


@pytest.mark.parametrize("edit", [*EDITS, *PARTIAL_EDITS])
def test_an_altered_copy_goes_from_post_to_verified_gone(house: House, clock: Any, edit: str) -> None:
    case = open_case(house)
    add_specimen(house, case)
    watch_the_street(house)
    post(house, "copy", {**EDITS, **PARTIAL_EDITS}[edit](SPECIMEN))
    post(house, "other", encode_jpeg(draw(2)))
    work_through(house)
    assert (the_alert().places, the_alert().state) == (1, "open")
    assert sent(house) == []
    confirm(house)
    work_through(house)
    (notice,) = sent(house)
    assert "http://street.invalid/copy" in notice.body
    assert notice.recipient == "abuse@street.invalid"
    assert the_alert().requested_at == clock()
    remove(house, "copy")
    for _ in range(3):
        clock.turn(timedelta(days=1))
        work_through(house)
    assert the_alert().gone_at is not None
    assert audit.walk().problem == ""


def test_evidence_is_sealed_before_the_notice_is_written(house: House) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    post(house, "copy", EDITS["mirrored"](SPECIMEN))
    work_through(house)
    confirm(house)
    work_through(house)
    order = list(RecordRow.objects.order_by("seq").values_list("kind", flat=True))
    assert order.index("Decision") < order.index("Evidence") < order.index("Notice") < order.index("Receipt")


def test_a_picture_posted_twice_and_watched_twice_is_one_alert_with_two_places(house: House) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    for name in ("one", "two", "one", "two"):
        post(house, name, encode_jpeg(SPECIMEN, 60))
        work_through(house)
    assert (AlertRow.objects.count(), the_alert().places) == (1, 2)


def test_killed_between_deciding_and_writing_nothing_is_lost(house: House, clock: Any) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    post(house, "copy", encode_jpeg(SPECIMEN, 60))
    clock.turn(timedelta(seconds=1))
    for _ in range(30):
        house.vault.apply(house.records.index_since(house.vault.seq))
        for job in house.queue.lease(1, clock()):
            run(job, house)  # decided, then killed before anything was written
        clock.turn(timedelta(minutes=6))
        for job in house.queue.lease(1, clock()):
            settle(job, run(job, house), house)
    work_through(house)
    assert (AlertRow.objects.count(), the_alert().places) == (1, 1)


def test_a_delivery_that_was_interrupted_is_in_doubt_and_never_sent_twice(house: House, clock: Any) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    post(house, "copy", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    confirm(house)
    steps = {**STEPS, "deliver": lambda job, house: (STEPS["deliver"](job, house), 1 / 0)[0]}
    while not (leased := [job for job in house.queue.lease(1, clock()) if job.step == "deliver"]):
        work_one(house, clock)
    run(leased[0], house, steps)  # the mail went out, and the service died before it could say so
    clock.turn(timedelta(minutes=6))
    work_through(house)
    assert len(sent(house)) == 1
    notice = house.records.find(Notice)[0]
    assert [receipt.state for receipt in house.records.find(Receipt, parent=notice.key)] == [Sent.IN_DOUBT]
    place = house.records.find(Place)[0]
    do(house, acts.request_again(house, place.key), "bora")
    work_through(house)
    assert [n.number for n in sent(house)] == [1, 2]


def work_one(house: House, clock: Any) -> None:
    clock.turn(timedelta(minutes=6))
    for job in house.queue.lease(1, clock()):
        if job.step == "deliver":
            house.queue.postpone(job, clock(), "not yet")
            return
        settle(job, run(job, house), house)


def test_without_a_second_person_nothing_is_searched_for(house: House) -> None:
    case = open_case(house, approve=False)
    add_specimen(house, case)
    post(house, "copy", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    assert AlertRow.objects.count() == 0
    with pytest.raises(NeedsHuman, match="second person"):
        acts.approve_case(house, case.key, by="ada")


def test_a_reference_finds_what_was_seen_before_it_came(house: House, clock: Any) -> None:
    case = open_case(house)
    post(house, "copy", EDITS["rotated a quarter"](SPECIMEN))
    post(house, "other", encode_jpeg(draw(2)))
    work_through(house)
    assert SightingRow.objects.count() == 2
    add_specimen(house, case)
    work_through(house)
    (place,) = house.records.find(Place)
    assert place.how.edit == "rotated 90"
    assert SightingRow.objects.count() == 1
    clock.turn(timedelta(minutes=2))
    work_through(house)
    assert the_alert().places == 1


def test_a_withdrawn_reference_finds_nothing_more(house: House) -> None:
    case = open_case(house)
    reference = add_specimen(house, case)
    work_through(house)
    do(house, acts.withdraw_reference(house, reference, by="ada"), "ada")
    post(house, "copy", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    assert AlertRow.objects.count() == 0


def test_a_case_whose_authority_ran_out_stops_searching_until_it_is_renewed(house: House, clock: Any) -> None:
    case = open_case(house)
    add_specimen(house, case)
    work_through(house)
    clock.turn(timedelta(days=250))
    work_through(house)
    assert CaseRow.objects.get().state == "expired"
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    assert AlertRow.objects.count() == 0
    today = clock().date()
    consent = Consent(Authority.VICTIM, "find and remove", today, today + timedelta(days=100))
    do(house, acts.renew_case(house, case.key, consent, by="bora"), "bora")
    work_through(house)
    assert CaseRow.objects.get().state == "live"
    assert the_alert().places == 1


def test_closing_a_case_ends_its_search_and_shreds_what_was_found(house: House) -> None:
    case = open_case(house)
    add_specimen(house, case)
    watch_the_street(house)
    post(house, "copy", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    do(house, acts.close_case(house, case.key, reason="asked for", by="bora"), "bora")
    post(house, "again", encode_jpeg(SPECIMEN, 70))
    work_through(house)
    assert house.records.find(Place) == ()
    assert house.records.find(Reference) == ()
    assert AlertRow.objects.count() == 0
    assert audit.walk().problem == ""


def test_a_rejected_alert_is_left_alone_and_a_later_find_is_a_new_question(house: House) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    do(house, acts.decide(house, the_alert().key, Verdict.REJECTED, by="bora"), "bora")
    post(house, "two", encode_jpeg(SPECIMEN, 70))
    work_through(house)
    assert sorted(AlertRow.objects.values_list("state", flat=True)) == ["open", "rejected"]
    assert sent(house) == []


def test_a_copy_that_comes_after_the_confirmation_is_requested_without_asking_again(house: House) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    confirm(house)
    post(house, "two", EDITS["mirrored"](SPECIMEN))
    work_through(house)
    assert len(sent(house)) == 2
    assert AlertRow.objects.count() == 1


def test_undo_works_until_the_notice_is_out(house: House) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    confirm(house)
    do(house, acts.decide(house, the_alert().key, Verdict.REOPENED, by="bora"), "bora")
    work_through(house)
    assert sent(house) == []
    assert the_alert().state == "open"


def test_nothing_leaves_the_house_until_sending_is_turned_on(house: House) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house, sending=False)
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    confirm(house)
    work_through(house)
    assert sent(house) == []
    rehearsal: Any = house.rehearsal
    assert len(rehearsal.taken) == 1
    assert the_alert().requested_at is None


def test_a_copy_that_is_gone_before_the_request_is_not_asked_for(house: House) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    confirm(house)
    remove(house, "one")
    work_through(house)
    assert sent(house) == []
    assert [receipt.state for receipt in house.records.find(Receipt)] == [Sent.NOT_NEEDED]


def test_a_case_approved_in_advance_asks_by_itself_for_certain_copies_only(house: House) -> None:
    add_specimen(house, open_case(house, policy=Policy.PRE_APPROVED))
    watch_the_street(house)
    post(house, "same", encode_jpeg(SPECIMEN))
    work_through(house)
    assert [n.number for n in sent(house)] == [1]
    (evidence,) = house.records.find(Evidence)
    assert evidence.at <= sent(house)[0].at


def test_no_removal_address_is_a_persons_job(house: House) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house, contact="")
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    confirm(house)
    work_through(house)
    parked = JobRow.objects.get(state="parked")
    assert "jikimi watch contact street" in parked.reason


def test_a_final_no_is_kept_and_the_place_is_looked_at_again(house: House, clock: Any) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    confirm(house)
    postbox: Any = house.channels["email"]
    postbox.trouble = Blocked("550 no such person")
    work_through(house)
    assert [receipt.state for receipt in house.records.find(Receipt)] == [Sent.REFUSED]
    clock.turn(timedelta(hours=2))
    work_through(house)
    assert [look.presence for look in house.records.find(Recheck)] == [Presence.LIVE]


def test_a_copy_that_comes_back_is_asked_for_again(house: House, clock: Any) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    picture = encode_jpeg(SPECIMEN, 60)
    post(house, "one", picture)
    work_through(house)
    confirm(house)
    work_through(house)
    remove(house, "one")
    for _ in range(3):
        clock.turn(timedelta(days=1))
        work_through(house)
    assert the_alert().gone_at is not None
    web: Any = house.fetcher
    web.pages |= {"http://street.invalid/one": PAGE, "http://street.invalid/one.jpg": picture}
    clock.turn(timedelta(days=30))
    work_through(house)
    assert the_alert().gone_at is None
    assert [n.number for n in sent(house)] == [1, 2]


@pytest.mark.parametrize(
    ("body", "word"),
    [(b"", "unreadable"), (b"<html>no</html>", "unreadable"), (encode_jpeg(SPECIMEN)[:3000], "unreadable")],
)
def test_bad_media_is_laid_aside_and_the_rest_goes_on(house: House, body: bytes, word: str) -> None:
    add_specimen(house, open_case(house))
    post(house, "bad", body)
    post(house, "good", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    assert JobRow.objects.get(state="parked").reason.startswith(word)
    assert the_alert().places == 1


def test_a_busy_site_is_tried_again_and_a_refusal_goes_to_a_person(house: House, clock: Any) -> None:
    post(house, "busy", TryLater("503"))
    post(house, "closed", Blocked("403"))
    post(house, "gone", Gone("404"))
    work_through(house)
    states = dict(JobRow.objects.values_list("key", "state"))
    assert sorted(states.values()) == ["parked", "waiting"]
    web: Any = house.fetcher
    web.pages["http://street.invalid/busy.jpg"] = encode_jpeg(draw(3))
    clock.turn(timedelta(minutes=10))
    work_through(house)
    assert SightingRow.objects.count() == 1


def test_a_bug_in_a_step_is_visible_and_does_not_end_the_work(house: House, clock: Any) -> None:
    house.records.apply(Outcome(next=(Job("look", "x"),)), by="test")
    (job,) = house.queue.lease(1, clock())
    plan = run(job, house, {"look": lambda _job, _house: 1 / 0})  # type: ignore[dict-item, return-value]
    settle(job, plan, house)
    assert "ZeroDivisionError" in JobRow.objects.get().reason


def test_a_tombstone_of_the_platform_is_a_reason_to_look_again(house: House, clock: Any) -> None:
    add_specimen(house, open_case(house))
    watch_the_street(house)
    posted = post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    remove(house, "one")
    gone = Post("street", posted.id, posted.url, "", "", None, clock(), (), is_deleted=True)
    house.records.apply(ingest([gone], Position("street", "t", clock()), house), by="watch street")
    clock.turn(timedelta(seconds=5))
    work_through(house)
    assert [look.presence for look in house.records.find(Recheck)] == [Presence.GONE]


def test_what_matched_nothing_keeps_no_words(house: House, clock: Any) -> None:
    post(house, "other", encode_jpeg(draw(2)))
    work_through(house)
    clock.turn(timedelta(seconds=10))
    house.queue.tidy(clock())
    assert PostRow.objects.get().words is None


def test_clear_pixels_are_recorded_before_they_are_fetched_and_never_of_minors(house: House) -> None:
    add_specimen(house, open_case(house, minor=True))
    watch_the_street(house)
    post(house, "one", encode_jpeg(SPECIMEN, 60))
    work_through(house)
    place = house.records.find(Place)[0]
    with pytest.raises(NeedsHuman, match="children"):
        acts.expose(house, place.key, by="bora")


def test_a_step_writes_nothing_itself(house: House, clock: Any) -> None:
    add_specimen(house, open_case(house))
    post(house, "copy", encode_jpeg(SPECIMEN, 60))
    house.vault.apply(house.records.index_since(house.vault.seq))
    before = RecordRow.objects.count()
    for job in house.queue.lease(9, clock()):
        STEPS[job.step](job, house)
    assert RecordRow.objects.count() == before


def test_a_watch_that_moves_begins_anew_and_one_that_only_gets_a_contact_goes_on(house: House) -> None:
    watch_the_street(house)
    house.records.apply(ingest([], Position("street", "far along", house.clock()), house), by="watch street")
    do(house, acts.set_contact(house, "street", "other@street.invalid", by="ada"), "ada")
    assert house.records.position("street").cursor == "far along"  # type: ignore[union-attr]
    moved = Watch("street", "website", {"url": "http://elsewhere.invalid"}, "", "ada", house.clock())
    do(house, acts.add_watch(house, moved), "ada")
    assert house.records.position("street").cursor == ""  # type: ignore[union-attr]


def post_several(
    house: House, name: str, *pictures: bytes, author: str = "mina", watch: str = "street"
) -> Post:
    web: Any = house.fetcher
    urls = [f"http://street.invalid/{name}-{part}.jpg" for part in range(len(pictures))]
    web.pages |= dict(zip(urls, pictures, strict=True))
    now, media = house.clock(), tuple(MediaRef(Kind.IMAGE, url) for url in urls)
    posted = Post(watch, name, f"http://street.invalid/{name}", author, "look", now, now, media)
    house.records.apply(ingest([posted], Position(watch, name, now), house), by=f"watch {watch}")
    return posted


def look_once(house: House) -> None:
    """Do the first looks and what people wait for, and leave second looks waiting."""
    house.vault.apply(house.records.index_since(house.vault.seq))
    while jobs := house.queue.lease(1, house.clock(), below=SECOND_LOOK_RANK):
        settle(jobs[0], run(jobs[0], house), house)


def waiting_looks() -> list[tuple[str, int]]:
    rows = JobRow.objects.filter(step="look_again", state="waiting").order_by("rank", "due", "name")
    return [(row.key, row.part) for row in rows]


def test_second_looks_wait_in_the_order_of_their_worth(house: House, clock: Any) -> None:
    add_specimen(house, open_case(house))
    for name, priority in (("calm", Priority.LOW), ("street", Priority.NORMAL), ("busy", Priority.HIGH)):
        watch = Watch(name, "website", {"url": "http://street.invalid"}, "", "ada", clock(), priority)
        do(house, acts.add_watch(house, watch), "ada")
    copy = encode_jpeg(SPECIMEN, 60)
    post_several(house, "found", copy, author="mallory")
    look_once(house)
    other = encode_jpeg(draw(2))
    asked = [
        post_several(house, "calm", other, watch="calm"),
        post_several(house, "gallery", *[other] * 5),
        post_several(house, "plain", other),
        post_several(house, "urgent", other, watch="busy"),
        post_several(house, "kin", other, author="mallory"),
    ]
    look_once(house)
    order = list(dict.fromkeys(key for key, _ in waiting_looks()))
    assert order == [asked[number].key for number in (4, 3, 2, 1, 0)]
    clock.turn(timedelta(days=1, minutes=1))
    late = post_several(house, "late", other, author="mallory")
    look_once(house)
    assert waiting_looks()[-1] == (late.key, 0)
    work_through(house)
    assert waiting_looks() == []


def test_an_author_whose_alert_was_rejected_is_no_longer_suspected(house: House) -> None:
    add_specimen(house, open_case(house))
    post_several(house, "found", encode_jpeg(SPECIMEN, 60), author="mallory")
    look_once(house)
    do(house, acts.decide(house, the_alert().key, Verdict.REJECTED, by="bora"), "bora")
    mina = post_several(house, "one", encode_jpeg(draw(2)))
    post_several(house, "two", encode_jpeg(draw(2)), author="mallory")
    look_once(house)
    assert {row.due for row in JobRow.objects.filter(step="look_again")} == {
        JobRow.objects.get(step="look_again", key=mina.key).due
    }


def test_what_else_is_in_a_post_that_held_a_copy_goes_first(house: House) -> None:
    add_specimen(house, open_case(house))
    other = encode_jpeg(draw(2))
    before = post_several(house, "before", other)
    gallery = post_several(house, "gallery", other, other, encode_jpeg(SPECIMEN, 60), other)
    look_once(house)
    order = waiting_looks()
    assert {part for key, part in order[:3] if key == gallery.key} == {0, 1, 3}
    assert order[3] == (before.key, 0)


def test_a_reference_that_finds_an_earlier_post_has_the_rest_of_it_looked_at_again(house: House) -> None:
    case = open_case(house)
    gallery = post_several(
        house, "gallery", PARTIAL_EDITS["in a collage"](SPECIMEN), encode_jpeg(SPECIMEN, 60)
    )
    work_through(house)
    add_specimen(house, case)
    work_through(house)
    places = house.records.find(Place, post=gallery.key)
    assert sorted((place.part, place.look) for place in places) == [(0, 2), (1, 1)]
    assert the_alert().places == 2


def test_a_priority_is_changed_and_the_watch_goes_on_where_it_was(house: House, clock: Any) -> None:
    watch_the_street(house)
    clock.turn(timedelta(minutes=1))
    house.records.apply(ingest([], Position("street", "far along", house.clock()), house), by="watch street")
    do(house, acts.set_priority(house, "street", Priority.HIGH, by="ada"), "ada")
    settings = house.records.find(Watch, parent="street")
    assert [one.priority for one in settings] == [Priority.NORMAL, Priority.HIGH]
    assert settings[-1].contact == "abuse@street.invalid"
    assert house.records.position("street").cursor == "far along"  # type: ignore[union-attr]
    with pytest.raises(NeedsHuman, match="no watch"):
        acts.set_priority(house, "nowhere", Priority.LOW, by="ada")
