"""What is written in a picture that was found: names and links of it are kept, and nothing else."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from jikimi.flow import acts
from jikimi.flow.ingest import ingest
from jikimi.flow.writing import NO_SCRIBE
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.media.tesseract import Tesseract
from jikimi.model.alert import Job, Place
from jikimi.model.case import Authority, Case, Consent, Policy
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Kind, Picture
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post, Watch
from jikimi.model.text import EvidenceClass, IdentifierKind
from jikimi.model.writing import LeadKind, Where, Writing
from jikimi.store.models import AlertRow, JobRow, RecordRow
from jikimi.worker.jobs import catch_up, work_through

HANDLE, OTHER = "willowharbour88", "heronlanding77"
LINK = "https://t.me/+AbCdEfGhIjKlMnOp"


class Scribe:
    """Reads what it is told to, or fails so. Implements the port Scribe."""

    def __init__(self, said: str | BadMedia) -> None:
        self.said = said
        self.pages: list[Picture] = []

    def read(self, picture: Picture) -> str:
        self.pages.append(picture)
        if isinstance(self.said, BadMedia):
            raise self.said
        return self.said


def do(house: House, outcome: Outcome) -> str:
    house.records.apply(outcome, by="ada")
    return outcome.answer


@pytest.fixture
def case(house: House) -> Case:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    made = Case("2026-1", "Willow", consent, Policy.ASK, is_minor=False, by="ada", at=house.clock())
    do(house, acts.open_case(house, made))
    do(house, acts.approve_case(house, made.key, by="bora"))
    at = {"url": "http://street.invalid"}
    do(house, acts.add_watch(house, Watch("street", "website", at, "a@street.invalid", "ada", house.clock())))
    do(house, acts.add_reference(house, made.key, encode_jpeg(draw(1)), label="first", by="ada"))
    do(house, acts.add_words(house, made.key, IdentifierKind.HANDLE, HANDLE, by="ada"))
    return made


def labelled(code: str = LINK) -> NDArray[np.uint8]:
    """Return a copy of the reference with a band below it: a handle in print, and a QR code."""
    drawn = cv2.QRCodeEncoder.create().encode(code)
    qr = np.pad(cv2.resize(drawn, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST), 12, constant_values=255)
    band = np.full((qr.shape[0], 960, 3), 255, np.uint8)
    band[:, -qr.shape[1] :] = qr[:, :, None]
    cv2.putText(band, HANDLE, (20, 75), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (0, 0, 0), 4, cv2.LINE_AA)
    return np.vstack([draw(1), band])


def post(house: House, name: str, picture: bytes, text: str = "look") -> Place:
    """Post, as a source would bring it, and let the house work; returns the place."""
    catch_up(house)
    url, now = f"http://street.invalid/{name}", house.clock()
    web: Any = house.fetcher
    web.pages[url] = b"<html><body>a page</body></html>"
    web.pages[f"{url}.jpg"] = picture
    posted = Post("street", name, url, "mina", text, now, now, (MediaRef(Kind.IMAGE, f"{url}.jpg"),))
    house.records.apply(ingest([posted], Position("street", name, now), house), by="watch street")
    work_through(house)
    (place,) = (one for one in house.records.find(Place) if one.post == posted.key)
    return place


def writing_of(house: House, place: Place) -> Writing:
    (writing,) = house.records.find(Writing, parent=place.key)
    return writing


def test_a_handle_and_a_code_in_a_copy_are_found(house: House, case: Case) -> None:
    program = shutil.which("tesseract")
    if program is None:
        pytest.skip("tesseract is not installed")
    scribe = Tesseract(Path(program), timeout=timedelta(minutes=4))  # on a machine that is busy, too
    place = post(replace(house, scribe=scribe), "one", encode_jpeg(labelled()))
    writing = writing_of(house, place)
    (lead,) = writing.leads
    assert (lead.kind, lead.url, lead.where) == (LeadKind.INVITE, LINK, Where.CODE)
    (quote,) = writing.quotes
    assert quote.where is Where.LETTERS
    assert not quote.hits[0].evidence.is_weak
    assert writing.unread == ""
    assert AlertRow.objects.get().is_named
    assert place.case == case.key


def test_only_names_and_links_of_what_is_written_are_kept(house: House, case: Case) -> None:
    said = "a private matter of somebody else " * 30 + HANDLE + " and mega.nz/folder/AbC " + "no more " * 50
    place = post(replace(house, scribe=Scribe(said)), "one", encode_jpeg(labelled("a private note")))
    writing = writing_of(house, place)
    (quote,) = writing.quotes
    (hit,) = quote.hits
    assert quote.text[hit.start : hit.end] == HANDLE
    assert hit.evidence is EvidenceClass.EXACT
    assert len(quote.text) < 120
    assert [lead.url for lead in writing.leads] == ["https://mega.nz/folder/AbC"]
    assert case.key == writing.case


def test_what_another_case_is_known_by_is_not_said_of_this_one(house: House, case: Case) -> None:
    consent = Consent(Authority.VICTIM, "find and remove", date(2026, 3, 1), date(2026, 9, 1))
    other = Case("2026-2", "Heron", consent, Policy.ASK, is_minor=False, by="ada", at=house.clock())
    do(house, acts.open_case(house, other))
    do(house, acts.approve_case(house, other.key, by="bora"))
    do(house, acts.add_words(house, other.key, IdentifierKind.HANDLE, OTHER, by="ada"))
    place = post(replace(house, scribe=Scribe(OTHER)), "one", encode_jpeg(draw(1), 40))
    assert writing_of(house, place).quotes == ()
    assert not AlertRow.objects.get().is_named
    assert place.case == case.key


def test_without_a_scribe_codes_are_read_and_the_record_says_what_was_not(house: House, case: Case) -> None:
    writing = writing_of(house, post(house, "one", encode_jpeg(labelled())))
    assert [lead.url for lead in writing.leads] == [LINK]
    assert (writing.case, writing.unread) == (case.key, NO_SCRIBE)


def test_a_scribe_that_fails_costs_no_code_and_no_alert(house: House, case: Case) -> None:
    scribe = Scribe(BadMedia("reading letters took longer than 20 s"))
    writing = writing_of(house, post(replace(house, scribe=scribe), "one", encode_jpeg(labelled())))
    assert [lead.url for lead in writing.leads] == [LINK]
    assert writing.unread == "reading letters took longer than 20 s"
    assert AlertRow.objects.get().case == case.key


def test_what_was_not_found_is_never_read(house: House, case: Case) -> None:
    scribe = Scribe(HANDLE)
    reading = replace(house, scribe=scribe)
    with pytest.raises(ValueError, match="not enough values"):
        post(reading, "stranger", encode_jpeg(draw(9)))
    assert scribe.pages == []
    assert house.records.find(Writing, case=case.key) == ()


def test_another_medium_at_the_same_address_is_not_read(house: House, case: Case) -> None:
    place = post(house, "one", encode_jpeg(draw(1), 40))
    RecordRow.objects.filter(kind="Writing").delete()
    house.fetcher.pages[place.media_url] = encode_jpeg(draw(9))  # type: ignore[attr-defined]  # the web here
    scribe = Scribe(HANDLE)
    house.records.apply(Outcome(next=(Job("read_writing", place.key),)), by="ada")
    work_through(replace(house, scribe=scribe))
    assert scribe.pages == []
    assert house.records.find(Writing, case=case.key) == ()


def test_a_medium_is_read_once_and_nothing_is_left_in_the_queue(house: House, case: Case) -> None:
    scribe = Scribe("nothing of note")
    reading = replace(house, scribe=scribe)
    place = post(reading, "one", encode_jpeg(draw(1), 40))
    house.records.apply(Outcome(next=(Job("read_writing", place.key),)), by="ada")
    work_through(reading)
    assert len(scribe.pages) == 1
    assert not JobRow.objects.filter(step="read_writing").exists()
    assert writing_of(house, place).case == case.key


def test_closing_the_case_ends_what_was_read(house: House, case: Case) -> None:
    post(replace(house, scribe=Scribe(HANDLE)), "one", encode_jpeg(draw(1), 40))
    do(house, acts.close_case(house, case.key, reason="at her request", by="ada"))
    assert house.records.find(Writing, case=case.key) == ()
    assert bytes(RecordRow.objects.get(kind="Writing").body) == b""
