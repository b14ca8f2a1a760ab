"""Whatever a relay or an author sends, reading it ends in a message, a post, or a count."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import libipld
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jikimi.sources import bluesky_firehose, bluesky_jetstream
from jikimi.sources.bluesky_message import Message
from jikimi.sources.bluesky_post import Change, post_of, read_post, tombstones_of

sys.path.append(str(Path(__file__).parents[1] / "atproto"))

from scripted_network import AUTHOR, POST, car, cid_of, frame, record

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
WORDS = st.sampled_from(
    ["text", "embed", "facets", "features", "uri", "images", "image", "ref", "$link", "external", "media",
     "video", "items", "alt", "tags", "mimeType", "size", "thumb", "seq", "time", "ops", "blocks", "path"]
)  # fmt: skip
PLAIN = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=12)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=25,
)
MAPS = st.dictionaries(WORDS, VALUES, max_size=8)


@settings(max_examples=150, deadline=None)
@given(MAPS)
def test_any_record_is_a_post_or_refused(value: dict[str, Any]) -> None:
    try:
        draft = read_post(Change(AUTHOR, "key", NOW, value))
    except ValueError:
        return
    post = post_of(draft, "https://server.example", "watch", NOW)
    assert all(medium.url.startswith(("http://", "https://")) for medium in post.media)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | MAPS.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_from_a_jetstream_are_a_message(raw: bytes) -> None:
    assert isinstance(bluesky_jetstream.read(raw), Message)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.tuples(st.sampled_from(["#commit", "#sync", "#account", "#info", "#new", "x"]), MAPS).map(
        lambda pair: frame(1, *pair)
    )
)
def test_any_bytes_from_a_firehose_are_a_message(raw: bytes) -> None:
    assert isinstance(bluesky_firehose.read(raw), Message)


def commit(**fields: Any) -> Message:
    body = libipld.encode_dag_cbor(record("words"))
    cid = cid_of(body, 0x71)
    op = {"action": "create", "path": f"{POST}/key", "cid": cid}
    whole = {
        "seq": 7,
        "repo": AUTHOR,
        "time": "2026-11-22T13:00:00Z",
        "ops": [op],
        "blocks": car([(cid, body)]),
    }
    return bluesky_firehose.read(frame(1, "#commit", {**whole, **fields}))


def test_a_commit_brings_its_post_and_its_time() -> None:
    (change,) = commit().came
    assert (change.rkey, change.moment, change.record["text"]) == ("key", NOW, "words")


@pytest.mark.parametrize("fields", [{"seq": 0}, {"seq": 2**60}, {"seq": "7"}, {"time": 7}])
def test_a_message_without_a_proper_place_or_time_is_none(fields: dict[str, Any]) -> None:
    assert commit(**fields) == bluesky_firehose.UNREADABLE


@pytest.mark.parametrize("time", ["now", "", "0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-01:00"])
def test_a_time_that_is_none_hides_no_post(time: str) -> None:
    (change,) = commit(time=time).came
    assert (change.rkey, change.moment) == ("key", None)
    post = post_of(read_post(change), "https://server.example", "watch", NOW)
    assert (post.published_at, post.visible_at) == (None, NOW)
    assert bluesky_firehose.read(frame(1, "#identity", {"seq": 7, "did": AUTHOR, "time": time})).position == 7


@pytest.mark.parametrize("blocks", [b"", b"junk", car([])])
def test_a_commit_whose_records_cannot_be_read_is_counted_and_passed(blocks: bytes) -> None:
    message = commit(blocks=blocks)
    assert (message.position, message.came, message.skipped) == (7, (), 1)


@pytest.mark.parametrize("time_us", [0, -1, 2**60, "1", None])
def test_a_jetstream_message_without_a_proper_time_is_none(time_us: Any) -> None:
    raw = json.dumps({"did": AUTHOR, "kind": "account", "time_us": time_us}).encode()
    assert bluesky_jetstream.read(raw) == bluesky_jetstream.UNREADABLE


def test_a_deletion_by_jetstream_names_one_post() -> None:
    commit_ = {"operation": "delete", "collection": POST, "rkey": "key"}
    raw = json.dumps({"did": AUTHOR, "kind": "commit", "time_us": 1_795_000_000_000_000, "commit": commit_})
    (change,) = bluesky_jetstream.read(raw.encode()).went
    assert [post.id for post in tombstones_of(change, "watch", NOW)] == [f"at://{AUTHOR}/{POST}/key"]
