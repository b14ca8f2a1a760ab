"""Looks again at a post that was found by its words alone: does its page still name the case?"""

from urllib.parse import urlsplit

from jikimi.flow.reading import PAGE, fetch_or_error, is_searched, words_of
from jikimi.flow.words import hits_on
from jikimi.model.alert import Place, Presence, Recheck
from jikimi.model.case import Case
from jikimi.model.errors import Gone
from jikimi.model.ports import Fetched, House
from jikimi.model.text import names_a_case
from jikimi.sources.website_html import Tag, decode, tokens

MOST_READ = 300_000
"""Characters of a page that are searched, a second or less."""

FEWEST_WORDS = 5
"""A page that shows fewer is none, or is built in the browser."""


def presence_of_words(place: Place, house: House) -> tuple[Presence, str]:
    """Fetch the page and say whether it still names the case: live, gone or unknown, and why.

    Gone is said of a page that is gone, or that named the case when we looked before and does so no more. A
    sign-in, an empty page, another address and what resembles the words are unknown: a person looks.
    """
    if not place.post_url.startswith(("http://", "https://")):
        return Presence.UNKNOWN, "the post has no page of its own; look by hand"
    known = {one.key for one in words_of(place.case, house)}
    if not is_searched(house.records.get(Case, place.case), house) or not any(
        hit.identifier in known for hit in place.hits
    ):
        return Presence.UNKNOWN, "what the post was found by is searched for no more"
    page = fetch_or_error(place.post_url, PAGE, house)
    if isinstance(page, Gone):
        return Presence.GONE, "the page is gone"
    if not isinstance(page, Fetched):
        return Presence.UNKNOWN, "the page could not be seen"
    return _of_page(page, place, house)


def _of_page(page: Fetched, place: Place, house: House) -> tuple[Presence, str]:
    text, asks_to_sign_in = words_on(page)
    hits = hits_on(place.case, house.words.scan([text])[0])
    if names_a_case(hits):
        return Presence.LIVE, "the page still names the case"
    if hits:
        return Presence.UNKNOWN, "the page still says something like it; look by hand"
    if doubt := _doubt(page, text, place, asks_to_sign_in=asks_to_sign_in):
        return Presence.UNKNOWN, doubt
    looks = house.records.find(Recheck, parent=place.key)
    if not any(look.presence is Presence.LIVE for look in looks):  # it may be built in the browser
        return Presence.UNKNOWN, "the page never named the case when we looked; look by hand"
    return Presence.GONE, "the page no longer names the case"


def _doubt(page: Fetched, text: str, place: Place, *, asks_to_sign_in: bool) -> str:
    """Return why a page that does not name the case may be another one, or may say more; "" if it is it."""
    if len(text) >= MOST_READ:
        return "the page is too long to be read whole; look by hand"
    if asks_to_sign_in or len(text.split()) < FEWEST_WORDS:
        return "the page asks to sign in or shows no words; look by hand"
    if _address(page.url) != _address(place.post_url):
        return "the page leads to another address; look by hand"
    return ""


def words_on(page: Fetched) -> tuple[str, bool]:
    """Return all words of a page, the title's too, and whether it has a field for a password."""
    words: list[str] = []
    size, asks = 0, False
    content_type = next((value for name, value in page.headers if name.lower() == "content-type"), "")
    for token in tokens(decode(page.body, content_type)):
        if isinstance(token, Tag):
            asks = asks or (token.name == "input" and token.get("type").lower() == "password")
        elif size < MOST_READ:
            words.append(token)
            size += len(token)
    return " ".join(words)[:MOST_READ], asks


def _address(url: str) -> tuple[str, str, str]:
    """Return what of an address tells one page from another."""
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query
