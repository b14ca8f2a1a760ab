"""Watching a server of Mastodon's kind: nothing missed between timeline and stream."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import pytest_asyncio
from scripted_mastodon import ScriptedMastodon, picture, snowflake, status
from stream_reading import has_caught_up, ids, read
from surroundings import around

from jikimi.model.errors import Gone, Misconfigured, TryLater
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Web
from jikimi.model.post import Event
from jikimi.model.source import Options
from jikimi.sources.mastodon import Mastodon
from jikimi.sources.mastodon_status import Status, earlier, order, post_of

pytestmark = pytest.mark.asyncio
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)
ULIDS = "01KAAAAAAAAAAAAAAAAAAAAAA"  # and one letter more


class Watched:
    def __init__(self, server: ScriptedMastodon, url: str, web: Web) -> None:
        self.server, self.url, self.web = server, url, web

    def source(self, **options: str) -> Mastodon:
        given = {"server": self.url, "token": "hush", **options}
        return Mastodon(Options(Mastodon.manifest, given), around(self.web, clock=lambda: NOW))


@pytest_asyncio.fixture
async def watched() -> AsyncIterator[Watched]:
    server = ScriptedMastodon("hush")
    async with server.opened(lambda: NOW) as (url, web):
        yield Watched(server, url, web)


async def test_a_long_absence_is_read_page_by_page_and_each_page_moves_the_cursor(watched: Watched) -> None:
    first = await watched.server.put_up(snowflake(MS - 900_000))
    stored = [await watched.server.put_up(snowflake(MS - 800_000 + number)) for number in range(100)]
    events = await read(watched.source(), first, has_caught_up)
    assert ids(events)[-100:] == stored
    cursors = list(dict.fromkeys(event.cursor for event in events))
    assert len(cursors) == 4  # the old one, and one a page
    assert cursors[-1] == stored[-1]


async def test_what_another_server_sent_late_is_read_after_an_absence(watched: Watched) -> None:
    known = await watched.server.put_up(snowflake(MS - 10_000))
    late = await watched.server.put_up(snowflake(MS - 60_000))
    too_late = await watched.server.put_up(snowflake(MS - 200_000))
    found = ids(await read(watched.source(), known, has_caught_up))
    assert late in found
    assert too_late not in found


async def test_a_timeline_that_begins_after_the_cursor_is_a_gap(watched: Watched) -> None:
    known = snowflake(MS - 5_000_000)
    stored = [await watched.server.put_up(snowflake(MS - 1000 + number)) for number in range(3)]
    events: list[Event] = []

    def never(seen: list[Event]) -> bool:
        events.extend(seen[-1:])
        return False

    with pytest.raises(Gone):
        await read(watched.source(), known, never)
    assert ids(events) == stored
    assert events[-1].cursor == stored[-1]
    assert has_caught_up(await read(watched.source(), events[-1].cursor, has_caught_up))


async def test_a_server_that_only_gives_its_newest_posts_has_a_gap(watched: Watched) -> None:
    known = await watched.server.put_up(snowflake(MS - 5_000_000))
    watched.server.knows_min_id = False
    for number in range(50):
        await watched.server.put_up(snowflake(MS - 5000 + number))
    with pytest.raises(Gone):
        await read(watched.source(), known, lambda _: False)


async def test_a_cursor_whose_post_was_deleted_is_no_gap(watched: Watched) -> None:
    older = await watched.server.put_up(snowflake(MS - 9_000_000))
    newer = await watched.server.put_up(snowflake(MS))
    assert older != newer
    events = await read(watched.source(), snowflake(MS - 5_000_000), has_caught_up)
    assert ids(events) == [newer]


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        (ULIDS + "A", [ULIDS + "B", ULIDS + "Z"]),
        ("AYzzzzzzzzzzzzzzzz", ["AYzzzzzzzzzzzzzzzzz"[:18], "AZ0000000000000000"]),
        ("99", ["100", "101"]),
    ],
    ids=["ULID", "flake", "growing numbers"],
)
async def test_names_that_are_no_snowflakes_are_paged_too(
    watched: Watched, first: str, rest: list[str]
) -> None:
    for name in dict.fromkeys((first, *rest)):
        await watched.server.put_up(name)
    events = await read(watched.source(), first, has_caught_up)
    assert set(ids(events)) | {first} == {first, *rest}
    assert events[-1].cursor == rest[-1]


async def test_a_server_without_a_stream_is_asked_again_and_again(watched: Watched) -> None:
    watched.server.has_stream = False
    source = watched.source(interval="30")
    anchor = await source.anchor()
    post = await watched.server.put_up()
    events = [event async for event in source.stream(anchor)]
    assert ids(events) == [post]
    assert source.interval == timedelta(seconds=30)


async def test_the_stream_is_asked_where_the_server_says(watched: Watched) -> None:
    watched.server.streaming = watched.url.replace("http", "ws").replace("127.0.0.1", "localhost")
    source = watched.source()
    await read(source, await source.anchor(), has_caught_up)
    hosts = {request.host for request in watched.server.door.asked if "streaming" in request.path}
    assert hosts == {watched.url.replace("http://127.0.0.1", "localhost")}


@pytest.mark.parametrize(
    "named", ["ftp://elsewhere.example", "wss://a:b@elsewhere.example", "nonsense", None]
)
async def test_a_strange_address_of_the_stream_is_not_followed(watched: Watched, named: str | None) -> None:
    watched.server.streaming = named
    source = watched.source()
    assert has_caught_up(await read(source, await source.anchor(), has_caught_up))


async def test_an_edited_status_is_a_new_post_and_its_deletion_ends_both(watched: Watched) -> None:
    source, edited_at = watched.source(), "2026-11-22T12:05:00.000Z"
    stream = source.stream(await source.anchor())
    events = [await anext(stream)]
    name = await watched.server.put_up()
    events.append(await anext(stream))
    fields = {"edited_at": edited_at, "media_attachments": [picture("another")]}
    await watched.server.tell("status.update", json.dumps(status(name, **fields)))
    events.append(await anext(stream))
    await watched.server.take_down(name)
    events += [await anext(stream), await anext(stream)]
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert ids(events) == [name, f"{name}@{edited_at}", name, f"{name}@{edited_at}"]
    assert [event.post.is_deleted for event in events if event.post] == [False, False, True, True]
    assert events[2].post
    assert events[2].post.media[0].url.endswith("another.png")
    assert events[2].cursor == name


async def test_an_old_post_that_is_edited_does_not_move_the_cursor_back(watched: Watched) -> None:
    source = watched.source()
    newest = await watched.server.put_up(snowflake(MS))
    stream = source.stream(await source.anchor())
    while not has_caught_up([await anext(stream)]):
        pass
    old = status(snowflake(MS - 10**9), edited_at="2026-11-22T12:05:00.000Z")
    await watched.server.tell("status.update", json.dumps(old))
    assert (await anext(stream)).cursor == newest
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator


async def test_heartbeats_and_unknown_events_are_passed_over(watched: Watched) -> None:
    source = watched.source()
    stream = source.stream(await source.anchor())
    assert has_caught_up([await anext(stream)])
    await watched.server.lines.send(":thump", "", "event: filters_changed", "data: undefined", "")
    await watched.server.tell("announcement", "{}")
    await watched.server.tell("update", "undefined")
    name = await watched.server.put_up()
    assert (await anext(stream)).skipped == 1
    assert ids([await anext(stream)]) == [name]
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator


async def test_a_status_without_a_name_is_skipped_and_the_page_goes_on(watched: Watched) -> None:
    first = await watched.server.put_up(snowflake(MS - 1000))
    second = await watched.server.put_up(snowflake(MS))

    whole = watched.server.statuses
    watched.server.statuses = [*whole[:1], {**whole[1], "account": None}, whole[1]]
    events = await read(watched.source(), first, has_caught_up)
    assert second in ids(events)
    assert sum(event.skipped for event in events) == 1


async def test_only_media_leaves_out_the_others(watched: Watched) -> None:
    source = watched.source(only_media="yes", hashtag="origami")
    anchor = await source.anchor()
    await watched.server.put_up(media_attachments=[])
    shown = await watched.server.put_up()
    assert ids(await read(source, anchor, has_caught_up)) == [shown]
    assert "/api/v1/streaming/hashtag" in watched.server.door.paths
    assert "/api/v1/timelines/tag/origami" in watched.server.door.paths


@pytest.mark.parametrize(("scope", "path"), [("local", "public/local"), ("remote", "public/remote")])
async def test_a_scope_is_asked_of_timeline_and_stream(watched: Watched, scope: str, path: str) -> None:
    source = watched.source(scope=scope)
    await read(source, await source.anchor(), has_caught_up)
    assert f"/api/v1/streaming/{path}" in watched.server.door.paths
    assert all(
        request.query[scope] == "true" for request in watched.server.door.asked if "timelines" in request.path
    )


async def test_the_token_stands_in_no_address(watched: Watched) -> None:
    source = watched.source()
    await read(source, await source.anchor(), has_caught_up)
    assert all("hush" not in str(request.url) for request in watched.server.door.asked)


async def test_an_answer_that_is_no_timeline_is_tried_again(watched: Watched) -> None:
    watched.server.statuses = [{"no": "name"}]
    with pytest.raises(TryLater):
        await watched.source().anchor()


@pytest.mark.parametrize(
    "options",
    [
        {"server": "social.example"},
        {"server": "https://user:pass@social.example"},
        {"hashtag": "two words"},
        {"hashtag": "origami", "scope": "remote"},
        {"scope": "everything"},
        {"token": ""},
    ],
)
async def test_options_that_are_wrong_are_refused(watched: Watched, options: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        watched.source(**options)


async def test_a_cursor_of_another_source_is_refused(watched: Watched) -> None:
    with pytest.raises(Misconfigured):
        await read(watched.source(), "a&b", has_caught_up)


def as_post(**fields: object) -> tuple[str, list[tuple[Kind, str]]]:
    read_status = msgspec.convert(status("1", **fields), Status)
    post = post_of(read_status, "watch", "social.example", NOW)
    return post.text, [(ref.kind, ref.url) for ref in post.media]


async def test_the_words_are_warning_text_poll_descriptions_and_card() -> None:
    text, media = as_post(
        spoiler_text="A warning",
        content='<p>One &amp; two<br>three</p><p><a href="x"><span class="invisible">https://</span>a.example</a></p>',
        poll={"options": [{"title": "yes", "votes_count": 1}, {"title": "no"}]},
        media_attachments=[picture("1", description="a paper crane")],
        card={"title": "Page", "description": "About it", "image": "https://files.social.example/card.png"},
    )
    answers, page = ["yes", "no"], ["Page", "About it"]
    words = ["A warning", "One & two", "three", "https://a.example", *answers, "a paper crane", *page]
    assert text.split("\n") == words
    assert media[1:] == [(Kind.IMAGE, "https://files.social.example/card.png")]


async def test_media_are_of_the_kind_that_the_server_says_or_that_their_name_says() -> None:
    kinds = ["image", "gifv", "video", "audio"]
    _, media = as_post(
        media_attachments=[
            *(picture(kind, type=kind) for kind in kinds),
            picture("5", type="unknown", url=None, remote_url="https://elsewhere.example/5.mp4"),
            picture("6", type="unknown", url=None),
        ]
    )
    assert [kind for kind, _ in media] == [Kind.IMAGE, Kind.VIDEO, Kind.VIDEO, Kind.AUDIO, Kind.VIDEO]


async def test_a_boost_is_the_post_that_it_boosts() -> None:
    boost = msgspec.convert(status("9", reblog=status("1", content="<p>first</p>"), content=""), Status)
    post = post_of(boost, "watch", "social.example", NOW)
    assert (post.id, post.text, post.author) == ("1", "first", "someone@social.example")


@pytest.mark.parametrize("name", [snowflake(MS), "01KAM0HR00AAAAAAAAAAAAAAAA"])
async def test_an_earlier_name_is_so_much_earlier(name: str) -> None:
    before = earlier(name, timedelta(minutes=2), NOW)
    assert order(before) < order(name)
    assert order(earlier(name, timedelta(minutes=1), NOW)) > order(before)
    assert len(before) == len(name)


@pytest.mark.parametrize("name", ["17", "AYzzzzzzzzzzzzzzzz", "9" * 30, "0"])
async def test_a_name_without_a_time_has_no_earlier_one(name: str) -> None:
    assert earlier(name, timedelta(minutes=2), NOW) == name
