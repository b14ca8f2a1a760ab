"""The archive of a page's exchanges: tools of others read and accept it, and no picture is in it."""

import base64
import gzip
import io
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from jikimi.evidence.bag import seal
from jikimi.evidence.plain import capture_plainly
from jikimi.evidence.signing import CmsSealer
from jikimi.evidence.unpacking import unpack
from jikimi.evidence.verify import verify
from jikimi.evidence.wacz import surt, write_wacz
from jikimi.evidence.warc import LEFT_OUT, WHOLE_DIGEST, write_warc
from jikimi.model.alert import Evidence, Place
from jikimi.model.capture import Capture, Collector
from jikimi.model.ports import Fetched

TOOL = "jikimi 0.1.0"


@pytest.fixture
def wacz(captured: Evidence) -> bytes:
    return unpack(captured.bag)["data/capture.wacz"]


@pytest.fixture
def warc(wacz: bytes) -> bytes:
    return zipfile.ZipFile(io.BytesIO(wacz)).read("archive/data.warc.gz")


def test_each_answer_comes_with_its_request(warc: bytes) -> None:
    records = [
        (record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or "")
        for record in ArchiveIterator(io.BytesIO(warc))
    ]
    page, data, picture = (
        "https://board.example/1",
        "https://board.example:8443/x.json?b=1&a=2",
        "https://img.example/a.jpg",
    )
    expected = [("warcinfo", "")]
    for url in (page, data, picture, picture):  # the last is the medium, fetched without the browser
        expected += [("response", url), ("request", url)]
    assert records == expected


def test_digests_hold_by_warcios_own_check(warc: bytes, tmp_path: Path) -> None:
    (tmp_path / "data.warc.gz").write_bytes(warc)

    class Wishes:
        verbose = False
        inputs = (str(tmp_path / "data.warc.gz"),)

    checker = Checker(Wishes())
    checker.process_all()
    assert checker.exit_value == 0


def test_an_independent_reader_accepts_every_record(warc: bytes, tmp_path: Path) -> None:
    program = shutil.which("fastwarc")
    if program is None:
        pytest.skip("fastwarc is not installed")
    (tmp_path / "data.warc.gz").write_bytes(warc)
    done = subprocess.run([program, "check", "data.warc.gz"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_validator_of_the_format_accepts_the_archive(wacz: bytes, tmp_path: Path) -> None:
    if find_spec("wacz") is None:
        pytest.skip("wacz is not installed")
    (tmp_path / "capture.wacz").write_bytes(wacz)
    command = [sys.executable, "-W", "ignore", "-m", "wacz", "validate", "-f", "capture.wacz"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "is valid" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_no_picture_is_in_it_and_what_is_left_out_is_marked(
    warc: bytes, wacz: bytes, medium: Fetched, captured: Evidence
) -> None:
    everything = gzip.decompress(warc) + wacz + b"".join(unpack(captured.bag).values())
    for part in (medium.body, medium.body[500:564], base64.b64encode(medium.body[:48])):
        assert part not in everything
    marked = {
        record.rec_headers.get_header("WARC-Target-URI"): record.rec_headers
        for record in ArchiveIterator(io.BytesIO(warc))
        if record.rec_type == "response" and record.rec_headers.get_header(LEFT_OUT)
    }
    picture = marked["https://img.example/a.jpg"]
    assert picture.get_header(WHOLE_DIGEST) == f"sha256:{sha256(medium.body).hexdigest()}"
    assert picture.get_header("WARC-Truncated") == "unspecified"
    shortened = marked["https://board.example:8443/x.json?b=1&a=2"]
    assert "2100 characters of encoded data" in shortened.get_header(LEFT_OUT)


def test_the_medium_is_left_out_under_whatever_type_it_comes(capture: Capture, place: Place) -> None:
    body = b"the medium, said to be a page"
    digest = sha256(body)
    one = replace(capture.exchanges[0], body=body, size=len(body), sha256=digest.hexdigest())
    warc = write_warc([one], digest.digest(), software=TOOL, at=one.at)
    assert body not in gzip.decompress(warc.body)
    assert place.sha256 != digest.digest()


def test_the_index_leads_to_each_answer(wacz: bytes, warc: bytes) -> None:
    archive = zipfile.ZipFile(io.BytesIO(wacz))
    lines = gzip.decompress(archive.read("indexes/index.cdx.gz")).decode().splitlines()
    assert lines == sorted(lines)
    for line in lines:
        facts = json.loads(line.split(" ", 2)[2])
        raw = warc[facts["offset"] : facts["offset"] + facts["length"]]
        (record,) = ArchiveIterator(io.BytesIO(raw))
        assert record.rec_headers.get_header("WARC-Target-URI") == facts["url"]
        assert f"sha256:{sha256(raw).hexdigest()}" == facts["recordDigest"]
    assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())


def test_the_same_capture_gives_the_same_bytes(capture: Capture, place: Place) -> None:
    first, second = (
        write_wacz(
            write_warc(capture.exchanges, place.sha256, software=TOOL, at=capture.exchanges[0].at),
            capture,
            software=TOOL,
            at=capture.exchanges[0].at,
        )
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    "headers",
    [
        (("x-trick", "a\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK"),),
        (("x-odd", "\udcff\x00"), ("content-length", "999999"), ("content-encoding", "br")),
        (),
    ],
)
def test_what_a_server_sends_stays_in_its_record(
    capture: Capture, place: Place, headers: tuple[tuple[str, str], ...]
) -> None:
    exchanges = [replace(capture.exchanges[0], headers=headers, reason="O\r\nK")]
    warc = write_warc(exchanges, place.sha256, software=TOOL, at=capture.exchanges[0].at)
    assert [record.rec_type for record in ArchiveIterator(io.BytesIO(warc.body))] == [
        "warcinfo",
        "response",
        "request",
    ]


@pytest.mark.parametrize("reason", ["찾음", "caf\xe9", "\udcff", "\U0001f600"])
@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://board.example/글?q=말#끝", "https://board.example/%EA%B8%80?q=%EB%A7%90#%EB%81%9D"),
        ("https://board.example/%EA%B8%80 \udcff", "https://board.example/%EA%B8%80%20%ED%B3%BF"),
    ],
)
def test_other_letters_than_ascii_in_answer_and_address_do_not_stop_it(
    capture: Capture, place: Place, reason: str, url: str, written: str
) -> None:
    odd = replace(capture.exchanges[0], url=url, reason=reason, headers=(("x-글", "말"),))
    warc = write_warc([odd], place.sha256, software=TOOL, at=odd.at)
    records = [
        (one.rec_type, one.rec_headers, one.http_headers) for one in ArchiveIterator(io.BytesIO(warc.body))
    ]
    assert [kind for kind, _, _ in records] == ["warcinfo", "response", "request"]
    assert [facts.get_header("WARC-Target-URI") for _, facts, _ in records[1:]] == [written, written]
    assert [line.url for line in warc.lines] == [written]
    assert records[1][2].get_statuscode() == "200"
    assert records[2][2].protocol == "GET"
    assert write_wacz(warc, replace(capture, exchanges=(odd,)), software=TOOL, at=odd.at)


def test_evidence_at_a_korean_address_is_sealed_and_whole(
    place: Place, page: Fetched, medium: Fetched, sealer: CmsSealer, collector: Collector
) -> None:
    korean = "https://board.example/글/사진"
    page, medium = (replace(one, url=korean, hops=(korean,)) for one in (page, medium))
    evidence = seal(
        replace(place, post_url=korean, media_url=korean),
        page,
        medium,
        capture=capture_plainly(page, TOOL, ""),
        collector=collector,
        sealer=sealer,
        clock=lambda: page.at,
    )
    assert verify(evidence.bag).is_whole


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.board.example/A?b=1", "example,board)/a?b=1"),
        ("http://board.example:8080", "example,board:8080)/"),
        ("http://192.0.2.7/x", "192.0.2.7)/x"),
    ],
)
def test_an_address_is_turned_for_the_index(url: str, key: str) -> None:
    assert surt(url) == key


def test_without_a_browser_the_archive_says_so(page: Fetched, medium: Fetched) -> None:
    capture = capture_plainly(page, TOOL, "No browser is installed.")
    assert capture.kind.value == "HTTP only"
    assert any("no script of the page ran" in note for note in capture.notes)
    assert capture.exchanges[0].body == page.body
    assert capture_plainly(medium, TOOL, "").exchanges[0].body is None


def test_the_record_tells_who_looked_and_which_servers_answered(captured: Evidence) -> None:
    record = json.loads(unpack(captured.bag)["data/record.json"])
    assert captured.capture == "browser"
    assert record["capture"]["servers"][0]["name_server_answers"] == ["192.0.2.8", "192.0.2.9"]
    assert record["capture"]["tls"][0]["protocol"] == "TLS 1.3"
    assert record["capture"]["steps"][0]["what"] == "answer 200"
    assert record["capture"]["exchanges"][3]["failure"] == "refused"
    assert record["collector"]["network"] == "a line of the tests"
    assert record["collector"]["by"].startswith("nobody")
