"""What the queue does inside a transaction: which jobs are ready, who gets them, what is forgotten."""

import secrets
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from jikimi.model.alert import Job
from jikimi.store.models import JobRow, JobState, PostRow, SightingRow

LEASE = timedelta(minutes=5)  # longer than any step may take; a shorter one would let two workers meet
TIDY_AFTER = timedelta(seconds=5)
FORGET_AT_ONCE = 1_000
LOOKS = ("look", "look_again")  # while one of these waits, a post keeps its words


def ready(now: datetime, below: int | None = None) -> QuerySet[JobRow]:
    """Return the jobs that may be leased: due ones, and those whose lease ran out; of ranks `below` only."""
    waiting = Q(state=JobState.WAITING, due__lte=now)
    expired = Q(state=JobState.LEASED, lease_until__lt=now)
    jobs = JobRow.objects.filter(waiting | expired)
    return jobs if below is None else jobs.filter(rank__lt=below)


def lease(limit: int, now: datetime, holder: str, below: int | None = None) -> tuple[Job, ...]:
    """Lease up to `limit` ready jobs to `holder`, lowest rank first, then oldest due."""
    rows = list(ready(now, below).select_for_update(skip_locked=True).order_by("rank", "due")[:limit])
    jobs = []
    for row in rows:
        is_interrupted = row.is_interrupted or row.state == JobState.LEASED
        row.state = JobState.LEASED
        row.lease = f"{holder}:{secrets.token_hex(16)}"
        row.lease_until = now + LEASE
        row.attempts += 1
        row.is_interrupted = is_interrupted
        jobs.append(
            Job(row.step, row.key, row.part, row.due, row.rank, row.attempts, is_interrupted, row.lease)
        )
    JobRow.objects.bulk_update(rows, ["state", "lease", "lease_until", "attempts", "is_interrupted"])
    return tuple(jobs)


def has_untidy(now: datetime) -> bool:
    """Tell whether there are posts whose words should be forgotten."""
    return _looked_at(now).exists()


def tidy(now: datetime) -> int:
    """Forget author and text of posts whose media are looked at; of matched ones the address too."""
    done = _looked_at(now)
    others = SightingRow.objects.filter(post=OuterRef("key"))  # its other media may match later
    matched = done.filter(~Exists(others), is_matched=True)
    number = matched.update(core=None, words=None, is_tidy=True)
    return number + done.update(words=None, is_tidy=True)


def has_old(before: datetime) -> bool:
    """Tell whether the oldest sighting or post is older than that."""
    oldest = [
        SightingRow.objects.order_by("seq").values_list("seen_at", flat=True).first(),
        PostRow.objects.order_by("seen_at").values_list("seen_at", flat=True).first(),
    ]
    return any(at is not None and at < before for at in oldest)


def forget_old(before: datetime) -> None:
    """Delete the oldest sightings and posts, a bounded number at a time."""
    for rows in (SightingRow.objects.order_by("seq"), PostRow.objects.order_by("seen_at")):
        old = rows.filter(seen_at__lt=before)[:FORGET_AT_ONCE]
        rows.model._default_manager.filter(pk__in=list(old.values_list("pk", flat=True))).delete()  # noqa: SLF001  # Django's public name for it


def _looked_at(now: datetime) -> QuerySet[PostRow]:
    looking = JobRow.objects.filter(key=OuterRef("key"), step__in=LOOKS).exclude(state=JobState.PARKED)
    return PostRow.objects.filter(~Exists(looking), is_tidy=False, seen_at__lt=now - TIDY_AFTER)
