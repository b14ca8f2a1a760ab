"""Takes one message that came by mail apart: which request it may answer, who wrote it, what it says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from jikimi.model.text import well_formed
from jikimi.removal.page_words import read_page

LONGEST_TEXT = 20_000  # characters that are kept of an answer
LONGEST_HEADER = 4000
MOST_PARTS = 60
# Where a mail server writes for whom a message came; the text of a message is never searched for tokens.
_ADDRESSED = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
_TOKEN_ADDRESS = re.compile(r"\+([0-9a-f]{32})@", re.IGNORECASE)
_TOKEN_ID = re.compile(r"<([0-9a-f]{32})@[^<>\s]+>", re.IGNORECASE)
_STATUS = re.compile(r"(?im)^status:\s*([245])\.[0-9]+\.[0-9]+")
_ACTION = re.compile(r"(?im)^action:\s*([a-z]+)")
_DIAGNOSTIC = re.compile(r"(?im)^diagnostic-code:\s*(.+(?:\n[ \t].+)*)")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a mail server reports about a delivery (RFC 3464). `is_final`: it will not try again."""

    action: str
    is_final: bool
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, taken apart. `tokens` are keys of what it may answer, the surest first.

    `is_automatic` is what the message says of itself (RFC 3834); `delivery` is None unless it is a report.
    """

    tokens: tuple[str, ...]
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    is_automatic: bool = False
    delivery: Delivery | None = None

    @property
    def domain(self) -> str:
        """Return the domain of who says to have written it, lower case."""
        return self.sender.rpartition("@")[2].lower()


def open_letter(body: bytes) -> Letter:
    """Take a message apart. Never raises: what cannot be read is left out."""
    try:
        message = message_from_bytes(body)
    except RecursionError:  # parts in parts in parts: nobody answers like that
        return Letter((), "", "", "")
    parts = [part for _, part in zip(range(MOST_PARTS), message.walk(), strict=False)]
    automatic = str(message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
    return Letter(
        tokens=tuple(dict.fromkeys(_tokens(message, parts))),
        sender=_sender(message),
        subject=" ".join(_decoded(message.get("Subject")).split())[:500],
        text=_text(parts)[:LONGEST_TEXT],
        is_automatic=automatic != "no",
        delivery=_delivery(message, parts),
    )


def _tokens(message: Message, parts: list[Message]) -> Iterator[str]:
    for header in _ADDRESSED:
        for value in message.get_all(header, []):
            yield from (m[1].lower() for m in _TOKEN_ADDRESS.finditer(str(value)))
    for header in ("In-Reply-To", "References"):
        for value in message.get_all(header, []):
            yield from (m[1].lower() for m in reversed(list(_TOKEN_ID.finditer(str(value)))))
    if message.get_content_type() != "multipart/report":
        return
    for part in parts:  # a report returns the headers of what it is about (RFC 3464 §2)
        if part.get_content_type() == "text/rfc822-headers":
            yield from (m[1].lower() for m in _TOKEN_ID.finditer(_headers_only(_content(part))))
        elif part is not message and part.get("Message-ID"):
            yield from (m[1].lower() for m in _TOKEN_ID.finditer(str(part.get("Message-ID"))))


def _headers_only(text: str) -> str:
    found = re.search(r"(?im)^message-id:\s*(.+)$", text)
    return found[1] if found else ""


def _sender(message: Message) -> str:
    try:
        found = getaddresses([str(message.get("From") or "")[:LONGEST_HEADER]])
    except RecursionError:  # comments in comments in comments
        return ""
    return found[0][1][:254] if found else ""


def _decoded(value: object) -> str:
    """Return a header in clear; what is encoded wrongly stays as it is."""
    text = str(value or "")[:LONGEST_HEADER]
    try:
        pieces = decode_header(text)
    except HeaderParseError:
        return text
    return "".join(
        piece if isinstance(piece, str) else _as_text(piece, charset or "ascii") for piece, charset in pieces
    )


def _text(parts: list[Message]) -> str:
    """Return the plain text, or what a page without its tags says."""
    plain = [_content(part) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n".join(plain)
    pages = [_content(part) for part in parts if part.get_content_type() == "text/html"]
    return "\n".join(read_page(page)[0] for page in pages)


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _as_text(payload, part.get_content_charset() or "utf-8").replace("\r\n", "\n")


def _as_text(raw: bytes, charset: str) -> str:
    try:
        return well_formed(raw.decode(charset, "replace"))  # some encodings can write halves of characters
    except (LookupError, ValueError, UnicodeError):  # an unknown name, or one with a zero byte in it
        return raw.decode("utf-8", "replace")


def _delivery(message: Message, parts: list[Message]) -> Delivery | None:
    if message.get_content_type() != "multipart/report":
        return None
    fields = "\n".join(
        f"{name}: {value}"  # not as_string(): a header that is written wrongly would raise
        for part in parts
        if part.get_content_type() == "message/delivery-status"
        for sub in (part.get_payload() if part.is_multipart() else ())
        if isinstance(sub, Message)
        for name, value in sub.items()
    )
    action, status = _ACTION.search(fields), _STATUS.search(fields)
    if action is None:
        return None
    words = _DIAGNOSTIC.search(fields)
    diagnostic = " ".join(words[1].split()) if words else ""
    is_final = action[1].lower() == "failed" and (status is None or status[1] == "5")
    return Delivery(action[1].lower(), is_final, diagnostic[:300])
