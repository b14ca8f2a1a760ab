"""A report reaches the moderators' queue of a real Bluesky network here; skipped by name without one.

Start one with `tests/atproto/start` and set JIKIMI_TEST_ATPROTO to the line it prints.
"""

import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.submit import GuardedSubmitter
from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Misconfigured
from jikimi.model.mail import About
from jikimi.model.post import Secret
from jikimi.removal.bluesky import BlueskyChannel

NETWORK = json.loads(os.environ.get("JIKIMI_TEST_ATPROTO", "null"))
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(NETWORK is None, reason="no Bluesky network: JIKIMI_TEST_ATPROTO is unset"),
]
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
PASSWORD = "hunter2-hunter2"


def ask(url: str, value: Any = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"} if value is not None else {}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    body = None if value is None else json.dumps(value).encode()
    request = urllib.request.Request(url, body, headers)  # noqa: S310  # our own server
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # as above
        return json.load(answer)


def account(name: str) -> Any:
    handle = f"{name}-{uuid4().hex[:8]}.test"
    value = {"handle": handle, "email": f"{handle}@mail.example", "password": PASSWORD}
    return ask(f"{NETWORK['server']}/xrpc/com.atproto.server.createAccount", value)


@pytest.fixture
def ways() -> Iterator[tuple[GuardedFetcher, GuardedSubmitter]]:
    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    policy = AddressPolicy(frozenset({("127.0.0.1", urlsplit(NETWORK["server"]).port or 80)}))
    with GuardedFetcher(policy, user_agent="test", clock=lambda: NOW, resolve=here) as fetcher:
        yield fetcher, GuardedSubmitter(policy, "test", resolve=here)


def test_a_report_stands_in_the_moderators_queue(
    notice: Notice, evidence: Evidence, ways: tuple[GuardedFetcher, GuardedSubmitter]
) -> None:
    poster, centre = account("poster"), account("centre")
    record = {"$type": "app.bsky.feed.post", "text": "a harmless post", "createdAt": "2026-11-22T13:00:00Z"}
    made = ask(
        f"{NETWORK['server']}/xrpc/com.atproto.repo.createRecord",
        {"repo": poster["did"], "collection": "app.bsky.feed.post", "record": record},
        poster["accessJwt"],
    )
    page = f"https://bsky.app/profile/{poster['handle']}/post/{made['uri'].rpartition('/')[2]}"
    request = replace(notice, recipient=NETWORK["labeler"], about=About(page, "", "ab" * 32, NOW))
    channel = BlueskyChannel(
        *ways, service=NETWORK["server"], identifier=centre["handle"], password=Secret(PASSWORD)
    )
    assert channel.deliver(request, evidence).detail.startswith("report ")
    queue = ask(NETWORK["moderation"])["subjectStatuses"]
    reported = [one for one in queue if one["subject"].get("uri") == made["uri"]]
    assert [(one["reviewState"], one["subject"]["cid"]) for one in reported] == [
        ("tools.ozone.moderation.defs#reviewOpen", made["cid"])
    ]


def test_a_wrong_password_says_which_setting_to_mend(
    notice: Notice, evidence: Evidence, ways: tuple[GuardedFetcher, GuardedSubmitter]
) -> None:
    request = replace(
        notice,
        recipient=NETWORK["labeler"],
        about=About("https://bsky.app/profile/did:plc:x/post/1", "", "ab" * 32, NOW),
    )
    channel = BlueskyChannel(*ways, service=NETWORK["server"], identifier="no.test", password=Secret("x"))
    with pytest.raises(Misconfigured, match="bluesky in JIKIMI_CHANNELS"):
        channel.deliver(request, evidence)
