"""What evidence needs beside the seal: a look with the browser, and a time stamp for as long as it takes."""

from jikimi.evidence.export import stamped_content
from jikimi.evidence.plain import capture_plainly
from jikimi.flow.reading import decisions_on
from jikimi.flow.waiting import LONG_WAIT, TURN
from jikimi.model.alert import Evidence, Job, Place
from jikimi.model.capture import Capture, CaptureKind, Collector
from jikimi.model.case import Case, Verdict
from jikimi.model.custody import Captured, Stamp
from jikimi.model.errors import BadMedia, Blocked, Busy, TryLater
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Fetched, House

BROWSER_PATIENCE = 2  # looks with the browser before the plain page must do; a letter waits for it
NO_BROWSER = "No browser is installed where this was collected."


def collector_of(place: Place, house: House) -> Collector:
    """Return who collects: this program, its clock and network, and the person who confirmed the alert."""
    facts = Collector("Jikimi", "not known", "not known") if house.collector is None else house.collector()
    confirmed = [one for one in decisions_on(place.alert, house) if one.verdict is Verdict.CONFIRMED]
    by = confirmed[-1].by if confirmed else ""
    return Collector(facts.tool, facts.clock, facts.network, by)


def capture(place: Place, page: Fetched | None, tool: str, job: Job, house: House) -> Capture | None:
    """Look at the page with the browser; where that is not possible, take the plain page and say why."""
    why = NO_BROWSER
    if house.camera is not None:
        is_minor = house.records.get(Case, place.case).is_minor
        try:
            return house.camera.capture(place.post_url, is_covered=is_minor)
        except Busy as error:
            if job.attempts < TURN:
                raise
            why = f"The browser could not look at the page: {error}"
        except TryLater as error:
            if page is not None and job.attempts < BROWSER_PATIENCE:
                raise
            why = f"The browser could not look at the page: {error}"
        except (Blocked, BadMedia) as error:
            why = f"The browser did not look at the page: {error}"
    return None if page is None else capture_plainly(page, tool, why)


def captured(evidence: Evidence, seen: Capture | None) -> Captured:
    """Return what the console tells about a capture, without opening the bundle."""
    note = seen.notes[-1] if seen is not None and seen.kind is CaptureKind.HTTP else ""
    tool = "" if seen is None else seen.tool
    return Captured(evidence.case, evidence.place, evidence.key, evidence.capture, tool, note, evidence.at)


def stamp(job: Job, house: House) -> Outcome:
    """Have the time authority stamp a bundle. While it is down this waits, a day or a month; nothing is lost.

    A refusal is laid aside for a person. A later turn of the wait is a job of its own (`job.part`).
    """
    evidence = house.records.get(Evidence, job.key)
    if house.stamper is None or house.records.find(Stamp, parent=evidence.place):
        return Outcome()
    try:
        stamped = house.stamper.stamp(stamped_content(evidence))
    except TryLater:
        if job.attempts < TURN:
            raise
        return Outcome(next=(Job("stamp", job.key, job.part + 1, due=house.clock() + LONG_WAIT),))
    record = Stamp(
        case=evidence.case,
        place=evidence.place,
        evidence=evidence.key,
        authority=house.stamper.name,
        reply=stamped.reply,
        roots=stamped.roots,
        said_at=stamped.said_at,
        checked_by=stamped.checked_by,
        at=house.clock(),
    )
    return Outcome(records=(record,))
