"""Search engines as their documentation describes their answers, and words that may be asked."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from loopback_site import now

from jikimi.model.source import Query, Search

STRIDE = timedelta(minutes=5)
SERVING = "projects/p/locations/global/collections/default_collection/engines/e/servingConfigs/default_search"


class Striding:
    """A clock that is five minutes on whenever it is read, so that the next query is always due."""

    def __init__(self) -> None:
        self.now, self.stride = now(), STRIDE

    def __call__(self) -> datetime:
        self.now += self.stride
        return self.now


class Allowed:
    """Implements the port Searches: words that may leave, and what was noted."""

    def __init__(self, *searches: Search) -> None:
        self.searches = searches or (Search("c" * 32, '"willow_harbour88"'),)
        self.noted: list[Query] = []

    async def due(self, engine: str) -> tuple[Search, ...]:
        assert engine
        return self.searches

    async def note(self, query: Query) -> None:
        self.noted.append(query)


AT = "2026-11-22T08:30:00.000+09:00"
PATHS = {
    ("naver", "web"): "/search/v1/webkr",
    ("naver", "blog"): "/search/v1/blog",
    ("naver", "cafe"): "/search/v1/cafearticle",
    ("naver", "news"): "/search/v1/news",
    ("naver", "kin"): "/search/v1/kin",
    ("naver", "image"): "/search/v1/image",
    ("kakao", "web"): "/v2/search/web",
    ("kakao", "blog"): "/v2/search/blog",
    ("kakao", "cafe"): "/v2/search/cafe",
    ("kakao", "image"): "/v2/search/image",
    ("kakao", "video"): "/v2/search/vclip",
    ("brave", "web"): "/res/v1/web/search",
    ("brave", "image"): "/res/v1/images/search",
    ("brave", "video"): "/res/v1/videos/search",
    ("brave", "news"): "/res/v1/news/search",
    ("google", "web"): f"/v1/{SERVING}:searchLite",
}


def answer_of(engine: str, where: str, urls: Iterable[str]) -> tuple[str, bytes]:
    """Return an answer that lists these addresses, newest first; "" stands for a record without one."""
    records = [_record(engine, where, url) if url else {"title": "no address"} for url in urls]
    body: dict[str, Any]
    if engine == "naver":
        body = {"lastBuildDate": "Sun, 22 Nov 2026 09:00:00 +0900", "total": 1, "start": 1, "items": records}
    elif engine == "kakao":
        body = {"meta": {"total_count": 1, "pageable_count": 1, "is_end": True}, "documents": records}
    elif engine == "brave":
        body = {"type": "search", "query": {"original": "x"}}
        body |= {"web": {"type": "search", "results": records}} if where == "web" else {"results": records}
    else:
        body = {"results": records, "totalSize": 1} if records else {}
    return "application/json", json.dumps(body).encode()


def _record(engine: str, where: str, url: str) -> dict[str, Any]:  # noqa: PLR0911 - one a form
    """Return one result with every field that the documentation lists for it."""
    title, words = "A <b>specimen</b> &amp; more", "some <b>neutral</b> words"
    if engine == "naver" and where == "image":
        return {"title": title, "link": url, "thumbnail": f"{url}?s", "sizeheight": "40", "sizewidth": "60"}
    if engine == "naver":
        more = {
            "news": {"originallink": url, "pubDate": "Sun, 22 Nov 2026 08:30:00 +0900"},
            "blog": {"bloggername": "mina", "bloggerlink": url, "postdate": "20261122"},
            "cafe": {"cafename": "garden", "cafeurl": url},
        }
        return {"title": title, "link": url, "description": words, **more.get(where, {})}
    if engine == "kakao" and where == "image":
        return {
            "collection": "blog", "thumbnail_url": f"{url}?s", "image_url": url, "width": 60, "height": 40,
            "display_sitename": "garden", "doc_url": f"{url}.html", "datetime": AT,
        }  # fmt: skip
    if engine == "kakao":
        at = {"url": url, "title": title, "datetime": "2026-11-22T08:30:00.000+09:00", "thumbnail": ""}
        return at | ({"play_time": 12, "author": "mina"} if where == "video" else {"contents": words})
    if engine == "brave" and where == "image":
        return {
            "type": "image_result", "title": title, "url": f"{url}.html", "source": "garden.test",
            "thumbnail": {"src": f"{url}?s"}, "properties": {"url": url, "placeholder": f"{url}?p"},
        }  # fmt: skip
    if engine == "brave":
        return {"title": title, "url": url, "description": words, "page_age": "2026-11-22T08:30:00"}
    data = {"link": url, "title": title, "snippets": [{"snippet": words, "snippet_status": "SUCCESS"}]}
    return {"id": "0", "document": {"name": "n", "id": "0", "derivedStructData": data}}
