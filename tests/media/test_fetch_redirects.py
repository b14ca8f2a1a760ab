"""Where redirects lead, where they may not, and who still gets the secrets."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from jikimi.media.fetch import GuardedFetcher
from jikimi.model.errors import Blocked, TryLater
from jikimi.model.ports import Fetched, Limits
from jikimi.model.post import Secret

Serve = Callable[..., str]
Visit = Callable[..., Fetched]
Seen = list[tuple[str, str, dict[str, str]]]

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
LIMITS = Limits(max_bytes=1000, deadline=timedelta(seconds=20), max_redirects=3)
TOKEN = {"Authorization": Secret("Bearer sesame"), "Referer": Secret("http://a.example/")}


def to(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_every_hop_is_told(status: int, serve: Serve, visit: Visit) -> None:
    last = serve(HELLO, "elsewhere")
    middle = serve(to(last, status))
    first = serve(to(middle.rpartition("/")[2], status))
    fetched = visit(first)
    assert fetched.hops == (first, middle, last)
    assert fetched.url == last
    assert fetched.body == b"hello"


def test_redirects_end_after_the_agreed_number(serve: Serve, visit: Visit, seen: Seen) -> None:
    url = serve(HELLO)
    for _ in range(3):
        url = serve(to(url))
    assert visit(url).body == b"hello"
    seen.clear()
    with pytest.raises(Blocked, match="redirects more than 3 times"):
        visit(serve(to(url)))
    assert len(seen) == 4


def test_a_redirect_to_itself_is_blocked(serve: Serve, visit: Visit) -> None:
    with pytest.raises(Blocked, match="redirects more than"):
        visit(serve(to("?again")))


LOCATIONS = {
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata without scheme": "//169.254.169.254/latest/meta-data/",
    "metadata as a number": "http://2852039166/",
    "metadata over v6": "http://[::ffff:169.254.169.254]/",
    "private": "http://10.0.0.1/",
    "loopback on a web port": "http://127.0.0.1/",
    "v6 loopback": "http://[::1]/",
    "localhost": "http://localhost/",
    "redis": "http://127.0.0.1:6379/",
    "file": "file:///etc/passwd",
    "folder": "folder://inbox/picture.jpg",
    "data": "data:text/html,hello",
    "javascript": "javascript:alert(1)",
    "user name": "http://user@example.org/",
    "bad brackets": "http://[/",
    "null": "http://example.org/\0",
    "far too long": "/" + "a" * 9000,
}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS.keys())
def test_a_redirect_to_a_place_we_may_not_visit_is_blocked(
    location: str, serve: Serve, visit: Visit, seen: Seen
) -> None:
    with pytest.raises((Blocked, TryLater)) as raised:
        visit(serve(to(location)))
    assert isinstance(raised.value, Blocked) or location == LOCATIONS["null"]  # the parser refuses NUL itself
    assert len(seen) == 1


@pytest.mark.parametrize("door", ["inside", "shut"])
def test_a_redirect_to_a_server_behind_the_wall_never_reaches_it(
    door: str, serve: Serve, visit: Visit, seen: Seen
) -> None:
    with pytest.raises(Blocked, match=r"not a public|only 80 and 443"):
        visit(serve(to(serve(HELLO, door))))
    assert [door for door, _, _ in seen] == ["here"]


def test_secrets_stay_with_the_origin_that_was_asked(serve: Serve, visit: Visit, seen: Seen) -> None:
    url = serve(to(serve(HELLO)))
    visit(url, LIMITS, TOKEN)
    assert [headers.get("authorization") for _, _, headers in seen] == ["bearer sesame"] * 2


def test_secrets_are_dropped_when_the_port_changes_and_do_not_come_back(
    serve: Serve, visit: Visit, seen: Seen
) -> None:
    visit(serve(to(serve(to(serve(HELLO)), "elsewhere"))), LIMITS, TOKEN)
    assert [door for door, _, _ in seen] == ["here", "elsewhere", "here"]
    assert [headers.get("authorization") for _, _, headers in seen] == ["bearer sesame", None, None]
    assert [headers.get("referer") for _, _, headers in seen] == ["http://a.example/", None, None]


def test_secrets_are_dropped_when_the_host_changes(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher], seen: Seen
) -> None:
    async def loopback(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    target = serve(HELLO).replace("127.0.0.1", "other.example")
    start = serve(to(target)).replace("127.0.0.1", "site.example")
    assert open_fetcher(resolve=loopback).fetch(start, LIMITS, TOKEN).url == target
    assert [headers.get("authorization") for _, _, headers in seen] == ["bearer sesame", None]


def test_secrets_are_dropped_when_encryption_ends(serve: Serve, visit: Visit, seen: Seen) -> None:
    visit(serve(to(serve(HELLO)), "safe"), LIMITS, TOKEN)
    assert [door for door, _, _ in seen] == ["safe", "here"]
    assert [headers.get("authorization") for _, _, headers in seen] == ["bearer sesame", None]
