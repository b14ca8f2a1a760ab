"""Who may decide what: a case needs recorded authority and a second person; nothing goes out unallowed."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from jikimi.model.alert import Place
from jikimi.model.case import Approval, Case, Consent, Decision, Policy, Switch, Verdict
from jikimi.model.errors import NeedsHuman
from jikimi.model.fingerprint import Tier
from jikimi.model.policy import Hold, LastResort, Statement, Why
from jikimi.review.standing import verdict_of

SENDING = "sending"
PAUSE = "pause"
LONGEST_CONSENT_DAYS = 366
WORLD_IS_ROUND = timedelta(days=1)  # in Seoul it is tomorrow nine hours before it is in UTC


def check_new_case(case: Case, today: date) -> None:
    """Refuse a case without a number, a pseudonym, a purpose, or a sensible time in which it may live."""
    if not case.number.strip() or not case.title.strip():
        raise NeedsHuman("A case needs a file number and a pseudonym. Fill in both.")
    check_consent(case.consent, today)


def check_consent(consent: Consent, today: date) -> None:
    """Refuse an authority without a purpose, signed in the future, run out, or longer than a year."""
    if not consent.purpose.strip():
        raise NeedsHuman("The authority needs a purpose. Write what the person asked the centre to do.")
    if consent.signed_on > today + WORLD_IS_ROUND:
        raise NeedsHuman("The authority is signed in the future. Check the day of signature.")
    if consent.expires_on < today:
        raise NeedsHuman("The authority has run out. Ask for a new one and enter its last day.")
    if (consent.expires_on - consent.signed_on).days > LONGEST_CONSENT_DAYS:
        raise NeedsHuman(
            "An authority lasts a year at most; after that it is renewed. Enter an earlier last day."
        )


def check_approver(case: Case, by: str) -> None:
    """Refuse that the person who opened a case also approves it."""
    if by == case.by:
        raise NeedsHuman("A second person must approve this case. Ask a colleague to sign in and approve it.")


def is_live(approvals: Sequence[Approval], expires_on: date, today: date, *, is_closed: bool) -> bool:
    """Tell whether a case's references may be searched for."""
    return bool(approvals) and not is_closed and today <= expires_on


def may_pursue(
    case: Case, place: Place, decisions: Sequence[Decision], *, has_contact: bool, is_signed: bool = True
) -> bool:
    """Tell whether evidence may be sealed and a request made for a place.

    Either a person confirmed its alert, or the case was approved in advance for certain matches on
    confirmed recipients, its authority is in force and nobody has said otherwise. A merely possible place
    that came after the decision is not covered by it.
    """
    if verdict_of(decisions) is Verdict.CONFIRMED:
        return place.tier is not Tier.POSSIBLE or place.at <= decisions[-1].at
    is_certain = place.tier is Tier.CERTAIN and has_contact and is_signed and not decisions
    return case.policy is Policy.PRE_APPROVED and is_certain


def is_in_force(consent: Consent, today: date) -> bool:
    """Tell whether an authority is signed and has not run out."""
    return consent.signed_on <= today + WORLD_IS_ROUND and today <= consent.expires_on


def standing_holds(holds: Sequence[Hold], abouts: Collection[str]) -> tuple[Hold, ...]:
    """Return the holds that stand on a case or place: of each kind the newest, if it is on."""
    newest = {(hold.about, hold.why): hold for hold in holds if hold.about in abouts}
    return tuple(hold for hold in newest.values() if hold.is_on)


def check_hold(why: Why, reason: str) -> None:
    """Refuse that something is held back without a reason: whoever lets it go must know what it waits for."""
    if not reason.strip():
        raise NeedsHuman(f"Write why requests wait ({why}): a colleague must be able to let them go.")


def is_stated(statements: Sequence[Statement], wording: str) -> bool:
    """Tell whether a person approved this wording (its digest) for a case."""
    return any(wording in statement.wordings for statement in statements)


def last_resort(turns: Sequence[LastResort]) -> LastResort | None:
    """Return what a person allowed as the last resort, None if nobody did or it was taken back."""
    return turns[-1] if turns and turns[-1].is_on else None


def check_last_resort(case: Case, work: str, *, is_warned: bool) -> None:
    """Refuse a copyright notice for a child, without the work described, or with the warning unread."""
    if case.is_minor:
        raise NeedsHuman("Of a child no copyright notice is made: it would expose her. Choose other rules.")
    if not work.strip():
        raise NeedsHuman(
            "A copyright notice needs the work described, in words that tell nothing of a person."
        )
    if not is_warned:
        raise NeedsHuman("A copyright notice exposes the person. Read the warning, and say that you did.")


def is_on(turns: Sequence[Switch]) -> bool:
    """Tell whether a switch is on: the newest turn stands; off until somebody turned it."""
    return bool(turns) and turns[-1].is_on
