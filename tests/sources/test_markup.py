"""What platforms send as HTML, streams and addresses becomes what sources work with."""

from collections.abc import AsyncIterator

import pytest

from jikimi.model.errors import BadMedia, Misconfigured
from jikimi.sources.markup import plain_text
from jikimi.sources.recent import Recent
from jikimi.sources.server_events import messages
from jikimi.sources.site import checked_site, host_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two</p>", "One\ntwo"),
        ("one<br/>two<br>three", "one\ntwo\nthree"),
        ("pa<wbr>per <b>cra</b>ne", "paper crane"),
        ("one\ntwo", "one two"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<script>alert(1)</script>seen", "seen"),
        ("", ""),
        ("<p>" * 5000, ""),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_a_text_has_an_end() -> None:
    assert len(plain_text("a" * 100_000)) == 20_000


def test_only_the_newest_names_are_known() -> None:
    recent = Recent(2)
    assert [recent.is_new(name) for name in ("a", "b", "a", "c", "a")] == [True, True, False, True, True]


async def lines_of(*lines: bytes) -> AsyncIterator[bytes]:
    for line in lines:
        yield line


@pytest.mark.asyncio
async def test_server_sent_events_are_cut_at_empty_lines() -> None:
    sent = lines_of(
        b":)", b"", b"event: one", b"data: 1", b"", b"data: 2", b"", b"event:two", b"", b"event: x"
    )
    assert [message async for message in messages(sent)] == [("one", b"1"), ("two", b"")]


@pytest.mark.parametrize(
    "text", ["", "a.example", "ftp://a.example", "https://", "https://u:p@a.example", "https://a.example/?t=1",
             "https://a.example:0", "https://a.example:x", "https://[", "https://a.example/#b"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="such as"):
        checked_site(text, "server", "https://a.example")


def test_an_address_is_kept_without_its_last_slash() -> None:
    assert checked_site("https://a.example/po/", "board", "") == "https://a.example/po"
    assert host_of("https://a.example:8443/po") == "a.example"


@pytest.mark.asyncio
async def test_an_event_without_end_is_given_up() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"data:" + b"x" * 2**16

    with pytest.raises(BadMedia, match="more than"):
        await anext(messages(endless()))
