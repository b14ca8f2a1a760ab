"""What a fetch gives back, what it sends along, and what each status means."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jikimi.media.fetch import GuardedFetcher
from jikimi.model.errors import Blocked, Gone, JikimiError, Misconfigured, TryLater
from jikimi.model.ports import Fetched, Fetcher, Limits
from jikimi.model.post import Secret

Serve = Callable[..., str]
Visit = Callable[..., Fetched]
Seen = list[tuple[str, str, dict[str, str]]]

HELLO = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
    b"X-Name: one\r\nX-Name: \xea\xb0\x80\r\nX-Old: \xb0\xa1\r\n\r\nhello"
)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIMITS = Limits(max_bytes=1000, deadline=timedelta(seconds=20), max_redirects=3)
TOKEN = {"Authorization": Secret("Bearer sesame"), "Referer": Secret("http://a.example/")}


def to(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_page_comes_back_whole_with_where_it_came_from(serve: Serve, visit: Visit) -> None:
    url = serve(HELLO)
    fetched = visit(url)
    assert (fetched.status, fetched.body) == (200, b"hello")
    assert (fetched.url, fetched.hops, fetched.address) == (url, (url,), "127.0.0.1")
    assert fetched.headers == (
        ("content-length", "5"), ("x-name", "one"), ("x-name", "가"), ("x-old", "°¡"),
    )  # fmt: skip
    assert fetched.at == NOW


def test_it_can_be_asked_from_any_event_loop(serve: Serve, fetcher: Fetcher) -> None:
    assert asyncio.run(fetcher.fetch_async(serve(HELLO), LIMITS)).body == b"hello"


def test_it_can_be_asked_from_many_threads_at_once(serve: Serve, fetcher: Fetcher) -> None:
    url = serve(HELLO)
    with ThreadPoolExecutor(16) as threads:
        bodies = [fetched.body for fetched in threads.map(lambda _: fetcher.fetch(url, LIMITS), range(64))]
    assert bodies == [b"hello"] * 64


def test_it_says_who_asks_and_asks_for_plain_bytes(serve: Serve, visit: Visit, seen: Seen) -> None:
    visit(serve(HELLO) + "?a=%2c#part")
    ((door, path, headers),) = seen
    assert door == "here"
    assert path.endswith("?a=%2c")
    assert headers["user-agent"] == "jikimi-test"
    assert headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [200, 201, 203, 204, 206, 226, 299])
def test_any_status_that_means_yes_is_given_back(status: int, serve: Serve, visit: Visit) -> None:
    assert visit(serve(f"HTTP/1.1 {status} Yes\r\nContent-Length: 0\r\n\r\n".encode())).status == status


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (101, TryLater), (300, Blocked), (302, Blocked), (304, Blocked), (305, Blocked), (400, Blocked),
        (401, Blocked), (402, Blocked), (403, Blocked), (404, Gone), (405, Blocked), (407, Blocked),
        (408, TryLater), (410, Gone), (418, Blocked), (425, TryLater), (429, TryLater), (451, Blocked),
        (500, TryLater), (502, TryLater), (503, TryLater), (504, TryLater), (520, TryLater), (999, Blocked),
    ],
)  # fmt: skip
def test_a_status_is_named_by_what_to_do(
    status: int, error: type[JikimiError], serve: Serve, visit: Visit
) -> None:
    with pytest.raises(error, match=f"127.0.0.1 answers {status}"):
        visit(serve(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()))


@pytest.mark.parametrize(
    ("retry_after", "after"),
    [
        ("", timedelta(minutes=1)),
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("3601", timedelta(hours=1)),
        ("9" * 18, timedelta(hours=1)),
        ("9" * 5000, timedelta(minutes=1)),
        ("-5", timedelta(minutes=1)),
        ("１２０", timedelta(minutes=1)),
        ("soon", timedelta(minutes=1)),
        ("Sun, 22 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 12:00:30 -0000", timedelta(seconds=30)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("Sun, 22 Nov 2099 12:00:00 GMT", timedelta(hours=1)),
        ("Sun, 22 Nov 99999 12:00:00 GMT", timedelta(minutes=1)),
        ("Sun, 99 Nov 2026 12:00:00 GMT", timedelta(minutes=1)),
        ("Sun, 22 Nov 2026 12:00:00 +999999999", timedelta(minutes=1)),
        (",", timedelta(minutes=1)),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_when_to_come_back_but_at_most_an_hour(
    retry_after: str, after: timedelta, status: int, serve: Serve, visit: Visit
) -> None:
    url = serve(f"HTTP/1.1 {status} Busy\r\nRetry-After: {retry_after}\r\nContent-Length: 0\r\n\r\n".encode())
    with pytest.raises(TryLater) as raised:
        visit(url)
    assert raised.value.after == after


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [(240, 240), (-5, 0), (9999, 3600), ("soon", 60), ("9" * 12, 60)],
)
def test_x_says_in_a_header_of_its_own_when_to_come_back(
    reset: int | str, seconds: int, serve: Serve, visit: Visit
) -> None:
    at = int(NOW.timestamp()) + reset if isinstance(reset, int) else reset
    url = serve(f"HTTP/1.1 429 Busy\r\nx-rate-limit-reset: {at}\r\nContent-Length: 0\r\n\r\n".encode())
    with pytest.raises(TryLater) as raised:
        visit(url)
    assert raised.value.after == timedelta(seconds=seconds)


def test_who_asks_whether_something_changed_may_be_told_that_nothing_did(serve: Serve, visit: Visit) -> None:
    since = {"If-Modified-Since": Secret("Sun, 22 Nov 2026 12:00:00 GMT")}
    answer = visit(serve(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"), headers=since)
    assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "a\r\nHost: evil.example"),
        ("Authorization", "a\0"),
        ("Bad Name", "sesame"),
        ("Host", "evil.example"),
        ("accept-encoding", "br"),
        ("Transfer-Encoding", "chunked"),
    ],
)
def test_a_header_that_would_break_the_request_is_misconfigured_and_never_shown(
    name: str, value: str, serve: Serve, visit: Visit, seen: Seen
) -> None:
    with pytest.raises(Misconfigured, match="Type its name and value again") as raised:
        visit(serve(HELLO), LIMITS, {name: Secret(value)})
    assert value not in str(raised.value)
    assert seen == []


def test_cookies_are_not_kept(serve: Serve, visit: Visit, seen: Seen) -> None:
    last = serve(HELLO)
    visit(serve(b"HTTP/1.1 302 Go\r\nSet-Cookie: a=b; Path=/\r\n" + to(last).partition(b"\r\n")[2]))
    visit(last)
    assert [headers.get("cookie") for _, _, headers in seen] == [None] * 3


def test_proxies_and_passwords_of_the_environment_are_ignored(
    serve: Serve,
    open_fetcher: Callable[..., GuardedFetcher],
    seen: Seen,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password sesame\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, serve(HELLO, "shut"))
    assert open_fetcher().fetch(serve(HELLO), LIMITS).body == b"hello"
    assert [headers.get("authorization") for _, _, headers in seen] == [None]


def test_a_certificate_nobody_vouches_for_is_blocked(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher], seen: Seen
) -> None:
    with pytest.raises(Blocked, match=r"The certificate of 127\.0\.0\.1 cannot be trusted"):
        open_fetcher().fetch(serve(HELLO, "safe"), LIMITS)
    assert seen == []


def test_a_name_without_an_address_is_tried_later(open_fetcher: Callable[..., GuardedFetcher]) -> None:
    async def nobody(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    async def nothing(_host: str, _port: int) -> list[str]:
        return []

    for resolve in (nobody, nothing):
        with pytest.raises(TryLater, match=r"site\.example cannot be reached"):
            open_fetcher(resolve=resolve).fetch("http://site.example/", LIMITS)


def test_a_closed_fetcher_says_so_and_may_be_closed_twice(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher]
) -> None:
    fetcher = open_fetcher()
    fetcher.close()
    fetcher.close()
    with pytest.raises(TryLater, match="closed"):
        fetcher.fetch(serve(HELLO), LIMITS)


def test_closing_ends_fetches_that_are_under_way(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher]
) -> None:
    fetcher = open_fetcher()

    async def close_while_asked(_writer: asyncio.StreamWriter) -> None:
        await asyncio.to_thread(fetcher.close)

    with pytest.raises(TryLater, match="closed"):
        fetcher.fetch(serve(close_while_asked), LIMITS)


def test_messages_name_the_host_and_nothing_else(serve: Serve, visit: Visit) -> None:
    for reply in (b"HTTP/1.1 404 No\r\n\r\n", b"garbage\r\n\r\n", to("file:///etc/passwd")):
        url = serve(reply) + "?who=victim"
        with pytest.raises(JikimiError) as raised:
            visit(url, LIMITS, TOKEN)
        assert "victim" not in str(raised.value)
        assert "sesame" not in str(raised.value)


UNCHANGED = b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n'


@pytest.mark.parametrize("name", ["If-None-Match", "if-modified-since"])
def test_asked_with_a_condition_unchanged_is_an_answer_without_a_body(
    serve: Serve, visit: Visit, name: str
) -> None:
    fetched = visit(serve(UNCHANGED), headers={name: Secret('"one"')})
    assert (fetched.status, fetched.body) == (304, b"")
    assert ("etag", '"one"') in fetched.headers


def test_unchanged_is_no_answer_to_a_question_without_a_condition(serve: Serve, visit: Visit) -> None:
    with pytest.raises(Blocked):
        visit(serve(UNCHANGED), headers=TOKEN)
