"""Turns records into bytes and back, and knows which case and parent a record belongs to."""

from functools import cache
from typing import Any, TypeVar, cast, get_args

import msgspec

from jikimi.model.alert import Alert, Evidence, Notice, Place, Placeholder, Receipt, Recheck
from jikimi.model.case import (
    Approval,
    Closure,
    Decision,
    Export,
    Exposure,
    Lapse,
    Reference,
    Renewal,
    Switch,
    Withdrawal,
)
from jikimi.model.contact import Confirmation, Contact, Disuse, Lookup
from jikimi.model.custody import Captured, HandOver, Stamp
from jikimi.model.errors import Misconfigured
from jikimi.model.mail import LeftOut, Mailing, Queued, Reading, Reply
from jikimi.model.outcome import Record
from jikimi.model.partner import HandIn, Partner, PartnerEnd
from jikimi.model.policy import Choice, Hold, LastResort, Leave, Statement
from jikimi.model.post import Secret, Watch, WatchEnd
from jikimi.model.source import Gap, Query, SearchLeave
from jikimi.model.spell import Dossier, Hosting
from jikimi.model.text import KnownAs, well_formed
from jikimi.model.writing import Writing

R = TypeVar("R", bound=Record)

VERSION = b"\x01"

PARENT_FIELD: dict[type, str] = {
    Alert: "reference",
    Approval: "case",
    Captured: "place",
    Choice: "place",
    Closure: "case",
    Confirmation: "contact",
    Contact: "site",
    Decision: "alert",
    Disuse: "contact",
    Dossier: "site",
    Evidence: "place",
    Export: "evidence",
    Exposure: "place",
    Gap: "watch",
    HandIn: "partner",
    HandOver: "place",
    Hold: "about",
    Hosting: "site",
    KnownAs: "case",
    Lapse: "case",
    LastResort: "case",
    Leave: "day",
    LeftOut: "group",
    Lookup: "site",
    Mailing: "group",
    Notice: "place",
    Partner: "name",
    PartnerEnd: "partner",
    Place: "alert",
    Placeholder: "site",
    Query: "case",
    Queued: "group",
    Reading: "reply",
    Receipt: "notice",
    Recheck: "place",
    Reference: "case",
    Renewal: "case",
    Reply: "about",
    SearchLeave: "case",
    Stamp: "place",
    Statement: "case",
    Switch: "name",
    Watch: "name",
    WatchEnd: "watch",
    Withdrawal: "reference",
    Writing: "place",
}

KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Record)}


def kind_of(record: Record) -> str:
    """Return the record's kind as it stands in the table."""
    return type(record).__name__


def parent_of(record: Record) -> str:
    """Return the key (or name) of what the record is about, "" if of nothing else."""
    field = PARENT_FIELD.get(type(record))
    return "" if field is None else str(getattr(record, field))


def case_of(record: Record) -> str:
    """Return the case whose key seals the record; "" for the store's own key.

    A closure outlives its case's key, so it is sealed with the store's.
    """
    if isinstance(record, Closure):
        return ""
    return str(getattr(record, "case", ""))


def encode(record: Any) -> bytes:
    """Return a record as MessagePack behind a version byte."""
    return VERSION + msgspec.msgpack.encode(record, enc_hook=_encode_odd)


def decode(kind: type[R], body: bytes) -> R:
    """Return the record, strictly checked by type."""
    if body[:1] != VERSION:
        raise Misconfigured("This database was written by a newer Jikimi. Install that version.")
    reader = _decoder(cast("Any", kind))  # mypy holds that a kind of record has no hash
    return cast("R", reader.decode(memoryview(body)[1:]))


@cache
def _decoder(kind: type) -> msgspec.msgpack.Decoder[Any]:
    """Return the reader of a kind, made once: making it takes longer than reading with it."""
    return msgspec.msgpack.Decoder(kind, dec_hook=_decode_odd)


def _encode_odd(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(f"cannot store a {type(value).__name__}")


def _decode_odd(kind: type, value: Any) -> Any:
    if kind is Secret:
        return Secret(value)
    raise NotImplementedError(f"cannot read a {kind.__name__}")


def storable(text: str) -> str:
    """Return a text as every database takes it; it may quote what another server said."""
    return well_formed(text).replace("\0", "\ufffd")
