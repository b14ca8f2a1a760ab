"""A second way out: everything goes through the proxy, and what may not be visited still is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.proxy import parse_proxy
from jikimi.model.errors import Blocked, Gone, Misconfigured
from jikimi.model.ports import Limits
from jikimi.model.post import Secret

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
SMALL = Limits(max_bytes=100_000, deadline=timedelta(seconds=20))


async def public(_host: str, _port: int) -> list[str]:
    return ["8.8.8.8"]


async def private(_host: str, _port: int) -> list[str]:
    return ["10.0.0.7"]


def through(url: str, resolve: Callable[..., object]) -> GuardedFetcher:
    port = url.rsplit(":", 1)[1].split("/", maxsplit=1)[0]
    return GuardedFetcher(
        AddressPolicy(),
        user_agent="test",
        clock=lambda: datetime.now(UTC),
        resolve=resolve,  # type: ignore[arg-type]
        proxy=Secret(f"http://user:secret@127.0.0.1:{port}"),
    )


def test_a_page_is_asked_of_the_proxy_by_its_whole_address(
    serve: Callable[..., str], servers: Any, seen: list[tuple[str, str, dict[str, str]]]
) -> None:
    url = "http://site.example/page"
    servers.replies[url] = HELLO
    with through(serve(HELLO), public) as fetcher:
        fetched = fetcher.fetch(url, SMALL, {"Referer": Secret("http://site.example/")})
    assert (fetched.url, fetched.body) == (url, b"hello")
    ((door, path, headers),) = seen
    assert (door, path) == ("here", url)
    assert headers["proxy-authorization"].startswith("basic ")
    assert headers["host"] == "site.example"


def test_what_the_proxy_answers_is_read_like_any_answer(serve: Callable[..., str], servers: Any) -> None:
    url = "http://site.example/gone"
    servers.replies[url] = b"HTTP/1.1 404 No\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone"
    with through(serve(HELLO), public) as fetcher:
        with pytest.raises(Gone):
            fetcher.fetch(url, SMALL)
        refused = fetcher.fetch(url, replace(SMALL, is_any_status=True))
    assert (refused.status, refused.body) == (404, b"none")


@pytest.mark.parametrize(
    "text",
    ["", "socks5://10.0.0.2:1", "http://proxy.example:3128", "http://10.0.0.2", "http://10.0.0.2:99999"],
)
def test_a_proxy_that_is_no_ip_address_and_port_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(Misconfigured, match="Type its IP address and port") as error:
        parse_proxy(Secret(text))
    assert not text or text not in str(error.value)


def test_a_name_that_leads_inside_is_blocked_before_the_proxy_hears_of_it(
    serve: Callable[..., str], seen: list[tuple[str, str, dict[str, str]]]
) -> None:
    with through(serve(HELLO), private) as fetcher:
        for url in ("http://site.example/", "http://127.0.0.1/", "http://169.254.169.254/latest"):
            with pytest.raises(Blocked):
                fetcher.fetch(url, SMALL)
    assert seen == []
