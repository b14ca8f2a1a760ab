"""Tells what happened, when and by whom, to an alert or a case, oldest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from jikimi.console.alert_pages import AlertPage, PlacePage
from jikimi.console.phrases import ANSWERS, LOOKS, WORDS, in_words
from jikimi.model.case import (
    Approval,
    Case,
    Closure,
    Decision,
    Export,
    Exposure,
    Lapse,
    Reference,
    Renewal,
    Withdrawal,
)
from jikimi.model.policy import Hold, LastResort, Statement, Why
from jikimi.model.ports import House
from jikimi.model.source import SearchLeave
from jikimi.model.text import KnownAs
from jikimi.store.models import AlertRow


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline. `by` is "" for what Jikimi did by itself."""

    at: datetime
    what: str
    by: str = ""


def of_alert(page: AlertPage) -> list[Happening]:
    """Return everything that happened to an alert and its places."""
    lines = [*_decisions(page.decisions)]
    for place in page.places:
        lines += _of_place(place)
    lines += [Happening(e.at, _("Clear picture shown"), e.by) for e in page.exposures]
    lines += [Happening(e.at, _("Evidence handed out"), e.by) for e in page.exports]
    return sorted(lines, key=lambda line: line.at)


def of_case(case: Case, house: House) -> list[Happening]:
    """Return everything that people decided about a case, and when alerts came."""
    lines = [Happening(case.at, _("Case opened"), case.by)]
    lines += [Happening(a.at, _("Case approved"), a.by) for a in house.records.find(Approval, case=case.key)]
    lines += [
        Happening(r.at, _("Authority renewed until %(day)s") % {"day": r.consent.expires_on}, r.by)
        for r in house.records.find(Renewal, case=case.key)
    ]
    lines += [Happening(e.at, _("Authority ran out")) for e in house.records.find(Lapse, case=case.key)]
    lines += _of_references(case, house)
    lines += [
        Happening(row.alerted_at, _("Alert: a copy was found"))
        for row in AlertRow.objects.filter(case=case.key)
    ]
    lines += _decisions(house.records.find(Decision, case=case.key))
    shown = house.records.find(Exposure, case=case.key)
    lines += [Happening(e.at, _("Clear picture shown"), e.by) for e in shown]
    handed = house.records.find(Export, case=case.key)
    lines += [Happening(e.at, _("Evidence handed out"), e.by) for e in handed]
    lines += [
        Happening(
            leave.at,
            _("Search engines may be asked")
            if leave.is_allowed
            else _("Search engines may no longer be asked"),
            leave.by,
        )
        for leave in house.records.find(SearchLeave, case=case.key)
    ]
    lines += _of_outgoing(case, house)
    return sorted(lines, key=lambda line: line.at)


def of_closed_case(key: str, house: House) -> list[Happening]:
    """Return what may still be said of a closed case: who closed it, when and why."""
    return [
        Happening(c.at, _("Case closed: %(reason)s") % {"reason": c.reason}, c.by)
        for c in house.records.find(Closure, parent=key)
    ]


def _of_outgoing(case: Case, house: House) -> Iterator[Happening]:
    said = {
        Why.POLICE_FIRST: _("Requests held back for the police: %(reason)s"),
        Why.PAUSE: _("Requests paused: %(reason)s"),
    }
    for hold in house.records.find(Hold, case=case.key):
        held = said[hold.why] % {"reason": hold.reason}
        yield Happening(hold.at, held if hold.is_on else _("Requests let go again"), hold.by)
    for stated in house.records.find(Statement, case=case.key):
        yield Happening(stated.at, _("What letters state was approved"), stated.by)
    for turn in house.records.find(LastResort, case=case.key):
        allowed, ended = _("Copyright notices allowed"), _("Copyright notices no longer allowed")
        yield Happening(turn.at, allowed if turn.is_on else ended, turn.by)


def _of_references(case: Case, house: House) -> Iterator[Happening]:
    labels = {}
    for reference in house.records.find(Reference, case=case.key):
        labels[reference.key] = reference.label
        yield Happening(
            reference.at, _("Reference “%(label)s” added") % {"label": reference.label}, reference.by
        )
    known = {one.key: one for one in house.records.find(KnownAs, case=case.key)}
    for one in known.values():
        words = {"kind": WORDS[one.kind], "text": one.text}
        yield Happening(one.at, _("Known as %(kind)s “%(text)s”") % words, one.by)
    for gone in house.records.find(Withdrawal, case=case.key):
        if gone.reference in known:
            text = known[gone.reference].text
            yield Happening(gone.at, _("“%(text)s” withdrawn from the search") % {"text": text}, gone.by)
            continue
        label = labels.get(gone.reference, "")
        yield Happening(gone.at, _("Reference “%(label)s” withdrawn") % {"label": label}, gone.by)


def _decisions(decisions: tuple[Decision, ...]) -> Iterator[Happening]:
    for decision in decisions:
        verdict = WORDS[decision.verdict]
        yield Happening(decision.at, _("Alert %(verdict)s") % {"verdict": verdict}, decision.by)


def _of_place(page: PlacePage) -> Iterator[Happening]:
    watch = {"watch": page.place.watch}
    yield Happening(page.row.visible_at, _("Post became visible on %(watch)s") % watch)
    found = {"look": LOOKS[page.place.look], **watch}
    yield Happening(page.row.alerted_at, _("Copy found on %(watch)s (%(look)s)") % found)
    if page.sealed_at is not None:
        yield Happening(page.sealed_at, _("Evidence sealed (%(watch)s)") % watch)
    if page.stamp is not None:
        yield Happening(page.stamp.at, _("Evidence stamped by %(host)s") % {"host": page.stamp.authority})
    for handed in page.hand_overs:
        words = {"form": handed.form, "count": len(handed.recipients)}
        yield Happening(
            handed.at, _("Evidence handed over, encrypted (%(form)s, %(count)d keys)") % words, handed.by
        )
    for notice, receipts in page.notices:
        number = {"number": notice.number, **watch}
        yield Happening(notice.at, _("Removal request %(number)s written (%(watch)s)") % number)
        for receipt in receipts:
            words = {"state": WORDS[receipt.state], **number}
            yield Happening(receipt.at, _("Removal request %(number)s: %(state)s (%(watch)s)") % words)
    for reply, reading in page.replies:
        words = {"answer": ANSWERS[reply.answer], **watch}
        yield Happening(reply.at, _("Answer on %(watch)s: %(answer)s") % words)
        if reading is not None:
            words = {"answer": ANSWERS[reading.answer], **watch}
            yield Happening(reading.at, _("Answer on %(watch)s read as: %(answer)s") % words, reading.by)
    for recheck in page.rechecks:
        words = {"presence": WORDS[recheck.presence], "detail": in_words(recheck.detail), **watch}
        yield Happening(recheck.at, _("Looked again on %(watch)s: %(presence)s; %(detail)s") % words)
