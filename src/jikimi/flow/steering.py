"""What people do between a decision and a request that went out: hold, let go, take back, approve, choose.

As in `acts`: each act checks the rules and returns what to write; it writes nothing itself.
"""

from collections.abc import Iterable

from jikimi.flow.contacts import NO_WEB, hosts_of, recipient_of
from jikimi.flow.course import where_now
from jikimi.flow.escalating import recipient_for
from jikimi.flow.pursue import is_allowed
from jikimi.flow.waiting import is_over, wait_of
from jikimi.flow.wording import inside_of, worded
from jikimi.model.alert import Evidence, Job, Notice, Place, Receipt, Recheck, Sent
from jikimi.model.case import Case, Switch
from jikimi.model.errors import NeedsHuman
from jikimi.model.outcome import Outcome
from jikimi.model.policy import Choice, Hold, LastResort, Statement, Wait, Why
from jikimi.model.ports import House
from jikimi.model.standing import LEFT, told
from jikimi.removal.checking import check_outgoing
from jikimi.removal.letters import has_letter, letter_in, standing_wordings
from jikimi.removal.regimes import regime_named
from jikimi.review.authority import PAUSE, check_hold, check_last_resort


def hold(house: House, case_key: str, why: Why, *, reason: str, by: str, place: str = "") -> Outcome:
    """Hold back the requests of a case, or of one place of it. Evidence is sealed all the same."""
    check_hold(why, reason)
    about = _about(house, case_key, place)
    record = Hold(case_key, about, why, is_on=True, reason=reason.strip(), by=by, at=house.clock())
    return Outcome(records=(record,), answer=about)


def release(house: House, case_key: str, why: Why, *, reason: str, by: str, place: str = "") -> Outcome:
    """Undo a hold: what waited is checked at once, and sent if nothing else speaks against it."""
    about = _about(house, case_key, place)
    record = Hold(case_key, about, why, is_on=False, reason=reason.strip(), by=by, at=house.clock())
    return Outcome(records=(record,), next=_ask_now(open_of(house, case_key), house), answer=about)


def pause(house: House, *, is_on: bool, by: str) -> Outcome:
    """Stop all requests of the centre, or let them go on: within minutes, since each waits on its own."""
    return Outcome(records=(Switch(PAUSE, is_on, by, house.clock()),), answer=PAUSE)


def take_back(house: House, notice_key: str, *, reason: str, by: str) -> Outcome:
    """Take back a request that has not gone out; NeedsHuman says what became of one that has."""
    notice = house.records.get(Notice, notice_key)
    receipts = house.records.find(Receipt, parent=notice.key)
    if is_over(notice, house):
        ended = told(receipts)[-1]
        state, at = ended.state, ended.at
        raise NeedsHuman(
            f"This request cannot be taken back: {state} at {at:%Y-%m-%d %H:%M} UTC. "
            "Write to the recipient yourself if it was wrong."
        )
    detail = f"taken back by {by}: {reason.strip()}" if reason.strip() else f"taken back by {by}"
    receipt = Receipt(notice.case, notice.place, notice.key, Sent.TAKEN_BACK, detail, "", house.clock())
    return Outcome(records=(receipt,), answer=notice.key)


def approve_statement(house: House, case_key: str, *, by: str) -> Outcome:
    """Record that a person approved what letters state for a case, as they are worded now."""
    case = house.records.get(Case, case_key)
    record = Statement(case.key, standing_wordings(), by, house.clock())
    return Outcome(records=(record,), next=_ask_now(open_of(house, case.key), house), answer=case.key)


def allow_last_resort(house: House, case_key: str, *, work: str, is_warned: bool, by: str) -> Outcome:
    """Allow copyright notices for one case. They are still sent one by one, when a person chooses them.

    The person approves with it what such a notice states under penalty of perjury.
    """
    case = house.records.get(Case, case_key)
    check_last_resort(case, work, is_warned=is_warned)
    record = LastResort(case.key, work.strip(), is_on=True, by=by, at=house.clock())
    return Outcome(records=(record,), answer=case.key)


def forbid_last_resort(house: House, case_key: str, *, by: str) -> Outcome:
    """Take that back: copyright notices that are written already wait, and none is written any more."""
    case = house.records.get(Case, case_key)
    record = LastResort(case.key, "", is_on=False, by=by, at=house.clock())
    return Outcome(records=(record,), answer=case.key)


def request_under(house: House, place_key: str, *, regime: str, language: str = "", by: str) -> Outcome:
    """Write and send one more request for a place, under rules and in a language that a person chose."""
    place = house.records.get(Place, place_key)
    rules = regime_named(regime)
    if language and not has_letter(rules.name, letter_in(language).language):
        raise NeedsHuman(
            f"The letter in {language!r} has no paragraph for {rules.title}. Choose one of: "
            f"{', '.join(rules.languages)}."
        )
    evidence = house.records.find(Evidence, parent=place.key)
    if not evidence:
        raise NeedsHuman("There is no sealed evidence for this place yet. Confirm its alert first.")
    number = len(house.records.find(Notice, parent=place.key))
    choice = Choice(place.case, place.key, number + 1, regime, language, by, house.clock())
    return Outcome(records=(choice,), next=(Job("draft", evidence[-1].key, number),), answer=place.key)


def foreseen(house: House, place_key: str, *, regime: str, language: str = "") -> tuple[str, str]:
    """Return what will become of a request that is about to be asked for under these rules.

    First what is missing, so that it is laid aside unwritten; then what it waits for once it is written. Each
    is "" for nothing. Raises what `request_under` raises.
    """
    request_under(house, place_key, regime=regime, language=language, by="")
    place = house.records.get(Place, place_key)
    try:
        notice = _would_be(place, house, regime=regime, language=language, is_chosen=True)
        check_outgoing(notice, inside_of(house.records.get(Case, place.case), house), house.rules)
    except NeedsHuman as error:
        return str(error), ""
    if not is_allowed(place, house):
        return "", "its alert to be confirmed"
    wait = wait_of(notice, house)
    return "", "" if wait is None else wait.what.value


def rehearse(house: House, place_key: str, *, regime: str = "", language: str = "") -> tuple[Notice, str]:
    """Return the next request about a place as it would be written, and why it may not go, "" if it may.

    Nothing is written and nothing is sent. Raises NeedsHuman where it cannot even be worded.
    """
    place = house.records.get(Place, place_key)
    notice = _would_be(place, house, regime=regime, language=language)
    try:
        check_outgoing(notice, inside_of(house.records.get(Case, place.case), house), house.rules)
    except NeedsHuman as error:
        return notice, str(error)
    return notice, ""


def _would_be(found: Place, house: House, *, regime: str, language: str, is_chosen: bool = False) -> Notice:
    """Return the next request about a place, worded as it would be now; NeedsHuman says what is missing.

    What a person chose rules for goes to the nearest recipient.
    """
    place = where_now(found, house.records.find(Recheck, parent=found.key))
    evidence = house.records.find(Evidence, parent=place.key)
    if not evidence:
        raise NeedsHuman("There is no sealed evidence for this place yet. Confirm its alert first.")
    number = len(house.records.find(Notice, parent=place.key)) + 1
    recipient = recipient_of(place, house) if is_chosen else recipient_for(place, number, house)
    if recipient is None:
        raise NeedsHuman(
            "Nobody is known whom to ask. Type: jikimi contact list --waiting" if hosts_of(place) else NO_WEB
        )
    return worded(place, evidence[-1], recipient, number, house, regime=regime, language=language)


def already_out(house: House, alert_key: str) -> tuple[tuple[Notice, Receipt], ...]:
    """Return the requests about an alert that went out, or may have: what undoing it cannot take back."""
    found = []
    for place in house.records.find(Place, parent=alert_key):
        for notice in house.records.find(Notice, parent=place.key):
            receipts = house.records.find(Receipt, parent=notice.key)
            found += [(notice, receipt) for receipt in receipts if receipt.state in LEFT][:1]
    return tuple(found)


def open_of(house: House, case_key: str) -> tuple[Notice, ...]:
    """Return the requests of a case that were written and nothing became of yet, oldest first."""
    ended = {receipt.notice for receipt in house.records.find(Receipt, case=case_key)}
    return tuple(one for one in house.records.find(Notice, case=case_key) if one.key not in ended)


def waiting_of(house: House, case_key: str, most: int) -> tuple[tuple[Notice, Wait | None], ...]:
    """Return up to `most` open requests of a case, each with what it waits for; None is "nothing"."""
    return tuple((notice, wait_of(notice, house)) for notice in open_of(house, case_key)[:most])


def _ask_now(notices: Iterable[Notice], house: House) -> tuple[Job, ...]:
    now = house.clock()
    return tuple(Job("send", notice.key, due=now) for notice in notices)


def _about(house: House, case_key: str, place: str) -> str:
    case = house.records.get(Case, case_key)
    if not place:
        return case.key
    found = house.records.get(Place, place)
    if found.case != case.key:
        raise NeedsHuman("This place belongs to another case. List the places of this one first.")
    return found.key
