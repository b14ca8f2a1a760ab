"""Reads one Nostr event (NIP-01): checks that its name fits its content, and finds what it shows."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from jikimi.model.fingerprint import Kind
from jikimi.model.post import MediaRef, Post
from jikimi.sources.kinds import kind_of_mime, kind_of_name

NOTE, DELETION, PICTURE, FILE = 1, 5, 20, 1063  # NIP-10, NIP-09, NIP-68, NIP-94
MOST_MEDIA = 100
MOST_TEXT = 20_000
HEX64 = re.compile(r"[0-9a-f]{64}")
SIZE = re.compile(r"[0-9]{1,15}")
LINK = re.compile(r"https?://[^\s\"'<>()\[\]{}]+", re.IGNORECASE)
ESCAPE = re.compile(r"\\(?:u00([01][0-9a-f])|.)")
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class NostrEvent(msgspec.Struct, frozen=True):
    """An event as relays send it; fields of NIP-01."""

    id: str
    pubkey: str
    created_at: int
    kind: int
    tags: list[list[str]]
    content: str


def is_genuine(event: NostrEvent) -> bool:
    """Tell whether the event's id is the hash of its content.

    So no relay can change a post or serve it under another name. The Schnorr signature is not checked
    (that needs libsecp256k1): a dishonest relay could invent posts, or deletions, of any author.
    """
    fields = [0, event.pubkey, event.created_at, event.kind, event.tags, event.content]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    # NIP-01 wants rare control characters as they are, JSON libraries escape them: relays accept either.
    verbatim = ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[0], text)
    return event.id in {sha256(form.encode("utf-8", "replace")).hexdigest() for form in (text, verbatim)}


def posts_of(event: NostrEvent, watch: str, seen_at: datetime) -> Iterator[Post]:
    """Yield the post, or one tombstone for every post that a deletion names.

    Whoever can write to the relay can ask for any deletion: a tombstone counts only if `author` is the
    post's own.
    """
    if event.kind != DELETION:
        yield Post(
            watch=watch,
            id=event.id,
            url=address_of(event.id),
            author=event.pubkey,
            text=event.content[:MOST_TEXT],
            published_at=_moment(event.created_at),
            seen_at=seen_at,
            media=tuple(_media(event)),
        )
        return
    for target in dict.fromkeys(tag[1] for tag in event.tags if tag[:1] == ["e"] and len(tag) > 1):
        if HEX64.fullmatch(target):
            moment = _moment(event.created_at)
            yield Post(watch, target, address_of(target), event.pubkey, "", moment, seen_at, is_deleted=True)


def address_of(event_id: str) -> str:
    """Return the NIP-21 address "nostr:note1…" (bech32, BIP-173), which every Nostr program opens."""
    bits = int(event_id, 16) << 4  # 256 bits, filled up to 52 groups of five
    words = [bits >> (5 * place) & 31 for place in range(51, -1, -1)]
    prefix = [ord(letter) >> 5 for letter in "note"] + [0] + [ord(letter) & 31 for letter in "note"]
    checksum = _polymod([*prefix, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [checksum >> (5 * place) & 31 for place in range(5, -1, -1)]
    return "nostr:note1" + "".join(BECH32[word] for word in words)


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, factor in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> place & 1:
                check ^= factor
    return check


def _moment(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _media(event: NostrEvent) -> Iterator[MediaRef]:
    """Yield what imeta tags (NIP-92), file tags (NIP-94) and links in the text point to, each once."""
    described = [dict(_pair(item) for item in tag[1:]) for tag in event.tags if tag[:1] == ["imeta"]]
    if event.kind == FILE:
        described.append({tag[0]: tag[1] for tag in event.tags if len(tag) > 1})
    linked = [{"url": link.rstrip(".,;:!?")} for link in LINK.findall(event.content)]
    found: dict[str, MediaRef] = {}
    for facts in (*described, *linked):
        url = facts.get("url", "")
        kind = kind_of_mime(facts.get("m")) or kind_of_name(url)
        if kind is None and facts in described and "m" not in facts:
            kind = Kind.IMAGE  # the tag says it is a medium, and pictures are the most
        if url and kind and len(found) < MOST_MEDIA:
            found.setdefault(url, _ref(kind, url, facts))
    return iter(found.values())


def _ref(kind: Kind, url: str, facts: Mapping[str, str]) -> MediaRef:
    size, digest = facts.get("size", ""), facts.get("x", "").lower()
    return MediaRef(
        kind,
        url,
        mime=facts.get("m"),
        size=int(size) if SIZE.fullmatch(size) else None,
        sha256=digest if HEX64.fullmatch(digest) else None,
    )


def _pair(item: str) -> tuple[str, str]:
    name, _, value = item.partition(" ")
    return name, value
