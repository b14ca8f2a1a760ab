"""Writes one outcome: records, audit links, sums, reference log, jobs, position; all or nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from jikimi.model.alert import IndexChange, Job
from jikimi.model.case import Case
from jikimi.model.outcome import Outcome, Record
from jikimi.model.post import Post, Sighting
from jikimi.store import audit, sums
from jikimi.store.codec import case_of, encode, kind_of, parent_of
from jikimi.store.keyring import Keyring, seal
from jikimi.store.models import CaseRow, IndexRow, JobRow, JobState, PostRow, RecordRow, SightingRow


def append(outcome: Outcome, *, by: str, now: datetime, keyring: Keyring) -> None:
    """Write an outcome. Call inside the writer's transaction. Writing it again changes nothing."""
    _add_posts([record for record in outcome.records if isinstance(record, Post)], keyring)
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


def _add_posts(posts: Sequence[Post], keyring: Keyring) -> None:
    rows = []
    for post in posts:
        core = replace(post, author="", text="")
        rows.append(
            PostRow(
                key=post.key,
                watch=post.watch,
                seen_at=post.seen_at,
                core=seal(keyring.store_key, encode(core), f"core:{post.key}"),
                words=seal(keyring.store_key, encode((post.author, post.text)), f"words:{post.key}"),
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
    """Add jobs. One that waits already is moved forward if it is now wanted sooner, at a named time."""
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
