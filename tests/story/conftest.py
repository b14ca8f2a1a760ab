"""A whole house of real parts around a web that lives in a dictionary: nothing leaves the process."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from jikimi.app.engine import clip_fingerprinters, empty_vault, fingerprinters
from jikimi.app.text import text_bank
from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.media.sandbox import SandboxPool
from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Gone, JikimiError
from jikimi.model.ports import Fetched, Handed, House, Limits, Rules
from jikimi.model.post import Secret


class Web:
    """Pages and pictures by address; an error in place of a body is raised. Implements the port Fetcher."""

    def __init__(self, clock: Any) -> None:
        self.pages: dict[str, bytes | JikimiError] = {}
        self.asked: list[str] = []
        self._clock = clock

    def fetch(self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None) -> Fetched:
        del limits, headers
        self.asked.append(url)
        body = self.pages.get(url, Gone("nothing there"))
        if isinstance(body, JikimiError):
            raise body
        wire = quote(url, safe="!#$%&'()*+,/:;=?@[]~")  # as the guarded fetcher names what it asked for
        return Fetched(wire, (wire,), "192.0.2.1", 200, (("content-type", "x"),), body, self._clock())

    async def fetch_async(
        self, url: str, limits: Limits, headers: Mapping[str, Secret] | None = None
    ) -> Fetched:
        return self.fetch(url, limits, headers)


class Postbox:
    """A channel that keeps what it is given, or raises what it is told to. Implements the port Channel."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken: list[Notice] = []
        self.trouble: JikimiError | None = None

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        del evidence
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(notice)
        return Handed(f"<{notice.key}@centre.invalid>", "taken")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxPool]:
    with SandboxPool(fingerprinters(), clip_fingerprinters(), size=1) as pool:
        yield pool


@pytest.fixture
def house(store: Any, clock: Any, sandbox: SandboxPool) -> House:
    return House(
        records=store,
        queue=store,
        vault=empty_vault(),
        words=text_bank(),
        fetcher=Web(clock),
        sandbox=sandbox,
        sealer=CmsSealer(*create_identity("Specimen Centre", clock)),
        channels={"email": Postbox("email")},
        rehearsal=Postbox("rehearsal"),
        rules=Rules(
            ladder=(timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=2)),
            gone_after=timedelta(days=1),
            language="en",
            centre="Specimen Centre",
            sender="notices@centre.invalid",
            contact="desk@centre.invalid",
        ),
        clock=clock,
    )
