"""Watching X: narrow rules that stand, nothing missed between search and stream, and nothing paid unasked."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
import pytest_asyncio
from scripted_x import RULE, ScriptedX, post, snowflake
from stream_reading import has_caught_up, ids, read
from surroundings import around

from jikimi.model.errors import Blocked, Gone, Misconfigured, TryLater, Unauthorized
from jikimi.model.fingerprint import Kind
from jikimi.model.ports import Web
from jikimi.model.post import Event
from jikimi.model.source import Options
from jikimi.sources.x import X
from jikimi.sources.x_post import Includes, XPost, id_at, moment_of, post_of
from jikimi.sources.x_rules import checked_rules

pytestmark = pytest.mark.asyncio
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROBLEMS = "https://api.twitter.com/2/problems/"


class Watched:
    """X, a source of it, and one clock for both that only `later` moves."""

    def __init__(self, server: ScriptedX) -> None:
        self.server, self.now = server, START
        self.url = ""
        self.web: Web

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def source(self, **options: str) -> X:
        given = {"api": self.url, "token": "hush", "rules": RULE, **options}
        return X(Options(X.manifest, given), around(self.web, clock=self.clock))


@pytest_asyncio.fixture
async def watched() -> AsyncIterator[Watched]:
    made = Watched(ScriptedX("hush"))
    async with made.server.opened(made.clock) as (url, web):
        made.url, made.web = url, web
        yield made


async def test_exactly_the_typed_rules_stand_and_those_of_others_are_left_alone(watched: Watched) -> None:
    watched.server.rules = [
        {"id": "1", "value": "#old", "tag": "watch"},
        {"id": "2", "value": "#theirs", "tag": "another"},
        {"id": "3", "value": "#kept", "tag": "watch"},
        {"id": "4", "value": "#shared", "tag": "another"},
        {"id": "5", "value": "#untagged"},
    ]
    source = watched.source(rules="#kept; #fresh ; #shared;#fresh")
    await read(source, await source.anchor(), has_caught_up)
    assert [(rule["value"], rule.get("tag", "")) for rule in watched.server.rules] == [
        ("#theirs", "another"), ("#kept", "watch"), ("#shared", "another"), ("#untagged", ""),
        ("#fresh", "watch"),
    ]  # fmt: skip
    watched.server.orders.clear()
    await read(source, await source.anchor(), has_caught_up)
    assert watched.server.orders == []


async def test_a_rule_that_came_to_stand_meanwhile_is_no_problem(watched: Watched) -> None:
    watched.server.problems = [
        {"value": RULE, "id": "1", "title": "DuplicateRule", "type": f"{PROBLEMS}duplicate-rules"}
    ]
    source = watched.source()
    assert has_caught_up(await read(source, await source.anchor(), has_caught_up))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("invalid-rules", Misconfigured),
        ("rule-cap", Misconfigured),
        ("usage-capped", Blocked),
        ("other", TryLater),
    ],
)
async def test_rules_that_are_not_taken_are_named_by_what_to_do(
    watched: Watched, name: str, error: type[Exception]
) -> None:
    watched.server.problems = [{"title": "No", "type": PROBLEMS + name, "value": RULE}]
    source = watched.source()
    with pytest.raises(error):
        await read(source, await source.anchor(), has_caught_up)


async def test_what_a_search_does_not_know_yet_is_searched_once_more(watched: Watched) -> None:
    """A post of the half minute before we came is neither in the first search nor in the stream."""
    watched.server.unindexed = 30
    source, anchor = watched.source(), str(id_at(START - timedelta(seconds=300)))
    old = await watched.server.put_up(START - timedelta(seconds=200))
    fresh = await watched.server.put_up(START - timedelta(seconds=5))
    stream = source.stream(anchor)
    events = [await anext(stream), await anext(stream)]  # type: ignore[call-overload]  # it is a generator
    assert ids(events) == [old]
    watched.later(46)
    await watched.server.lines.send("\r")
    events += [await anext(stream), await anext(stream)]  # type: ignore[call-overload]  # it is a generator
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert ids(events) == [old, fresh]
    searched = str(id_at(START - timedelta(seconds=120)))
    assert [event.cursor for event in events] == [anchor, searched, searched, fresh]


async def test_a_long_absence_is_searched_page_by_page_and_rule_by_rule(watched: Watched) -> None:
    stored = [await watched.server.put_up(START - timedelta(seconds=500 - number)) for number in range(250)]
    source = watched.source(rules="#crane; #frog")
    events = await read(source, str(id_at(START - timedelta(seconds=501))), has_caught_up)
    assert set(ids(events)) == set(stored)
    assert len(ids(events)) == 250
    assert [asked["query"] for asked in watched.server.searches] == ["#crane"] * 3 + ["#frog"] * 3
    assert events[-2].cursor == str(id_at(START - timedelta(seconds=501)))
    assert events[-1].cursor == str(id_at(START - timedelta(seconds=120)))  # what was searched is settled


async def test_more_than_a_week_away_the_rest_is_read_and_then_a_gap_told(watched: Watched) -> None:
    kept = await watched.server.put_up(START - timedelta(seconds=300))
    stream = watched.source().stream(str(id_at(START - timedelta(days=8))))
    events = [await anext(stream), await anext(stream)]  # type: ignore[call-overload]  # it is a generator
    assert ids(events) == [kept]
    assert "since_id" not in watched.server.searches[0]
    with pytest.raises(Gone):
        await anext(stream)  # type: ignore[call-overload]  # it is a generator
    assert events[-1].cursor == str(id_at(START - timedelta(seconds=120)))


async def test_silence_moves_the_cursor_so_that_no_week_passes_by(watched: Watched) -> None:
    stream = watched.source().stream(str(id_at(START)))
    assert has_caught_up([await anext(stream)])  # type: ignore[call-overload]  # it is a generator
    events: list[Event] = []
    for seconds in (46, 20):
        watched.later(seconds)
        await watched.server.lines.send("\r")
        events.append(await anext(stream))  # type: ignore[call-overload]  # it is a generator
    events.append(await anext(stream))  # type: ignore[call-overload]  # it is a generator
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert int(events[-1].cursor) == id_at(START + timedelta(seconds=6))


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            {"errors": [{"title": "operational-disconnect", "type": f"{PROBLEMS}operational-disconnect"}]},
            TryLater,
        ),
        ({"title": "ConnectionException", "connection_issue": "TooManyConnections"}, TryLater),
        ({"title": "UsageCapExceeded", "type": f"{PROBLEMS}usage-capped"}, Blocked),
        ({"errors": [{"title": "x", "type": f"{PROBLEMS}client-forbidden"}]}, Blocked),
    ],
)
async def test_the_stream_says_why_it_ends(
    watched: Watched, line: dict[str, object], error: type[Exception]
) -> None:
    stream = watched.source().stream(str(id_at(START)))
    assert has_caught_up([await anext(stream)])  # type: ignore[call-overload]  # it is a generator
    await watched.server.lines.send(json.dumps(line))
    with pytest.raises(error):
        await anext(stream)  # type: ignore[call-overload]  # it is a generator


async def test_messages_of_unknown_kinds_are_passed_over(watched: Watched) -> None:
    stream = watched.source().stream(str(id_at(START)))
    assert has_caught_up([await anext(stream)])  # type: ignore[call-overload]  # it is a generator
    await watched.server.lines.send('{"something":"new"}', "no JSON")
    name = await watched.server.put_up()
    assert (await anext(stream)).skipped == 1  # type: ignore[call-overload]  # it is a generator
    assert ids([await anext(stream)]) == [name]  # type: ignore[call-overload]  # it is a generator
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator


async def test_too_many_questions_are_asked_again_when_x_says(watched: Watched) -> None:
    watched.server.door.answer(429)
    watched.server.door.headers = {"x-rate-limit-reset": str(int(START.timestamp()) + 240)}
    with pytest.raises(TryLater) as caught:
        await read(watched.source(), str(id_at(START)), has_caught_up)
    assert caught.value.after == timedelta(seconds=240)


@pytest.mark.parametrize("status", [402, 403])
@pytest.mark.parametrize("place", ["stream", "rules"])
async def test_an_app_that_may_not_is_for_a_person_who_is_told_where_to_look(
    watched: Watched, place: str, status: int
) -> None:
    watched.server.statuses[place] = status
    with pytest.raises(Blocked, match="developer console"):
        await read(watched.source(), str(id_at(START)), has_caught_up)


async def test_a_wrong_token_is_said_to_be_one(watched: Watched) -> None:
    with pytest.raises(Unauthorized):
        await read(watched.source(token="other"), str(id_at(START)), has_caught_up)


async def test_minutes_are_asked_of_the_stream_where_the_plan_has_them(watched: Watched) -> None:
    await read(watched.source(backfill_minutes="5"), str(id_at(START)), has_caught_up)
    opened = next(asked for asked in watched.server.door.asked if asked.path == "/2/tweets/search/stream")
    assert opened.query["backfill_minutes"] == "5"
    assert opened.query["expansions"] == "attachments.media_keys,author_id"
    assert all("hush" not in str(asked.url) for asked in watched.server.door.asked)


async def test_each_post_costs() -> None:
    assert X.manifest.per_post == Decimal("0.005")


@pytest.mark.parametrize(
    "options",
    [{"rules": "the"}, {"rules": " ; "}, {"token": ""}, {"backfill_minutes": "6"}, {"api": "api.x.com"}],
)
async def test_options_that_are_wrong_are_refused(watched: Watched, options: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        watched.source(**options)


async def test_a_cursor_of_another_source_is_refused(watched: Watched) -> None:
    with pytest.raises(Misconfigured):
        await read(watched.source(), "01KA", has_caught_up)


@pytest.mark.parametrize(
    "rule",
    [
        "from:someone", "#origami has:images", '"paper crane"', "url:board.example", "origami lang:ko",
        "(the OR photo) origami", "(origami OR kirigami) has:media", "종이접기", "@someone -is:retweet",
        "origami OR from:someone", '-the "a crane"',
    ],
)  # fmt: skip
async def test_narrow_rules_are_taken(rule: str) -> None:
    assert checked_rules(rule) == (rule,)


@pytest.mark.parametrize(
    "rule",
    [
        "the", "사진", "has:images", "lang:ko has:images", "origami OR the", "(origami OR the) has:images",
        "-origami", "the -(origami)", "a", "from:", '"the photo"', "한", "is:retweet OR origami",
        "photo video",
    ],
)  # fmt: skip
async def test_wide_rules_are_refused(rule: str) -> None:
    with pytest.raises(Misconfigured, match="costs"):
        checked_rules(rule)


async def test_a_rule_that_is_too_long_and_too_many_rules_are_refused() -> None:
    with pytest.raises(Misconfigured, match="longer"):
        checked_rules("origami " * 65)  # X's search takes 512 letters where its stream takes 1,024
    assert checked_rules(f"from:someone {'a' * 499}")
    with pytest.raises(Misconfigured, match="at most"):
        checked_rules(";".join(f"from:someone{number}" for number in range(1001)))


async def test_identifiers_hold_their_moment() -> None:
    assert moment_of(id_at(START)) == START
    assert int(snowflake(START)) >> 22 == id_at(START) >> 22


def as_post(media: list[dict[str, object]], **fields: object) -> tuple[str, list[tuple[Kind, str]]]:
    made = post(START, attachments={"media_keys": [one["media_key"] for one in media]}, **fields)["data"]
    includes = msgspec.convert(
        {"media": [*media, {"media_key": "another", "url": "https://x.example"}]}, Includes
    )
    read_post = post_of(msgspec.convert(made, XPost), includes, "watch", START)
    return read_post.text, [(ref.kind, ref.url) for ref in read_post.media]


def variant(path: str, rate: int | None, kind: str = "video/mp4") -> dict[str, object]:
    return {"url": f"https://video.x.example{path}", "content_type": kind, "bit_rate": rate}


async def test_of_a_clip_the_form_near_480_lines_is_taken() -> None:
    sizes = [
        ("/vid/480x270/a.mp4", 288_000),
        ("/vid/852x480/b.mp4", 950_000),
        ("/vid/1280x720/c.mp4", 2_176_000),
    ]
    forms = [variant("/pl/a.m3u8", None, "application/x-mpegURL"), *(variant(*size) for size in sizes)]
    plain = [variant("/1.mp4", 256_000), variant("/2.mp4", 832_000), variant("/3.mp4", 10_368_000)]
    _, media = as_post(
        [
            {
                "media_key": "1",
                "type": "video",
                "variants": forms,
                "preview_image_url": "https://p.example/1.jpg",
            },
            {"media_key": "2", "type": "video", "variants": plain},
            {"media_key": "3", "type": "animated_gif", "variants": [variant("/g.mp4", 0)]},
            {"media_key": "4", "type": "video", "preview_image_url": "https://p.example/4.jpg"},
        ]
    )
    assert media == [
        (Kind.VIDEO, "https://video.x.example/vid/852x480/b.mp4"),
        (Kind.VIDEO, "https://video.x.example/2.mp4"),
        (Kind.VIDEO, "https://video.x.example/g.mp4"),
        (Kind.IMAGE, "https://p.example/4.jpg"),
    ]


async def test_the_words_are_the_whole_text_and_the_descriptions() -> None:
    photo = {"media_key": "1", "type": "photo", "url": "https://p.example/1.jpg", "alt_text": "a paper crane"}
    text, _ = as_post([photo], text="Beginning…", note_tweet={"text": "Beginning &amp; end\nof it"})
    assert text.split("\n") == ["Beginning & end", "of it", "a paper crane"]
