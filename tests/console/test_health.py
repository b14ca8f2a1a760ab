"""Watches, jobs that wait for a person, the sending switch, and bodies that are too large."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from jikimi.console.asgi import application
from jikimi.model.alert import Alert, Job, Place
from jikimi.model.case import Case
from jikimi.model.outcome import Outcome
from jikimi.model.ports import House
from jikimi.model.post import Bounds, Position, Priority, Spent, Watch
from jikimi.model.source import Gap
from jikimi.store.models import JobRow
from jikimi.store.store import Store
from jikimi.worker.watches import running_watches


@pytest.fixture
def watch(store: Store, clock: Any) -> Watch:
    watch = Watch("street", "website", {"url": "https://street.invalid"}, "", "root", clock())
    position = Position("street", "7", clock(), clock(), posts=12, skipped=3, problem="no answer for an hour")
    store.apply(Outcome(records=(watch,), position=position), by="root")
    return watch


def test_a_watch_shows_what_it_read_and_what_is_wrong(ada: Client, watch: Watch) -> None:
    page = ada.get("/watches/").content.decode()
    for text in (watch.name, "website", "no answer for an hour", "<td>12</td>", "<td>3</td>"):
        assert text in page


def test_a_watch_whose_name_holds_a_slash_breaks_no_page(root: Client, store: Store, clock: Any) -> None:
    watch = Watch("board/2", "website", {"url": "https://street.invalid"}, "", "root", clock())
    store.apply(Outcome(records=(watch,)), by="root")
    assert "board/2/priority" in root.get("/watches/").content.decode()
    assert root.get("/watches/board/2/contact").status_code == 200


def test_a_removal_address_is_entered_by_a_person(ada: Client, watch: Watch, house: House) -> None:
    assert ada.post("/watches/street/contact", {"contact": "nonsense"}).status_code == 422
    ada.post("/watches/street/contact", {"contact": "abuse@street.invalid"})
    assert house.records.find(Watch, parent=watch.name)[-1].contact == "abuse@street.invalid"
    assert house.records.find(Watch, parent=watch.name)[-1].by == "ada"
    assert b"abuse@street.invalid" in ada.get("/watches/").content


def test_a_job_laid_aside_says_why_and_can_be_tried_again(ada: Client, store: Store, clock: Any) -> None:
    store.apply(Outcome(next=(Job("draft", "0" * 32),)), by="jikimi")
    (job,) = store.lease(1, clock())
    store.park(job, "a person must act: No removal address is known for watch street. Type: jikimi watch …")
    page = ada.get("/jobs/").content.decode()
    assert "No removal address is known for watch street. Enter it on the page Watches." in page
    assert "write the request" in page
    ada.post("/jobs/retry", {"name": job.name})
    assert JobRow.objects.get().state == "waiting"
    assert b"no longer waits" in ada.post("/jobs/retry", {"name": job.name}, follow=True).content


def test_sending_is_off_until_an_administrator_turns_it_on(root: Client, ada: Client) -> None:
    assert b"Rehearsal." in ada.get("/alerts/").content
    assert b"cannot be called back" in root.get("/posture/").content
    root.post("/posture/sending", {"turn": "on"})
    assert b"Rehearsal." not in ada.get("/alerts/").content
    assert b"Sending is on" in root.get("/posture/").content
    root.post("/posture/sending", {"turn": "off"})
    assert b"Rehearsal." in ada.get("/alerts/").content


def test_the_audit_chain_is_shown_and_checked(
    root: Client, fill: Callable[..., tuple[Case, Alert, Place]]
) -> None:
    fill()
    page = root.get("/posture/?check").content.decode()
    assert "4 links, whole." in page


async def _whole(answering: Awaitable[None]) -> None:
    await answering


def ask(house: House, path: str, headers: list[tuple[bytes, bytes]], chunks: list[bytes]) -> int:
    """Send one request straight into the application; returns the status."""
    said: list[dict[str, Any]] = []
    waiting = [
        {"type": "http.request", "body": c, "more_body": i < len(chunks) - 1} for i, c in enumerate(chunks)
    ]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(dict(message))

    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    asyncio.run(_whole(application(house)(scope, receive, send)))
    return int(said[0]["status"])


def test_a_body_that_announces_too_much_is_refused_unread(house: House) -> None:
    assert ask(house, "/account/sign-in", [(b"content-length", b"2000000")], []) == 413
    assert ask(house, f"/cases/{'0' * 32}/references", [(b"content-length", b"70000000")], []) == 413
    assert ask(house, "/account/sign-in", [(b"content-length", b"many")], []) == 413


def test_a_body_that_grows_too_large_is_refused_on_the_way(house: House) -> None:
    assert ask(house, "/account/sign-in", [], [bytes(2**19)] * 3) == 413


def test_the_application_answers_the_servers_life_cycle(house: House) -> None:
    said: list[str] = []
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> dict[str, Any]:
        return next(events)

    async def send(message: Any) -> None:
        said.append(message["type"])

    asyncio.run(_whole(application(house)({"type": "lifespan"}, receive, send)))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_an_administrator_sets_the_priority_of_a_watch_and_others_see_it(
    root: Client, ada: Client, watch: Watch, house: House
) -> None:
    assert ada.get("/watches/street/priority").status_code == 403
    assert "/watches/street/priority" not in ada.get("/watches/").content.decode()
    assert "/watches/street/priority" in root.get("/watches/").content.decode()
    assert b'value="normal" selected' in root.get("/watches/street/priority").content
    assert root.post("/watches/street/priority", {"priority": "at once"}).status_code == 422
    answer = root.post("/watches/street/priority", {"priority": "high"}, follow=True)
    assert b"The priority is saved." in answer.content
    setting = house.records.find(Watch, parent=watch.name)[-1]
    assert (setting.priority, setting.by, setting.options) == (Priority.HIGH, "root", watch.options)
    assert "<td>high</td>" in ada.get("/watches/").content.decode()


def test_a_watch_that_is_too_quiet_or_has_gaps_says_so_and_counts_in_the_frame(
    ada: Client, store: Store, clock: Any
) -> None:
    now = clock()
    quiet = Watch("quiet", "website", {"url": "https://a.invalid"}, "", "root", now, bounds=Bounds(posts=240))
    gap = Gap("quiet", now - timedelta(hours=2), now - timedelta(hours=1), "some were missed")
    spent = Spent(now.date(), requests=12, posts=4)
    position = Position("quiet", "7", now, now - timedelta(hours=3), spent=spent)
    store.apply(Outcome(records=(quiet, gap), position=position), by="root")
    page = ada.get("/watches/").content.decode()
    for text in ("too quiet: 240 posts a day are normal", "1 gap in 7 days", "4 posts, 12 requests"):
        assert text in page
    assert 'Watches <span class="count">1</span>' in page


def test_an_administrator_halts_one_watch_or_all_and_lets_them_go_on(
    root: Client, ada: Client, watch: Watch, house: House
) -> None:
    assert ada.post("/watches/halt", {"name": "street", "on": "yes"}).status_code == 403
    root.post("/watches/halt", {"name": watch.name, "on": "yes"})
    assert not running_watches(house)
    assert "halted" in root.get("/watches/").content.decode()
    root.post("/watches/halt", {"name": watch.name, "on": "no"})
    assert set(running_watches(house)) == {"street"}
    root.post("/watches/halt", {"on": "yes"})
    assert not running_watches(house)
    assert "All reading is halted" in ada.get("/watches/").content.decode()
