"""Moments: whatever a platform or its users write, reading it ends in a moment in UTC or in none."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.post import Post
from jikimi.sources.mastodon_status import Account, Status
from jikimi.sources.mastodon_status import post_of as post_of_status
from jikimi.sources.misskey_note import Note, User, posts_of
from jikimi.sources.moments import in_utc, read_moment
from jikimi.sources.search_engines import read_naver
from jikimi.sources.upload_post import post_of as post_handed_in
from jikimi.sources.website_page import read_date
from jikimi.sources.x_post import Includes, XPost
from jikimi.sources.x_post import post_of as post_of_x

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
NONE = ("", "now", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-01:00")


def of_mastodon(text: str) -> Post:
    return post_of_status(Status("1", Account(), created_at=text), "watch", "host", NOW)


def of_misskey(text: str) -> Post:
    (post,) = posts_of(Note("1", text, User()), "watch", "https://site.example", "host", NOW)
    return post


def of_x(text: str) -> Post:
    return post_of_x(XPost("1", created_at=text), Includes(), "watch", NOW)


@pytest.mark.parametrize("read", [of_mastodon, of_misskey, of_x])
@pytest.mark.parametrize("text", NONE)
def test_a_date_that_is_none_keeps_no_post_from_being_read(read: Callable[[str], Post], text: str) -> None:
    post = read(text)
    assert (post.published_at, post.visible_at) == (None, NOW)


@given(st.datetimes(timezones=st.timezones()) | st.datetimes())
def test_any_moment_is_one_in_utc_or_none(moment: datetime) -> None:
    for found in (in_utc(moment), read_moment(moment.isoformat()), read_date(moment.isoformat())):
        assert found is None or found.tzinfo is UTC


def test_news_without_a_zone_are_dated_in_utc() -> None:
    item = {"link": "https://news.example/1", "pubDate": "Sun, 22 Nov 2026 08:30:00"}
    (entry,) = read_naver("news", json.dumps({"items": [item]}).encode()).pages
    assert entry.published_at == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def test_who_hands_in_a_moment_before_all_years_is_told() -> None:
    handed = {"id": "1", "url": "https://a.example/1", "published_at": "0001-01-01T00:00:00+09:00"}
    with pytest.raises(msgspec.ValidationError, match="published_at"):
        post_handed_in(json.dumps(handed).encode(), "watch", NOW)
