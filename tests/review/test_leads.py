"""Links that lead on are found as people write them, and nothing else is taken for one."""

import pytest

from jikimi.model.text import EvidenceClass, IdentifierKind, TextHit
from jikimi.model.writing import Lead, LeadKind, Where
from jikimi.review.leads import LONGEST_LINK, MOST_LEADS, joined, leads_in, watch_command
from jikimi.review.quoting import AROUND, LONGEST_HIT, MOST_QUOTES, quotes_of

ONION = "abcdefghijklmnop234567abcdefghijklmnop234567abcdefghijkl"


def urls(text: str) -> list[str]:
    return [lead.url for lead in leads_in(text, Where.POST)]


@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("join t.me/+AbCdEf_1 now", LeadKind.INVITE, "https://t.me/+AbCdEf_1"),
        ("t.me/joinchat/AAAA-bb", LeadKind.INVITE, "https://t.me/joinchat/AAAA-bb"),
        ("HTTPS://T.ME/Street_Channel", LeadKind.INVITE, "https://t.me/Street_Channel"),
        ("tg://join?invite=AbCd", LeadKind.INVITE, "tg://join?invite=AbCd"),
        ("(discord.gg/AbC9)", LeadKind.INVITE, "https://discord.gg/AbC9"),
        ("https://discord.com/invite/AbC9.", LeadKind.INVITE, "https://discord.com/invite/AbC9"),
        ("https://open.kakao.com/o/gAbCdEf에서", LeadKind.INVITE, "https://open.kakao.com/o/gAbCdEf"),
        ("line.me/R/ti/g/abc", LeadKind.INVITE, "https://line.me/R/ti/g/abc"),
        ("https://chat.whatsapp.com/AbC", LeadKind.INVITE, "https://chat.whatsapp.com/AbC"),
        ("mega.nz/folder/AbC#key-1", LeadKind.FILES, "https://mega.nz/folder/AbC#key-1"),
        ("drive.google.com/drive/folders/1", LeadKind.FILES, "https://drive.google.com/drive/folders/1"),
        ("https://www.dropbox.com/s/a?dl=0", LeadKind.FILES, "https://www.dropbox.com/s/a?dl=0"),
        ("gofile.io/d/AbC", LeadKind.FILES, "https://gofile.io/d/AbC"),
        ("https://street.example/a(b)", LeadKind.PAGE, "https://street.example/a(b)"),
        ("hxxps://street[.]example/a", LeadKind.PAGE, "https://street.example/a"),
        ("see street (http://street.example/a).", LeadKind.PAGE, "http://street.example/a"),
        ("ｈｔｔｐｓ：／／ｓｔｒｅｅｔ．ｅｘａｍｐｌｅ", LeadKind.PAGE, "https://street.example"),
        (f"{ONION}.onion/x", LeadKind.PAGE, f"http://{ONION}.onion/x"),
        ("http://street.example:8080/?q=1", LeadKind.PAGE, "http://street.example:8080/?q=1"),
    ],
)
def test_a_link_is_found_and_told_what_it_leads_to(text: str, kind: LeadKind, url: str) -> None:
    assert leads_in(text, Where.CODE) == (Lead(kind, url, Where.CODE),)


@pytest.mark.parametrize(
    "text",
    [
        "", "no link", "at.me/abc", "mail ada@t.me/abc", "t.me", "https://", "http:///x", "http://a", "1.2.3",
        "javascript:alert(1)", "//t.me/+abc", "ftp://street.example/a", "a.b.c.d", "ada@street.example",
    ],
)  # fmt: skip
def test_what_is_no_link_is_no_lead(text: str) -> None:
    assert urls(text) == []


def test_each_link_is_kept_once_and_not_too_many_or_too_long() -> None:
    assert urls("t.me/+abc https://t.me/+abc") == ["https://t.me/+abc"]
    assert len(urls(" ".join(f"https://street.example/{n}" for n in range(100)))) == MOST_LEADS
    assert urls("https://street.example/" + "a" * LONGEST_LINK) == []


@pytest.mark.parametrize(
    "hostile", ["a." * 40_000, "http://" * 20_000, "t.me/" * 30_000, "[.]" * 50_000, "\0" * 99]
)
def test_hostile_text_is_searched_all_the_same(hostile: str) -> None:
    assert len(leads_in(hostile, Where.POST)) <= MOST_LEADS


def test_leads_are_joined_groups_first() -> None:
    page, files, group = leads_in("https://a.example/ gofile.io/d/A t.me/+a", Where.POST)
    again = Lead(LeadKind.PAGE, page.url, Where.CODE)
    assert joined((page, files, group, again)) == (group, files, page)


def test_a_page_comes_with_the_command_that_watches_it_and_the_rest_does_not() -> None:
    (page,) = leads_in("https://www.street.example/a?b=1&c='x", Where.POST)
    assert watch_command(page) == (
        "jikimi watch add website street-example 'url=https://www.street.example/a?b=1&c='\"'\"'x' --by NAME"
    )
    for text in ("t.me/+abc", "gofile.io/d/A", f"http://{ONION}.onion/"):
        assert watch_command(leads_in(text, Where.POST)[0]) == ""


def hit(start: int, end: int, evidence: EvidenceClass = EvidenceClass.EXACT) -> TextHit:
    return TextHit(f"{start}", "c", IdentifierKind.HANDLE, evidence, start, end)


def test_only_the_words_around_a_hit_are_kept() -> None:
    text = "x" * 500 + "HANDLE" + "y" * 500
    (quote,) = quotes_of(text, [hit(500, 506)], Where.LETTERS)
    assert quote.text == "x" * AROUND + "HANDLE" + "y" * AROUND
    assert quote.text[quote.hits[0].start : quote.hits[0].end] == "HANDLE"


def test_hits_close_together_share_a_quote_and_distant_ones_do_not() -> None:
    text = "one two " + "-" * 300 + " three"
    quotes = quotes_of(text, [hit(0, 3, EvidenceClass.PHONETIC), hit(4, 7), hit(309, 314)], Where.CODE)
    assert [[quote.text[h.start : h.end] for h in quote.hits] for quote in quotes] == [
        ["one", "two"],
        ["three"],
    ]


def test_no_hit_is_no_quote_and_long_ones_are_cut() -> None:
    assert quotes_of("what else is written", [], Where.CODE) == ()
    (quote,) = quotes_of("z" * 5000, [hit(0, 4000)], Where.CODE)
    assert len(quote.text) <= LONGEST_HIT + 2 * AROUND
    assert all(0 <= one.start < one.end <= len(quote.text) for one in quote.hits)
    many = [hit(at, at + 3) for at in range(0, 9000, 300)]
    assert len(quotes_of("w" * 9100, many, Where.CODE)) == MOST_QUOTES
