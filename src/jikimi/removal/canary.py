"""Makes up addresses that never were, and picks from a page the addresses where a copy may be now. Pure."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from jikimi.model.ports import Fetched
from jikimi.removal.page_text import read_page

MOST_CANDIDATES: Final = 8
SHORTEST: Final = 9  # digits or letters of a made-up name: nobody has used it yet

_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|bmp|heic|mp4|webm|m4v|mov|mp3|m4a|ogg|wav)$", re.IGNORECASE)
_NEVER = re.compile(r"\.(?:svg|ico|css|js|woff2?)$", re.IGNORECASE)


def canary_of(url: str, token: str) -> str:
    """Return an address of the same host and shape that never was; `token` are hex digits, new each time.

    Of an address that names its post in the query, the longest value is made up; else the path's last part.
    """
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    named = [(name, value) for name, value in pairs if re.search(r"[0-9]", value)]
    path = PurePosixPath(parts.path)
    if named and not _FILE.search(parts.path):
        longest = max(named, key=lambda one: len(one[1]))
        query = [(n, _made_up(v, token)) if (n, v) == longest else (n, v) for n, v in pairs]
        return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))
    name = path.name or "index"
    stem, dot, ending = name.rpartition(".") if _FILE.search(name) else (name, "", "")
    folder = parts.path.rstrip("/").rpartition("/")[0]
    made_up = f"{folder}/{_made_up(stem, token)}{dot}{ending}"
    return urlunsplit(
        (parts.scheme, parts.netloc, made_up + ("/" if parts.path.endswith("/") else ""), "", "")
    )


def _made_up(text: str, token: str) -> str:
    length = max(len(text), SHORTEST)
    if text.isdigit():
        return f"9{int(token, 16)}"[:length]
    return (token * (length // len(token) + 1))[:length]


def candidates(
    pages: Iterable[Fetched], canary: Fetched | None, media_url: str, tried: Iterable[str]
) -> list[str]:
    """Return at most eight addresses of media on these pages, likeliest first, without what is on the canary.

    First what bears the file's own name, then the order of the page.
    """
    frame = {_without_query(one) for one in read_page(canary).pictures} if canary is not None else set()
    done = set(tried)
    named = [one for page in pages for one in read_page(page).pictures]
    fresh = [
        one
        for one in dict.fromkeys(named)
        if one not in done and _without_query(one) not in frame and not _NEVER.search(urlsplit(one).path)
    ]
    stem = unquote(PurePosixPath(urlsplit(media_url).path).stem)
    return sorted(fresh, key=lambda one: not (stem and stem in unquote(one)))[:MOST_CANDIDATES]


def _without_query(url: str) -> str:
    return url.partition("?")[0]
