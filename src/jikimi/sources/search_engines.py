"""How each search engine is asked, and how its answer is read: Naver, Kakao, Brave, Google by contract."""

from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import msgspec

from jikimi.model.errors import Misconfigured
from jikimi.model.post import Secret
from jikimi.model.source import Options
from jikimi.sources.moments import read_mail_date
from jikimi.sources.search_found import Found, Request, decoded, each, page, picture
from jikimi.sources.website_listing import Entry
from jikimi.sources.website_page import read_date

KOREA = timezone(timedelta(hours=9))
JSON = Secret("application/json")

# -- Naver: https://api.ncloud-docs.com/docs/naver-api-hub-overview and the page of each operation --

NAVER_PATHS = {
    "web": "webkr", "blog": "blog", "cafe": "cafearticle", "news": "news", "kin": "kin", "image": "image",
}  # fmt: skip


def ask_naver(server: str, where: str, words: str, options: Options) -> Request:
    """Ask NAVER API HUB; `sort=date` is not known to web pages and knowledge."""
    query = {"query": words, "display": "50", "start": "1", "format": "json"}
    if where in ("blog", "cafe", "news", "image"):
        query["sort"] = "date"
    headers = {
        "X-NCP-APIGW-API-KEY-ID": options.secret("id"),
        "X-NCP-APIGW-API-KEY": options.secret("key"),
    }
    return Request(f"{server}/search/v1/{NAVER_PATHS[where]}?{urlencode(query)}", headers)


class NaverItem(msgspec.Struct):
    """One result; of pictures `link` is the file itself."""

    link: str
    title: str = ""
    description: str = ""
    pubDate: str = ""  # noqa: N815 - Naver's name
    postdate: str = ""
    bloggername: str = ""
    cafename: str = ""


class NaverAnswer(msgspec.Struct):
    """What comes back."""

    items: list[msgspec.Raw]


def read_naver(where: str, body: bytes) -> Found:
    """Read an answer of any operation."""
    items, malformed = each(decoded(body, NaverAnswer).items, NaverItem)
    if where == "image":
        return Found(
            media=tuple(picture(one.link, "", one.title, None) for one in items), malformed=malformed
        )
    pages = tuple(
        page(one.link, one.title, one.description, one.bloggername or one.cafename, _naver_date(one))
        for one in items
    )
    return Found(pages, malformed=malformed)


def _naver_date(one: NaverItem) -> datetime | None:
    """Read when news appeared; of blogs only a day is known, which says too little to start a clock."""
    return read_mail_date(one.pubDate)


# -- Kakao: https://developers.kakao.com/docs/ko/daum-search/dev-guide --


def ask_kakao(server: str, where: str, words: str, options: Options) -> Request:
    """Ask the Daum search of Kakao, for as much as one page of it may hold: more is refused."""
    size = "30" if where == "video" else "50"
    query = urlencode({"query": words, "sort": "recency", "page": "1", "size": size})
    key = Secret(f"KakaoAK {options.secret('key').reveal()}")
    path = "vclip" if where == "video" else where
    return Request(f"{server}/v2/search/{path}?{query}", {"Authorization": key})


class KakaoDocument(msgspec.Struct):
    """One result of any kind; pictures have `image_url` and `doc_url`, all others `url`."""

    url: str = ""
    image_url: str = ""
    doc_url: str = ""
    title: str = ""
    contents: str = ""
    thumbnail: str = ""
    author: str = ""
    blogname: str = ""
    cafename: str = ""
    datetime: str = ""


class KakaoAnswer(msgspec.Struct):
    """What comes back."""

    documents: list[msgspec.Raw]


def read_kakao(where: str, body: bytes) -> Found:
    """Read an answer of any operation."""
    items, malformed = each(
        decoded(body, KakaoAnswer).documents, KakaoDocument, "image_url" if where == "image" else "url"
    )
    if where == "image":
        media = (picture(one.image_url, one.doc_url, one.title, read_date(one.datetime)) for one in items)
        return Found(media=tuple(media), malformed=malformed)
    pages = tuple(
        page(
            one.url, one.title, one.contents, one.author or one.blogname or one.cafename,
            read_date(one.datetime), one.thumbnail,
        )
        for one in items
    )  # fmt: skip
    return Found(pages, malformed=malformed)


# -- Brave: https://api-dashboard.search.brave.com/app/documentation --

BRAVE_PATHS = {"web": ("web", 20), "image": ("images", 100), "video": ("videos", 50), "news": ("news", 50)}


def ask_brave(server: str, where: str, words: str, options: Options) -> Request:
    """Ask Brave, with nothing left out and nothing respelled."""
    path, count = BRAVE_PATHS[where]
    query = urlencode({"q": words, "count": count, "safesearch": "off", "spellcheck": "false"})
    return Request(
        f"{server}/res/v1/{path}/search?{query}",
        {"X-Subscription-Token": options.secret("key"), "Accept": JSON},
    )


class BravePicture(msgspec.Struct):
    """Where a picture is."""

    src: str = ""
    original: str = ""
    url: str = ""


class BraveResult(msgspec.Struct):
    """One result; `url` is the page, of pictures `properties.url` the file."""

    url: str
    title: str = ""
    description: str = ""
    page_age: str = ""
    thumbnail: BravePicture | None = None
    properties: BravePicture | None = None


class BraveResults(msgspec.Struct):
    """A list of results."""

    results: list[msgspec.Raw] = []


class BraveAnswer(msgspec.Struct):
    """What comes back: pages stand one level deeper than the others."""

    results: list[msgspec.Raw] = []
    web: BraveResults | None = None


def read_brave(where: str, body: bytes) -> Found:
    """Read an answer of any operation."""
    answer = decoded(body, BraveAnswer)
    pages_found = answer.web.results if answer.web else []
    items, malformed = each(pages_found if where == "web" else answer.results, BraveResult)
    if where == "image":
        media = (_brave_picture(one) for one in items)
        return Found(media=tuple(one for one in media if one), malformed=malformed)
    pages = (
        page(one.url, one.title, one.description, "", read_date(one.page_age), _brave_thumbnail(one))
        for one in items
    )
    return Found(tuple(pages), malformed=malformed)


def _brave_picture(one: BraveResult) -> Entry | None:
    address = (one.properties and one.properties.url) or (one.thumbnail and one.thumbnail.src) or ""
    return picture(address, one.url, one.title, None) if address else None


def _brave_thumbnail(one: BraveResult) -> str:
    return "" if one.thumbnail is None else one.thumbnail.original or one.thumbnail.src


# -- Google: searchLite of Vertex AI Search, over at most 50 domains that the contract names --
# (engines.servingConfigs.searchLite in the REST reference of the Discovery Engine API)


def ask_google(server: str, where: str, words: str, options: Options) -> Request:
    """Ask the centre's own search app; a basic website index gives at most 25 results."""
    del where
    resource = options.text("resource")
    if not resource.startswith("projects/") or "/servingConfigs/" not in resource:
        raise Misconfigured("Option resource: type projects/…/servingConfigs/… as the console shows it")
    body = msgspec.json.encode({"query": words, "pageSize": 25, "safeSearch": False})
    headers = {"X-goog-api-key": options.secret("key"), "Content-Type": JSON}
    return Request(f"{server}/v1/{resource}:searchLite", headers, body)


class GoogleSnippet(msgspec.Struct):
    """A few words of the page."""

    snippet: str = ""


class GooglePage(msgspec.Struct):
    """What is known of a page."""

    link: str
    title: str = ""
    snippets: list[GoogleSnippet] = []


class GoogleDocument(msgspec.Struct):
    """A page in the index."""

    derivedStructData: GooglePage  # noqa: N815 - Google's name


class GoogleResult(msgspec.Struct):
    """One result."""

    document: GoogleDocument


class GoogleAnswer(msgspec.Struct):
    """What comes back; without results there is no list."""

    results: list[msgspec.Raw] = []


def read_google(where: str, body: bytes) -> Found:
    """Read an answer."""
    del where
    items, malformed = each(decoded(body, GoogleAnswer).results, GoogleResult)
    pages = (one.document.derivedStructData for one in items)
    return Found(
        tuple(page(p.link, p.title, " ".join(s.snippet for s in p.snippets), "", None) for p in pages),
        malformed=malformed,
    )
