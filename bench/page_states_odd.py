"""The odd page states: file stores, shells, placeholders, signatures, vantage points, copies that come back."""
# ruff: noqa: E501  # a table: one state a line is easier to read than to break

from collections.abc import Callable
from typing import Any

from aiohttp import web

from page_state_server import AGAIN, COPY, DELETED, SMALL, STRANGER, Reply, State, page, picture, to

XML = (("Content-Type", "application/xml"),)
NO_KEY = Reply(
    404, b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>", XML
)
NO_BLOB = Reply(404, b"<Error><Code>BlobNotFound</Code></Error>", XML)
DENIED = Reply(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>", XML)
RUN_OUT = Reply(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", XML)
NOT_FOUND, FILE_404 = (
    Reply(404, b"<html><body><h1>404</h1></body></html>"),
    Reply(404, b"", (("Content-Type", "text/plain"),)),
)
SHELL = page(
    '<!doctype html><html><head><title>app</title><script src="/main.js"></script></head><body><div id="root"></div></body></html>'
)
NOSCRIPT = page('<!doctype html><html><body><noscript>You need to enable JavaScript to run this app.</noscript>'
                '<div id="app"></div><script src="/a.js"></script></body></html>')  # fmt: skip
TEXT = "<h2>호수</h2><p>지난주에 다녀온 호수 사진입니다. A long walk by the lake in fine weather.</p>%s"
FRAME = ('<html><body><a href="/">home</a><a href="/1">one</a><a href="/2">two</a><a href="/3">three</a>'
         '<a href="/4">four</a><a href="/5">five</a><div>%s</div></body></html>')  # fmt: skip
LIVE = page(FRAME % (TEXT % '<img src="{cdn}/u/7731.jpg">'))
BARE = page(FRAME % (TEXT % ""))
HOME = page(FRAME % "<h1>Welcome</h1><p>오늘의 인기글 모음. Popular today: lakes, hills, benches, birds.</p>")
GONE_KO = page(FRAME % "<p>존재하지 않는 게시물입니다.</p>")
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
Make, Plus = Callable[..., State], Callable[..., State]


def needs_referer(body: bytes, otherwise: Reply) -> Callable[[web.Request], Reply]:
    """Answer with the picture only where the page of the same site asks."""
    return lambda request: picture(body) if ".test" in request.headers.get("Referer", "") else otherwise


def ODD(s: Make, plus: Plus, no_hotlink: bytes, silent: Reply) -> list[State]:  # noqa: N802  # a table
    """Return every odd state; `s` and `plus` make them."""
    return [
        *stores(s),
        *shells(s, plus),
        *replaced(s, plus, no_hotlink),
        *silences(s, silent),
        *abroad(s),
        *back(s, plus),
    ]


def stores(s: Make) -> list[State]:
    """Files in rented stores, with and without signatures."""
    signed = "cdn:/u/7731.jpg?X-Amz-Expires=3600&X-Amz-Signature=00ff"
    fresh: dict[str, Any] = {"file": signed}
    names_new = page(FRAME % (TEXT % '<img src="{cdn}/u/7731.jpg?X-Amz-Expires=3600&X-Amz-Signature=beef">'))

    def with_new(state: State, reply: Reply) -> State:
        answers = {**state.answers, "cdn:/u/7731.jpg?X-Amz-Expires=3600&X-Amz-Signature=beef": reply}
        return State(
            state.name,
            state.label,
            state.why,
            state.post,
            state.media,
            answers,
            state.otherwise,
            state.cdn_otherwise,
        )

    return [
        s("store: no key, page gone", "gone", "404 both", NOT_FOUND, NO_KEY),
        s("store: no blob, page shown", "gone", "page shows nothing", BARE, NO_BLOB),
        s("store: denied, page gone", "unknown", "403 may hide it", NOT_FOUND, DENIED),
        s("store: denied, soft page", "unknown", "403 may hide it", GONE_KO, DENIED),
        s("signature run out, page gone", "unknown", "the file may be there", NOT_FOUND, RUN_OUT, **fresh),
        s("signature run out, page shown bare", "unknown", "the file may be there", BARE, RUN_OUT, **fresh),
        with_new(s("signature renewed", "live", "new signature, same file", names_new, RUN_OUT, **fresh), picture(COPY)),
        with_new(s("signature renewed, 404 before", "live", "same file", names_new, FILE_404, **fresh), picture(COPY)),
        with_new(s("signature renewed, file gone", "gone", "its fresh address is 404", names_new, NO_KEY, **fresh), NO_KEY),
        s("token run out, as chat stores say", "unknown", "404 for a token that ended, page asks to sign in later",
          SHELL, Reply(404, b"This content is no longer available."), file="cdn:/u/7731.jpg?ex=66aa&is=66bb&hm=00ff"),
        s("410 from both", "gone", "410", Reply(410), Reply(410)),
        s("file 410, page shown", "gone", "410 and no picture", BARE, Reply(410)),
        s("broken image", "gone", "page still points to the missing file", LIVE, FILE_404),
        s("page gone, file kept by the store", "live", "served", NOT_FOUND, picture(COPY)),
        s("page gone, file re-encoded", "live", "served smaller in bytes", NOT_FOUND, picture(AGAIN)),
        s("served with 404", "live", "the picture comes with a wrong status", NOT_FOUND, picture(COPY, 404)),
    ]  # fmt: skip


def shells(s: Make, plus: Plus) -> list[State]:
    """Pages that scripts build, and hosts with one page for all addresses."""
    del plus
    sold = page(
        "<html><body><h1>example</h1><p>Related searches: lakes, cameras, hotels near the lake</p></body></html>"
    )
    return [
        s("shell, file gone", "unknown", "the page is built by scripts", SHELL, FILE_404, otherwise=SHELL),
        s("shell, file there", "live", "served", SHELL, picture(COPY), otherwise=SHELL),
        s("shell with noscript, file gone", "unknown", "built by scripts", NOSCRIPT, FILE_404, otherwise=NOSCRIPT),
        s("shell everywhere", "unknown", "the file's address gives the shell, too", SHELL, SHELL, otherwise=SHELL,
          cdn_otherwise=SHELL),
        s("front page for missing ones, file gone", "gone", "as any missing address", HOME, FILE_404, otherwise=HOME),
        s("front page for missing ones, file left", "live", "served", HOME, picture(COPY), otherwise=HOME),
        s("parked", "unknown", "one page for every address", sold, sold, otherwise=sold, cdn_otherwise=sold),
        s("missing ones go to a list", "gone", "redirect as for any missing", to("/board/list"), FILE_404,
          otherwise=lambda r: HOME if r.path == "/board/list" else to("/board/list")),
        s("home by script", "gone", "location.href", page('<script>location.href="/";</script>'), FILE_404),
        s("home by refresh", "gone", "meta refresh",
          page('<html><head><meta http-equiv="refresh" content="0; url=/"></head></html>'), FILE_404),
        s("alert and back", "gone", "said in a box",
          page("<script>alert('삭제되었거나 존재하지 않는 게시물입니다.'); history.go(-1);</script>"), FILE_404),
        s("sign in by script", "login", "location",
          page("<script>alert('로그인 후 이용하세요'); location.replace('/member/login.php?url=/p/7731');</script>"), Reply(403)),
        s("sign in by redirect", "login", "302 to a sign-in page", to("/accounts/login/?next=/p/7731"), FILE_404),
        s("401", "login", "asks for credentials", Reply(401, b"", (("WWW-Authenticate", "Basic"),)), Reply(401)),
        s("empty page", "unknown", "200 without a word", Reply(200, b""), FILE_404),
        s("no content", "unknown", "204", Reply(204), FILE_404),
        s("EUC-KR soft-404", "gone", "an older encoding", Reply(200, "<html><body>삭제된 게시물입니다.</body></html>".encode("cp949"),
          (("Content-Type", "text/html; charset=euc-kr"),)), FILE_404),
        s("EUC-KR undeclared", "gone", "an older encoding, not declared",
          Reply(200, "<html><body>존재하지 않는 글입니다.</body></html>".encode("cp949"), (("Content-Type", "text/html"),)), FILE_404),
        s("a long article about removal", "gone", "the page stays, without the picture", page(FRAME % (TEXT % (
          "<p>" + "How to have a post removed: this post has been deleted, sites say, and often it is not so. " * 12 + "</p>"))),
          FILE_404),
    ]  # fmt: skip


def replaced(s: Make, plus: Plus, no_hotlink: bytes) -> list[State]:
    """Other pictures in place of the copy, and pictures that only their own page may show."""
    board = picture(DELETED)
    gallery = page(
        FRAME
        % (TEXT % '<img src="{cdn}/u/7731.jpg"><img src="{cdn}/pics/a.jpg"><img src="{cdn}/pics/b.jpg">')
    )
    refusal = picture(no_hotlink)
    return [
        s("board, soft page", "gone", "page says so", GONE_KO, board, cdn_otherwise=board),
        s("board, page shown", "gone", "replaced in its place", LIVE, board),
        s("board for any missing file", "gone", "as for missing files", NOT_FOUND, board, cdn_otherwise=board),
        plus(s("led to removed.png", "gone", "redirect to the host's picture", GONE_KO, to("/pics/a.jpg")), a=board),
        s("a pixel", "gone", "page gone, one pixel", NOT_FOUND, Reply(200, GIF, (("Content-Type", "image/gif"),))),
        s("another post's picture", "gone", "page gone, number given away", NOT_FOUND, picture(STRANGER)),
        s("soft-404 for the file", "gone", "HTML says so", GONE_KO, page("<html><body>파일을 찾을 수 없습니다.</body></html>"),
          cdn_otherwise=page("<html><body>파일을 찾을 수 없습니다.</body></html>")),
        s("file address shows a page", "unknown", "HTML that says nothing", LIVE, page("<html><body>viewer</body></html>")),
        s("only for its page: picture", "live", "served with the page's name", LIVE, needs_referer(COPY, refusal)),
        s("only for its page: 403", "live", "served with the page's name", LIVE, needs_referer(COPY, Reply(403))),
        s("only for its page: 404", "live", "served with the page's name", NOT_FOUND, needs_referer(COPY, FILE_404)),
        plus(s("one refusal for all", "unknown", "every picture is the refusal", gallery, refusal), a=refusal, b=refusal),
        s("half a file", "unknown", "the copy's other half is missing", BARE, picture(COPY[: len(COPY) // 2])),
        s("challenge in place of the file", "unknown", "200 challenge", NOT_FOUND,
          page("<html><title>Just a moment...</title><body></body></html>")),
        s("sign-in in place of the file", "login", "HTML sign-in", BARE,
          page("<html><body>Please log in to view this file.<form><input type='password'></form></body></html>")),
        s("block page in place of the file", "blocked", "file sent to the blocking page", BARE,
          to("http://warning.or.kr:{port}/i2.html")),
        s("page blocked, file gone", "blocked", "451 and 404", Reply(451), FILE_404),
        s("page blocked, file served", "live", "the file is served", Reply(451), picture(COPY)),
        s("page gone, file blocked", "blocked", "404 and 451", NOT_FOUND, Reply(451)),
        s("mirrored in its place", "live", "the same picture, small, at its address", LIVE, picture(SMALL)),
    ]  # fmt: skip


def silences(s: Make, silent: Reply) -> list[State]:
    """No answer is no answer."""
    return [
        s("page silent, file gone", "unknown", "the page broke off", silent, FILE_404),
        s("file silent, page gone", "unknown", "the file broke off", NOT_FOUND, silent),
        s("file silent, page shown", "unknown", "the file broke off", LIVE, silent),
        s("page 500, file gone", "unknown", "500", Reply(500, b"error"), FILE_404),
        s("page 502 says not found", "unknown", "a gateway's words", page("<h1>502</h1> upstream not found", 502), FILE_404),
        s("page 429, file served", "live", "served", Reply(429), picture(COPY)),
        s("file 429, page gone", "unknown", "429", NOT_FOUND, Reply(429)),
        s("page 403, file gone", "unknown", "403 without a reason", Reply(403, b"Forbidden"), FILE_404),
        s("page 406", "unknown", "an odd refusal", Reply(406, b"Not Acceptable"), FILE_404),
        s("round in circles", "unknown", "redirects for ever", lambda r: to(f"/p/7731?n={len(r.query_string)}"), FILE_404,
          otherwise=lambda r: to(f"{r.path}?n={'1' * (len(r.query_string) % 50)}")),
        s("to a private address", "unknown", "refused by our own door", to("http://10.0.0.1/"), FILE_404),
    ]  # fmt: skip


def abroad(s: Make) -> list[State]:
    """What two vantage points see."""
    here_gone, there_live = (GONE_KO, FILE_404), {"/p/7731": LIVE, "cdn:/u/7731.jpg": picture(COPY)}
    both = {"/p/7731": GONE_KO, "cdn:/u/7731.jpg": FILE_404}
    busy = {"/p/7731": Reply(503), "cdn:/u/7731.jpg": Reply(503)}
    wall: dict[str, Any] = {"/p/7731": Reply(451), "cdn:/u/7731.jpg": Reply(451)}
    return [
        s("gone here, live abroad", "blocked", "the second vantage sees it", *here_gone, elsewhere=there_live),
        s("451 here, live abroad", "blocked", "the second vantage sees it", Reply(451), Reply(451), elsewhere=there_live),
        s("gone here and abroad", "gone", "both", *here_gone, elsewhere=both),
        s("gone here, abroad busy", "unknown", "the second cannot tell", *here_gone, elsewhere=busy),
        s("live here, gone abroad", "live", "somebody sees it", LIVE, picture(COPY), elsewhere=both),
        s("gone here, blocked abroad", "blocked", "the second is refused by law", *here_gone, elsewhere=wall),
        s("challenge here, live abroad", "live", "the second vantage sees it", Reply(403, b"", (("cf-mitigated", "challenge"),)),
          Reply(403, b"", (("cf-mitigated", "challenge"),)), elsewhere=there_live),
    ]  # fmt: skip


def back(s: Make, plus: Plus) -> list[State]:
    """After it was verified gone."""
    again = page(FRAME % (TEXT % '<img src="{cdn}/pics/a.jpg">'))
    return [
        s("back at its address", "back", "served again", LIVE, picture(COPY), was_gone=True),
        s("file back, page gone", "back", "served again", NOT_FOUND, picture(COPY), was_gone=True),
        plus(s("back at another address", "back", "the page shows it again", again, FILE_404, was_gone=True), a=picture(AGAIN)),
        s("still gone", "gone", "nothing changed", NOT_FOUND, FILE_404, was_gone=True),
        s("gone, now a challenge", "unknown", "cannot tell", Reply(503), Reply(503), was_gone=True),
    ]  # fmt: skip
