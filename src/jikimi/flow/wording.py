"""What goes into a request, read from the records: whom it is for, under which rules, what came before."""

from collections.abc import Mapping

from jikimi.flow.reading import consent_of
from jikimi.model.alert import Evidence, Notice, Place, Receipt, Recheck, Sent
from jikimi.model.case import Approval, Case, Decision, Renewal
from jikimi.model.contact import Recipient, Scope
from jikimi.model.errors import NeedsHuman
from jikimi.model.notice import Material, Role
from jikimi.model.policy import Choice, Hold, LastResort, Statement
from jikimi.model.ports import House
from jikimi.model.text import KnownAs
from jikimi.removal.checking import Inside, check_outgoing
from jikimi.removal.choosing import Addressee, choose, country_of, host_of
from jikimi.removal.compose import Earlier, compose
from jikimi.removal.regimes import regime_named
from jikimi.review.authority import last_resort

ROLES: Mapping[Scope, Role] = {
    Scope.SITE: Role.PLATFORM,
    Scope.HOST: Role.HOST,
    Scope.CDN: Role.CDN,
    Scope.REGISTRAR: Role.REGISTRAR,
    Scope.NETWORK: Role.NETWORK,
    Scope.SEARCH: Role.SEARCH,
    Scope.REGULATOR: Role.REGULATOR,
}
WENT_OUT = frozenset({Sent.SENT, Sent.IN_DOUBT})


def written(place: Place, evidence: Evidence, recipient: Recipient, number: int, house: House) -> Notice:
    """Return request `number` about a place: the rules a person chose for it, else those that fit."""
    choices = {choice.number: choice for choice in house.records.find(Choice, parent=place.key)}
    choice = choices.get(number)
    regime, language = (choice.regime, choice.language) if choice else ("", "")
    return worded(place, evidence, recipient, number, house, regime=regime, language=language)


def worded(
    place: Place,
    evidence: Evidence,
    recipient: Recipient,
    number: int,
    house: House,
    *,
    regime: str = "",
    language: str = "",
) -> Notice:
    """Return a request under given rules and in a given language; "" leaves it to the rule.

    Raises NeedsHuman where they do not fit, or where the last resort was not allowed for the case.
    """
    case = house.records.get(Case, place.case)
    material = Material.MINOR if case.is_minor else Material.ADULT
    known = addressee_of(place, recipient)
    addressee = Addressee(known.role, known.country, known.platform, regime, language)
    chosen = choose(addressee, material, house.rules.language)
    return compose(
        place,
        evidence,
        recipient=recipient.address,
        channel=recipient.channel,
        language=chosen.language,
        number=number,
        rules=house.rules,
        authority=consent_of(case, house).authority,
        is_minor=case.is_minor,
        at=house.clock(),
        regime=chosen.regime.name,
        role=addressee.role,
        earlier=earlier_of(place, recipient.address, house),
        work=_work(case, chosen.regime.name, house),
    )


def addressee_of(place: Place, recipient: Recipient) -> Addressee:
    """Return what is known of a recipient: what a lookup found, else what its name and the site's tell."""
    named = country_of(host_of(recipient.address)) or country_of(host_of(place.post_url))
    return Addressee(ROLES[recipient.scope], recipient.country or named)


def earlier_of(place: Place, recipient: str, house: House) -> Earlier:
    """Return which requests about a place went out before, as letters count them."""
    gone = []
    for notice in house.records.find(Notice, parent=place.key):
        receipts = house.records.find(Receipt, parent=notice.key)
        gone += [(notice, receipt.at) for receipt in receipts if receipt.state in WENT_OUT][:1]
    others = [at for notice, at in gone if notice.recipient != recipient]
    is_back = any(look.is_verified for look in house.records.find(Recheck, parent=place.key))
    return Earlier(len(gone) - len(others), len(others), min(others, default=None), is_back)


def inside_of(case: Case, house: House) -> Inside:
    """Return what must not leave the house with a request of a case."""
    records = house.records
    # References are left out: they are large, and this runs for each request, twice.
    acted: list[Approval | Renewal | Decision | KnownAs | Statement | Hold | LastResort | Choice] = []
    for kind in (Approval, Renewal, Decision, KnownAs, Statement, Hold, LastResort, Choice):
        acted += records.find(kind, case=case.key)
    staff = dict.fromkeys([case.by, *(act.by for act in acted)])
    # What was withdrawn from the search is no less true of the person.
    words = tuple(one.identifier for one in records.find(KnownAs, case=case.key))
    return Inside(names=(case.title, case.number, *staff), identifiers=words)


def check(notice: Notice, house: House) -> None:
    """Raise NeedsHuman unless a written request may leave as things stand now; see `check_outgoing`."""
    check_outgoing(notice, inside_of(house.records.get(Case, notice.case), house), house.rules)


def is_clean(notice: Notice, house: House) -> bool:
    """Tell whether a written request holds nothing of what must stay inside, as things stand now."""
    try:
        check(notice, house)
    except NeedsHuman:
        return False
    return True


def _work(case: Case, regime: str, house: House) -> str:
    if not regime_named(regime).is_last_resort:
        return ""
    allowed = last_resort(house.records.find(LastResort, case=case.key))
    if allowed is None:
        raise NeedsHuman(
            "Nobody allowed a copyright notice for this case. It exposes the person: "
            "type jikimi removal copyright --help"
        )
    return allowed.work
