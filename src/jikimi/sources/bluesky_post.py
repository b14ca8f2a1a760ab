"""Reads one Bluesky post (app.bsky.feed.post): its words, and where its pictures and films are."""

import re
from base64 import b32decode, b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post
from jikimi.sources.kinds import kind_of_mime, kind_of_name

COLLECTION = "app.bsky.feed.post"
MOST_MEDIA = 100
MOST_TEXT = 20_000
MOST_LINKS = 50
DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")
RKEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")
CID = re.compile(r"[A-Za-z0-9]{20,120}")
MIME = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
RAW_SHA256 = b"\x01\x55\x12\x20"  # a CID of bytes as they are, named by their SHA-256


class Blob(msgspec.Struct):
    """A file in the author's repository. `ref` is {"$link": …} in JSON and bytes in CBOR; `cid` is old."""

    ref: Any = None
    cid: str = ""
    mimeType: str = ""  # noqa: N815  # the lexicon's word
    size: int = 0


class Picture(msgspec.Struct):
    """One picture of app.bsky.embed.images or app.bsky.embed.gallery."""

    image: Blob
    alt: str = ""


class External(msgspec.Struct):
    """A link with its card (app.bsky.embed.external); GIFs are such links, too."""

    uri: str = ""
    title: str = ""
    description: str = ""
    thumb: Blob | None = None


class Embed(msgspec.Struct):
    """What hangs below the words; of each kind the fields we read. `media` is beside a quoted post."""

    images: list[Picture] = []
    items: list[Picture] = []
    video: Blob | None = None
    alt: str = ""
    external: External | None = None
    media: "Embed | None" = None


class Record(msgspec.Struct):
    """A post. What belongs to it but is wrong in itself (`embed`, `facets`) does not make it unreadable."""

    text: str
    embed: Any = None
    facets: Any = None
    tags: Any = None


class Facet(msgspec.Struct):
    """What a stretch of the words means; we read links, which the words show shortened."""

    features: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class Medium:
    """A file in the author's repository, by its name there (CID)."""

    kind: Kind
    cid: str
    mime: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One post that came (`record` is as decoded) or went, in the repository `did`.

    `moment` is None where the network's word for it is none. `version` is the record's CID where it replaced
    another under the same name, or went after it did.
    """

    did: str
    rkey: str
    moment: datetime | None
    record: Any = None
    version: str = ""

    @property
    def uri(self) -> str:
        """Return the post's name on the network."""
        return f"at://{self.did}/{COLLECTION}/{self.rkey}"

    @property
    def address(self) -> str:
        """Return the page on which people see it."""
        return f"https://bsky.app/profile/{self.did}/post/{self.rkey}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that was read; its files have addresses only once the author's server is known."""

    change: Change
    text: str
    files: tuple[Medium, ...]
    linked: tuple[MediaRef, ...]


def read_post(change: Change) -> Draft:
    """Read a post's record. ValueError when it, or its name, is none."""
    check_name(change)
    record = msgspec.convert(change.record, Record)
    embed = _embed(record.embed)
    parts = (embed, embed.media or Embed())
    links = list(_links(record.facets))
    cards = [part.external for part in parts if part.external]
    words = [record.text, *_words(parts), *links, *_tags(record.tags)]
    linked = {url: kind for url in (*(card.uri for card in cards), *links) if (kind := _kind_of_link(url))}
    files = {medium.cid: medium for part in parts for medium in _files(part)}
    return Draft(
        change,
        "\n".join(word for word in words if word)[:MOST_TEXT],
        tuple(files.values())[:MOST_MEDIA],
        tuple(MediaRef(kind, url) for url, kind in linked.items())[:MOST_MEDIA],
    )


def check_name(change: Change) -> None:
    """Raise ValueError when a post's name is none, so that it can be no address of ours."""
    if not (DID.fullmatch(change.did) and RKEY.fullmatch(change.rkey)):
        raise ValueError("no name of a post")


def post_of(draft: Draft, home: str, watch: str, seen_at: datetime) -> Post:
    """Return the post with its files on the server `home` ("": unknown, and they are left out).

    `published_at` is when the network carried it: `createdAt` is whatever the author's program wrote.
    """
    change = draft.change
    files = [_ref(medium, change.did, home) for medium in draft.files if home]
    return Post(
        watch=watch,
        id=f"{change.uri}#{change.version}" if change.version else change.uri,
        url=change.address,
        author=change.did,
        text=draft.text,
        published_at=change.moment,
        seen_at=seen_at,
        media=(*files, *draft.linked),
    )


def tombstones_of(change: Change, watch: str, seen_at: datetime) -> Iterator[Post]:
    """Yield what says that a post, and the version that replaced it if we know of one, is gone."""
    check_name(change)
    newer = [f"{change.uri}#{change.version}"] if change.version else []
    for name in (*newer, change.uri):
        yield Post(watch, name, change.address, change.did, "", change.moment, seen_at, is_deleted=True)


def text_of_cid(raw: bytes) -> str:
    """Write a binary CID as text (multibase b)."""
    return "b" + b32encode(raw).decode().lower().rstrip("=")


def _ref(medium: Medium, did: str, home: str) -> MediaRef:
    """Address a file at the author's own server, where it is as it was uploaded."""
    query = urlencode({"did": did, "cid": medium.cid}, safe=":")
    url = f"{home}/xrpc/com.atproto.sync.getBlob?{query}"
    return MediaRef(medium.kind, url, mime=medium.mime, size=medium.size, sha256=_digest(medium.cid))


def _digest(cid: str) -> str | None:
    """Return the SHA-256 that a CID states, None where it names something else."""
    try:
        raw = b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8)) if cid[:1] == "b" else b""
    except ValueError:
        return None
    is_digest = raw.startswith(RAW_SHA256) and len(raw) == len(RAW_SHA256) + 32
    return raw[len(RAW_SHA256) :].hex() if is_digest else None


def _embed(value: Any) -> Embed:
    try:
        return msgspec.convert(value, Embed) if isinstance(value, dict) else Embed()
    except msgspec.ValidationError:
        return Embed()  # of a kind that is not Bluesky's own: no program shows it


def _words(parts: tuple[Embed, ...]) -> Iterator[str]:
    """Yield what pictures and films are described by, and what cards of links say."""
    for part in parts:
        yield from (picture.alt for picture in (*part.images, *part.items))
        yield part.alt
        if part.external:
            yield from (part.external.title, part.external.description, part.external.uri)


def _links(facets: Any) -> Iterator[str]:
    try:
        found = msgspec.convert(facets or [], list[Facet])
    except msgspec.ValidationError:
        return
    links = (feature.get("uri") for facet in found for feature in facet.features)
    yield from [link for link in links if isinstance(link, str)][:MOST_LINKS]


def _tags(tags: Any) -> Iterator[str]:
    yield from (tag for tag in (tags if isinstance(tags, list) else ()) if isinstance(tag, str))


def _kind_of_link(url: str) -> Kind | None:
    try:
        is_web = urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return None
    return kind_of_name(url) if is_web else None


def _files(part: Embed) -> Iterator[Medium]:
    """Yield the files of an embed, in order."""
    pictures = [picture.image for picture in (*part.images, *part.items)]
    thumbs = [part.external.thumb] if part.external and part.external.thumb else []
    for blob in (*pictures, *thumbs):
        yield from _medium(blob, Kind.IMAGE)
    if part.video:
        yield from _medium(part.video, Kind.VIDEO)


def _medium(blob: Blob, kind: Kind) -> Iterator[Medium]:
    link = blob.ref.get("$link") if isinstance(blob.ref, dict) else blob.ref
    cid = text_of_cid(link) if isinstance(link, bytes) else link or blob.cid
    if isinstance(cid, str) and CID.fullmatch(cid):
        mime = blob.mimeType if MIME.fullmatch(blob.mimeType) else None
        yield Medium(kind_of_mime(mime) or kind, cid, mime, blob.size if blob.size > 0 else None)
