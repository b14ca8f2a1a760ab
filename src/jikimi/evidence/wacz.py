"""Packs a WARC with index, page list and digests as WACZ 1.1.1, in memory; the same input, the same bytes."""

import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

from jikimi.evidence.warc import NAME, Line, Warc, moment
from jikimi.model.capture import Capture
from jikimi.model.keys import key_of

VERSION = "1.1.1"
ARCHIVE = f"archive/{NAME}"
INDEX = "indexes/index.cdx.gz"
INDEX_OF_INDEX = "indexes/index.idx"
PAGES = "pages/pages.jsonl"
PACKAGE = "datapackage.json"
PACKAGE_DIGEST = "datapackage-digest.json"


def write_wacz(warc: Warc, capture: Capture, *, software: str, at: datetime) -> bytes:
    """Return the archive (https://specs.webrecorder.net/wacz/1.1.1/). Every entry is stored, not compressed.

    WACZ lets readers seek in the WARC, which is compressed itself; so nothing is gained by doing it twice.
    """
    index = gzip.compress(_index(warc.lines), mtime=0)
    files = {
        ARCHIVE: warc.body,
        INDEX: index,
        INDEX_OF_INDEX: _index_of(index, warc.lines),
        PAGES: _pages(capture, at),
    }
    package = _package(files, software, at)
    digest = _json({"path": PACKAGE, "hash": _hash(package)})
    return _zip({**files, PACKAGE: package, PACKAGE_DIGEST: digest}, at)


def surt(url: str) -> str:
    """Return an address as an index sorts it: the host's labels reversed, then path and query, lower case."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    is_number = host.replace(".", "").isdigit() or ":" in host
    turned = host if is_number else ",".join(reversed(host.removeprefix("www.").split(".")))
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{turned}{port}){(parts.path or '/').lower()}{query.lower()}"


def _index(lines: Sequence[Line]) -> bytes:
    """Return the index: CDXJ, one line an answer, sorted."""
    return "".join(sorted(_index_line(line) for line in lines)).encode()


def _index_line(line: Line) -> str:
    facts = {
        "url": line.url,
        "digest": line.digest,
        "mime": line.mime,
        "offset": line.offset,
        "length": line.length,
        "recordDigest": line.record_digest,
        "status": line.status,
        "filename": NAME,
    }
    return f"{_key(line)} {json.dumps(facts)}\n"


def _key(line: Line) -> str:
    return f"{surt(line.url)} {line.at.astimezone(UTC):%Y%m%d%H%M%S}"


def _index_of(index: bytes, lines: Sequence[Line]) -> bytes:
    """Return the index of the compressed index: it is one block, named by its first line."""
    meta = json.dumps({"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"})
    block = {"offset": 0, "length": len(index), "digest": _hash(index), "filename": "index.cdx.gz"}
    first = min((_key(line) for line in lines), default="")
    return f"!meta 0 {meta}\n{first} {json.dumps(block)}\n".encode()


def _pages(capture: Capture, at: datetime) -> bytes:
    header = {"format": "json-pages-1.0", "id": "pages", "title": "Pages", "hasText": bool(capture.text)}
    page = {
        "id": key_of("page", capture.url, at.isoformat()),
        "url": capture.hops[-1],
        "ts": moment(capture.exchanges[0].at if capture.exchanges else at),
        "title": capture.title or capture.hops[-1],
        "text": capture.text,
    }
    return _json(header) + _json(page)


def _package(files: Mapping[str, bytes], software: str, at: datetime) -> bytes:
    resources = [
        {"name": path.rpartition("/")[2].lower(), "path": path, "hash": _hash(body), "bytes": len(body)}
        for path, body in sorted(files.items())
    ]
    made = moment(at)
    package = {"profile": "data-package", "wacz_version": VERSION, "software": software, "created": made}
    return json.dumps({**package, "resources": resources}, indent=2).encode()


def _zip(files: Mapping[str, bytes], at: datetime) -> bytes:
    packed = io.BytesIO()
    utc = at.astimezone(UTC)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path, body in files.items():
            entry = zipfile.ZipInfo(path, (max(utc.year, 1980), utc.month, utc.day, utc.hour, utc.minute, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, body)
    return packed.getvalue()


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _hash(body: bytes) -> str:
    return f"sha256:{sha256(body).hexdigest()}"
