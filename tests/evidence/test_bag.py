"""What is in a sealed bundle, and above all what is not."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from jikimi.evidence.bag import seal
from jikimi.evidence.signing import CmsSealer
from jikimi.model.alert import Evidence, Place
from jikimi.model.capture import Collector
from jikimi.model.ports import Fetched

Sealed = Callable[[Fetched | None, Fetched | None], dict[str, bytes]]


def test_a_bundle_holds_page_headers_record_instructions_and_signature(files: dict[str, bytes]) -> None:
    assert sorted(files) == [
        "bag-info.txt",
        "bagit.txt",
        "data/README.txt",
        "data/media-headers.txt",
        "data/page-headers.txt",
        "data/page.html",
        "data/record.json",
        "manifest-sha256.txt",
        "signer.pem",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha256.txt.p7s",
    ]


def test_the_page_is_sealed_byte_for_byte(files: dict[str, bytes], page: Fetched) -> None:
    assert files["data/page.html"] == page.body
    assert json.loads(files["data/record.json"])["page"]["is_as_fetched"] is True


def test_neither_the_medium_nor_the_preview_is_in_a_bundle(
    files: dict[str, bytes], medium: Fetched, place: Place
) -> None:
    everything = b"".join(files.values())
    for secret in (medium.body, medium.body[1000:1064], place.preview):
        assert secret not in everything
        assert base64.b64encode(secret) not in everything


def test_the_record_says_where_when_how_and_what_is_missing(files: dict[str, bytes], medium: Fetched) -> None:
    record = json.loads(files["data/record.json"])
    assert record["collector"]["tool"] == "jikimi 0.1.0"
    assert "not compared" in record["collector"]["clock"]
    assert record["sealed_at"] == "2026-11-22T13:00:00+00:00"
    assert record["post"]["url"] == "https://board.example/go/1"
    assert record["page"]["hops"] == ["https://board.example/go/1", "https://board.example/1"]
    assert record["page"]["server_address"] == "192.0.2.8"
    assert record["medium"]["when_sealed"]["sha256"] == sha256(medium.body).hexdigest()
    assert record["medium"]["when_sealed"]["size"] == len(medium.body)
    assert record["medium"]["is_included"] is False
    assert record["match"]["fingerprints"][0]["orientation"] == "mirrored"
    assert record["match"]["fingerprints"][0]["value"] == "0f" * 32
    assert record["not_included"] == ["the medium itself and any picture made from it"]


def test_headers_keep_one_line_each_whatever_a_server_sends(page: Fetched, sealed: Sealed) -> None:
    nasty = replace(page, headers=(*page.headers, ("x-trick", "a\r\nserver: other\udcff")))
    lines = sealed(nasty, None)["data/page-headers.txt"].decode().splitlines()
    assert lines[-1] == "x-trick: a\\r\\nserver: other\\udcff"
    assert len(lines) == 4


def test_a_bundle_can_be_sealed_when_neither_page_nor_medium_answered(sealed: Sealed) -> None:
    files = sealed(None, None)
    record = json.loads(files["data/record.json"])
    assert record["page"] is None
    assert record["medium"]["sha256_when_matched"] == bytes(range(32)).hex()
    assert not {"data/page.html", "data/page-headers.txt", "data/media-headers.txt"} & set(files)


def test_a_post_whose_address_is_the_medium_itself_keeps_only_headers(
    medium: Fetched, sealed: Sealed
) -> None:
    files = sealed(medium, medium)
    assert "data/page.html" not in files
    assert "data/page-headers.txt" in files
    assert medium.body[:64] not in b"".join(files.values())


def test_sealing_twice_gives_the_same_bytes(
    evidence: Evidence,
    place: Place,
    page: Fetched,
    medium: Fetched,
    sealer: CmsSealer,
    collector: Collector,
) -> None:
    again = seal(place, page, medium, sealer=sealer, clock=lambda: evidence.at, collector=collector)
    assert again == evidence


def test_evidence_is_named_by_its_place_and_by_the_signed_manifest(
    evidence: Evidence, place: Place, files: dict[str, bytes]
) -> None:
    assert evidence.place == place.key
    assert evidence.case == place.case
    assert evidence.manifest_sha256 == sha256(files["tagmanifest-sha256.txt"]).hexdigest()


def test_the_instructions_say_in_two_languages_what_is_not_listed(files: dict[str, bytes]) -> None:
    text = files["data/README.txt"].decode()
    assert "sha256sum --strict -c manifest-sha256.txt" in text
    assert "담지 못합니다" in text
    assert "cannot list the signature" in text
