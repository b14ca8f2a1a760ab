"""Looks on a site's front page for where it takes reports: mail addresses, and links that say so."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from jikimi.removal.mail_server import is_address
from jikimi.removal.page_words import read_page

MOST = 5
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
# What such links are called or end in; whole words in Latin, anywhere in Korean, Japanese and Chinese.
_REPORT = re.compile(
    r"\b(?:abuse|dmca|take-?down|removal|report(?:[ -](?:abuse|content))?|ncii|copyright|legal)\b"
    r"|\bcontact(?:[ -]us)?\b"
    r"|신고|삭제 ?요청|권리 ?침해|게시 ?중단|고객 ?센터|문의|削除依頼|通報|お問い合わせ|举报|檢舉|联系我们",
    re.IGNORECASE,
)
_BEST = re.compile(r"abuse|ncii|take-?down|removal|신고|삭제|削除|举报", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What a front page offers, the likeliest first, five of each at most."""

    mails: tuple[str, ...]
    pages: tuple[str, ...]


def read_front_page(body: bytes, url: str) -> FrontPage:
    """Return addresses and report pages of a page. Never raises."""
    said, links = read_page(body.decode("utf-8", "replace"))
    mails = [link[7:].partition("?")[0] for link, _ in links if link.lower().startswith("mailto:")]
    mails += _MAIL.findall(said)
    known = dict.fromkeys(mail.lower() for mail in map(unquote, mails) if is_address(mail))
    pages = {
        there: f"{link} {text}"
        for link, text in links
        if _REPORT.search(f"{link.replace('_', ' ')} {text}") and _is_near(there := _joined(url, link), url)
    }
    return FrontPage(
        tuple(sorted(known, key=lambda mail: not _BEST.search(mail)))[:MOST],
        tuple(sorted(pages, key=lambda page: not _BEST.search(pages[page])))[:MOST],
    )


def _joined(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:
        return ""


def _is_near(link: str, url: str) -> bool:
    """Tell whether a link stays on the site or its relatives: others' report pages are not this site's."""
    there, here = urlsplit(link).hostname or "", urlsplit(url).hostname or ""
    is_web = link.startswith(("http://", "https://"))
    return is_web and there.split(".")[-2:] == here.split(".")[-2:]
