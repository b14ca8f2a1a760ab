"""Reading a Bluesky post: what it says, where its media are, what it is called."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from jikimi.model.fingerprint import Kind
from jikimi.model.post import Post
from jikimi.sources.bluesky_post import Change, post_of, read_post, text_of_cid, tombstones_of

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
DID = "did:plc:" + "a2" * 12
HOME = "https://server.example"
DIGEST = bytes(range(32))
CID = text_of_cid(b"\x01\x55\x12\x20" + DIGEST)
FILE = f"{HOME}/xrpc/com.atproto.sync.getBlob?did={DID}&cid={CID}"


def blob(mime: str = "image/jpeg", size: int = 1234) -> dict[str, Any]:
    return {"$type": "blob", "ref": {"$link": CID}, "mimeType": mime, "size": size}


def change(record: Any, **more: Any) -> Change:
    return Change(**{"did": DID, "rkey": "3kabc", "moment": NOW, "record": record, **more})


def read(embed: Any = None, text: str = "words", home: str = HOME, **more: Any) -> Post:
    return post_of(read_post(change({"text": text, "embed": embed, **more})), home, "watch", NOW)


def images(*alts: str) -> dict[str, Any]:
    return {"$type": "app.bsky.embed.images", "images": [{"image": blob(), "alt": alt} for alt in alts]}


def test_a_picture_is_at_the_authors_server_and_known_by_its_digest() -> None:
    post = read(images("a willow"))
    (medium,) = post.media
    assert (medium.kind, medium.url, medium.mime, medium.size) == (Kind.IMAGE, FILE, "image/jpeg", 1234)
    assert medium.sha256 == DIGEST.hex()
    assert post.text == "words\na willow"
    assert post.id == f"at://{DID}/app.bsky.feed.post/3kabc"
    assert post.url == f"https://bsky.app/profile/{DID}/post/3kabc"
    assert (post.author, post.published_at) == (DID, NOW)


def test_a_cid_in_bytes_names_the_same_file_as_in_letters() -> None:
    picture = {"image": {**blob(), "ref": b"\x01\x55\x12\x20" + DIGEST}, "alt": ""}
    assert read({"images": [picture]}).media[0].url == FILE


def test_an_old_blob_without_a_link_is_read_too() -> None:
    picture = {"image": {"cid": CID, "mimeType": "image/png"}, "alt": ""}
    (medium,) = read({"images": [picture]}).media
    assert (medium.url, medium.size) == (FILE, None)


def test_a_gallery_and_a_film_are_media() -> None:
    gallery = {"$type": "app.bsky.embed.gallery", "items": [{"image": blob(), "alt": "one"}]}
    film = {"$type": "app.bsky.embed.video", "video": blob("video/mp4", 7_000_000), "alt": "a stream"}
    assert read(gallery).media[0].kind is Kind.IMAGE
    (medium,) = read(film).media
    assert (medium.kind, medium.mime, medium.size) == (Kind.VIDEO, "video/mp4", 7_000_000)
    assert read(film).text == "words\na stream"


def test_media_beside_a_quoted_post_are_found() -> None:
    quote = {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": {}}, "media": images("a willow")}
    assert [medium.url for medium in read(quote).media] == [FILE]
    assert "a willow" in read(quote).text


def test_a_card_gives_its_words_its_picture_and_a_moving_picture_it_links_to() -> None:
    link = "https://media.example.org/willow.gif?hh=200"
    card = {"uri": link, "title": "Willow", "description": "in the wind", "thumb": blob()}
    post = read({"$type": "app.bsky.embed.external", "external": card})
    assert [medium.url for medium in post.media] == [FILE, link]
    assert post.text == f"words\nWillow\nin the wind\n{link}"


def test_links_and_tags_count_as_words() -> None:
    facet = {"features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/a.jpg"}]}
    post = read(facets=[facet], tags=["willow"])
    assert post.text == "words\nhttps://example.org/a.jpg\nwillow"
    assert [medium.url for medium in post.media] == ["https://example.org/a.jpg"]


def test_a_file_named_twice_is_one_medium() -> None:
    assert len(read(images("one", "two")).media) == 1


def test_without_a_server_the_words_remain() -> None:
    post = read(images("a willow"), home="")
    assert (post.media, post.text) == ((), "words\na willow")


@pytest.mark.parametrize(
    "embed", [{"images": "none"}, {"images": [{"image": 7}]}, ["x"], "x", {"media": {"media": 1}}]
)
def test_an_embed_nobody_can_show_leaves_the_words(embed: Any) -> None:
    assert (read(embed).text, read(embed).media) == ("words", ())


@pytest.mark.parametrize("cid", ["", "../../etc", "b&did=x", 7, {"$link": None}])
def test_a_file_without_a_proper_name_is_none(cid: Any) -> None:
    assert read({"images": [{"image": {**blob(), "ref": cid}, "alt": ""}]}).media == ()


@pytest.mark.parametrize("record", [None, {}, {"text": 7}, [], "words"])
def test_what_has_no_words_is_no_post(record: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_post(change(record))


@pytest.mark.parametrize("name", [{"did": "did:plc:a/../b"}, {"rkey": "a/b"}, {"rkey": ""}, {"did": "x"}])
def test_a_name_that_could_lead_elsewhere_is_refused(name: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no name"):
        read_post(change({"text": "words"}, **name))
    with pytest.raises(ValueError, match="no name"):
        list(tombstones_of(change(None, **name), "watch", NOW))


def test_a_post_that_replaced_another_is_a_post_of_its_own() -> None:
    draft = read_post(change({"text": "other words"}, version="bafynewer"))
    post = post_of(draft, HOME, "watch", NOW)
    assert post.id == f"at://{DID}/app.bsky.feed.post/3kabc#bafynewer"


def test_a_deletion_names_the_post_and_the_version_that_was_there() -> None:
    gone = list(tombstones_of(change(None, version="bafynewer"), "watch", NOW))
    assert [post.id.partition("3kabc")[2] for post in gone] == ["#bafynewer", ""]
    assert all(post.is_deleted and not post.media for post in gone)
