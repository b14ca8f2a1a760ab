"""What posts say: alerts by their text alone, and hits that join what was found in their media."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from jikimi.flow.reading import is_searched, is_withdrawn
from jikimi.flow.standing import generation_of
from jikimi.model.alert import WORDS, Alert, Job, Place
from jikimi.model.case import Case
from jikimi.model.fingerprint import How, Kind, Tier
from jikimi.model.outcome import Outcome, Record
from jikimi.model.ports import House
from jikimi.model.post import Post
from jikimi.model.text import EvidenceClass, TextHit
from jikimi.review.words import accuser, alerts

ALGORITHM = "text"
SCORES = {EvidenceClass.EXACT: 1.0, EvidenceClass.STRONG: 0.9, EvidenceClass.CAPTION: 0.8}


def hits_on(case: str, hits: Iterable[TextHit]) -> tuple[TextHit, ...]:
    """Return the hits on one case."""
    return tuple(hit for hit in hits if hit.case == case)


def places_in_words(posts: Sequence[Post], said: Sequence[Sequence[TextHit]], house: House) -> Outcome:
    """Return alerts and places for posts whose text alone accuses, before any of their media is fetched.

    `said` holds the hits of each post, in their order.
    """
    records: list[Record] = []
    jobs: list[Job] = []
    for post, hits in zip(posts, said, strict=True):
        for case in dict.fromkeys(hit.case for hit in hits):
            mine = hits_on(case, hits)
            if alerts(mine) and alerts(mine := _standing(case, mine, house)):
                alert, place = _found(post, mine, house)
                records += [alert, place]
                jobs.append(Job("pursue", place.key))
    return Outcome(records=tuple(records), next=tuple(jobs))


def _standing(case: str, hits: tuple[TextHit, ...], house: House) -> tuple[TextHit, ...]:
    """Leave out what left the search a moment ago: a case was closed or lapsed, a text withdrawn."""
    if not any(is_searched(one, house) for one in house.records.find(Case, case=case)):
        return ()
    return tuple(hit for hit in hits if not is_withdrawn(hit.identifier, house))


def _found(post: Post, hits: tuple[TextHit, ...], house: House) -> tuple[Alert, Place]:
    """Return the place that a post's text is, and the alert of what accuses most surely."""
    first, now = accuser(hits), house.clock()
    case = first.case
    alert = Alert(case, first.identifier, generation_of(first.identifier, Tier.LIKELY, house), now)
    place = Place(
        case=case,
        alert=alert.key,
        reference=first.identifier,
        watch=post.watch,
        post=post.key,
        part=WORDS,
        post_url=post.url,
        media_url="",
        author=post.author,
        text=post.text,
        sha256=sha256(post.text.encode("utf-8", "surrogatepass")).digest(),
        fingerprints=(),
        tier=Tier.LIKELY,
        score=SCORES[first.evidence],
        how=How(ALGORITHM, 0, 0, first.evidence.value),
        visible_at=post.visible_at,
        seen_at=post.seen_at,
        at=now,
        kind=Kind.TEXT,
        hits=hits,
    )
    return alert, place
