"""Takes pictures out of a page's text before it is sealed: the medium must never lie in a bundle."""

import re
from dataclasses import dataclass, field
from hashlib import sha256

from jikimi.model.ports import Fetched

TEXT_TYPES = ("text/", "application/xhtml", "application/xml", "application/json")

# A picture inside a page is a long unbroken run of base64 or percent signs: in a data: address, in a
# script's JSON (there with \/ for /), in a style sheet. Ordinary words, links and even minified scripts do
# not run 1,024 characters without a space, quote, comma, colon or bracket.
RUN = 1024
_LETTERS = rb"A-Za-z0-9+/=_%\\.~*!\-"
# Mail programs and `base64` itself break such a run into lines of 64 or 76: many long lines and nothing else.
_LINE, _LINES = 40, 12
_LONG_RUN = re.compile(
    rb"data:(?:image|video|audio)/[^\"\s<>]{%d,}|(?<![%b])(?:[%b]{%d,}|(?:[%b]{%d,}+\s++){%d,}[%b]*)"
    % (RUN, _LETTERS, _LETTERS, RUN, _LETTERS, _LINE, _LINES, _LETTERS),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageText:
    """A page without pictures. `body` is None when it was no text; `left_out` says what is missing."""

    body: bytes | None = field(repr=False)
    left_out: tuple[str, ...]


def page_text(page: Fetched, medium_sha256: bytes) -> PageText:
    """Return the page as text that cannot hold a picture: long encoded runs become their length and digest.

    A page that is not text (another type, NUL bytes, or the very medium) is left out as a whole.
    """
    kind = dict(page.headers).get("content-type", "text/html").strip().lower()
    if sha256(page.body).digest() == medium_sha256:
        return PageText(None, ("the page: its address answered with the medium itself",))
    if not kind.startswith(TEXT_TYPES) or b"\x00" in page.body:
        return PageText(None, ("the page: its address did not answer with text",))
    return without_pictures(page.body)


def without_pictures(body: bytes) -> PageText:
    """Return a text in which every long encoded run is replaced by its length and digest."""
    left_out: list[str] = []

    def shorten(match: re.Match[bytes]) -> bytes:
        run = match.group()
        line = f"{len(run)} characters of encoded data in the page, SHA-256 {sha256(run).hexdigest()}"
        left_out.append(line)
        return f"[left out: {line}]".encode()

    return PageText(_LONG_RUN.sub(shorten, body), tuple(left_out))
