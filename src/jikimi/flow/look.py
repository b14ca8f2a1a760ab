"""From a post to a place: fetch one medium, fingerprint it in the sandbox, ask the vault."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from jikimi.flow.again import second_look, second_looks_beside
from jikimi.flow.keeping import seen_of
from jikimi.flow.reading import is_searched, is_withdrawn, limits_for
from jikimi.flow.standing import generation_of
from jikimi.flow.words import hits_on
from jikimi.flow.writing import reading_of
from jikimi.model.alert import Alert, Job, Place
from jikimi.model.case import Case, Reference
from jikimi.model.errors import BadMedia, Gone
from jikimi.model.fingerprint import Effort, Found, Kind, Tier
from jikimi.model.keys import key_of
from jikimi.model.outcome import Outcome, Record
from jikimi.model.ports import Fetcher, House
from jikimi.model.post import Post, Sighting
from jikimi.review.standing import best_by_case
from jikimi.review.words import raised

ARCHIVE_CHUNK = 2_000
TURNED_ROUND = {"rotated 90": "rotated 270", "rotated 270": "rotated 90"}


def look(job: Job, house: House) -> Outcome:
    """Look at one medium of one post: a place for every case it belongs to, or a line in the archive.

    What matched nothing is looked at again, with the costly views, when nothing more urgent is due. A clip
    that is possibly a copy is looked at again at once: strangers are never possible, its bytes are here, and
    more frames tell a copy from another take in the same room.
    """
    post = house.records.get(Post, job.key)
    return first_look(job, post, _fetched(job, post, house.shared or house.fetcher), house)


def first_look(job: Job, post: Post, body: bytes, house: House) -> Outcome:
    """Look at one medium whose bytes are here."""
    sighting, found, preview = _ask(job, post, body, house, Effort.FIRST)
    if sighting.kind is Kind.VIDEO and _is_in_doubt(found):
        closer = _surest(_asked_closely(job, post, body, house), found)
        return _alert(post, sighting, closer, preview, house, look=1 if _is_in_doubt(closer) else 2)
    if found:
        return _alert(post, sighting, found, preview, house)
    if not house.vault.seq:  # nothing is searched for yet; the archive will be, when something is
        return Outcome(records=(sighting,))
    return Outcome(records=(sighting,), next=(second_look(post, job.part, house),))


def look_again(job: Job, house: House) -> Outcome:
    """Look a second time, with what the first look left out; with everything if references came since."""
    post = house.records.get(Post, job.key)
    return second_look_at(job, post, _fetched(job, post, house.fetcher), house)


def second_look_at(job: Job, post: Post, body: bytes, house: House) -> Outcome:
    """Look a second time at one medium whose bytes are here."""
    sighting, found, preview = _ask(job, post, body, house, _second_effort(job, body, house))
    return _alert(post, sighting, found, preview, house, look=2) if found else Outcome()


def _second_effort(job: Job, body: bytes, house: House) -> Effort:
    """Return how closely to look again: the same search for the same bytes finds nothing twice."""
    try:
        first = house.records.get(Sighting, key_of("sighting", job.key, str(job.part)))
    except Gone:
        return Effort.SECOND
    is_known = first.seq == house.vault.seq and first.sha256 == sha256(body).digest()
    return Effort.REST if is_known else Effort.SECOND


def _fetched(job: Job, post: Post, fetcher: Fetcher) -> bytes:
    """Fetch one medium of a post."""
    medium = post.media[job.part]
    return fetcher.fetch(medium.url, limits_for(medium.kind), medium.headers).body


def _ask(
    job: Job, post: Post, body: bytes, house: House, effort: Effort
) -> tuple[Sighting, list[tuple[Found, Case]], bytes]:
    """Read one medium of a post in the sandbox, and ask the vault."""
    inspection = house.sandbox.inspect(body, effort)
    seq = house.vault.seq
    found = _in_open_cases(best_by_case(house.vault.search(inspection.fingerprints)), house)
    sighting = Sighting(
        post.key,
        job.part,
        post.media[job.part].url,
        inspection.sha256,
        seen_of(inspection),
        house.clock(),
        inspection.kind,
        inspection.seconds,
        seq,
    )
    return sighting, found, inspection.preview


def _asked_closely(job: Job, post: Post, body: bytes, house: House) -> list[tuple[Found, Case]]:
    """Return what the second look finds, nothing where the file is too much for it."""
    try:
        return _ask(job, post, body, house, Effort.SECOND)[1]
    except BadMedia:
        return []


def _is_in_doubt(found: Sequence[tuple[Found, Case]]) -> bool:
    """Tell whether something was found, and nothing that is likely."""
    return bool(found) and all(seen.tier is Tier.POSSIBLE for seen, _ in found)


def _surest(*looks: Sequence[tuple[Found, Case]]) -> list[tuple[Found, Case]]:
    """Return one answer a case out of several looks."""
    answers = best_by_case([seen for found in looks for seen, _ in found])
    cases = {case.key: case for found in looks for _, case in found}
    return [(answer, cases[answer.case]) for answer in answers]


def search_archive(job: Job, house: House) -> Outcome:
    """Compare a new reference with everything seen before. Nothing of it was stored but fingerprints.

    The reference is the one that is turned here, so a quarter turn is named the other way round.
    """
    reference = house.records.get(Reference, job.key)
    outcome = Outcome()
    if is_withdrawn(job.key, house) or not is_searched(house.records.get(Case, reference.case), house):
        return outcome  # since the job was asked for
    position, sightings = house.records.archive(0, ARCHIVE_CHUNK)
    while sightings:
        for sighting in sightings:
            answer = house.vault.compare(reference.fingerprints, sighting.fingerprints)
            if answer is not None:
                how = replace(answer.how, edit=TURNED_ROUND.get(answer.how.edit, answer.how.edit))
                found = Found(reference.key, reference.case, answer.tier, answer.score, how)
                more = _late_alert(sighting, found, house)
                outcome = Outcome(outcome.records + more.records, outcome.next + more.next)
        position, sightings = house.records.archive(position, ARCHIVE_CHUNK)
    return outcome


def _in_open_cases(found: Sequence[Found], house: House) -> list[tuple[Found, Case]]:
    """Leave out what left the search a moment ago: a case was closed or lapsed, a reference withdrawn."""
    asked = {case.key: case for answer in found for case in house.records.find(Case, case=answer.case)}
    cases = {key: case for key, case in asked.items() if is_searched(case, house)}
    return [
        (answer, cases[answer.case])
        for answer in found
        if answer.case in cases and not is_withdrawn(answer.reference, house)
    ]


def _late_alert(sighting: Sighting, found: Found, house: House) -> Outcome:
    try:
        post = house.records.get(Post, sighting.post)
    except Gone:  # forgotten since: there is no address left to act on
        return Outcome()
    return _alert(post, sighting, _in_open_cases([found], house), b"", house)


def _alert(
    post: Post,
    sighting: Sighting,
    found: Sequence[tuple[Found, Case]],
    preview: bytes,
    house: House,
    look: int = 1,
) -> Outcome:
    records: list[Record] = []
    jobs: list[Job] = []
    said = house.words.scan([post.text])[0]
    for seen, case in found:
        hits = hits_on(case.key, said)
        answer = replace(seen, tier=raised(seen.tier, hits))
        generation = generation_of(answer.reference, answer.tier, house)
        alert = Alert(answer.case, answer.reference, generation, house.clock())
        # of children not even a blur is kept
        place = _place(post, sighting, answer, alert.key, b"" if case.is_minor else preview, look)
        place = replace(place, hits=hits)
        records += [alert, place]
        jobs += [
            Job("pursue", place.key),
            *reading_of(place, house),
            *second_looks_beside(place, post, house),
        ]
    return Outcome(tuple(records), tuple(jobs))


def _place(post: Post, sighting: Sighting, found: Found, alert: str, preview: bytes, look: int) -> Place:
    return Place(
        case=found.case,
        alert=alert,
        reference=found.reference,
        watch=post.watch,
        post=post.key,
        part=sighting.part,
        post_url=post.url,
        media_url=sighting.media_url,
        author=post.author,
        text=post.text,
        sha256=sighting.sha256,
        fingerprints=sighting.fingerprints,
        tier=found.tier,
        score=found.score,
        how=found.how,
        visible_at=post.visible_at,
        seen_at=post.seen_at,
        at=sighting.seen_at,
        preview=preview,
        look=look,
        kind=sighting.kind,
        seconds=sighting.seconds,
    )
