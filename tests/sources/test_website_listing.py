"""Reading lists of posts: feeds, sitemaps and pages of links, also broken and hostile ones."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Kind
from jikimi.sources.website_listing import Entry, Form, read_listing

HERE = "https://site.test/list"
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def feed(*items: str) -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    media = 'xmlns:media="http://search.yahoo.com/mrss/"'
    return f'<?xml version="1.0"?><rss version="2.0" {media}><channel>{body}</channel></rss>'.encode()


def listed(body: bytes, form: Form = Form.AUTO) -> tuple[Entry, ...]:
    return read_listing(body, HERE, form)


def test_a_feed_entry_brings_author_date_words_and_attachments() -> None:
    (entry,) = listed(feed(
        "<guid>g1</guid><link>/1</link><title>T</title><author>a@site.test (Ann)</author>"
        "<pubDate>Sun, 22 Nov 2026 21:00:00 +0900</pubDate><description>&lt;p&gt;words</description>"
        '<enclosure url="/e.mp4" type="video/mp4" length="12"/>'
        '<media:content url="https://cdn.test/m.jpg" medium="image"/><media:thumbnail url="/t.jpg"/>'
    ))  # fmt: skip
    assert (entry.id, entry.url, entry.title) == ("g1", "https://site.test/1", "T")
    assert "Ann" in entry.author
    assert entry.published_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert entry.html == "<p>words"
    assert [(ref.kind, ref.url, ref.size) for ref in entry.media] == [
        (Kind.VIDEO, "https://site.test/e.mp4", 12),
        (Kind.IMAGE, "https://cdn.test/m.jpg", None),
        (Kind.IMAGE, "https://site.test/t.jpg", None),
    ]


def test_atom_is_a_feed() -> None:
    body = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>x</id><link href="/1"/></entry></feed>'
    assert [(entry.id, entry.url) for entry in listed(body)] == [("x", "https://site.test/1")]


def test_undated_entries_come_in_the_reverse_of_the_list() -> None:
    assert [entry.id for entry in listed(feed("<guid>new</guid>", "<guid>old</guid>"))] == ["old", "new"]


def test_dated_entries_come_by_date_and_equal_dates_all_come() -> None:
    one, two = "Sun, 22 Nov 2026 10:00:00 GMT", "Sun, 22 Nov 2026 11:00:00 GMT"
    body = feed(
        *(
            f"<guid>{name}</guid><pubDate>{date}</pubDate>"
            for name, date in zip("abcd", (one, two, one, two), strict=True)
        )
    )
    assert [entry.id for entry in listed(body)] == ["c", "a", "d", "b"]


def test_an_entry_without_any_name_is_named_by_its_content() -> None:
    first, second = listed(feed("<title>a</title>", "<title>b</title>"))
    assert first.id != second.id
    assert first.url == ""


def test_a_sitemap_lists_its_pages_and_not_their_pictures() -> None:
    body = f"""<?xml version="1.0"?><urlset {SITEMAP}
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc> /1 </loc>
        <image:image><image:loc>https://site.test/a.jpg</image:loc></image:image></url>
        <url><loc><![CDATA[https://site.test/2]]></loc></url></urlset>"""
    assert {entry.url for entry in listed(body.encode())} == {"https://site.test/1", "https://site.test/2"}


def test_a_page_lists_the_links_that_stay_on_the_site() -> None:
    body = b"""<html><a href="/1#top">1</a><a href="/1">again</a><a href="https://other.test/">x</a>
        <a href="#">here</a><a href="mailto:a@b.test">mail</a><a href="2?a=1">2</a></html>"""
    assert {entry.url for entry in listed(body)} == {"https://site.test/1", "https://site.test/2?a=1"}


def bomb(root: str) -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "boom">{entities}]>{root}'.encode()


def test_a_feed_of_nested_entities_does_not_grow() -> None:
    body = bomb('<rss version="2.0"><channel><item><guid>g</guid><title>&e9;</title></item></channel></rss>')
    (entry,) = listed(body)
    assert len(entry.title) < 100


def test_a_sitemap_with_entities_is_refused() -> None:
    with pytest.raises(BadMedia, match="document type"):
        listed(bomb(f"<urlset {SITEMAP}><url><loc>/&e9;</loc></url></urlset>"))


def test_a_feed_cannot_make_us_read_our_own_files(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_bytes(feed("<guid>secret</guid>"))
    with pytest.raises(BadMedia):
        listed(str(secret).encode(), Form.FEED)
    item = "<item><guid>a</guid><title>&x;</title></item>"
    entity = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    outside = f'{entity}<rss version="2.0"><channel>{item}</channel></rss>'
    assert "secret" not in repr(listed(outside.encode()))


@pytest.mark.parametrize("form", [Form.FEED, Form.SITEMAP])
@pytest.mark.parametrize(
    "body",
    [b"", b"\0\xff\xfe" * 9, b"<html><a href=x>", b'{"a":1}', b"<urlset", b'<?xml encoding="euc-kr"?><x>'],
)  # fmt: skip
def test_what_is_no_list_is_refused(body: bytes, form: Form) -> None:
    with pytest.raises(BadMedia):
        listed(body, form)


def test_an_index_of_sitemaps_says_what_to_type() -> None:
    with pytest.raises(BadMedia, match="type the address of one"):
        listed(f"<sitemapindex {SITEMAP}><sitemap><loc>/s1.xml</loc></sitemap></sitemapindex>".encode())


def test_a_list_without_end_is_refused() -> None:
    rows = "".join(f"<url><loc>/{number}</loc></url>" for number in range(20_001))
    with pytest.raises(BadMedia, match="more than 20000"):
        listed(f"<urlset {SITEMAP}>{rows}</urlset>".encode())


@pytest.mark.parametrize("filler", ["<a>", "&"])
def test_a_feed_that_would_take_minutes_is_refused(filler: str) -> None:
    with pytest.raises(BadMedia, match="forever"):
        listed(feed("<guid>a</guid><title>" + filler * 600_000))


@pytest.mark.parametrize("number", ["xD800", "55296", "99999999999", "x110000", "0", "xFFFF", "x0000000000"])
@pytest.mark.parametrize("end", ["</rss>", ""])  # for feedparser's strict reader and its patient one
def test_a_number_that_is_no_character_spoils_one_word_only(number: str, end: str) -> None:
    body = (
        "<rss version='2.0'><channel><title>a</title>"
        f"<item><title>t&#{number};u &#xD55C;</title><link>https://a.example/1</link></item>"
        f"<item><title>next</title><link>https://a.example/2</link></item></channel>{end}"
    )
    first, second = sorted(read_listing(body.encode(), HERE, Form.FEED), key=lambda entry: entry.id)
    assert (first.title, second.title) == ("t\N{REPLACEMENT CHARACTER}u 한", "next")
    with suppress(BadMedia):  # no bytes to look for there
        read_listing(body.encode("utf-16"), HERE, Form.FEED)


def test_a_feed_that_its_reader_cannot_take_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OverflowError

    monkeypatch.setattr("feedparser.parse", fail)
    with pytest.raises(BadMedia):
        read_listing(b"<rss></rss>", HERE, Form.FEED)


def test_a_feed_cut_off_in_the_middle_gives_what_arrived() -> None:
    whole = feed("<guid>a</guid><link>/a</link>", "<guid>b</guid><link>/b</link>")
    assert "a" in [entry.id for entry in listed(whole[:-60])]
