"""What each platform's interface is told, and what its answers mean; recorded answers on this machine."""

import json
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.submit import GuardedSubmitter
from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import Blocked, InDoubt, JikimiError, Misconfigured, NeedsHuman, TryLater
from jikimi.model.mail import About
from jikimi.model.post import Secret
from jikimi.removal.aws import AwsAccess, AwsChannel, sign_v4
from jikimi.removal.bluesky import BlueskyChannel
from jikimi.removal.cloudflare import CloudflareChannel
from jikimi.removal.mastodon import MastodonChannel
from jikimi.removal.matrix import MatrixChannel

APIS = runpy.run_path(str(Path(__file__).parents[1] / "api_servers.py"))
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
ABOUT = About("https://board.example/1", "https://img.example/a.jpg", "ab" * 32, NOW)
TOKEN = Secret("hunter2")


@dataclass
class Bench:
    """One interface and the ways to it."""

    api: Any
    fetcher: GuardedFetcher
    submitter: GuardedSubmitter


@contextmanager
def bench(talk: str, mood: int = 200) -> Iterator[Bench]:
    with APIS["serving"](APIS[talk], mood) as api:
        policy = AddressPolicy(frozenset({("127.0.0.1", api.port)}))
        with GuardedFetcher(policy, user_agent="test", clock=lambda: NOW) as fetcher:
            yield Bench(api, fetcher, GuardedSubmitter(policy, "test"))


def bluesky(found: Bench, password: Secret = TOKEN) -> BlueskyChannel:
    return BlueskyChannel(
        found.fetcher, found.submitter, service=found.api.url, identifier="centre.example", password=password
    )


def cloudflare(found: Bench, token: Secret = TOKEN) -> CloudflareChannel:
    return CloudflareChannel(
        found.submitter,
        account="acc-1",
        token=token,
        centre="Centre",
        mail="n@centre.example",
        api=found.api.url,
    )


def aws(found: Bench, classification: str = "A1") -> AwsChannel:
    return AwsChannel(
        found.submitter,
        AwsAccess("eu-west-2", "AKIDEXAMPLE", TOKEN),
        sender="n@centre.example",
        classification=classification,
        clock=lambda: NOW,
        endpoint=found.api.url,
    )


def to(notice: Notice, recipient: str, post: str = "", **about: Any) -> Notice:
    changed = replace(ABOUT, post_url=post or ABOUT.post_url, **about)
    return replace(notice, recipient=recipient, about=changed)


def on_bluesky(notice: Notice, **about: Any) -> Notice:
    return to(notice, APIS["LABELER"], "https://bsky.app/profile/poster.example/post/3kpost", **about)


@pytest.mark.parametrize(
    "post",
    [
        "https://bsky.app/profile/poster.example/post/3kpost",
        f"https://bsky.app/profile/{APIS['DID']}/post/3kpost",
        f"at://{APIS['DID']}/app.bsky.feed.post/3kpost",
    ],
)
def test_a_bluesky_post_is_reported_by_the_digest_of_its_record(
    notice: Notice, evidence: Evidence, post: str
) -> None:
    with bench("bluesky") as found:
        handed = bluesky(found).deliver(to(notice, APIS["LABELER"], post), evidence)
    report = json.loads(found.api.taken[0].removesuffix("/xrpc/com.atproto.moderation.createReport"))
    assert report["subject"]["cid"] == APIS["CID"]
    assert report["reasonType"] == "tools.ozone.report.defs#reasonSexualNCII"
    assert handed.detail == "report 7"


def test_material_of_a_minor_has_its_own_reason(notice: Notice, evidence: Evidence) -> None:
    with bench("bluesky") as found:
        bluesky(found).deliver(on_bluesky(notice, is_minor=True), evidence)
    assert "reasonChildSafetyCSAM" in found.api.taken[0]


@pytest.mark.parametrize("post", ["https://bsky.app/profile/poster.example", "https://board.example/1"])
def test_what_is_no_post_on_bluesky_is_left_to_a_person(
    notice: Notice, evidence: Evidence, post: str
) -> None:
    with bench("bluesky") as found, pytest.raises(NeedsHuman, match="no address of a post"):
        bluesky(found).deliver(to(notice, APIS["LABELER"], post), evidence)
    assert found.api.requests == []


def test_a_post_that_is_not_there_is_not_reported(notice: Notice, evidence: Evidence) -> None:
    with bench("bluesky") as found, pytest.raises(Blocked):
        bluesky(found).deliver(
            to(notice, APIS["LABELER"], f"at://{APIS['DID']}/app.bsky.feed.post/gone"), evidence
        )
    assert found.api.taken == []


@pytest.mark.parametrize("talk", ["bluesky", "cloudflare", "matrix", "mastodon", "aws"])
def test_a_wrong_token_names_the_setting_and_shows_nothing(
    notice: Notice, evidence: Evidence, talk: str
) -> None:
    wrong = Secret("wrong-token")
    with bench(talk) as found:
        made: Any = {
            "bluesky": lambda: bluesky(found, wrong),
            "cloudflare": lambda: cloudflare(found, wrong),
            "matrix": lambda: MatrixChannel(found.submitter, homeserver=found.api.url, token=wrong),
            "mastodon": lambda: MastodonChannel(
                found.fetcher, found.submitter, server=found.api.url, token=wrong
            ),
            "aws": lambda: AwsChannel(
                found.submitter,
                AwsAccess("us-east-1", "AKIDWRONG", wrong),
                sender="n@centre.example",
                classification="A1",
                clock=lambda: NOW,
                endpoint=found.api.url,
            ),
        }[talk]
        request = {
            "bluesky": on_bluesky(notice),
            "matrix": to(notice, found.api.url, "https://matrix.to/#/!room:server.example/$event-1"),
        }.get(talk, to(notice, "https://x.example", is_minor=talk == "aws"))
        with pytest.raises((Misconfigured, NeedsHuman), match=f"{talk} in JIKIMI_CHANNELS") as caught:
            made().deliver(request, evidence)
    assert found.api.taken == []
    assert "wrong-token" not in str(caught.value) + repr(made())


def test_a_server_s_fault_is_in_doubt_and_a_refusal_keeps_its_words_without_addresses(
    notice: Notice, evidence: Evidence
) -> None:
    with bench("cloudflare", 500) as found, pytest.raises(InDoubt, match="answers 500"):
        cloudflare(found).deliver(to(notice, "https://abuse.cloudflare.com"), evidence)
    with (
        bench("cloudflare", 400) as found,
        pytest.raises(Blocked, match=r"see \(address\) told so") as caught,
    ):
        cloudflare(found).deliver(to(notice, "https://abuse.cloudflare.com"), evidence)
    assert "board.example" not in str(caught.value)


def test_cloudflare_is_told_one_host_at_a_time_and_never_to_tell_the_owner(
    notice: Notice, evidence: Evidence
) -> None:
    with bench("cloudflare") as found:
        handed = cloudflare(found).deliver(to(notice, "https://abuse.cloudflare.com"), evidence)
        cloudflare(found).deliver(to(notice, "https://abuse.cloudflare.com", is_minor=True), evidence)
    adult, minor = (request.json for request in found.api.requests)
    assert adult["urls"] == "https://board.example/1"
    assert {adult["owner_notification"], minor["owner_notification"]} == {"none"}
    assert (adult["act"], minor["act"]) == ("abuse_ncsei", "abuse_children")
    assert handed.detail == "report ab12"


def test_cloudflare_is_told_the_file_where_the_page_has_no_readable_address(
    notice: Notice, evidence: Evidence
) -> None:
    with bench("cloudflare") as found:
        broken = to(notice, "https://abuse.cloudflare.com", "https://[board.example/1")
        cloudflare(found).deliver(broken, evidence)
    assert found.api.requests[0].json["urls"] == ABOUT.media_url


def test_a_mastodon_post_is_reported_as_our_server_knows_it(notice: Notice, evidence: Evidence) -> None:
    with bench("mastodon") as found:
        channel = MastodonChannel(found.fetcher, found.submitter, server=found.api.url, token=TOKEN)
        channel.deliver(to(notice, "https://social.example", "https://social.example/@poster/1"), evidence)
        assert found.api.requests[-1].json["forward"] is True
        with pytest.raises(NeedsHuman, match="does not know this post"):
            channel.deliver(
                to(notice, "https://social.example", "https://social.example/@poster/2"), evidence
            )
    assert len(found.api.taken) == 1


def test_a_matrix_message_is_reported_to_the_homeserver_where_the_centre_is(
    notice: Notice, evidence: Evidence
) -> None:
    link = "https://matrix.to/#/!room:server.example/$event-1?via=server.example"
    with bench("matrix") as found:
        channel = MatrixChannel(found.submitter, homeserver=found.api.url, token=TOKEN)
        channel.deliver(to(notice, found.api.url, link), evidence)
        with pytest.raises(NeedsHuman, match="no account"):
            channel.deliver(to(notice, "https://matrix.example", link), evidence)
        for other in ("https://matrix.to/#/#room:server.example/$e", "https://matrix.to/#/@a:b.example"):
            with pytest.raises(NeedsHuman, match="no address of a message"):
                channel.deliver(to(notice, found.api.url, other), evidence)
    assert len(found.api.taken) == 1


def test_aws_takes_minors_only_and_only_what_the_centre_classified(
    notice: Notice, evidence: Evidence
) -> None:
    with bench("aws") as found:
        with pytest.raises(NeedsHuman, match="minors only"):
            aws(found).deliver(to(notice, "https://abuse.example"), evidence)
        with pytest.raises(NeedsHuman, match="JIKIMI_XARF"):
            aws(found, "").deliver(to(notice, "https://abuse.example", is_minor=True), evidence)
    assert found.api.requests == []


def test_a_doubt_at_aws_is_tried_again_for_the_same_token_is_the_same_report(
    notice: Notice, evidence: Evidence
) -> None:
    request = to(notice, "https://abuse.example", is_minor=True)
    with bench("aws", 500) as found, pytest.raises(TryLater):
        aws(found).deliver(request, evidence)
    with bench("aws") as found:
        first, second = aws(found).deliver(request, evidence), aws(found).deliver(request, evidence)
    assert first == second
    assert len(found.api.taken) == 1
    assert found.api.requests[0].json["clientToken"] == request.key


def test_requests_to_aws_are_signed_as_its_published_example_is() -> None:
    # "post-x-www-form-urlencoded" of AWS's own Signature Version 4 test suite.
    access = AwsAccess("us-east-1", "AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
    headers = sign_v4(
        "https://example.amazonaws.com/",
        b"Param1=value1",
        access,
        datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
        service="service",
        content_type="application/x-www-form-urlencoded",
    )
    signature = headers["Authorization"].reveal().rpartition("Signature=")[2]
    assert signature == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
    assert "wJalr" not in repr(access)


@pytest.mark.parametrize("talk", ["bluesky", "cloudflare", "aws"])
def test_a_request_of_an_earlier_version_is_left_to_a_person(
    notice: Notice, evidence: Evidence, talk: str
) -> None:
    with bench(talk) as found:
        channel: Any = {"bluesky": bluesky, "cloudflare": cloudflare, "aws": aws}[talk](found)
        with pytest.raises(JikimiError, match="does not say for machines"):
            channel.deliver(replace(notice, about=None), evidence)


def test_a_busy_interface_says_when_to_come_back(notice: Notice, evidence: Evidence) -> None:
    from jikimi.model.ports import Answered
    from jikimi.removal.api_answer import read_json

    del notice, evidence
    for value, expected in (("600", 600), ("5", 60), ("999999", 3600), ("soon", 60)):
        with pytest.raises(TryLater) as caught:
            read_json(Answered(429, (("retry-after", value),), b""), "api.example", "x")
        assert caught.value.after == timedelta(seconds=expected)
