"""Reading a post's page: every medium once, largest version, the words, and no way to choke us."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.fingerprint import Kind
from jikimi.sources.website_page import read_page

HERE = "https://site.test/board/1"
LINKED = '<script type="application/ld+json">{}</script>'


def urls(html: str) -> list[str]:
    return [ref.url for ref in read_page(html.encode(), HERE).media]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<img src=a.jpg>", ["https://site.test/board/a.jpg"]),
        ("<img src='//cdn.test/a.jpg#x'>", ["https://cdn.test/a.jpg"]),
        ("<base href='https://cdn.test/x/'><img src=a.jpg>", ["https://cdn.test/x/a.jpg"]),
        ("<img src=/s.jpg srcset='/m.jpg 640w, /l.jpg 1280w'>", ["https://site.test/l.jpg"]),
        ("<img src=/s.jpg srcset='/l.jpg 2x'>", ["https://site.test/l.jpg"]),
        ("<img src=/s.jpg srcset='/x,1.jpg 2x, /y.jpg 1.5x'>", ["https://site.test/x,1.jpg"]),
        ("<img src='data:image/gif;base64,R0' data-src=/lazy.jpg>", ["https://site.test/lazy.jpg"]),
        ("<picture><source srcset='/l.webp 900w'><img src=/s.jpg></picture>", ["https://site.test/s.jpg", "https://site.test/l.webp"]),
        ("<picture><source type=image/jxl srcset='/l.jxl 9w'><img src=/s.jpg></picture>", ["https://site.test/s.jpg"]),
        ("<img src=/t.gif width=1 height=1>", []),
        ("<img src=/wide.gif width=600 height=1>", ["https://site.test/wide.gif"]),
        ("<img src='data:image/png;base64,R0'><img src='javascript:x'><img src=''><img>", []),
        ("<img src=/a.jpg><a href=/a.jpg>full</a>", ["https://site.test/a.jpg"]),
        ("<a href=/full.JPG?x=1>full</a><a href=/next>next</a>", ["https://site.test/full.JPG?x=1"]),
        ("<img src='http://['><a href='http://[x.jpg'>x</a>", []),
        ("<noscript><img src=/n.jpg></noscript>", ["https://site.test/n.jpg"]),
        ("<meta property=og:image content=/card.jpg>", ["https://site.test/card.jpg"]),
        ("<meta name=twitter:image content=/card.jpg>", ["https://site.test/card.jpg"]),
        ("<meta property=og:video content=/v.mp4>", ["https://site.test/v.mp4"]),
        ("<meta property=og:video content=/player><meta property=og:video:type content=text/html>", []),
        ("<meta name=twitter:player:stream content=/v.mp4>", ["https://site.test/v.mp4"]),
        ("<div style='color:red;background-image:url(\"/b.jpg\")'>", ["https://site.test/b.jpg"]),
        ("<p style='background:#fff url( /b.webp ) no-repeat'>", ["https://site.test/b.webp"]),
        ("<div style='background:url(data:image/png;base64,R0.png)'>", []),
        ("<div style='behavior:url(/b.htc)' data-bg=/lazy.png>", ["https://site.test/lazy.png"]),
        ("<video data-src=/v.mp4 data-poster=/p.jpg></video>", ["https://site.test/v.mp4", "https://site.test/p.jpg"]),
        ("<video><source data-src=/v.mp4 type=video/mp4></video>", ["https://site.test/v.mp4"]),
        ("<embed src=/v type=video/mp4><object data=/a.png></object>", ["https://site.test/v", "https://site.test/a.png"]),
        ("<iframe src=/v.mp4></iframe>", ["https://site.test/v.mp4"]),
    ],
)  # fmt: skip
def test_media_are_found_where_pages_put_them(html: str, expected: list[str]) -> None:
    assert urls(html) == expected


def test_films_sounds_and_posters_keep_their_kind() -> None:
    html = "<video poster=/p.jpg><source src=/v.webm><source src=/v.mp4></video><audio src=/a.mp3></audio>"
    media = read_page(html.encode(), HERE).media
    assert [(ref.kind, ref.url.rpartition("/")[2]) for ref in media] == [
        (Kind.IMAGE, "p.jpg"),
        (Kind.VIDEO, "v.webm"),
        (Kind.AUDIO, "a.mp3"),
    ]


def test_the_words_are_those_people_read() -> None:
    page = read_page(
        b"<title>A  title</title><nav>x</nav><main>Some <b>bold</b>\n words<script>no()</script></main>",
        HERE,
    )
    assert (page.title, page.text) == ("A title", "Some bold words")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<p>한국어</p>".encode("euc-kr"), "text/html; charset=EUC-KR"),
        ("<meta charset=euc-kr><p>한국어</p>".encode("cp949"), "text/html"),
        ("<p>한국어</p>".encode("cp949"), ""),
        ("<p>한국어</p>".encode(), ""),
        ("\ufeff<p>한국어</p>".encode("utf-16le"), ""),
        ("<p>한국어</p>".encode(), "text/html; charset=unicode_escape"),
    ],
)
def test_korean_is_read_in_every_usual_encoding(body: bytes, content_type: str) -> None:
    assert read_page(body, HERE, content_type).text == "한국어"


@pytest.mark.parametrize(
    ("stated", "moment"),
    [
        ("2026-11-22T21:00:00+09:00", datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
        ("2026-11-22", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("soon", None),
    ],
)
def test_the_page_may_say_when_it_was_published(stated: str, moment: datetime | None) -> None:
    html = f"<meta property=article:published_time content={stated}>"
    assert read_page(html.encode(), HERE).published_at == moment


@pytest.mark.parametrize(
    "filler",
    [
        "<div>" * 300_000,
        "<div " + "".join(f"a{number} " for number in range(300_000)) + ">",
        "<p>" + "".join(f"<b x={number}>" for number in range(9000)) + "</p>" + "<p>x</p>" * 9000,
        "<" * 1_000_000,
        "<!---->" * 100_000,
        "</x>" * 300_000,
        "&amp;" * 300_000,
        "<picture>" + "<source srcset='data:,'>" * 50_000 + "</picture>",
        "<svg>" * 100_000,
        "<title>" + " " * 1_000_000 + "</title>",
    ],
)
def test_a_page_built_to_choke_browsers_hides_nothing(filler: str) -> None:
    assert urls(filler + "<img src=/a.jpg>") == ["https://site.test/a.jpg"]


@pytest.mark.parametrize(
    "html",
    [
        "<!--><img src=/a.jpg>",
        "<!-- > --!><img src=/a.jpg>",
        "<svg><style><img src=/a.jpg></svg>",
        "<script>'<img src=/no.jpg>'</script><img src=/a.jpg>",
        "<style></styles><img src=/no.jpg></STYLE ><img src=/a.jpg>",
        "<a title='>' href=x><IMG SRC=/a.jpg/>".replace("/>", ">"),
        "<img alt=\"'\" src='/a.jpg'>",
        "<img src = /a.jpg>",
        "<img/src=/a.jpg>",
        "<img src=/a.jpg src=/no.jpg>",
        "<img =x src=/a.jpg>",
        "< img src=/no.jpg><img src=/a.jpg>",
        "<?php <img src=/no.jpg><img src=/a.jpg>",
        "<picture><source media='(max-width: 1px)'><img src=/a.jpg></picture>",
        "<img src=&#47;a.jpg>",
        "<noscript><img src=/a.jpg></noscript>",
        "<template><img src=/a.jpg></template>",
    ],
)
def test_tags_are_cut_as_browsers_cut_them(html: str) -> None:
    assert urls(html) == ["https://site.test/a.jpg"]


@pytest.mark.parametrize(
    "html", ["<img src='/a.jpg>", "<img src=/a.jpg", "<!-- <img src=/a.jpg>", "<title><img src=/a.jpg>"]
)
def test_what_browsers_do_not_show_is_not_there(html: str) -> None:
    assert urls(html) == []


@given(st.text(alphabet="<>/=\"'!-? ab&;#svgtile", max_size=200))
def test_no_text_breaks_the_reader(html: str) -> None:
    read_page(html.encode(), HERE)


def test_no_more_than_a_hundred_media_are_taken() -> None:
    assert len(urls("".join(f"<img src=/{number}.jpg>" for number in range(500)))) == 100


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"@type":"VideoObject","contentUrl":"/v","thumbnailUrl":["/t.jpg"]}', ["/v", "/t.jpg"]),
        ('{"@graph":[{"@type":["Thing","ImageObject"],"url":"/i"}],"image":"/c.jpg"}', ["/c.jpg", "/i"]),
        ('{"contentUrl":"/page"}', []),
        ('{"image":', []),
    ],
)
def test_media_are_found_in_what_pages_tell_search_engines(data: str, expected: list[str]) -> None:
    assert urls(LINKED.format(data)) == [f"https://site.test{path}" for path in expected]


@pytest.mark.parametrize(
    "html",
    [
        "<iframe src=/embed/1></iframe>",
        "<iframe data-src=/embed/1></iframe>",
        "<meta name=twitter:player content=/embed/1>",
        "<meta property=og:video content=/embed/1><meta property=og:video:type content=text/html>",
        LINKED.format('{"@type":"VideoObject","embedUrl":"/embed/1"}'),
    ],
)
def test_foreign_players_are_named(html: str) -> None:
    assert read_page(html.encode(), HERE).players == ("https://site.test/embed/1",)


@pytest.mark.parametrize("filler", ["[" * 200_000, '{"a":' * 50_000, '{"image":["a.jpg",' * 20_000])
def test_data_built_to_choke_readers_hide_nothing(filler: str) -> None:
    assert urls(LINKED.format(filler) + "<img src=/a.jpg>") == ["https://site.test/a.jpg"]
