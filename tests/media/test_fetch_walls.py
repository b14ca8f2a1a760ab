"""Names that change their answer and numbers in disguise: no request ever passes the wall."""

import socket
from collections.abc import Callable
from datetime import timedelta

import pytest

from jikimi.media.addresses import AddressPolicy
from jikimi.media.connections import checked_sockets
from jikimi.media.fetch import GuardedFetcher
from jikimi.model.errors import Blocked
from jikimi.model.ports import Fetched, Limits

Serve = Callable[..., str]
Visit = Callable[..., Fetched]
Seen = list[tuple[str, str, dict[str, str]]]

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
SMALL = Limits(max_bytes=100_000, deadline=timedelta(seconds=20))


def test_a_name_that_moves_behind_the_wall_after_the_first_answer_is_blocked(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher], seen: Seen
) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def rebind(_host: str, _port: int) -> list[str]:
        return next(answers)

    fetcher = open_fetcher(resolve=rebind)
    url = serve(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello").replace("127.0.0.1", "site.example")
    fetched = fetcher.fetch(url, SMALL)
    assert (fetched.address, fetched.url) == ("127.0.0.1", url)
    with pytest.raises(Blocked, match=r"site\.example leads to an address that is not public"):
        fetcher.fetch(url, SMALL)
    assert [door for door, _, _ in seen] == ["here"]


def test_a_name_is_looked_up_once_for_each_connection(
    serve: Serve, open_fetcher: Callable[..., GuardedFetcher]
) -> None:
    asked: list[tuple[str, int]] = []

    async def count(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    url = serve(HELLO).replace("127.0.0.1", "site.example")
    assert open_fetcher(resolve=count).fetch(url, SMALL).body == b"hello"
    assert asked == [("site.example", int(url.split(":")[2].split("/")[0]))]


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.2", "127.0.0.1"],
        ["127.0.0.1", "127.0.0.2"],
        ["10.0.0.1", "169.254.169.254", "::1", "127.0.0.1", "fe80::1%lo", "nonsense"],
    ],
)
def test_of_a_mixed_answer_only_the_permitted_address_is_visited(
    answer: list[str], serve: Serve, open_fetcher: Callable[..., GuardedFetcher], seen: Seen
) -> None:
    async def mixed(_host: str, _port: int) -> list[str]:
        return answer

    url = serve(HELLO).replace("127.0.0.1", "site.example")
    assert open_fetcher(resolve=mixed).fetch(url, SMALL).address == "127.0.0.1"
    assert [door for door, _, _ in seen] == ["here"]


INWARD = [
    "0.0.0.0",  # noqa: S104 - looked at, not bound to
    "10.0.0.1", "100.64.0.1", "127.0.0.2", "169.254.169.254", "172.16.0.1", "192.168.0.1", "224.0.0.1",
    "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00::1", "fe80::1%lo", "ff02::1", "?",
]  # fmt: skip


@pytest.mark.parametrize("address", INWARD)
@pytest.mark.parametrize("host", ["site.example", "localhost", "site.example.", "xn--3e0b707e.kr"])
def test_a_name_that_leads_inside_is_blocked(
    address: str, host: str, serve: Serve, open_fetcher: Callable[..., GuardedFetcher], seen: Seen
) -> None:
    async def inward(_host: str, _port: int) -> list[str]:
        return [address]

    with pytest.raises(Blocked, match="leads to an address that is not public"):
        open_fetcher(resolve=inward).fetch(serve(HELLO).replace("127.0.0.1", host), SMALL)
    assert seen == []


SPELLINGS = [
    "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.01",
    "127.0.0.1.", "１２７.0.0.1", "127。0。0。1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
    "[::1%25lo]", "[::1]", "x@127.0.0.1", "127%2e0.0.1", "127.0.0.2", "[64:ff9b::7f00:1]",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_an_open_door_is_opened_by_its_plain_spelling_only(
    host: str, serve: Serve, visit: Visit, seen: Seen
) -> None:
    with pytest.raises(Blocked):
        visit(serve(HELLO).replace("127.0.0.1", host))
    assert seen == []


def test_the_last_wall_stands_at_the_socket_itself() -> None:
    make = checked_sockets(AddressPolicy(frozenset({("127.0.0.1", 8099)})))
    kind, proto = socket.SOCK_STREAM, socket.IPPROTO_TCP
    make((socket.AF_INET, kind, proto, "", ("127.0.0.1", 8099))).close()
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", 80)),
        (socket.AF_INET, ("127.1", 8099)),
        (socket.AF_INET6, ("::ffff:127.0.0.1", 8099)),
    ):
        with pytest.raises(PermissionError):
            make((family, kind, proto, "", address))


def test_the_systems_own_answer_for_localhost_is_checked_like_any_other(serve: Serve, visit: Visit) -> None:
    with pytest.raises(Blocked):
        visit(serve(HELLO, "shut").replace("127.0.0.1", "localhost"))
    assert visit(serve(HELLO).replace("127.0.0.1", "localhost")).address == "127.0.0.1"
