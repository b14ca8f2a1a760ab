"""Writes one outcome: records, audit links, sums, reference log, jobs, position; all or nothing."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

from jikimi.model.alert import IndexChange, Job, Place
from jikimi.model.case import Case, Lapse
from jikimi.model.outcome import Outcome, Record
from jikimi.model.post import Post, Sighting
from jikimi.store import audit, sums
from jikimi.store.codec import case_of, encode, kind_of, parent_of
from jikimi.store.keyring import Keyring, seal
from jikimi.store.models import CaseRow, IndexRow, JobRow, JobState, PostRow, RecordRow, SightingRow

AT_MOST_ONCE = frozenset({"deliver", "hand_in"})
"""What touches the world outside is never begun anew by the way: a person looks at it."""

MOMENT = timedelta(microseconds=1)


def append(outcome: Outcome, *, by: str, now: datetime, keyring: Keyring) -> None:
    """Write an outcome. Call inside the writer's transaction. Writing it again changes nothing."""
    if any(isinstance(record, Lapse) and sums.is_renewed(record) for record in outcome.records):
        outcome = Outcome(next=outcome.next)  # the authority was renewed while the step was at work
    needed = {job.key for job in outcome.next} | {
        record.post for record in outcome.records if isinstance(record, Place)
    }
    _add_posts([record for record in outcome.records if isinstance(record, Post)], needed, keyring)
    _add_sightings([record for record in outcome.records if isinstance(record, Sighting)], keyring)
    for record in outcome.records:
        if not isinstance(record, Post | Sighting):
            _add_record(record, by, now, keyring)
    for change in outcome.index:
        _change_index(change, now)
    _add_jobs(outcome.next, now)
    if outcome.position is not None:
        sums.move(outcome.position)


def case_key(case: str, keyring: Keyring) -> bytes | None:
    """Return the key that seals a case's records; None once the case was closed. "" is the store's own."""
    if not case:
        return keyring.store_key
    wrapped = CaseRow.objects.filter(key=case).values_list("wrapped_key", flat=True).first()
    return None if wrapped is None else keyring.unwrap(case, bytes(wrapped))


def _add_record(record: Record, by: str, now: datetime, keyring: Keyring) -> None:
    if RecordRow.objects.filter(key=record.key).exists():
        return
    if isinstance(record, Case):
        sums.open_case(record, keyring.new_case_key(record.key))
    case = case_of(record)
    key = case_key(case, keyring)
    if key is None:
        return  # the case was closed while a step was at work: nothing of it may be kept
    kind = kind_of(record)
    body = seal(key, encode(record), f"{kind}:{record.key}")
    RecordRow.objects.create(
        key=record.key, kind=kind, case=case, parent=parent_of(record), at=now, body=body
    )
    audit.append(by, kind, record.key, body, now)
    sums.add(record, now)


def _add_posts(posts: Sequence[Post], needed: AbstractSet[str], keyring: Keyring) -> None:
    """Add posts. Author and text of those that nothing waits for and nothing was found in are not written."""
    rows = []
    for post in posts:
        core = replace(post, author="", text="")
        is_needed = post.is_named or post.key in needed
        rows.append(
            PostRow(
                key=post.key,
                watch=post.watch,
                seen_at=post.seen_at,
                core=seal(keyring.store_key, encode(core), f"core:{post.key}"),
                words=seal(keyring.store_key, encode((post.author, post.text)), f"words:{post.key}")
                if is_needed
                else None,
                is_tidy=not is_needed,
            )
        )
    PostRow.objects.bulk_create(rows, ignore_conflicts=True)


def _add_sightings(sightings: Sequence[Sighting], keyring: Keyring) -> None:
    SightingRow.objects.bulk_create(
        [
            SightingRow(
                key=sighting.key,
                post=sighting.post,
                seen_at=sighting.seen_at,
                body=seal(keyring.store_key, encode(sighting), f"Sighting:{sighting.key}"),
            )
            for sighting in sightings
        ],
        ignore_conflicts=True,
    )


def _change_index(change: IndexChange, now: datetime) -> None:
    log = IndexRow.objects.filter(reference=change.reference).order_by("-seq")
    if log.values_list("is_added", flat=True).first() is not change.is_added:
        IndexRow.objects.create(
            reference=change.reference, case=change.case, is_added=change.is_added, at=now
        )


def _add_jobs(jobs: Sequence[Job], now: datetime) -> None:
    """Add jobs. One that waits already is moved forward if it is now wanted sooner, at a named time.

    One that runs meanwhile runs once more, since it may have read what was before; one that was laid aside
    waits again.
    """
    rows = [
        JobRow(
            name=job.name,
            step=job.step,
            key=job.key,
            part=job.part,
            rank=job.rank,
            due=job.due or now,
            at=now,
        )
        for job in jobs
    ]
    JobRow.objects.bulk_create(rows, ignore_conflicts=True)
    for job in jobs:
        if job.due is not None:
            waiting = JobRow.objects.filter(name=job.name, state=JobState.WAITING, due__gt=job.due)
            waiting.update(due=job.due)
    _ask_again([job for job in jobs if job.rank == 0 and job.step not in AT_MOST_ONCE], now)


def _ask_again(jobs: Sequence[Job], now: datetime) -> None:
    wanted = {job.name: job.due or now for job in jobs}
    busy = JobRow.objects.filter(name__in=wanted).exclude(state=JobState.WAITING)
    for row in busy:
        if row.state == JobState.PARKED:
            row.state, row.due, row.attempts, row.reason = JobState.WAITING, wanted[row.name], 0, ""
        else:  # `Store.finish` sees by the new moment that it was asked for
            row.due = max(wanted[row.name], row.due + MOMENT)
        row.save(update_fields=["state", "due", "attempts", "reason"])
