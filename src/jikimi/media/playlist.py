"""Lets the story fetch a stream (HLS, DASH) as one file: a playlist is followed, its pieces are joined."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from jikimi.media.addresses import WebAddress, read_address
from jikimi.media.dash import dash_pieces, is_dash
from jikimi.media.hls import MAGIC, pieces_of, variants_of
from jikimi.media.pieces import Piece, nearest
from jikimi.model.errors import BadMedia, Gone, TryLater
from jikimi.model.ports import Clock, Fetched, Fetcher, Limits
from jikimi.model.post import Secret

LARGEST: Final = 4 * 2**20
"""Bytes of a playlist."""
_OK: Final = 200
_PART: Final = 206

Headers = Mapping[str, Secret] | None


class PlaylistDoor:
    """A Fetcher that answers a playlist with the stream it names; everything else comes as `web` has it.

    A playlist is told by its bytes, never by its name. Of several renderings the one nearest to 480 rows is
    taken. Limits hold for the whole: bytes and time together with all pieces; once they are used up, what has
    come is the file. A piece that is gone is left out; Gone is raised if all are. Every address goes through
    `web`, so one that may not be visited is Blocked, as any. A stream that is encrypted, empty or no playlist
    of its kind is BadMedia. Headers go to pieces of the origin that was asked, to no other.

    Only for media: sources, which read lists and feeds, are given `web` itself.
    """

    def __init__(self, web: Fetcher, *, clock: Clock) -> None:
        self._web = web
        self._clock = clock

    def fetch(self, url: str, limits: Limits, headers: Headers = None) -> Fetched:
        """Fetch one address, from any thread."""
        until = self._clock() + limits.deadline
        return self._whole(self._web.fetch(url, limits, headers), limits, headers, until)

    async def fetch_async(self, url: str, limits: Limits, headers: Headers = None) -> Fetched:
        """Fetch one address, from any event loop."""
        until = self._clock() + limits.deadline
        fetched = await self._web.fetch_async(url, limits, headers)
        if not _is_playlist(fetched):
            return fetched
        return await asyncio.to_thread(self._whole, fetched, limits, headers, until)

    def _whole(self, fetched: Fetched, limits: Limits, headers: Headers, until: datetime) -> Fetched:
        if not _is_playlist(fetched):
            return fetched
        if len(fetched.body) > LARGEST:
            raise BadMedia("the playlist is larger than any we read")
        asked = read_address(fetched.hops[0])
        is_home = all(read_address(hop).origin == asked.origin for hop in fetched.hops)
        bounds = replace(limits, is_any_status=False)
        reach = _Reach(self._web, self._clock, bounds, until, asked, headers if is_home else None)
        pieces, base = reach.pieces(fetched)
        return replace(fetched, body=reach.joined(pieces, base))


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far one stream may be followed: until when, with which limits, and whom the headers are for."""

    web: Fetcher
    clock: Clock
    limits: Limits
    until: datetime
    asked: WebAddress
    headers: Headers

    def pieces(self, playlist: Fetched) -> tuple[list[Piece], WebAddress]:
        """Return the pieces of a playlist or of the rendering it names, and what they are relative to."""
        if not playlist.body.startswith(MAGIC):
            return dash_pieces(playlist.body, playlist.url), read_address(playlist.url)
        variants = variants_of(playlist.body)
        if variants:
            chosen = Piece(min(variants, key=nearest).url)
            playlist = self._ask(chosen, read_address(playlist.url), LARGEST)
            if not playlist.body.startswith(MAGIC) or variants_of(playlist.body):
                raise BadMedia("the playlist names no stream, but another list or something else")
        return pieces_of(playlist.body), read_address(playlist.url)

    def joined(self, pieces: list[Piece], base: WebAddress) -> bytes:
        """Fetch piece after piece, until all are here or the limits are used up."""
        body, gone = bytearray(), 0
        for piece in pieces:
            left = self.limits.max_bytes - len(body)
            if body and (left <= 0 or self.clock() >= self.until):
                break
            try:
                body += self._ask(piece, base, left).body
            except Gone:
                gone += 1
            except BadMedia:
                if not body:
                    raise
                break
            except TryLater:
                if not body or self.clock() < self.until:
                    raise
                break
        if gone == len(pieces):
            raise Gone("the playlist is there, but no piece of the stream")
        return bytes(body)

    def _ask(self, piece: Piece, base: WebAddress, most: int) -> Fetched:
        address = read_address(piece.url, base)
        left = self.until - self.clock()
        if left.total_seconds() <= 0:
            raise TryLater("No stream within the time that one file may take.")
        headers = dict(self.headers or {}) if address.origin == self.asked.origin else {}
        if piece.span is not None:
            first, length = piece.span
            headers["Range"] = Secret(f"bytes={first}-{first + length - 1}")
        fetched = self.web.fetch(
            str(address.url), replace(self.limits, max_bytes=most, deadline=left), headers
        )
        return fetched if piece.span is None else replace(fetched, body=_cut(fetched, piece.span))


def _cut(fetched: Fetched, span: tuple[int, int]) -> bytes:
    """Return the range that was asked for, also where the whole file came instead."""
    first, length = span
    body = fetched.body if fetched.status == _PART else fetched.body[first:]
    if fetched.status not in {_OK, _PART} or len(body) < length:
        raise BadMedia("a piece of the stream is shorter than its playlist says")
    return body[:length]


def _is_playlist(fetched: Fetched) -> bool:
    """Tell a playlist that came from the web; one in a folder or a message names nothing we may follow."""
    if fetched.status != _OK or not fetched.url.startswith(("http://", "https://")):
        return False
    if fetched.body.startswith(MAGIC):
        return True
    return b"<MPD" in fetched.body[:4096] and is_dash(fetched.body)
