"""The tables. Sealed bodies are the truth; the other columns are what must be searched for.

Records are appended and never changed. `CaseRow`, `WatchRow` and `AlertRow` are sums of those records,
kept so that the console can list and sort; they hold keys, times and counts, never a name or an address.
"""

from typing import ClassVar

from django.db import models

from jikimi.model.standing import Standing

KEY = 64
HOST = 254  # the longest host name (RFC 1035)


class RecordRow(models.Model):
    """One record, sealed with its case's key, or with the store's where it belongs to no case."""

    seq = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=KEY, unique=True)
    kind = models.CharField(max_length=32)
    case = models.CharField(max_length=KEY, default="")
    parent = models.CharField(max_length=KEY, default="")
    at = models.DateTimeField()
    body = models.BinaryField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kind", "parent"], name="record_kind_parent"),
            models.Index(fields=["kind", "case"], name="record_kind_case"),
        ]


class PostRow(models.Model):
    """One post. `words` (author and text) go as soon as its media are looked at; see `Queue.tidy`."""

    key = models.CharField(max_length=KEY, primary_key=True)
    watch = models.CharField(max_length=128)
    seen_at = models.DateTimeField()
    core = models.BinaryField(null=True)
    words = models.BinaryField(null=True)
    is_matched = models.BooleanField(default=False)
    is_tidy = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["seen_at"], name="post_untidy", condition=models.Q(is_tidy=False)),
            models.Index(fields=["seen_at"], name="post_seen"),
        ]


class SightingRow(models.Model):
    """One fingerprinted medium that matched nothing: the archive a new reference is compared with."""

    seq = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=KEY, unique=True)
    post = models.CharField(max_length=KEY, db_index=True)
    seen_at = models.DateTimeField()
    body = models.BinaryField()


class JobState(models.TextChoices):
    """Where a job stands. Finished jobs are deleted."""

    WAITING = "waiting"
    LEASED = "leased"
    PARKED = "parked"


class JobRow(models.Model):
    """One step to run on one record."""

    name = models.CharField(max_length=160, primary_key=True)
    step = models.CharField(max_length=32)
    key = models.CharField(max_length=KEY)
    part = models.IntegerField(default=0)
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.WAITING)
    due = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    rank = models.SmallIntegerField(default=0)
    is_interrupted = models.BooleanField(default=False)
    lease = models.CharField(max_length=64, default="")
    lease_until = models.DateTimeField(null=True)
    reason = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "rank", "due"], name="job_state_due"),
            models.Index(fields=["key"], name="job_key"),
        ]


class CaseState(models.TextChoices):
    """Where a case stands."""

    PROPOSED = "proposed"
    LIVE = "live"
    EXPIRED = "expired"
    CLOSED = "closed"


class CaseRow(models.Model):
    """One case's standing and its wrapped key. Closing it sets the key to nothing, for good."""

    key = models.CharField(max_length=KEY, primary_key=True)
    number = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.PROPOSED)
    wrapped_key = models.BinaryField(null=True)
    opened_at = models.DateTimeField()
    expires_on = models.DateField()


class AlertState(models.TextChoices):
    """Where an alert stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    BACK = "back"  # a copy is there again after it was verified gone; decided as it was


class AlertRow(models.Model):
    """One alert's standing and both clocks. `tier` is 0 certain, 1 likely, 2 possible: the surest place's.

    `is_named` tells that the words of one of its posts, or what is written in a picture, name the case, too.
    """

    key = models.CharField(max_length=KEY, primary_key=True)
    case = models.CharField(max_length=KEY, db_index=True)
    reference = models.CharField(max_length=KEY)
    state = models.CharField(max_length=10, choices=AlertState.choices, default=AlertState.OPEN)
    tier = models.SmallIntegerField(default=2)
    is_named = models.BooleanField(default=False)
    places = models.IntegerField(default=0)
    visible_at = models.DateTimeField(null=True)
    alerted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "tier", "alerted_at"], name="alert_queue")]


class PlaceRow(models.Model):
    """One place's standing: both clocks of one copy, and whether it is gone."""

    key = models.CharField(max_length=KEY, primary_key=True)
    alert = models.CharField(max_length=KEY, db_index=True)
    case = models.CharField(max_length=KEY, db_index=True)
    post = models.CharField(max_length=KEY, db_index=True)
    watch = models.CharField(max_length=128)
    tier = models.SmallIntegerField()
    visible_at = models.DateTimeField()
    alerted_at = models.DateTimeField()
    requested_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    host = models.CharField(max_length=HOST, default="")
    asked = models.CharField(max_length=20, default=Standing.FOUND.value)
    seen = models.CharField(max_length=20, default="")
    standing_at = models.DateTimeField(null=True)
    regime = models.CharField(max_length=64, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["watch", "alerted_at"], name="place_watch")]

    @property
    def standing(self) -> Standing:
        """Return where it stands: what was seen counts before what was said."""
        return Standing(self.seen or self.asked)


class SpellRow(models.Model):
    """One copy from its first request until verified gone. `place` and `reference` end with the case."""

    place = models.CharField(max_length=KEY, default="", db_index=True)
    reference = models.CharField(max_length=KEY, default="", db_index=True)
    host = models.CharField(max_length=HOST)
    platform = models.CharField(max_length=64, default="")
    regime = models.CharField(max_length=64, default="")
    requested_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    missing_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    notices = models.IntegerField(default=1)
    refusals = models.IntegerField(default=0)


class StayRow(models.Model):
    """How long one copy was in one standing. `place` ends with the case."""

    place = models.CharField(max_length=KEY, default="", db_index=True)
    host = models.CharField(max_length=HOST)
    standing = models.CharField(max_length=20)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class HostRow(models.Model):
    """In which country a host's servers stand, as was said last."""

    host = models.CharField(max_length=HOST, primary_key=True)
    country = models.CharField(max_length=2)


class IndexRow(models.Model):
    """The reference log: what enters and leaves the search, in the order it was committed."""

    seq = models.BigAutoField(primary_key=True)
    reference = models.CharField(max_length=KEY)
    case = models.CharField(max_length=KEY)
    is_added = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["reference", "seq"], name="index_newest")]


class WatchRow(models.Model):
    """How far a watch has read, and its health."""

    name = models.CharField(max_length=128, primary_key=True)
    source = models.CharField(max_length=64, default="")
    record = models.CharField(max_length=KEY, default="")
    is_ended = models.BooleanField(default=False)
    cursor = models.TextField(default="")
    at = models.DateTimeField(null=True)
    newest_post_at = models.DateTimeField(null=True)
    posts = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    problem = models.TextField(default="")
    spent = models.JSONField(default=dict)


class AuditRow(models.Model):
    """One link of the audit chain: who added which record, and the digest of its sealed body."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=40)
    actor = models.CharField(max_length=150)
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=KEY)
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    link = models.CharField(max_length=64)


class EntryLinkRow(models.Model):
    """A one-time sign-in link. Only the digest of its token is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    username = models.CharField(max_length=150)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class DeliveryRow(models.Model):
    """Something that another server pushed to a watch, sealed; it goes once the watch has read it."""

    number = models.BigAutoField(primary_key=True)
    watch = models.CharField(max_length=128)
    mime = models.CharField(max_length=128)
    body = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["watch", "number"], name="delivery_watch")]


class HubRow(models.Model):
    """What a watch asked of a hub last: to be told of a topic (its SHA-256), or no longer."""

    watch = models.CharField(max_length=128)
    topic = models.CharField(max_length=64)
    is_wanted = models.BooleanField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["watch", "topic"], name="hub_topic")]
