"""The contract of the store: what Records and Queue promise, on whichever database the settings name."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from django.db import OperationalError, connection

from jikimi.model.alert import Alert, IndexChange, Job, Place
from jikimi.model.case import (
    Approval,
    Authority,
    Case,
    Closure,
    Consent,
    Decision,
    Policy,
    Reference,
    Verdict,
)
from jikimi.model.errors import Gone, TryLater
from jikimi.model.fingerprint import Fingerprint, How, Kind, Orientation, Tier, View
from jikimi.model.outcome import Outcome
from jikimi.model.post import MediaRef, Position, Post, Priority, Secret, Sighting, Watch
from jikimi.store import audit
from jikimi.store.codec import VERSION, decode
from jikimi.store.keyring import Keyring
from jikimi.store.models import AlertRow, AuditRow, PlaceRow, PostRow, RecordRow
from jikimi.store.store import Store

PRINT = Fingerprint("pdq", bytes(range(32)), 90)


def a_case(clock, number="2026-1", by="ada"):
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 12, 31))
    return Case(number, "Willow", consent, Policy.ASK, is_minor=False, by=by, at=clock())


def a_reference(case, clock):
    return Reference(case.key, (PRINT,), "first", "ada", clock())


def a_post(clock, name="1"):
    medium = MediaRef(Kind.IMAGE, f"http://street.invalid/{name}.jpg", {"Authorization": Secret("token")})
    url = f"http://street.invalid/{name}"
    return Post("street", name, url, "author-of-it", "words-of-it", clock(), clock(), (medium,))


def a_place(case, reference, post, clock, tier=Tier.LIKELY):
    alert = Alert(case.key, reference.key, 0, clock())
    how = How("pdq", 20, 31, "mirrored")
    place = Place(
        case.key, alert.key, reference.key, post.watch, post.key, 0, post.url, post.media[0].url, post.author,
        post.text, b"s" * 32, (PRINT,), tier, 0.9, how, clock(), clock(), clock(), b"preview",
    )  # fmt: skip
    return alert, place


@pytest.mark.parametrize("is_delivery", [False, True])
def test_a_connection_that_broke_is_opened_anew(store: Store, monkeypatch, is_delivery) -> None:
    def read() -> object:
        return store.deliveries.newest("street") if is_delivery else store.find(Case)

    assert not read()
    if connection.vendor == "postgresql":
        with suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    else:
        connection.connection.close()
        monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(TryLater, match="cannot be read"):
        read()
    assert not read()


def test_a_record_written_twice_is_kept_once(store: Store, clock) -> None:
    case = a_case(clock)
    for _ in range(2):
        store.apply(Outcome(records=(case,)), by="ada")
    assert store.find(Case) == (case,)
    assert audit.walk().links == 1


def test_records_come_back_as_they_were_given(store: Store, clock) -> None:
    case, post = a_case(clock), a_post(clock)
    reference = a_reference(case, clock)
    alert, place = a_place(case, reference, post, clock)
    store.apply(Outcome(records=(case, reference, post, alert, place)), by="jikimi")
    assert store.get(Place, place.key) == place
    assert store.get(Post, post.key) == post
    assert store.get(Post, post.key).media[0].headers["Authorization"].reveal() == "token"
    assert store.find(Place, parent=alert.key) == (place,)
    assert store.find(Place, post=post.key) == (place,)
    assert store.find(Reference, case=case.key) == (reference,)


def test_nothing_of_a_case_can_be_read_in_the_file(store: Store, clock) -> None:
    case, post = a_case(clock), a_post(clock)
    reference = a_reference(case, clock)
    store.apply(Outcome(records=(case, reference, post, *a_place(case, reference, post, clock))), by="jikimi")
    bodies = b"".join(bytes(body) for body in RecordRow.objects.values_list("body", flat=True))
    row = PostRow.objects.get()
    bodies += bytes(row.core or b"") + bytes(row.words or b"")
    for secret in (
        b"Willow",
        b"find and remove",
        PRINT.value,
        b"street.invalid",
        b"words-of-it",
        b"author-of-it",
    ):
        assert secret not in bodies


def test_closing_a_case_destroys_its_key_and_keeps_the_chain_whole(store: Store, clock) -> None:
    case, post = a_case(clock), a_post(clock)
    reference = a_reference(case, clock)
    alert, place = a_place(case, reference, post, clock)
    store.apply(
        Outcome(records=(case, reference, post, alert, place), next=(Job("seal", place.key),)), by="ada"
    )
    store.apply(
        Outcome(
            records=(Closure(case.key, "done", "bora", clock()),),
            index=(IndexChange(reference.key, case.key, is_added=False),),
        ),
        by="bora",
    )
    for kind, key in ((Case, case.key), (Reference, reference.key), (Place, place.key)):
        with pytest.raises(Gone):
            store.get(kind, key)
    assert store.find(Place, case=case.key) == ()
    assert store.find(Closure, parent=case.key)[0].reason == "done"
    assert store.lease(5, clock()) == ()
    assert not AlertRow.objects.exists()
    assert audit.walk().problem == ""


def test_a_step_that_ends_after_its_case_was_closed_leaves_nothing(store: Store, clock) -> None:
    case, post = a_case(clock), a_post(clock)
    reference = a_reference(case, clock)
    store.apply(Outcome(records=(case, reference, post), next=(Job("look", post.key),)), by="ada")
    (job,) = store.lease(1, clock())
    store.apply(Outcome(records=(Closure(case.key, "done", "bora", clock()),)), by="bora")
    alert, place = a_place(case, reference, post, clock)
    assert store.finish(job, Outcome(records=(alert, place)))
    assert not RecordRow.objects.filter(kind="Place").exists()


def test_a_leased_job_is_nobody_elses_until_the_lease_runs_out(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("look", "k"),)), by="jikimi")
    (job,) = store.lease(5, clock())
    assert (job.attempts, job.is_interrupted) == (1, False)
    assert store.lease(5, clock()) == ()
    clock.turn(timedelta(minutes=6))
    (again,) = store.lease(5, clock())
    assert (again.attempts, again.is_interrupted) == (2, True)
    assert not store.finish(job, Outcome(next=(Job("seal", "k"),)))
    assert store.finish(again, Outcome())
    assert store.lease(5, clock() + timedelta(days=1)) == ()


def test_an_outcome_is_written_whole_or_not_at_all(store: Store, clock) -> None:
    case = a_case(clock)
    taken = a_case(clock, by="someone else")
    object.__setattr__(taken, "number", "2026-1")
    bad = Outcome(records=(case, Alert(case.key, "r", 0, clock()), object()))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        store.apply(bad, by="ada")
    assert store.find(Case) == ()
    assert audit.walk().links == 0


def test_one_bad_change_in_a_batch_leaves_the_others_alone(store: Store, clock) -> None:
    def write(number: int) -> bool:
        record = a_case(clock, f"2026-{number}") if number % 5 else object()
        try:
            store.apply(Outcome(records=(record,)), by="ada")  # type: ignore[arg-type]
        except AttributeError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(40)))
    assert written == [bool(number % 5) for number in range(40)]
    assert len(store.find(Case)) == 32
    assert audit.walk() == audit.Chain(32, audit.head(), "")


def test_postponed_and_parked_jobs_wait_as_told(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("look", "a"), Job("look", "b"))), by="jikimi")
    first, second = store.lease(2, clock())
    store.postpone(first, clock() + timedelta(minutes=1), "busy")
    store.park(second, "a person must act")
    assert store.lease(5, clock()) == ()
    assert store.next_due(clock()) == clock() + timedelta(minutes=1)
    clock.turn(timedelta(minutes=2))
    (again,) = store.lease(5, clock())
    assert (again.name, again.is_interrupted) == (first.name, False)
    assert store.retry(second.name)
    assert [job.name for job in store.lease(5, clock())] == [second.name]


def test_what_people_wait_for_goes_before_posts(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("look", "a", rank=10), Job("seal", "b"))), by="jikimi")
    assert [job.step for job in store.lease(5, clock())] == ["seal", "look"]


def test_the_reference_log_is_numbered_and_says_nothing_twice(store: Store, clock) -> None:
    case = a_case(clock)
    reference = a_reference(case, clock)
    change = IndexChange(reference.key, case.key, is_added=True)
    store.apply(Outcome(records=(case, reference), index=(change, change)), by="ada")
    (entry,) = store.index_since(0)
    assert entry.fingerprints == (PRINT,)
    store.apply(Outcome(index=(IndexChange(reference.key, case.key, is_added=False),)), by="ada")
    assert [e.fingerprints for e in store.index_since(entry.seq)] == [()]


def references_in(store: Store, clock, number: int, case: Case) -> list[Reference]:
    """Add references of a case, each with a line of the log."""
    records = [
        Reference(case.key, (Fingerprint("pdq", bytes([n]) * 32),), f"{n}", "ada", clock())
        for n in range(number)
    ]
    changes = [IndexChange(record.key, case.key, is_added=True) for record in records]
    store.apply(Outcome(records=(case, *records), index=tuple(changes)), by="ada")
    return records


def test_the_reference_log_can_be_read_in_portions(store: Store, clock) -> None:
    records = references_in(store, clock, 7, a_case(clock))
    read, seq = [], 0
    while lines := store.index_since(seq, 3):
        assert len(lines) <= 3
        read += lines
        seq = lines[-1].seq
    assert [line.reference for line in read] == [record.key for record in records]
    assert [line.fingerprints for line in read] == [record.fingerprints for record in records]


def test_a_line_of_the_log_holds_the_upright_fingerprints(store: Store, clock) -> None:
    case = a_case(clock)
    turned = Fingerprint("pdq", b"t" * 32, 90, View.TRIMMED, Orientation.MIRRORED)
    upright = Fingerprint("pdq", b"u" * 32, 70, View.TRIMMED)
    reference = Reference(case.key, (PRINT, turned, upright), "first", "ada", clock())
    change = IndexChange(reference.key, case.key, is_added=True)
    store.apply(Outcome(records=(case, reference), index=(change,)), by="ada")
    assert store.index_since(0)[-1].fingerprints == (PRINT, upright)
    assert store.get(Reference, reference.key) == reference


def test_lines_that_a_later_one_has_overtaken_are_not_read(store: Store, clock) -> None:
    case = a_case(clock)
    first, second = references_in(store, clock, 2, case)
    start = store.index_since(0)[-1].seq
    for is_added in (False, True, False):
        store.apply(Outcome(index=(IndexChange(first.key, case.key, is_added=is_added),)), by="ada")
    assert [(line.seq - start, line.reference, bool(line.fingerprints)) for line in store.index_since(0)] == [
        (0, second.key, True),
        (3, first.key, False),
    ]
    assert [line.seq - start for line in store.index_since(start + 1)] == [3]


def test_the_log_of_a_closed_case_only_removes(store: Store, clock) -> None:
    open_case, closed = a_case(clock), a_case(clock, "2026-2")
    references_in(store, clock, 2, open_case)
    references_in(store, clock, 3, closed)
    store.apply(Outcome(records=(Closure(closed.key, "done", "bora", clock()),)), by="bora")
    lines = store.index_since(0)
    assert [(line.case == closed.key, bool(line.fingerprints)) for line in lines] == [
        *[(False, True)] * 2,
        *[(True, False)] * 3,
    ]


def test_a_post_that_matched_nothing_loses_its_words_once_it_was_looked_at(store: Store, clock) -> None:
    post = a_post(clock)
    store.apply(Outcome(records=(post,), next=(Job("look", post.key),)), by="jikimi")
    clock.turn(timedelta(seconds=10))
    assert store.tidy(clock()) == 0
    (job,) = store.lease(1, clock())
    store.finish(job, Outcome(records=(Sighting(post.key, 0, "u", b"s", (PRINT,), clock()),)))
    assert store.tidy(clock()) == 1
    kept = store.get(Post, post.key)
    assert (kept.author, kept.text, kept.url) == ("", "", post.url)
    assert store.archive(0, 10)[1][0].fingerprints == (PRINT,)


def test_a_post_that_matched_is_kept_only_under_its_cases_key(store: Store, clock) -> None:
    case, post = a_case(clock), a_post(clock)
    reference = a_reference(case, clock)
    store.apply(Outcome(records=(case, reference, post, *a_place(case, reference, post, clock))), by="ada")
    clock.turn(timedelta(seconds=10))
    assert store.tidy(clock()) == 1
    with pytest.raises(Gone):
        store.get(Post, post.key)
    assert store.find(Place, post=post.key)[0].text == "words-of-it"


def test_a_position_is_replaced_and_its_counts_add_up(store: Store, clock) -> None:
    assert store.position("street") is None
    for cursor in ("1", "2"):
        store.apply(
            Outcome(position=Position("street", cursor, clock(), clock(), posts=3, skipped=1)), by="w"
        )
    position = store.position("street")
    assert position is not None
    assert (position.cursor, position.posts, position.skipped) == ("2", 6, 2)


def test_an_alert_sums_its_places_and_clocks(store: Store, clock) -> None:
    case = a_case(clock)
    reference = a_reference(case, clock)
    records = [case, reference, Approval(case.key, "bora", clock())]
    for name, tier in (("1", Tier.POSSIBLE), ("2", Tier.CERTAIN)):
        records += a_place(case, reference, a_post(clock, name), clock, tier)
    store.apply(Outcome(records=tuple(records)), by="jikimi")
    row = AlertRow.objects.get()
    assert (row.places, row.tier, row.state) == (2, 0, "open")
    decision = Decision(case.key, row.key, Verdict.CONFIRMED, "bora", clock())
    store.apply(Outcome(records=(decision,)), by="bora")
    assert AlertRow.objects.get().state == "confirmed"


def test_a_changed_or_missing_record_breaks_the_chain(store: Store, clock) -> None:
    for number in range(3):
        store.apply(Outcome(records=(a_case(clock, f"2026-{number}"),)), by="ada")
    assert audit.walk().problem == ""
    row = RecordRow.objects.order_by("seq")[1]
    body = bytearray(row.body)
    body[20] ^= 1
    RecordRow.objects.filter(seq=row.seq).update(body=bytes(body))
    assert "changed" in audit.walk().problem
    RecordRow.objects.filter(seq=row.seq).delete()
    assert audit.walk().problem


def test_the_other_media_of_a_matched_post_stay_in_the_archive(store: Store, clock) -> None:
    case, post = a_case(clock), a_post(clock)
    reference = a_reference(case, clock)
    other = Sighting(post.key, 1, "http://street.invalid/other.jpg", b"s", (PRINT,), clock())
    place = a_place(case, reference, post, clock)
    store.apply(Outcome(records=(case, reference, post, other, *place)), by="jikimi")
    clock.turn(timedelta(seconds=10))
    store.tidy(clock())
    assert store.archive(0, 10)[1] == (other,)
    assert store.get(Post, post.key).url == post.url


def test_what_matched_nothing_is_forgotten_when_it_is_old(store: Store, clock) -> None:
    post = a_post(clock)
    store.apply(Outcome(records=(post, Sighting(post.key, 0, "u", b"s", (PRINT,), clock()))), by="jikimi")
    clock.turn(timedelta(days=89))
    store.tidy(clock())
    assert len(store.archive(0, 10)[1]) == 1
    clock.turn(timedelta(days=2))
    store.tidy(clock())
    assert store.archive(0, 10)[1] == ()
    with pytest.raises(Gone):
        store.get(Post, post.key)


def test_a_restarted_service_takes_back_its_own_leases_only(store: Store, clock) -> None:
    other = Store(Keyring(b"k" * 32), clock, lambda: None, holder="work-7")
    store.apply(Outcome(next=(Job("look", "a"), Job("look", "b"))), by="jikimi")
    (mine,) = store.lease(1, clock())
    (theirs,) = other.lease(1, clock())
    other.close()
    assert store.reclaim() == 1
    assert [(job.name, job.is_interrupted) for job in store.lease(5, clock())] == [(mine.name, True)]
    assert theirs.name != mine.name


def test_a_job_that_is_wanted_sooner_is_moved_forward(store: Store, clock) -> None:
    late, soon = clock() + timedelta(days=30), clock() + timedelta(seconds=1)
    store.apply(Outcome(next=(Job("recheck", "p", due=late),)), by="jikimi")
    store.apply(Outcome(next=(Job("recheck", "p", due=soon),)), by="jikimi")
    assert store.next_due(clock()) == soon


def test_what_is_less_urgent_can_be_left_waiting(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("look_again", "a", rank=20), Job("look", "b", rank=10))), by="jikimi")
    assert [job.step for job in store.lease(5, clock(), below=20)] == ["look"]
    assert store.lease(5, clock(), below=20) == ()
    assert [job.step for job in store.lease(5, clock())] == ["look_again"]


def test_posts_and_their_places_are_found_several_at_once(store: Store, clock) -> None:
    case = a_case(clock)
    reference = Reference(case.key, (PRINT,), "first", "ada", clock())
    posts = [a_post(clock, str(number)) for number in range(3)]
    alert, place = a_place(case, reference, posts[0], clock)
    looks = tuple(Job("look", post.key) for post in posts[:2])
    store.apply(Outcome(records=(case, reference, *posts[:2], alert, place), next=looks), by="ada")
    keys = tuple(post.key for post in posts)
    assert {post.id: post.text for post in store.find(Post, key=keys)} == {
        "0": "words-of-it",
        "1": "words-of-it",
    }
    assert store.find(Place, post=keys) == (place,)
    assert store.find(Place, post=keys[1:]) == ()


def test_a_post_that_nothing_waits_for_is_kept_without_its_words(store: Store, clock) -> None:
    waiting, plain = a_post(clock, "0"), a_post(clock, "1")
    store.apply(Outcome(records=(waiting, plain), next=(Job("look", waiting.key),)), by="watch")
    assert [store.get(Post, post.key).text for post in (waiting, plain)] == ["words-of-it", ""]
    assert store.get(Post, plain.key).author == ""
    assert store.tidy(clock() + timedelta(minutes=1)) == 0  # one waits to be looked at, one is tidy already


def test_the_latest_places_of_a_watch_come_newest_first_and_without_rejected_ones(
    store: Store, clock
) -> None:
    case = a_case(clock)
    references = [Reference(case.key, (), name, "ada", clock()) for name in ("first", "second")]
    references[1] = Reference(case.key, (PRINT,), "second", "ada", clock())
    store.apply(Outcome(records=(case, *references)), by="ada")
    start, places = clock(), []
    for number in range(4):
        clock.turn(timedelta(minutes=1))
        reference = references[number == 0]
        alert, place = a_place(case, reference, a_post(clock, str(number)), clock)
        store.apply(Outcome(records=(alert, place)), by="jikimi")
        places.append(place)
    assert store.latest_places("street", start, 9) == tuple(reversed(places))
    assert store.latest_places("street", start, 2) == (places[3], places[2])
    assert store.latest_places("street", start + timedelta(minutes=3), 9) == (places[3], places[2])
    assert store.latest_places("elsewhere", start, 9) == ()
    rejected = Decision(case.key, places[0].alert, Verdict.REJECTED, "ada", clock())
    store.apply(Outcome(records=(rejected,)), by="ada")
    assert places[0] not in store.latest_places("street", start, 9)
    store.apply(Outcome(records=(Closure(case.key, "done", "bora", clock()),)), by="bora")
    assert store.latest_places("street", start, 9) == ()


def test_of_jobs_of_one_rank_the_longest_due_goes_first_and_one_from_yesterday_before_all(
    store: Store, clock
) -> None:
    plain = Job("look_again", "plain", due=clock(), rank=20)
    store.apply(Outcome(next=(plain,)), by="jikimi")
    clock.turn(timedelta(hours=20))
    worthy = Job("look_again", "worthy", due=clock() - timedelta(days=1), rank=20)
    store.apply(Outcome(next=(worthy,)), by="jikimi")
    (first,) = store.lease(1, clock())
    assert first.key == "worthy"
    store.finish(first, Outcome())
    clock.turn(timedelta(hours=5))
    for number in range(9):
        late = Job("look_again", f"late {number}", due=clock() - timedelta(days=1), rank=20)
        store.apply(Outcome(next=(late,)), by="jikimi")
    assert [job.key for job in store.lease(1, clock())] == ["plain"]


def test_a_watch_written_before_there_were_priorities_has_the_normal_one(store: Store, clock) -> None:
    watch = Watch("street", "website", {}, "", "ada", clock(), Priority.HIGH)
    fields = msgspec.to_builtins(watch)
    del fields["priority"]
    assert decode(Watch, VERSION + msgspec.msgpack.encode(fields)).priority is Priority.NORMAL
    store.apply(Outcome(records=(watch,)), by="ada")
    assert store.find(Watch, parent="street")[-1].priority is Priority.HIGH


def test_what_is_asked_of_a_job_while_it_runs_is_asked_of_it_once_more(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("recheck", "place"),)), by="jikimi")
    (running,) = store.lease(1, clock())
    store.apply(Outcome(next=(Job("recheck", "place", due=clock()),)), by="cora")
    ladder = Job("recheck", "place", due=clock() + timedelta(days=30))
    assert store.finish(running, Outcome(next=(ladder,)))
    clock.turn(timedelta(seconds=1))
    (again,) = store.lease(5, clock())
    assert again.name == running.name
    assert store.finish(again, Outcome())
    assert store.lease(5, clock() + timedelta(days=31)) == ()


def test_a_job_that_died_is_not_put_off_by_what_was_asked_for_later(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("expire", "case"),)), by="jikimi")
    store.lease(1, clock())
    store.apply(Outcome(next=(Job("expire", "case", due=clock() + timedelta(days=300)),)), by="cora")
    clock.turn(timedelta(minutes=6))
    assert [job.is_interrupted for job in store.lease(5, clock())] == [True]


def test_a_job_that_was_laid_aside_waits_again_once_it_is_asked_for(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("draft", "evidence"),)), by="jikimi")
    (job,) = store.lease(1, clock())
    store.park(job, "a person must act")
    store.apply(Outcome(next=(Job("draft", "evidence"),)), by="cora")
    assert [again.attempts for again in store.lease(5, clock())] == [1]


def test_a_delivery_that_was_laid_aside_is_begun_again_by_a_person_only(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("deliver", "notice"),)), by="jikimi")
    (job,) = store.lease(1, clock())
    store.park(job, "bug")
    store.apply(Outcome(next=(Job("deliver", "notice"),)), by="jikimi")
    assert store.lease(5, clock()) == ()
    assert store.retry(job.name)
    assert len(store.lease(5, clock())) == 1


@pytest.mark.parametrize("address", ["https://[street/one", "https://" + "a" * 300 + "/one"])
def test_a_place_whose_page_has_no_sensible_address_is_kept_all_the_same(
    store: Store, clock, address: str
) -> None:
    case = a_case(clock)
    reference = a_reference(case, clock)
    alert, place = a_place(case, reference, replace(a_post(clock), url=address), clock)
    store.apply(Outcome(records=(case, reference, alert, place)), by="jikimi")
    assert PlaceRow.objects.get().host == "street.invalid"  # the file's


def test_the_audit_chain_is_whole_while_records_are_being_added(store: Store, clock) -> None:
    store.apply(Outcome(records=(a_case(clock),)), by="ada")
    added = []

    def add_before_records_are_read(execute, sql, params, many, context) -> object:
        if '"store_recordrow"' in sql and not added:
            added.append(a_case(clock, number="2026-2"))
            with ThreadPoolExecutor(1) as other:
                other.submit(store.apply, Outcome(records=tuple(added)), by="ada").result()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(add_before_records_are_read):
        chain = audit.walk()
    assert added
    assert chain.problem == ""


@pytest.mark.parametrize("table", [RecordRow, AuditRow])
def test_a_chain_that_was_cut_off_at_its_end_is_found(store: Store, clock, table) -> None:
    for number in ("2026-1", "2026-2"):
        store.apply(Outcome(records=(a_case(clock, number=number),)), by="ada")
    table.objects.order_by("-seq")[:1].get().delete()
    assert "do not pair up" in audit.walk().problem


def test_a_body_that_is_emptied_though_its_case_is_open_breaks_the_chain(store: Store, clock) -> None:
    closed, opened = a_case(clock), a_case(clock, number="2026-2")
    store.apply(Outcome(records=(closed, opened)), by="ada")
    store.apply(Outcome(records=(Closure(closed.key, "asked for", "bora", clock()),)), by="bora")
    assert audit.walk().problem == ""
    RecordRow.objects.filter(key=opened.key).update(body=b"")
    assert "changed" in audit.walk().problem


def test_a_job_that_runs_for_long_stays_with_who_holds_on_to_it(store: Store, clock) -> None:
    store.apply(Outcome(next=(Job("search_archive", "reference"), Job("seal", "place"))), by="ada")
    long, dead = store.lease(2, clock())
    for _ in range(5):
        clock.turn(timedelta(minutes=3))
        store.hold([long])
        assert [job.name for job in store.lease(5, clock()) if job.name == long.name] == []
    assert store.finish(long, Outcome())
    assert not store.finish(dead, Outcome())
    store.hold([long, dead])  # too late: somebody else has it
    assert store.next_due(clock()) is None
