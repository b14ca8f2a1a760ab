"""One life of the service: the story from a confirmed alert on, with one fault at a given point."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from faults_points import Clock, Points, Tripping
from jikimi.app.engine import open_sandbox
from jikimi.app.first import prepare
from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.shared import SharedFetches
from jikimi.model.errors import JikimiError, TryLater
from jikimi.model.post import Secret
from jikimi.removal.smtp import SmtpChannel
from jikimi.settings import Settings
from jikimi.settings.for_django import start_django
from page_state_server import LOOPBACK

LONGEST_STORY = 400  # turns of the clock; a story that needs more is stuck
SENDER = "notices@centre.invalid"
QUICK = timedelta(milliseconds=400)  # how long the mail server is waited for: silence is what is tested


def serve(line: Any) -> None:
    """Tell the stories that are asked for over a pipe, until it is closed or we are killed."""
    parts = Parts()
    with suppress(EOFError):
        while True:
            what, given = line.recv()
            (begin if what == "begin" else live)(parts, *given)
            line.send("done")
    parts.sandbox.close()


def live(parts: "Parts", folder: str, web: int, mail: int, fault: str, at: int) -> None:
    """Live until the copy is verified gone; write what was seen into `report.json`."""
    house, points, close = open_house(parts, Path(folder), web, mail, fault, at)
    try:
        turns = tell(house, points)
        report = {"points": points.seen, "turns": turns, **count(house)}
    finally:
        close()
    (Path(folder) / "report.json").write_text(json.dumps(report))


@dataclass
class Parts:
    """What one process keeps from story to story: readers of pictures, and whose points count now."""

    sandbox: Any = field(default_factory=lambda: open_sandbox(1))
    points: Points | None = None
    is_ready: bool = False

    def open_database(self, settings: Settings) -> None:
        """Start Django once; later stories only bring another database file."""
        prepare(settings)
        start_django(settings)
        from django.core.management import call_command
        from django.db import connections

        connections["default"].close()
        connections.settings["default"]["NAME"] = str(settings.folder / "jikimi.sqlite3")
        connections["default"].settings_dict["NAME"] = str(settings.folder / "jikimi.sqlite3")
        if not self.is_ready:
            from django.db.backends.signals import connection_created

            connection_created.connect(self._fill_disk, weak=False)
            self.is_ready = True
        call_command("migrate", verbosity=0, interactive=False)

    def _fill_disk(self, connection: Any, **_: Any) -> None:
        if self.points is not None and self.points.is_out("disk full"):
            connection.cursor().execute("PRAGMA max_page_count=1")  # SQLite takes the size it has now


@dataclass(frozen=True)
class ByAddress:
    """A camera for a world whose names only the drill resolves: it is sent to the loopback address."""

    camera: Any
    web: int
    folder: Path
    hangs: Callable[[], bool]

    def capture(self, url: str, *, is_covered: bool) -> Any:
        """Look at one page with the real browser, or with a program in its place that never answers."""
        shown = f"http://{LOOPBACK}:{self.web}{urlsplit(url).path}"
        camera = self.camera
        if self.hangs():
            silent = self.folder / "silent"
            silent.write_text("#!/bin/sh\nexec sleep 600\n")
            silent.chmod(0o700)
            camera = replace(camera, program=silent, deadline=QUICK)
        return camera.capture(shown, is_covered=is_covered)


def settings_for(folder: Path, web: int, mail: int) -> Settings:
    """Return the settings of one story."""
    return Settings(
        folder=folder, centre="Bench", sender=SENDER, allow=f"{LOOPBACK}:{web}",
        smtp=Secret(f"smtp://{LOOPBACK}:{mail}"), sandboxes=1,
    )  # fmt: skip


def open_house(  # what one story is told with
    parts: Parts, folder: Path, web: int, mail: int, fault: str, at: int
) -> tuple[Any, Points, Callable[[], None]]:
    """Open the real house with its own clock, and stand before its parts."""
    settings = settings_for(folder, web, mail)
    parts.points = None
    parts.open_database(settings)
    clock = Clock(folder / "clock")
    points = parts.points = Points(fault, at, clock)
    from jikimi.app.service import build

    service = build(settings, clock=clock)
    service.store.reclaim()  # as a start does
    policy = AddressPolicy(frozenset({(LOOPBACK, web)}))

    async def resolve(_host: str, _port: int) -> list[str]:
        if points.is_out("no DNS"):
            raise OSError("no name server answers")
        return [LOOPBACK]

    fetcher = GuardedFetcher(policy, user_agent="Jikimi/bench", clock=clock, resolve=resolve)
    channel = SmtpChannel(
        settings.smtp, SENDER, timeout=QUICK, last_answer=QUICK, clock=lambda: datetime.now(UTC)
    )

    def need_sealer() -> None:
        if fault == "sealer down for a day" and clock.now < points.down_until:
            raise TryLater("The time authority gives no answer.")

    def need_disk() -> None:
        from django.db import connections

        if fault == "disk full":
            full = points.is_failing
            service.store._writer.write(lambda: limit_pages(connections["default"], full=full))  # noqa: SLF001  # the writer's own connection is what fills

    def hangs() -> bool:
        return fault == "browser hangs for an hour" and clock.now < points.down_until

    camera = service.house.camera and ByAddress(service.house.camera, web, Path(folder), hangs)
    door = Tripping(fetcher, points, frozenset({"fetch"}))
    house = replace(
        service.house,
        queue=Tripping(service.store, points, frozenset({"lease", "finish", "postpone", "park"}), need_disk),
        fetcher=door,
        shared=SharedFetches(door),
        sandbox=Tripping(parts.sandbox, points, frozenset({"inspect"})),
        sealer=Tripping(service.house.sealer, points, frozenset({"check_ready", "sign"}), need_sealer),
        channels={"email": Tripping(channel, points, frozenset({"deliver"}))},
        camera=camera and Tripping(camera, points, frozenset({"capture"})),
        scribe=None,  # letters in pictures are no part of this story, and take seconds
    )

    def close() -> None:
        from django.db import connections

        fetcher.close()
        service.close()
        connections["default"].close()

    return house, points, close


def limit_pages(connection: Any, *, full: bool) -> None:
    """Let the database grow no more, or again."""
    connection.cursor().execute(f"PRAGMA max_page_count={1 if full else 1073741823}")


def tell(house: Any, points: Points) -> int:
    """Work, turn the clock to what is due next, act as a person would, until it is gone; return the turns."""
    from jikimi.store.models import AlertRow, JobRow

    for turn in range(LONGEST_STORY):
        work(house)
        answer_as_a_person(house)
        if AlertRow.objects.exclude(gone_at=None).exists():
            return turn
        due = house.queue.next_due(points.clock.now)
        later = points.clock.now + timedelta(minutes=6)  # a lease that nobody ended runs out
        if JobRow.objects.filter(state="leased").exists() or due is None:
            due = later if due is None else min(due, later)
        points.clock.turn(max(points.clock.now + timedelta(seconds=1), due))
    return LONGEST_STORY


def work(house: Any) -> None:
    """Run what is due; as the worker does, leave to the lease what the store could not take."""
    from jikimi.worker.jobs import catch_up, run, settle

    while True:
        with suppress(JikimiError):
            catch_up(house)
            jobs = house.queue.lease(1, house.clock())
            if not jobs:
                return
            plan = run(jobs[0], house)
            settle(jobs[0], plan, house)
            continue
        return


def answer_as_a_person(house: Any) -> None:
    """Try again what was laid aside; ask again where the mail server refused, or has no such mail."""
    from jikimi.flow import acts
    from jikimi.model.alert import Notice, Receipt, Sent
    from jikimi.store.models import JobRow

    for job in JobRow.objects.filter(state="parked"):
        house.queue.retry(job.name)
    waiting = JobRow.objects.filter(step__in=("draft", "send", "deliver")).exists()
    notices = house.records.find(Notice)
    if waiting or not notices:
        return
    last = house.records.find(Receipt, parent=notices[-1].key)
    open_question = last and last[-1].state in {Sent.REFUSED, Sent.IN_DOUBT}
    if open_question and not was_taken(house, notices[-1].key):
        house.records.apply(acts.request_again(house, notices[-1].place), by="bora")


def was_taken(house: Any, key: str) -> bool:
    """Look into the recipient's mailbox, as a person would by asking."""
    del house
    box = Path(os.environ["JIKIMI_TEST_MAILBOX"])
    return box.exists() and key in box.read_text()


def count(house: Any) -> Mapping[str, Any]:
    """Return what the house knows at the end."""
    from jikimi.model.alert import Evidence, Notice, Receipt
    from jikimi.store import audit
    from jikimi.store.models import AlertRow, JobRow, PlaceRow

    receipts = house.records.find(Receipt)
    return {
        "gone": AlertRow.objects.exclude(gone_at=None).count(),
        "places": PlaceRow.objects.count(),
        "evidence": len(house.records.find(Evidence)),
        "notices": len(house.records.find(Notice)),
        "without_receipt": sum(
            not house.records.find(Receipt, parent=n.key) for n in house.records.find(Notice)
        ),
        "receipts": [one.state.value for one in receipts],
        "bugs": list(JobRow.objects.filter(reason__startswith="bug").values_list("reason", flat=True)),
        "audit": audit.walk().problem,
    }


def begin(parts: Parts, folder: str, web: int, mail: int, addresses: tuple[str, str], picture: bytes) -> None:
    """Prepare a house in which one alert was just confirmed, and nothing done about it yet."""
    house, points, close = open_house(parts, Path(folder), web, mail, "", 0)
    from jikimi.flow import acts
    from jikimi.flow.ingest import ingest
    from jikimi.model.case import Policy, Verdict
    from jikimi.model.fingerprint import Kind
    from jikimi.model.post import MediaRef, Position, Post
    from jikimi.store.models import AlertRow
    from whole_house import open_case, watch

    case = open_case(house, Policy.ASK)
    house.records.apply(acts.add_reference(house, case.key, picture, label="one", by="ada"), by="ada")
    watch(house, "website", {"url": addresses[0]}, sending=True)
    now = house.clock()
    media = (MediaRef(Kind.IMAGE, addresses[1]),)
    post = Post("bench", "1", addresses[0], "mina", "look", now, now, media)
    house.records.apply(ingest([post], Position("bench", "1", now), house), by="watch bench")
    work(house)
    alert = AlertRow.objects.get()
    house.records.apply(acts.decide(house, alert.key, Verdict.CONFIRMED, by="bora"), by="bora")
    points.clock.turn(now + timedelta(minutes=2))
    close()
