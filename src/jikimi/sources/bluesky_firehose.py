"""Reads messages of the firehose, com.atproto.sync.subscribeRepos (https://atproto.com/specs/sync).

A message is two DAG-CBOR values, header and body; a commit brings its records in a CAR file. libipld reads
both: strict, bounded by the message's length and Python's recursion limit, and small. Records are taken as
the relay sends them: signatures are not checked, as nobody checks them behind a Jetstream.
"""

from typing import Annotated, Any

import libipld
import msgspec

from jikimi.sources.bluesky_message import UNREADABLE, Message
from jikimi.sources.bluesky_post import COLLECTION, Change, text_of_cid
from jikimi.sources.moments import read_moment

EMPTY_TREE = "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"  # of a repository with no record

Seq = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class Header(msgspec.Struct):
    """What kind of message follows: `op` 1 for one of kind `t`, -1 for an error."""

    op: int
    t: str = ""


class Op(msgspec.Struct):
    """What became of one record; `prev` is the version that was there before."""

    action: str
    path: str
    cid: bytes | None = None
    prev: bytes | None = None


class Commit(msgspec.Struct):
    """Changes of one repository. `time` is written by the author's server: nothing hangs on it."""

    seq: Seq
    repo: str
    time: str = ""
    ops: list[Op] = []
    blocks: bytes = b""
    tooBig: bool = False  # noqa: N815  # the lexicon's word


class About(msgspec.Struct):
    """What #identity, #account and #sync have in common."""

    seq: Seq
    did: str
    time: str = ""
    blocks: bytes = b""


class Notice(msgspec.Struct):
    """A warning's or an error's name."""

    name: str = ""
    error: str = ""


def read(raw: bytes) -> Message:
    """Read one message; UNREADABLE when it is none."""
    try:
        header, body = libipld.decode_dag_cbor_multi(raw)
        kind = msgspec.convert(header, Header)
        if kind.op == -1:
            return Message(error=msgspec.convert(body, Notice).error or "unnamed")
        if kind.t == "#info":
            return Message(warning=msgspec.convert(body, Notice).name)
        if kind.t == "#commit":
            return _commit(msgspec.convert(body, Commit))
        if kind.t in ("#identity", "#account", "#sync"):
            return _about(kind.t, msgspec.convert(body, About))
    except (ValueError, RecursionError):  # msgspec's own errors are such
        return UNREADABLE
    return Message()  # of a kind that came after us


def _about(kind: str, about: About) -> Message:
    """Read a message about a whole account; a repository that began anew may hold posts we never see."""
    is_lost = kind == "#sync" and not _is_empty(about.blocks)
    return Message(about.seq, read_moment(about.time), skipped=int(is_lost), moved=about.did)


def _is_empty(blocks: bytes) -> bool:
    """Tell whether the repository in a #sync holds nothing, as those of new accounts do."""
    try:
        header, found = libipld.decode_car(blocks)
        return text_of_cid(found[header["roots"][0]]["data"]) == EMPTY_TREE
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        return False


def _commit(commit: Commit) -> Message:
    moment = read_moment(commit.time)
    ops = [op for op in commit.ops if op.path.startswith(f"{COLLECTION}/")]
    if commit.tooBig:  # too large to be sent whole: what it changed is unknown
        return Message(commit.seq, moment, skipped=1)
    if not ops:
        return Message(commit.seq, moment)
    records = _records(commit.blocks)
    came, went, skipped = [], [], 0
    for op in ops:
        rkey = op.path.removeprefix(f"{COLLECTION}/")
        prev = text_of_cid(op.prev) if op.prev else ""
        if op.action == "delete":
            went.append(Change(commit.repo, rkey, moment, version=prev))
        elif op.cid is None or op.cid not in records:
            skipped += 1
        else:
            version = text_of_cid(op.cid) if op.action == "update" else ""
            came.append(Change(commit.repo, rkey, moment, records[op.cid], version))
    return Message(commit.seq, moment, tuple(came), tuple(went), skipped)


def _records(blocks: bytes) -> dict[bytes, Any]:
    try:
        return libipld.decode_car(blocks)[1]
    except (ValueError, RecursionError):
        return {}
