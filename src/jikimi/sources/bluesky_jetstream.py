"""Reads messages of a Jetstream, the network's JSON stream (https://github.com/bluesky-social/jetstream)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from jikimi.sources.bluesky_message import UNREADABLE, Message
from jikimi.sources.bluesky_post import COLLECTION, Change

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Microseconds = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class Commit(msgspec.Struct):
    """What became of one record."""

    operation: str
    collection: str
    rkey: str = ""
    cid: str = ""
    record: Any = None


class Told(msgspec.Struct):
    """One message; `time_us` is in microseconds since 1970."""

    did: str
    time_us: Microseconds
    kind: str
    commit: Commit | None = None


DECODER = msgspec.json.Decoder(Told)


def read(raw: bytes) -> Message:
    """Read one message; UNREADABLE when it is none."""
    try:
        told = DECODER.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return UNREADABLE
    moment = moment_of(told.time_us)
    if told.kind != "commit":
        return Message(told.time_us, moment, moved=told.did)
    commit = told.commit
    if commit is None:
        return Message(told.time_us, moment, skipped=1)
    if commit.collection != COLLECTION:
        return Message(told.time_us, moment)
    if commit.operation == "delete":
        return Message(told.time_us, moment, went=(Change(told.did, commit.rkey, moment),))
    version = commit.cid if commit.operation == "update" else ""
    return Message(
        told.time_us, moment, came=(Change(told.did, commit.rkey, moment, commit.record, version),)
    )


def moment_of(microseconds: int) -> datetime:
    """Return the moment of a Jetstream time."""
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds_of(moment: datetime) -> int:
    """Return the Jetstream time of a moment."""
    return (moment - EPOCH) // timedelta(microseconds=1)
