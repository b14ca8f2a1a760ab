"""From evidence to "gone": write the notice, hand it over once, look again until the copy is gone."""

from collections.abc import Sequence
from dataclasses import replace

from jikimi.flow.pursue import is_allowed
from jikimi.flow.reading import PAGE, consent_of, contact_of, fetch_or_error, is_sending_on, limits_for
from jikimi.model.alert import Evidence, Job, Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.case import Case, Reference
from jikimi.model.errors import Blocked, Gone, InDoubt, JikimiError, NeedsHuman
from jikimi.model.fingerprint import Effort, Inspection, Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Fetched, House
from jikimi.removal.compose import check_notice, compose
from jikimi.removal.recheck import is_verified_gone, judge, next_rung

CHANNEL = "email"


def draft(job: Job, house: House) -> Outcome:
    """Write the complete notice for a place. `job.part` counts the requests made before this one."""
    evidence = house.records.get(Evidence, job.key)
    place = house.records.get(Place, evidence.place)
    case = house.records.get(Case, place.case)
    recipient = contact_of(place.watch, house)
    if not recipient:
        raise NeedsHuman(
            f"No removal address is known for watch {place.watch}. "
            f"Type: jikimi watch contact {place.watch} abuse@site.example"
        )
    notice = compose(
        place,
        evidence,
        recipient=recipient,
        channel=CHANNEL,
        language=house.rules.language,
        number=job.part + 1,
        rules=house.rules,
        authority=consent_of(case, house).authority,
        is_minor=case.is_minor,
        at=house.clock(),
    )
    check_notice(notice, forbidden=(case.title, case.number, case.by))
    return Outcome(records=(notice,), next=(Job("send", notice.key),))


def send(job: Job, house: House) -> Outcome:
    """Look once more just before sending: is it still allowed, and still there?"""
    notice = house.records.get(Notice, job.key)
    place = house.records.get(Place, notice.place)
    if not is_allowed(place, house):
        return Outcome()  # somebody took the decision back in time
    presence, detail = _presence(place, house)
    if presence is Presence.GONE:
        receipt = _receipt(notice, Sent.NOT_NEEDED, detail, "", house)
        return Outcome(records=(receipt,), next=(_first_recheck(place, house),))
    return Outcome(next=(Job("deliver", notice.key),))


def deliver(job: Job, house: House) -> Outcome:
    """Hand a notice over, at most once.

    A lease that ended with its worker's death may have ended after the other side took the notice. It is
    not sent again by itself: the receipt says "in doubt" and a person decides.
    """
    notice = house.records.get(Notice, job.key)
    place = house.records.get(Place, notice.place)
    again = (_first_recheck(place, house),)
    if job.is_interrupted:
        detail = "the service was stopped while sending; ask the recipient, or request again"
        return Outcome(records=(_receipt(notice, Sent.IN_DOUBT, detail, "", house),), next=again)
    is_real = is_sending_on(house)
    channel = house.channels.get(notice.channel) if is_real else house.rehearsal
    if channel is None:
        raise NeedsHuman(f"The channel {notice.channel} is not set up. Set JIKIMI_SMTP and JIKIMI_SENDER.")
    try:
        handed = channel.deliver(notice, house.records.get(Evidence, notice.evidence))
    except Blocked as error:  # a final "no" is an answer: it is kept, and the ladder goes on
        return Outcome(records=(_receipt(notice, Sent.REFUSED, str(error), "", house),), next=again)
    except InDoubt as error:
        return Outcome(records=(_receipt(notice, Sent.IN_DOUBT, str(error), "", house),), next=again)
    state = Sent.SENT if is_real else Sent.REHEARSED
    return Outcome(records=(_receipt(notice, state, handed.detail, handed.trace, house),), next=again)


def recheck(job: Job, house: House) -> Outcome:
    """Look at a place again and say when to look next. A copy that came back is asked for again."""
    place = house.records.get(Place, job.key)
    earlier = house.records.find(Recheck, parent=place.key)
    presence, detail = _presence(place, house)
    now = house.clock()
    rung = _rung(place, earlier, house)
    look = Recheck(place.case, place.key, rung, presence, is_verified=False, detail=detail, at=now)
    if is_verified_gone((*earlier, look), now, house.rules):
        look = replace(look, is_verified=True)
    delay = next_rung(rung, presence, look.is_verified, house.rules)
    jobs = [Job("recheck", place.key, due=now + delay)]
    if earlier and earlier[-1].is_verified and presence is Presence.LIVE:
        number = len(house.records.find(Notice, parent=place.key))
        jobs += [Job("draft", e.key, number) for e in house.records.find(Evidence, parent=place.key)]
    return Outcome(records=(look,), next=tuple(jobs))


def _rung(place: Place, earlier: Sequence[Recheck], house: House) -> int:
    """Return how often we looked since the newest request: each request starts the ladder anew."""
    receipts = [
        receipt
        for notice in house.records.find(Notice, parent=place.key)
        for receipt in house.records.find(Receipt, parent=notice.key)
    ]
    newest = max((receipt.at for receipt in receipts), default=place.at)
    return sum(look.at > newest for look in earlier)


def _presence(place: Place, house: House) -> tuple[Presence, str]:
    """Fetch page and medium, fingerprint again, and judge.

    A copy is the same while it is like what was found or like the reference: of a clip only the reference
    is kept in enough detail.
    """
    medium = _inspect(place, house)
    page: Fetched | JikimiError
    if place.post_url.startswith(("http://", "https://")):
        page = fetch_or_error(place.post_url, PAGE, house)
    else:  # a post without a page of its own, such as an event on a relay: its medium decides
        page = medium if isinstance(medium, JikimiError) else Gone("the post has no page")

    def is_same(seen: Inspection) -> bool:
        reference = house.records.get(Reference, place.reference)
        return seen.sha256 == place.sha256 or any(
            house.vault.compare(seen.fingerprints, known) is not None
            for known in (place.fingerprints, reference.fingerprints)
        )

    return judge(page, medium, place, is_same)


def _inspect(place: Place, house: House) -> Inspection | JikimiError:
    fetched = fetch_or_error(place.media_url, limits_for(place.kind), house)
    if isinstance(fetched, JikimiError):
        return fetched
    is_closely = place.look > 1 and place.kind is not Kind.IMAGE
    try:
        return house.sandbox.inspect(fetched.body, Effort.SECOND if is_closely else Effort.FIRST)
    except JikimiError as error:
        return error


def _receipt(notice: Notice, state: Sent, detail: str, trace: str, house: House) -> Receipt:
    return Receipt(notice.case, notice.place, notice.key, state, detail, trace, house.clock())


def _first_recheck(place: Place, house: House) -> Job:
    return Job("recheck", place.key, due=house.clock() + house.rules.ladder[0])
