"""What is written in a picture that was found: QR codes and letters, read for names and links."""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from jikimi.flow.reading import limits_for, pass_of
from jikimi.flow.words import hits_on
from jikimi.model.alert import Job, Place
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.writing import Where, Writing
from jikimi.review.leads import joined, leads_in
from jikimi.review.quoting import quotes_of
from jikimi.review.worth import LETTERS_RANK

NO_SCRIBE: Final = "letters were not read: no program for that is installed"

Read = list[tuple[Where, str]]


def reading_of(place: Place, house: House) -> tuple[Job, ...]:
    """Return the job that reads what is written in a place's medium, none where nothing can be.

    It goes beside second looks, and like them one at a time: no look waits for letters.
    """
    if place.kind not in (Kind.IMAGE, Kind.VIDEO):
        return ()
    return (Job("read_writing", place.key, due=house.clock(), rank=LETTERS_RANK),)


def read_writing(job: Job, house: House) -> Outcome:
    """Read a medium that was found, once. Of what is written only what names the case and links are kept.

    Where its address serves other bytes by now, nothing is read: that medium is not known to be suspect.
    """
    place = house.records.get(Place, job.key)
    if house.records.find(Writing, parent=place.key):
        return Outcome()
    body = house.fetcher.fetch(place.media_url, limits_for(place.kind), pass_of(place, house)).body
    if sha256(body).digest() != place.sha256:
        return Outcome()
    codes, no_codes = _attempt(lambda: _codes(body, house))
    letters, no_letters = _attempt(lambda: _letters(body, house))
    read = [(where, " ".join(text.split())) for where, text in (*codes, *letters)]
    said = house.words.scan([text for _, text in read])
    writing = Writing(
        case=place.case,
        place=place.key,
        quotes=tuple(
            quote
            for (where, text), hits in zip(read, said, strict=True)
            for quote in quotes_of(text, hits_on(place.case, hits), where)
        ),
        leads=joined(lead for where, text in read for lead in leads_in(text, where)),
        at=house.clock(),
        unread="; ".join(dict.fromkeys(reason for reason in (no_codes, no_letters) if reason)),
    )
    return Outcome(records=(writing,))


def _codes(body: bytes, house: House) -> Read:
    return [(Where.CODE, code) for code in house.sandbox.codes(body)]


def _letters(body: bytes, house: House) -> Read:
    if house.scribe is None:
        raise BadMedia(NO_SCRIBE)
    return [(Where.LETTERS, house.scribe.read(page)) for page in house.sandbox.pages(body)]


def _attempt(reading: Callable[[], Read]) -> tuple[Read, str]:
    """Return what was read, and why nothing was: one way of reading must not cost the other."""
    try:
        return reading(), ""
    except BadMedia as error:
        return [], str(error)
