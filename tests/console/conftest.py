"""A house with the real store and stand-ins for the rest, people in every role, and a case with an alert.

What needs Django is imported inside the fixtures: this file is read before Django is configured.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from jikimi.app.text import text_bank
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Alert, Evidence, Notice, Place, Presence, Receipt, Recheck, Sent
from jikimi.model.case import Authority, Case, Consent, Policy, Reference
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Fingerprint, How, Inspection, Picture, Tier
from jikimi.model.outcome import Outcome
from jikimi.model.ports import Clock, Fetched, Handed, House, Limits, Rules, Seal
from jikimi.model.post import Secret
from jikimi.settings import Settings
from jikimi.vault.bank import LiveBank

if TYPE_CHECKING:
    from django.test import Client

    from jikimi.store.store import Store

Filled = tuple[Case, Alert, Place]
CLEAR = encode_jpeg(draw(7, 240, 160))
PREVIEW = encode_jpeg(draw(8, 64, 40))


@dataclass
class StandInFetcher:
    """Answers every address with the specimen; `asked` says what was fetched, and `before` runs first."""

    asked: list[str] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    clock: Clock = lambda: datetime.now(UTC)

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:  # noqa: ARG002  # the port has it
        self.before()
        self.asked.append(url)
        return Fetched(url, (url,), "127.0.0.1", 200, (), CLEAR, self.clock())

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        return self.fetch(url, limits, headers)


class StandInSandbox:
    """Takes a JPEG for a picture and nothing else; the fingerprint is the file's digest."""

    def inspect(self, body: bytes, effort: Effort = Effort.FIRST) -> Inspection:  # noqa: ARG002 - the port
        if not body.startswith(b"\xff\xd8\xff"):
            raise BadMedia("this is text, not a picture")
        digest = sha256(body).digest()
        prints = (Fingerprint("sha256", digest), Fingerprint("pdq", digest, 90))
        return Inspection(digest, "JPEG", 240, 160, 1, prints, PREVIEW)

    def render(self, body: bytes, longest_side: int) -> bytes:  # noqa: ARG002  # the port has it
        return body

    def codes(self, body: bytes) -> tuple[str, ...]:  # noqa: ARG002  # the port has it
        return ()

    def pages(self, body: bytes) -> tuple[Picture, ...]:  # noqa: ARG002  # the port has it
        return ()


class StandInSealer:
    """Signs nothing."""

    def check_ready(self) -> None:
        pass

    def sign(self, manifest: bytes) -> Seal:  # noqa: ARG002  # the port has it
        return Seal(b"", b"")

    def sign_document(self, pdf: bytes, reason: str) -> bytes:  # noqa: ARG002  # the port has it
        return pdf


class StandInChannel:
    """Takes every notice."""

    name = "email"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:  # noqa: ARG002  # the port has it
        return Handed("<1@centre.invalid>", "taken")


def _fill(
    store: Store, clock: Clock, number: str = "2026-7", *, is_minor: bool = False, tier: Tier = Tier.LIKELY
) -> Filled:
    """Open a case with one reference and one alert at one place; returns case, alert and place."""
    consent = Consent(
        Authority.VICTIM, "find and remove", clock().date(), clock().date() + timedelta(days=300)
    )
    case = Case(number, "Willow", consent, Policy.ASK, is_minor=is_minor, by="cora", at=clock())
    digest = sha256(number.encode()).digest()
    reference = Reference(case.key, (Fingerprint("pdq", digest, 90),), "garden", "cora", clock())
    alert = Alert(case.key, reference.key, 0, clock())
    seen = clock() - timedelta(seconds=4)
    place = Place(
        case.key, alert.key, reference.key, "street", "post-" + number, 0, "https://street.invalid/post/1",
        "https://street.invalid/media/1.jpg", "passer-by", "look at this", digest, reference.fingerprints,
        tier, 0.93, How("pdq", 18, 31, "border removed, rotated 90"), seen, seen, clock(), PREVIEW,
    )  # fmt: skip
    store.apply(Outcome(records=(case, reference, alert, place)), by="jikimi")
    return case, alert, place


def _follow_up(store: Store, clock: Clock, place: Place) -> Evidence:
    """Seal, ask for removal and look again, as the worker would."""
    evidence = Evidence(place.case, place.key, b"\x1f\x8bbag", "ab" * 32, clock())
    notice = Notice(
        place.case, place.key, evidence.key, "email", "abuse@street.invalid", "en", "Removal request",
        "Please remove it.", 1, clock(),
    )  # fmt: skip
    receipt = Receipt(
        place.case, place.key, notice.key, Sent.SENT, "250 taken", "<1@centre.invalid>", clock()
    )
    looked = Recheck(
        place.case,
        place.key,
        0,
        Presence.LIVE,
        is_verified=False,
        detail="the medium is still served",
        at=clock(),
    )
    store.apply(Outcome(records=(evidence, notice, receipt, looked)), by="jikimi")
    return evidence


@pytest.fixture
def fill(store: Store, clock: Clock) -> Callable[..., Filled]:
    return partial(_fill, store, clock)


@pytest.fixture
def follow_up(store: Store, clock: Clock) -> Callable[[Place], Evidence]:
    return partial(_follow_up, store, clock)


class TickingClock:
    """Goes on by a millisecond whenever it is asked, so that two decisions are never at the same instant."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def turn(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def fetcher(clock: Clock) -> StandInFetcher:
    return StandInFetcher(clock=clock)


@pytest.fixture
def house(store: Store, clock: Clock, fetcher: StandInFetcher) -> Iterator[House]:
    rules = Rules(
        (timedelta(hours=1),), timedelta(days=1), "en", "Specimen Centre", "a@b.invalid", "c@b.invalid"
    )
    channel = StandInChannel()
    built = House(
        records=store, queue=store, vault=LiveBank(), words=text_bank(), fetcher=fetcher,
        sandbox=StandInSandbox(), sealer=StandInSealer(), channels={"email": channel},
        rehearsal=channel, rules=rules, clock=clock,
    )  # fmt: skip
    from django.apps import apps
    from django.core.cache import cache

    cache.clear()  # it counts failed sign-ins
    config: Any = apps.get_app_config("console")
    config.house = built
    yield built
    config.house = None


@pytest.fixture(scope="session")
def hashed_password(django_ready: Settings) -> str:  # noqa: ARG001  # it names the hasher
    """Hash the password of all these people once: it takes a fifth of a second, as it should."""
    from django.contrib.auth.hashers import make_password

    return make_password("a long enough one")


@pytest.fixture
def signed_in(house: House, hashed_password: str) -> Callable[..., Client]:  # noqa: ARG001  # the pages need one
    """Return a browser in which a person of these roles is signed in."""
    from django.test import Client

    from jikimi.store import people

    def sign_in(username: str, *roles: str) -> Client:
        user = people.create_user(username, *roles)
        user.password = hashed_password
        user.save()
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def ada(signed_in: Callable[..., Client]) -> Client:
    return signed_in("ada", "investigator")


@pytest.fixture
def cora(signed_in: Callable[..., Client]) -> Client:
    return signed_in("cora", "counsellor")


@pytest.fixture
def root(signed_in: Callable[..., Client]) -> Client:
    return signed_in("root", "administrator")


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """Serve the console by uvicorn on a free port, as `jikimi serve` does; yield its address."""
    import uvicorn

    from jikimi.console.asgi import application

    config = uvicorn.Config(
        application(house), port=0, ws="none", lifespan="on", log_level="error", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Start a headless Chromium; skipped by name where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("browser: there is no Chromium; install the package chromium")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in the test's thread
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
