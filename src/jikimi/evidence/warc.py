"""Writes exchanges as WARC 1.1 (ISO 28500:2017), pictures, sounds and clips left out and marked so."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from jikimi.evidence.page import without_pictures
from jikimi.evidence.printable import printable
from jikimi.model.capture import Exchange

NAME = "data.warc.gz"
DECODED = {"content-encoding", "transfer-encoding", "content-length"}
LEFT_OUT = "WARC-Jikimi-Left-Out"
WHOLE_DIGEST = "WARC-Jikimi-Whole-Payload-Digest"
WHOLE_LENGTH = "WARC-Jikimi-Whole-Payload-Length"
RESERVED = "!#$%&'()*+,/:;=?@[]"  # stays as it is in an address: RFC 3986 §2.2, and what is escaped already


@dataclass(frozen=True, slots=True)
class Line:
    """Where one answer lies in the WARC, for the index."""

    url: str
    at: datetime
    mime: str
    status: int
    digest: str  # "sha256:" and hex, of the payload as it lies there
    record_digest: str  # the same of the whole compressed record
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Warc:
    """A WARC file, where its answers lie, and what was left out of them, in words."""

    body: bytes
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]


def write_warc(exchanges: Sequence[Exchange], medium_sha256: bytes, *, software: str, at: datetime) -> Warc:
    """Return the exchanges as gzipped WARC records: for each its answer, then its request.

    Record names come from content, so that the same input gives the same bytes. A body that is not here, or
    that is the medium, leaves an empty answer with the reason, size and SHA-256 in headers of our own; a
    shortened one has them too.
    """
    from warcio.warcwriter import WARCWriter  # noqa: PLC0415  # heavy for a command line

    packed = io.BytesIO()
    writer = WARCWriter(packed, gzip=True, warc_version="1.1")
    writer.write_record(_information(writer, software, at))
    lines: list[Line] = []
    left_out: list[str] = []
    for number, exchange in enumerate(exchanges):
        if not exchange.status:
            continue
        body, extra = _body_of(exchange, medium_sha256)
        left_out += [] if not extra else [f"{exchange.kind}: {extra[LEFT_OUT]}"]
        url = _ascii_url(exchange)
        name = f"{number}:{url}:{exchange.at.isoformat()}:{exchange.sha256}"
        start = packed.tell()
        writer.write_record(_answer(writer, exchange, body, {**_facts(exchange, f"answer:{name}"), **extra}))
        raw = packed.getbuffer()[start:]
        lines.append(
            Line(
                url=url,
                at=exchange.at,
                mime=dict(exchange.headers).get("content-type", "").partition(";")[0].strip() or "unk",
                status=exchange.status,
                digest=f"sha256:{sha256(body).hexdigest()}",
                record_digest=f"sha256:{sha256(raw).hexdigest()}",
                offset=start,
                length=packed.tell() - start,
            )
        )
        raw.release()
        concurrent = {"WARC-Concurrent-To": _name(f"answer:{name}")}
        writer.write_record(_request(writer, exchange, {**_facts(exchange, f"request:{name}"), **concurrent}))
    return Warc(packed.getvalue(), tuple(lines), tuple(left_out))


def _body_of(exchange: Exchange, medium_sha256: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the payload to write, and headers that say what is missing of it."""
    whole = {WHOLE_DIGEST: f"sha256:{exchange.sha256}", WHOLE_LENGTH: str(exchange.size)}
    if exchange.body is None or exchange.sha256 == medium_sha256.hex():
        facts = whole if exchange.size >= 0 else {}
        return b"", {"WARC-Truncated": "unspecified", LEFT_OUT: "the whole body", **facts}
    text = without_pictures(exchange.body)
    body = exchange.body if text.body is None else text.body
    return body, {LEFT_OUT: "; ".join(text.left_out)[:1000], **whole} if text.left_out else {}


def _facts(exchange: Exchange, name: str) -> dict[str, str]:
    facts = {"WARC-Record-ID": _name(name), "WARC-Date": moment(exchange.at)}
    return {**facts, "WARC-IP-Address": exchange.server} if exchange.server else facts


def _information(writer: Any, software: str, at: datetime) -> Any:
    """Return the record that says who wrote the file."""
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415  # as above

    text = f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode()
    headers = StatusAndHeaders(
        "",
        [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", _name(f"information:{at.isoformat()}:{software}")),
            ("WARC-Filename", NAME),
            ("WARC-Date", moment(at)),
        ],
        protocol="WARC/1.1",
    )
    return writer.create_warc_record(
        "", "warcinfo", warc_headers=headers, payload=io.BytesIO(text), length=len(text)
    )


def _answer(writer: Any, exchange: Exchange, body: bytes, facts: dict[str, str]) -> Any:
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415  # as above

    kept = [(_ascii(n), printable(v)) for n, v in exchange.headers if n not in DECODED]
    status = f"{exchange.status} {_ascii(exchange.reason)}".strip()
    http = StatusAndHeaders(status, [*kept, ("content-length", str(len(body)))], protocol="HTTP/1.1")
    return writer.create_warc_record(
        _ascii_url(exchange),
        "response",
        payload=io.BytesIO(body),
        length=len(body),
        http_headers=http,
        warc_headers_dict=facts,
    )


def _request(writer: Any, exchange: Exchange, facts: dict[str, str]) -> Any:
    from warcio.statusandheaders import StatusAndHeaders  # noqa: PLC0415  # as above

    url = _ascii_url(exchange)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = [(_ascii(n), printable(v)) for n, v in exchange.request_headers if not n.startswith(":")]
    line = f"{_ascii(exchange.method)} {target} HTTP/1.1"
    http = StatusAndHeaders(line, sent or [("host", parts.netloc)], is_http_request=True)
    return writer.create_warc_record(url, "request", http_headers=http, warc_headers_dict=facts)


def _ascii(words: str) -> str:
    """Return words for a first line or a header's name, which may hold ASCII only."""
    return printable(words).encode("ascii", "backslashreplace").decode()


def _ascii_url(exchange: Exchange) -> str:
    """Return the address with every other letter escaped, as it goes over the wire."""
    return quote(exchange.url, safe=RESERVED, errors="surrogatepass")


def moment(at: datetime) -> str:
    """Return a time as WARC 1.1 writes it: UTC, with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _name(what: str) -> str:
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, what)}>"
