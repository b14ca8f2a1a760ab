"""Reading Nostr events: only genuine ones, with everything they show, and deletions as tombstones."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from nostr_sdk import EventId, Keys

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post
from jikimi.sources.nostr_event import NostrEvent, address_of, is_genuine, posts_of
from nostr_peer import KEYS, signed_event

SEEN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DIGEST = "ab" * 32


def read(text: str) -> NostrEvent:
    return msgspec.json.decode(text, type=NostrEvent)


def post(content: str, tags: list[list[str]] | None = None, kind: int = 1) -> Post:
    (only,) = posts_of(read(signed_event(content, tags or [], 1_790_000_000, kind=kind)), "watch", SEEN)
    return only


@pytest.mark.parametrize(
    "content",
    ["", "plain", 'quotes " \\ /', "줄\n바꿈\t\r\b\f", "\u007f \u2028 \U0001f600", "<&>", "\\u0007", "\x07"],
)
def test_an_event_of_another_implementation_is_genuine(content: str) -> None:
    assert is_genuine(read(signed_event(content, [["t", content or "x"]])))


@pytest.mark.parametrize("field", ["id", "pubkey", "created_at", "kind", "tags", "content"])
def test_an_event_that_somebody_changed_is_not(field: str) -> None:
    changed = {
        "id": DIGEST,
        "pubkey": DIGEST,
        "created_at": 1,
        "kind": 20,
        "tags": [["x"]],
        "content": "other",
    }
    fields = json.loads(signed_event("original")) | {field: changed[field]}
    assert not is_genuine(read(json.dumps(fields)))


def test_its_address_is_the_one_other_programs_show() -> None:
    event = read(signed_event("text"))
    assert address_of(event.id) == f"nostr:{EventId.parse(event.id).to_bech32()}"


def test_a_note_brings_its_words_author_and_date() -> None:
    note = post("words")
    assert (note.text, note.author, note.watch) == ("words", KEYS.public_key().to_hex(), "watch")
    assert note.published_at == datetime.fromtimestamp(1_790_000_000, UTC)


def test_links_to_media_in_the_text_are_found_without_the_full_stop() -> None:
    note = post(
        "See https://a.test/1.jpg, https://a.test/2.MP4?x=1. And https://a.test/page (https://a.test/3.png)"
    )
    assert [(ref.kind, ref.url) for ref in note.media] == [
        (Kind.IMAGE, "https://a.test/1.jpg"),
        (Kind.VIDEO, "https://a.test/2.MP4?x=1"),
        (Kind.IMAGE, "https://a.test/3.png"),
    ]


def test_an_imeta_tag_says_more_about_the_same_link() -> None:
    tag = ["imeta", "url https://a.test/1.jpg", "m image/jpeg", f"x {DIGEST}", "size 123", "alt a drawing"]
    note = post("https://a.test/1.jpg", [tag])
    assert note.media == (
        MediaRef(Kind.IMAGE, "https://a.test/1.jpg", mime="image/jpeg", size=123, sha256=DIGEST),
    )


def test_a_file_event_is_the_file() -> None:
    tags = [["url", "https://a.test/blob"], ["m", "video/mp4"], ["x", DIGEST], ["size", "many"]]
    (ref,) = post("caption", tags, kind=1063).media
    assert (ref.kind, ref.url, ref.size, ref.sha256) == (Kind.VIDEO, "https://a.test/blob", None, DIGEST)


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        (["url https://a.test/blob"], [Kind.IMAGE]),
        (["url https://a.test/blob", "m text/plain"], []),
        (["url"], []),
    ],
)
def test_a_picture_event_shows_what_its_tags_name(facts: list[str], kinds: list[Kind]) -> None:
    assert [ref.kind for ref in post("", [["imeta", *facts]], kind=20).media] == kinds


def test_a_deletion_is_a_tombstone_for_every_post_it_names() -> None:
    keys = Keys.generate()
    tags = [["e", "11" * 32], ["e", "22" * 32], ["e", "11" * 32], ["e", "not an id"], ["e"], ["k", "1"]]
    stones = list(posts_of(read(signed_event("", tags, kind=5, keys=keys)), "watch", SEEN))
    assert [stone.id for stone in stones] == ["11" * 32, "22" * 32]
    assert all(stone.is_deleted and stone.author == keys.public_key().to_hex() for stone in stones)


def test_an_impossible_date_is_no_date() -> None:
    event = NostrEvent("00" * 32, "00" * 32, 10**18, 1, [], "")
    (only,) = posts_of(event, "watch", SEEN)
    assert only.published_at is None
    assert only.visible_at == SEEN
