"""What the queue does inside a transaction: which jobs are ready, who gets them, what is forgotten."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Least

from jikimi.model.alert import Job
from jikimi.store.models import JobRow, JobState, PostRow, SightingRow

LEASE = timedelta(minutes=5)  # of who died; who lives holds on to it
TIDY_AFTER = timedelta(seconds=5)
FORGET_AT_ONCE = 1_000
LOOKS = ("look", "look_again")  # while one of these waits, a post keeps its words


def ready(now: datetime, below: int | None = None, least: int | None = None) -> QuerySet[JobRow]:
    """Return the waiting jobs that are due, of ranks `below` and of at `least`: lowest rank, then oldest.

    One rank alone, or all below one, are read in the order of the index, however many wait.
    """
    jobs = JobRow.objects.filter(state=JobState.WAITING, due__lte=now)
    if least is not None and below == least + 1:
        return jobs.filter(rank=least).order_by("due")
    jobs = jobs if below is None else jobs.filter(rank__lt=below)
    jobs = jobs if least is None else jobs.filter(rank__gte=least)
    return jobs.order_by("rank", "due")


def expired(now: datetime) -> QuerySet[JobRow]:
    """Return the jobs whose lease ran out."""
    return JobRow.objects.filter(state=JobState.LEASED, lease_until__lt=now)


def take_back(leased: QuerySet[JobRow]) -> int:
    """Let leased jobs wait again, as interrupted ones; return how many.

    What was asked of one for later while it ran does not put it off.
    """
    return leased.update(
        state=JobState.WAITING,
        due=Least("due", "lease_until"),
        lease="",
        lease_until=None,
        is_interrupted=True,
    )


def lease(
    limit: int, now: datetime, holder: str, below: int | None = None, least: int | None = None
) -> tuple[Job, ...]:
    """Lease up to `limit` ready jobs to `holder`, lowest rank first, then oldest due."""
    rows = list(ready(now, below, least).select_for_update(skip_locked=True)[:limit])
    token = f"{holder}:{secrets.token_hex(16)}"
    JobRow.objects.filter(name__in=[row.name for row in rows]).update(
        state=JobState.LEASED, lease=token, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    return tuple(
        Job(row.step, row.key, row.part, row.due, row.rank, row.attempts + 1, row.is_interrupted, token)
        for row in rows
    )


def hold(jobs: Iterable[Job], now: datetime) -> None:
    """Let leases last from now on, those of jobs that ended or were taken back left alone."""
    tokens = {job.name: job.lease for job in jobs}
    leased = JobRow.objects.filter(state=JobState.LEASED, name__in=tokens, lease__in=set(tokens.values()))
    leased.update(lease_until=now + LEASE)


def end(job: Job) -> tuple[bool, tuple[Job, ...]]:
    """End a job; return whether its lease still stood, and the job if it was asked for while it ran."""
    leased = JobRow.objects.filter(name=job.name, lease=job.lease)
    if job.due is not None and leased.filter(due=job.due).delete()[0]:
        return True, ()
    again = tuple(Job(job.step, job.key, job.part, row.due, job.rank) for row in leased)
    leased.delete()
    return bool(again), again


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
