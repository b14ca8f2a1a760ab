"""The audit chain: one link a record, each holding the digest of the one before (RFC 6962 in spirit).

Who edits, removes or reorders a link breaks every later one. Who recomputes the whole chain is caught by
any older `head` that was written down elsewhere; `jikimi status` prints it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from jikimi.model.case import Closure
from jikimi.store.models import AuditRow, RecordRow

GENESIS = "0" * 64
CLOSURE = Closure.__name__
UNPAIRED = "records and links do not pair up: one was removed or slipped in"


@dataclass(frozen=True, slots=True)
class Chain:
    """What a walk along the chain found. `problem` is "" when every link holds."""

    links: int
    head: str
    problem: str


def append(actor: str, kind: str, key: str, body: bytes, at: datetime) -> None:
    """Add a link for a sealed body. Call inside the writer's transaction."""
    newest = AuditRow.objects.order_by("-seq").values_list("seq", "link").first()
    seq, previous = (newest[0] + 1, newest[1]) if newest else (1, GENESIS)
    row = AuditRow(
        seq=seq,
        at=at.isoformat(),
        actor=actor,
        kind=kind,
        key=key,
        digest=hashlib.sha256(body).hexdigest(),
        previous=previous,
    )
    row.link = _link(row)
    row.save(force_insert=True)


def walk() -> Chain:
    """Check every link, and every sealed body that is still there against its digest.

    What is added meanwhile is left for the next walk.
    """
    previous, count, closed = GENESIS, 0, set[str]()
    last = AuditRow.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    links = AuditRow.objects.filter(seq__lte=last).order_by("seq").iterator()
    records = RecordRow.objects.order_by("seq").values_list("key", "body", "case")[:last].iterator()
    for row, record in zip_longest(links, records):
        if row is None or record is None:
            return Chain(count, previous, UNPAIRED)
        count += 1
        if row.seq != count or row.previous != previous or row.link != _link(row):
            return Chain(count, previous, f"link {row.seq} does not follow from the one before")
        key, body, case = record[0], bytes(record[1]), record[2]
        if key != row.key or not (_is_untouched(body, row.digest) or _is_shredded(body, case, closed)):
            return Chain(count, previous, f"record {row.key} was changed after it was written")
        previous = row.link
    # In this order: a pair that is added in between has its link counted at least.
    is_paired = RecordRow.objects.count() <= AuditRow.objects.count()
    return Chain(count, previous, "" if is_paired else UNPAIRED)


def head() -> str:
    """Return the newest link, to be written down elsewhere."""
    return AuditRow.objects.order_by("-seq").values_list("link", flat=True).first() or GENESIS


def _is_untouched(body: bytes, digest: str) -> bool:
    return hashlib.sha256(body).hexdigest() == digest


def _is_shredded(body: bytes, case: str, closed: set[str]) -> bool:
    """Tell whether a body is empty because its case was closed, which has a record of its own."""
    if not body and case not in closed and RecordRow.objects.filter(kind=CLOSURE, parent=case).exists():
        closed.add(case)
    return not body and case in closed


def _link(row: AuditRow) -> str:
    parts = (row.previous, str(row.seq), row.at, row.actor, row.kind, row.key, row.digest)
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return digest.hexdigest()
