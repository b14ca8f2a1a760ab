"""Seals one place into a signed BagIt bag, in memory: page text, headers and record, never the medium."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from jikimi.evidence.page import page_text, without_pictures
from jikimi.evidence.plain import exchange_of
from jikimi.evidence.readme import write_readme
from jikimi.evidence.record import write_headers, write_record
from jikimi.evidence.wacz import write_wacz
from jikimi.evidence.warc import write_warc
from jikimi.model.alert import Evidence, Place
from jikimi.model.capture import Capture, Collector
from jikimi.model.ports import Clock, Fetched, Sealer

MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
SIGNATURE = "tagmanifest-sha256.txt.p7s"
SIGNER = "signer.pem"
WACZ = "data/capture.wacz"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def seal(
    place: Place,
    page: Fetched | None,
    medium: Fetched | None,
    *,
    capture: Capture | None = None,
    collector: Collector,
    sealer: Sealer,
    clock: Clock,
) -> Evidence:
    """Return a BagIt bag (RFC 8493, SHA-256) as tar.gz, its tag manifest signed by the centre.

    `page` and `medium` are what the post's and the medium's address answered just now, None where
    nothing could be had; of the medium only headers, size and digest go in. `capture` is what a browser saw,
    or the plain page; None where there was neither. The same input gives the same
    bytes if the sealer signs the same way each time.
    """
    at = clock()
    payload = _payload(place, page, medium, capture, collector, at)
    tags = {"bagit.txt": DECLARATION, "bag-info.txt": _bag_info(place, payload, collector.tool, at)}
    tags[MANIFEST] = write_manifest(payload)
    # One algorithm only: tag manifests of two algorithms do not cover each other, and of 1,000 flipped
    # bits every one that fell into the second tag manifest went unseen.
    signed = write_manifest(tags)
    proof = sealer.sign(signed)
    files = {**payload, **tags, TAG_MANIFEST: signed, SIGNATURE: proof.signature, SIGNER: proof.certificate}
    return Evidence(
        case=place.case,
        place=place.key,
        bag=pack(f"evidence-{place.key[:12]}", files, at),
        manifest_sha256=sha256(signed).hexdigest(),
        at=at,
        capture="" if capture is None else capture.kind.value,
    )


def _payload(
    place: Place,
    page: Fetched | None,
    medium: Fetched | None,
    capture: Capture | None,
    collector: Collector,
    at: datetime,
) -> dict[str, bytes]:
    """Return the files of `data`."""
    text = None if page is None else page_text(page, place.sha256)
    files = {"data/README.txt": write_readme()}
    left_out: tuple[str, ...] = ()
    if capture is not None:
        shown = without_pictures(capture.text.encode("utf-8", "backslashreplace"))
        capture = replace(capture, text=(shown.body or b"").decode())
        seen = (
            *capture.exchanges,
            *(() if medium is None else (exchange_of(medium, "medium", is_kept=False),)),
        )
        warc = write_warc(seen, place.sha256, software=collector.tool, at=at)
        left_out = (*warc.left_out, *(f"page.txt: {line}" for line in shown.left_out))
        files[WACZ] = write_wacz(warc, capture, software=collector.tool, at=at)
        drawn = {"data/page.txt": capture.text.encode()}
        drawn |= {"data/screenshot.png": capture.screenshot, "data/page.pdf": capture.pdf}
        files |= {path: body for path, body in drawn.items() if body}
    files["data/record.json"] = write_record(
        place, page, medium, text=text, capture=capture, left_out=left_out, collector=collector, at=at
    )
    if page is not None:
        files["data/page-headers.txt"] = write_headers(page)
    if text is not None and text.body is not None:
        files["data/page.html"] = text.body
    if medium is not None:
        files["data/media-headers.txt"] = write_headers(medium)
    return files


def write_manifest(files: Mapping[str, bytes]) -> bytes:
    """Return a manifest as `sha256sum` writes it: digest, two spaces, path; sorted by path."""
    lines = (f"{sha256(body).hexdigest()}  {path}\n" for path, body in sorted(files.items()))
    return "".join(lines).encode()


def _bag_info(place: Place, payload: dict[str, bytes], tool: str, at: datetime) -> bytes:
    size = sum(map(len, payload.values()))
    return (
        f"Bag-Software-Agent: {' '.join(tool.split())}\n"
        f"Bagging-Date: {at.astimezone(UTC).date().isoformat()}\n"
        f"External-Identifier: {place.key}\n"
        f"Payload-Oxum: {size}.{len(payload)}\n"
    ).encode()


def pack(folder: str, files: Mapping[str, bytes], at: datetime) -> bytes:
    """Return files as one folder in a tar.gz; the same input gives the same bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, body in sorted(files.items()):
            entry = tarfile.TarInfo(f"{folder}/{path}")
            entry.size = len(body)
            entry.mtime = int(at.timestamp())
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(body))
    return gzip.compress(packed.getvalue(), mtime=int(at.timestamp()))
