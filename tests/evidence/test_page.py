"""Pictures hidden in a page's text stay out of the bundle."""

import base64
import json
from dataclasses import replace
from hashlib import sha256
from random import Random
from urllib.parse import quote_from_bytes

import pytest

from jikimi.evidence.bag import seal
from jikimi.evidence.page import page_text
from jikimi.evidence.signing import CmsSealer
from jikimi.evidence.unpacking import unpack
from jikimi.model.alert import Place
from jikimi.model.capture import Capture, Collector
from jikimi.model.ports import Fetched

PICTURE = Random(3).randbytes(3000)
BASE64 = base64.b64encode(PICTURE).decode()
SCRIPT_SAFE = "-_.!~*'()"  # what encodeURIComponent leaves as it is (ECMA-262)
NO_MEDIUM = b"\x00" * 32


@pytest.mark.parametrize(
    "page_body",
    [
        f'<img src="data:image/jpeg;base64,{BASE64}">',
        f"<script>let p = {json.dumps({'d': BASE64}).replace('/', chr(92) + '/')}</script>",
        f"<style>a{{background:url(data:image/png;base64,{BASE64})}}</style>",
        f"<img src='data:image/webp,{quote_from_bytes(PICTURE, safe='')}'>",
        f'<img src="DATA:video/mp4,{quote_from_bytes(PICTURE, safe=SCRIPT_SAFE)}">',
        f"<pre>\n{base64.encodebytes(PICTURE).decode()}</pre>",
        "<pre>\n" + base64.encodebytes(PICTURE).decode().replace("\n", " \r\n\t") + "</pre>",
        f"<img src='data:image/webp;base64,{base64.urlsafe_b64encode(PICTURE).decode()}'>",
    ],
    ids=[
        "data address",
        "json in a script",
        "style sheet",
        "percent signs",
        "a script's percent signs",
        "in lines of 76",
        "in indented lines",
        "url-safe base64",
    ],
)
def test_a_picture_written_into_the_page_is_cut_out_and_named_by_its_digest(
    page: Fetched, page_body: str
) -> None:
    text = page_text(replace(page, body=f"<p>앞</p>{page_body}<p>뒤</p>".encode()), NO_MEDIUM)
    assert text.body is not None
    assert len(text.body) < 400
    assert "앞" in text.body.decode()
    assert "뒤" in text.body.decode()
    assert len(text.left_out) == 1
    assert text.left_out[0].split()[-1].encode() in text.body


def test_a_picture_in_the_words_a_page_shows_is_cut_out_of_text_and_archive(
    place: Place, page: Fetched, medium: Fetched, capture: Capture, sealer: CmsSealer, collector: Collector
) -> None:
    lines = base64.encodebytes(PICTURE).decode()
    evidence = seal(
        place,
        page,
        medium,
        capture=replace(capture, text=f"앞\n{lines} 뒤"),
        collector=collector,
        sealer=sealer,
        clock=lambda: page.at,
    )
    files = unpack(evidence.bag)
    assert "앞" in files["data/page.txt"].decode()
    assert "characters of encoded data" in files["data/page.txt"].decode()
    for body in (files["data/page.txt"], files["data/capture.wacz"]):
        assert lines.split()[3].encode() not in body
    assert "page.txt: " in files["data/record.json"].decode()


def test_ordinary_text_links_and_small_icons_stay_as_they_are(page: Fetched) -> None:
    body = ("<a href='https://a.example/" + "x" * 900 + "'>글</a> " * 50 + "문장 하나. " * 5000).encode()
    assert page_text(replace(page, body=body), NO_MEDIUM).body == body


@pytest.mark.parametrize("kind", ["image/jpeg", "video/mp4", "application/octet-stream"])
def test_an_answer_that_is_not_text_is_left_out_as_a_whole(page: Fetched, kind: str) -> None:
    text = page_text(replace(page, headers=(("content-type", kind),)), NO_MEDIUM)
    assert text.body is None
    assert "did not answer with text" in text.left_out[0]


def test_a_picture_that_calls_itself_a_page_is_left_out(page: Fetched) -> None:
    assert page_text(replace(page, body=b"\xff\xd8\xff\x00" + PICTURE), NO_MEDIUM).body is None


def test_a_page_that_is_the_medium_is_left_out_even_if_it_looks_like_text(page: Fetched) -> None:
    text = page_text(page, sha256(page.body).digest())
    assert text.body is None
    assert "the medium itself" in text.left_out[0]


@pytest.mark.parametrize(
    "body",
    [
        (b"a" * 1023 + b",") * 8192,  # 8 MiB of runs just too short to cut
        ((b"a" * 1023 + b"\n") * 11 + b",\n") * 700,  # of too few lines
        (b"a" * 39 + b"\n") * 200_000,  # of lines just too short
        (b"a" * 40 + b" " * 100_000) * 11 + b",",
    ],
    ids=["runs", "lines", "short lines", "spaces"],
)
def test_a_large_hostile_page_takes_linear_work(page: Fetched, body: bytes) -> None:
    assert page_text(replace(page, body=body), NO_MEDIUM).body == body
