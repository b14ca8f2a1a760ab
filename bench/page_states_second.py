"""The second half of the page states, one by one: other sites, other words, and the odd ways in which hosts answer."""
# ruff: noqa: E501  # a table: one state a line is easier to read than to break

from page_state_server import (
    AGAIN,
    COPY,
    DELETED,
    LOGO,
    NO_HOTLINK,
    SILENT,
    SMALL,
    STRANGER,
    Answer,
    Reply,
    State,
    page,
    picture,
    to,
)
from page_states_odd import ODD

NOT_FOUND = Reply(404, b"<html><body><h1>404</h1></body></html>")
PLAIN_404 = Reply(404, b"", (("Content-Type", "text/plain"),))


def s(  # noqa: PLR0913  # one line of a table
    name: str, label: str, why: str, post: Answer, media: Answer, *,
    at: str = "/p/7731", file: str = "cdn:/u/7731.jpg", otherwise: Answer = NOT_FOUND, was_gone: bool = False,
    cdn_otherwise: Answer = PLAIN_404, elsewhere: dict[str, Answer] | None = None, **_: object,
) -> State:  # fmt: skip
    """Return one state; more addresses come by `plus`."""
    answers = {
        at: post,
        file: media,
        "/": page(MALL % "<h1>오늘의 이야기</h1>"),
        "/i/logo.png": picture(LOGO),
    }
    return State(name, label, why, at, file, answers, otherwise, cdn_otherwise, elsewhere, was_gone)


def plus(state: State, **more: Answer) -> State:
    """Answer further addresses: `a` is /pics/a.jpg at the file host, `b` /pics/b.jpg, `t` a thumbnail, `n` a new page."""
    names = {
        "a": "cdn:/pics/a.jpg",
        "b": "cdn:/pics/b.jpg",
        "t": "cdn:/pics/t/7731_s.jpg",
        "n": "/story/7731-new",
    }
    answers = {**state.answers, **{names[name]: reply for name, reply in more.items()}}
    return State(state.name, state.label, state.why, state.post, state.media, answers, state.otherwise,
                 state.cdn_otherwise, state.elsewhere, state.was_gone)  # fmt: skip


MALL = (
    '<!doctype html><html lang="ko"><head><title>모두의 광장</title><script src="/app.js"></script></head><body>'
    '<div id="top"><a href="/"><img src="/i/logo.png"></a><a href="/b/1">유머</a><a href="/b/2">여행</a>'
    '<a href="/b/3">질문답변</a><a href="/b/4">장터</a><a href="/sign">로그인</a></div><div id="c">%s</div>'
    '<div id="f">(주)모두 | 사업자등록번호 000-00-00000 | 청소년보호정책 | 삭제요청 | 광고문의</div></body></html>'
)
HALL = (
    '<!doctype html><html lang="en"><head><title>Commons Hall</title><script src="/app.js"></script></head><body>'
    '<div id="top"><a href="/"><img src="/i/logo.png"></a><a href="/b/1">Travel</a><a href="/b/2">Food</a>'
    '<a href="/b/3">Questions</a><a href="/b/4">Market</a><a href="/sign">Sign in</a></div><div id="c">%s</div>'
    '<div id="f">Commons Hall Ltd | About | Removal requests | Report content | Privacy</div></body></html>'
)
STORY = (
    "<h2>봄날의 호수</h2><p>지난주에 다녀온 호수 사진을 올립니다. 날씨가 좋아서 오래 걸었습니다. The lake last week, a long walk "
    "in fine weather, and a bench in the sun.</p>%s<p>조회 213 추천 4</p>"
)
SEE = '<img src="{cdn}/u/7731.jpg">'
LIVE_KO, LIVE_EN = page(MALL % (STORY % SEE)), page(HALL % (STORY % SEE))
BARE_KO, BARE_EN = page(MALL % (STORY % "")), page(HALL % (STORY % ""))

SAYS_GONE = (
    ("작성자에 의해 삭제된 글입니다.", MALL), ("해당 게시글이 존재하지 않습니다.", MALL), ("없는 게시물이거나 삭제된 게시물입니다.", MALL),
    ("요청하신 페이지를 찾을 수 없습니다. 주소를 다시 확인해 주세요.", MALL), ("관리자에 의해 블라인드 처리된 게시물입니다.", MALL),
    ("이 글은 권리자의 요청으로 게시가 중단되었습니다.", MALL), ("방송통신심의위원회의 심의에 따라 삭제된 게시물입니다.", MALL),
    ("운영원칙 위반으로 이용이 제한된 게시물입니다.", MALL), ("이용이 정지된 회원의 글입니다. 정지된 계정입니다.", MALL),
    ("영상이 삭제되어 재생할 수 없습니다.", MALL), ("만료된 링크입니다. 파일의 보관 기간이 지났습니다.", MALL),
    ("Sorry, this post has been removed by the moderators.", HALL), ("This content is no longer available.", HALL),
    ("The file you are looking for was not found.", HALL), ("We couldn't find what you were looking for. Page not found.", HALL),
    ("This photo was deleted by the person who shared it.", HALL), ("File has been removed due to a copyright claim or abuse report.", HALL),
    ("This account has been suspended.", HALL), ("Removed in response to a legal request from the person depicted.", HALL),
    ("Hmm... this page doesn't exist. Try searching for something else.", HALL), ("The link you followed may have expired, or the page may be gone.", HALL),
)  # fmt: skip
SAYS_LOGIN = (
    ("로그인이 필요한 서비스입니다.", MALL), ("회원 전용 게시판입니다. 회원만 글을 볼 수 있습니다.", MALL),
    ("19세 미만은 볼 수 없는 게시물입니다. 본인 인증 후 이용해 주세요.", MALL), ("비공개 계정의 게시물입니다.", MALL),
    ("등급이 낮아 글을 읽을 수 없습니다. 등업 신청을 해 주세요.", MALL),
    ("Log in or sign up to view this post.", HALL), ("This account is private. Follow to see their photos.", HALL),
    ("Please confirm that you are over 18 to continue.", HALL), ("Only members of this community can see posts.", HALL),
)  # fmt: skip
SAYS_CLOSED = (
    ("서비스 점검 중입니다. 점검 시간: 02:00 ~ 06:00", 200), ("접속자가 많아 서비스 연결이 지연되고 있습니다. 잠시 후 다시 시도해 주세요.", 200),
    ("일시적인 오류가 발생했습니다. 잠시 후 다시 이용해 주세요.", 500), ("We are down for maintenance and will be back soon.", 503),
    ("Our servers are temporarily unavailable.", 200), ("commons-hall.example: this domain is for sale. Buy this domain.", 200),
)  # fmt: skip
SAYS_HUMAN = (
    ("자동등록방지 숫자를 입력해 주세요.", 200), ("비정상적인 접근이 감지되어 접속이 제한되었습니다.", 403), ("보안문자를 입력하세요.", 200),
    ("Verifying you are human. This may take a few seconds.", 403), ("Our systems have detected unusual traffic from your network.", 429),
    ("Please complete the security check to access this site.", 403),
)  # fmt: skip
SAYS_NOT_HERE = (
    ("이 서비스는 고객님의 지역에서는 제공되지 않습니다. 현재 국가에서는 이용할 수 없습니다.", 403), ("해외 IP에서는 접속이 제한됩니다.", 403),
    ("Content withheld in your country in response to a legal demand.", 200), ("This video is not available in your region.", 200),
    ("Sorry, your country is not supported.", 403), ("Unavailable due to legal reasons.", 451),
)  # fmt: skip


def worded() -> list[State]:
    """Return the states that a page's words decide."""
    found = []
    for number, (text, frame) in enumerate(SAYS_GONE):
        said = page(frame % f"<p>{text}</p>")
        found.append(s(f"soft-404 {number}", "gone", text, said, PLAIN_404))
        if number % 3 == 0:
            found.append(
                s(f"soft-404 {number}, file left", "live", "the file is served", said, picture(COPY))
            )
    for number, (text, frame) in enumerate(SAYS_LOGIN):
        wall = page(frame % f"<p>{text}</p>")
        found.append(s(f"wall {number}", "login", text, wall, Reply(403) if number % 2 else PLAIN_404))
    for number, (text, status) in enumerate(SAYS_CLOSED):
        closed = page(f"<html><body><h1>{text}</h1></body></html>", status)
        found.append(
            s(f"closed {number}", "unknown", text, closed, closed, otherwise=closed, cdn_otherwise=closed)
        )
    for number, (text, status) in enumerate(SAYS_HUMAN):
        asks = page(f"<html><body><p>{text}</p></body></html>", status)
        found.append(
            s(f"human {number}", "unknown", text, asks, asks if number % 2 else PLAIN_404, otherwise=asks)
        )
    for number, (text, status) in enumerate(SAYS_NOT_HERE):
        refused = page(f"<html><body><p>{text}</p></body></html>", status)
        found.append(s(f"not here {number}", "blocked", text, refused, refused if number % 2 else PLAIN_404))
    return found


def moved() -> list[State]:
    """Return the states in which the picture is at another address, or a part of it is."""
    new_a = page(MALL % (STORY % '<img src="{cdn}/pics/a.jpg">'))
    lazy = page(HALL % (STORY % '<img class="lazy" src="/i/logo.png" data-src="{cdn}/pics/a.jpg">'))
    json = page(HALL % (STORY % '<script>var d={"url":"{cdn}/pics/a.jpg".replace("","")}</script>'))
    sets = page(MALL % (STORY % '<img srcset="{cdn}/pics/t/7731_s.jpg 240w, {cdn}/pics/a.jpg 900w">'))
    card = page(
        '<html><head><meta property="og:image" content="{cdn}/pics/a.jpg"></head><body>'
        + STORY % ""
        + "</body></html>"
    )
    other = page(MALL % (STORY % '<img src="{cdn}/pics/b.jpg"><img src="{cdn}/pics/a.jpg">'))
    link = page(HALL % (STORY % '<a href="{cdn}/pics/a.jpg">full size</a>'))
    euc = Reply(
        200,
        (MALL % (STORY % '<img src="{cdn}/pics/a.jpg">')).encode("cp949"),
        (("Content-Type", "text/html; charset=euc-kr"),),
    )
    small = page(HALL % (STORY % '<img src="{cdn}/pics/t/7731_s.jpg">'))
    return [
        plus(s("again", "moved", "new address", new_a, PLAIN_404), a=picture(AGAIN)),
        plus(s("again, lazily loaded", "moved", "data-src", lazy, PLAIN_404), a=picture(AGAIN)),
        plus(s("again, in a script", "moved", "named in JSON", json, PLAIN_404), a=picture(COPY)),
        plus(s("again, in a set", "moved", "srcset holds both sizes", sets, PLAIN_404), a=picture(AGAIN), t=picture(SMALL)),
        plus(s("again, on the card", "moved", "og:image", card, PLAIN_404), a=picture(AGAIN)),
        plus(s("again, beside another", "moved", "second picture", other, PLAIN_404), a=picture(AGAIN), b=picture(STRANGER)),
        plus(s("again, behind a link", "moved", "full size link", link, PLAIN_404), a=picture(AGAIN)),
        plus(s("again, EUC-KR", "moved", "an older encoding", euc, PLAIN_404), a=picture(AGAIN)),
        plus(s("again, old file replaced", "moved", "board at the old address", new_a, picture(DELETED)), a=picture(AGAIN)),
        plus(s("post renamed", "moved", "301 to its new name", to("/story/7731-new", 301), PLAIN_404), n=new_a, a=picture(AGAIN)),
        plus(s("post renamed, file stays", "live", "file is served", to("/story/7731-new", 301), picture(COPY)), n=LIVE_KO),
        plus(s("post renamed, file gone", "gone", "new page without it", to("/story/7731-new", 301), PLAIN_404), n=BARE_KO),
        plus(s("thumbnail stays", "live", "smaller copy", small, PLAIN_404), t=picture(SMALL)),
        plus(s("thumbnail stays, page says removed", "live", "smaller copy on the soft-404",
               page(MALL % '<p>삭제된 게시물입니다.</p><img src="{cdn}/pics/t/7731_s.jpg">'), PLAIN_404), t=picture(SMALL)),
        plus(s("thumbnail gone, too", "gone", "all 404", small, PLAIN_404)),
        plus(s("another picture only", "gone", "other pictures stay", page(MALL % (STORY % '<img src="{cdn}/pics/b.jpg">')),
               PLAIN_404), b=picture(STRANGER)),
    ]  # fmt: skip


SECOND = (*worded(), *moved(), *ODD(s, plus, NO_HOTLINK, SILENT))
