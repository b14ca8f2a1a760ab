"""At which hosts somebody is looked for: where a copy is shown, where it moved to, and not in folders."""

import runpy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jikimi.flow.ingest import ingest
from jikimi.model.alert import Job, Place, Presence, Recheck
from jikimi.model.case import Policy
from jikimi.model.contact import Lookup
from jikimi.model.fingerprint import Kind
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import MediaRef, Position, Post
from jikimi.store.models import JobRow, JobState
from jikimi.worker.jobs import work_through

CONTACTS = runpy.run_path(str(Path(__file__).with_name("test_contacts.py")))
STORY = CONTACTS["STORY"]
open_case, add_specimen, confirm, confirmed_alert, JPEG, searching = (
    CONTACTS[name]
    for name in ("open_case", "add_specimen", "confirm", "confirmed_alert", "JPEG", "searching")
)
watch_the_street = STORY["watch_the_street"]


def from_folder(house: House, url: str) -> None:
    """Let a file be found in a watched folder, with what is known of where it was posted."""
    file = "folder://street/one.jpg"
    web: Any = house.fetcher
    web.pages |= {url: b"<html><body>a page</body></html>", file: JPEG}
    now = house.clock()
    found = Post("street", "one", url, "", "look", now, now, (MediaRef(Kind.IMAGE, file),))
    house.records.apply(ingest([found], Position("street", "one", now), house), by="watch street")


def laid_aside() -> list[tuple[str, str]]:
    return list(JobRow.objects.filter(state=JobState.PARKED).values_list("step", "reason"))


@pytest.mark.parametrize(("policy", "step"), [(Policy.ASK, "draft"), (Policy.PRE_APPROVED, "pursue")])
def test_nobody_is_looked_for_where_only_a_file_is_known_and_a_person_is_told_why(
    searching: House, policy: Policy, step: str
) -> None:
    add_specimen(searching, open_case(searching, policy=policy))
    watch_the_street(searching, contact="")
    from_folder(searching, "folder://street/one.jpg")
    work_through(searching)
    if policy is Policy.ASK:
        confirm(searching)
        work_through(searching)
    finder: Any = searching.finder
    assert finder.asked == []
    assert searching.records.find(Lookup) == ()
    ((laid, reason),) = laid_aside()
    assert laid == step
    assert "no web address is known" in reason


def test_of_a_file_with_a_known_page_only_the_page_is_looked_up(searching: House) -> None:
    add_specimen(searching, open_case(searching))
    watch_the_street(searching, contact="")
    from_folder(searching, "http://site.invalid/one")
    work_through(searching)
    confirm(searching)
    work_through(searching)
    assert [one.host for one in searching.records.find(Lookup)] == ["site.invalid"]


def test_a_copy_that_moved_is_looked_up_where_it_is_now(searching: House, clock: Any) -> None:
    confirmed_alert(searching)
    (place,) = searching.records.find(Place)
    clock.turn(timedelta(days=1))
    moved = Recheck(
        place.case, place.key, 0, Presence.MOVED, is_verified=False, detail="", at=clock(),
        found_at="http://files.invalid/one.jpg",
    )  # fmt: skip
    jobs = (Job("find_contacts", place.key, 1), Job("find_contacts", place.key, 5))
    searching.records.apply(Outcome(records=(moved,), next=jobs), by="ada")
    before = len(laid_aside())
    work_through(searching)
    finder: Any = searching.finder
    assert finder.asked[-1] == "http://files.invalid/one.jpg"
    assert len(laid_aside()) == before
