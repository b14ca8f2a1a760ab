"""The first half of the page states: seven kinds of sites, as operators leave a copy in them."""
# ruff: noqa: E501  # a table: one state a line is easier to read than to break

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from page_state_server import (
    AGAIN,
    COPY,
    DELETED,
    LOGO,
    SILENT,
    SMALL,
    STRANGER,
    Reply,
    State,
    page,
    picture,
    to,
)


@dataclass(frozen=True, slots=True)
class Skin:
    """One kind of site: its addresses, what it says, and how it shows a post."""

    name: str
    post: str
    media: str
    elsewhere: str  # another address of the same site for the picture
    small: str  # the address of its thumbnail
    shell: str  # the page around everything, with a %s
    removed: Reply  # the page of a post that was taken down
    missing: Reply  # the answer to an address that never was
    login: Reply
    geo: Reply
    challenge: Reply
    new_post: str  # where a post is after the site moved it


def ko(name: str, middle: str) -> str:
    """Return a Korean page's frame: names of boards, a notice, other posts, a footer."""
    return (
        f'<!doctype html><html lang="ko"><head><meta charset="utf-8"><title>{name}</title></head><body>'
        f'<header><a href="/"><img src="/img/logo.png" alt="{name}"></a><nav><a href="/free">자유게시판</a> '
        '<a href="/photo">사진</a> <a href="/qna">질문</a> <a href="/login">로그인</a></nav></header>'
        f"<main>{middle}</main><aside><h2>인기글</h2><ul><li>주말 등산 후기</li><li>새 카메라 추천</li><li>고양이 자랑</li>"
        "</ul></aside><footer>이용약관 개인정보처리방침 권리침해신고 고객센터 02-000-0000</footer></body></html>"
    )


def en(name: str, middle: str) -> str:
    """Return an English page's frame."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title></head><body>'
        f'<header><a href="/"><img src="/img/logo.png" alt="{name}"></a><nav><a href="/new">New</a> '
        '<a href="/top">Top</a> <a href="/login">Log in</a> <a href="/join">Register</a></nav></header>'
        f"<main>{middle}</main><aside><h2>Trending</h2><ul><li>Hiking near the lake</li><li>Which lens to buy</li>"
        "</ul></aside><footer>Terms Privacy Report abuse Contact</footer></body></html>"
    )


def article(title: str, shown: str, comments: str = "좋네요 / nice") -> str:
    """Return a post: a title, words, what it shows, comments."""
    return (
        f"<article><h1>{title}</h1><p>어제 찍은 사진입니다. A view from yesterday's walk along the water.</p>{shown}"
        f'<section class="comments">{comments}</section></article>'
    )


def img(address: str) -> str:
    """Return the tag that shows a picture."""
    return f'<img src="{address}" alt="">'


def absolute(target: str) -> str:
    """Return an address as a page writes it."""
    return "{cdn}" + target.removeprefix("cdn:") if target.startswith("cdn:") else target


CF = ("cf-mitigated", "challenge")
WAIT_EN = "<html><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to continue</body></html>"
WAIT_KO = (
    "<html><head><title>잠시만 기다리십시오…</title></head><body>사람인지 확인하는 중입니다.</body></html>"
)

SKINS = (
    Skin(
        "gnuboard", "/bbs/board.php?bo_table=free&wr_id=48213", "/data/file/free/3a91_view.jpg",
        "/data/file/free/77c2_again.jpg", "/data/file/free/thumb-3a91_view_240x160.jpg", ko("동네게시판", "%s"),
        page("<script>alert('글이 존재하지 않습니다.\\n\\n글이 삭제되었거나 이동하였을 수 있습니다.');location.replace('/');</script>"),
        page("<script>alert('글이 존재하지 않습니다.\\n\\n글이 삭제되었거나 이동하였을 수 있습니다.');location.replace('/');</script>"),
        page(ko("동네게시판", '<form action="/bbs/login_check.php">회원 로그인 <input name="mb_id"><input type="password" '
                'name="mb_password"></form><p>글을 읽을 권한이 없습니다. 회원이시라면 로그인 후 이용해 보십시오.</p>')),
        page("<h1>Forbidden</h1><p>해외에서는 접속할 수 없습니다. 국내에서만 이용 가능합니다.</p>", 403),
        page(WAIT_KO, 403, CF), "/bbs/board.php?bo_table=old&wr_id=91",
    ),
    Skin(
        "rhymix", "/free/1029384", "cdn:/attach/2026/10/29384.jpg", "cdn:/attach/2026/11/55512.jpg",
        "cdn:/thumbs/2026/10/29384.240.jpg", ko("사진마을", "%s"),
        page(ko("사진마을", '<div class="message">삭제된 게시물입니다.</div>')),
        page(ko("사진마을", '<div class="message">대상을 찾을 수 없습니다.</div>'), 404),
        to("/index.php?act=dispMemberLoginForm"),
        page("<html><body>이 콘텐츠는 회원님의 국가에서 이용할 수 없습니다.</body></html>", 403),
        page(WAIT_EN, 503), "/archive/1029384",
    ),
    Skin(
        "gallery", "/board/view/?id=cat&no=552211", "cdn:/viewimage.php?no=24b0d769&id=cat",
        "cdn:/viewimage.php?no=99aa0011&id=cat", "cdn:/thumb.php?no=24b0d769", ko("갤러리", "%s"),
        page(ko("갤러리", "<p>게시물 작성자가 삭제했거나 존재하지 않는 페이지입니다.</p><p>잠시 후 갤러리 메인으로 이동됩니다.</p>")),
        page(ko("갤러리", "<p>해당 갤러리는 존재하지 않습니다.</p>"), 404),
        page(ko("갤러리", "<p>이 갤러리는 성인 인증 후 이용할 수 있습니다. 로그인 후 본인인증을 해 주세요.</p>")),
        Reply(451, b"", (("Link", '<https://block.invalid/>; rel="blocked-by"'),)),
        page(WAIT_KO), "/mgallery/board/view/?id=cat2&no=552211",
    ),
    Skin(
        "forum", "/threads/harbour-at-dawn.8123/", "/attachments/harbour-jpg.20311/", "/attachments/dawn2-jpg.20377/",
        "/data/attachments/20/20311-3f.jpg", en("Harbour Forum", "%s"),
        page(en("Harbour Forum", "<h1>Oops! We ran into some problems.</h1><p>The requested thread could not be found.</p>"), 404),
        page(en("Harbour Forum", "<h1>Oops! We ran into some problems.</h1><p>The requested page could not be found.</p>"), 404),
        page(en("Harbour Forum", '<p>You must be logged in to do that.</p><form action="/login/login">'
                '<input name="login"><input type="password" name="password"></form>'), 403),
        page("<html><body>This site is not available in your country.</body></html>", 403),
        page(WAIT_EN, 403, CF), "/threads/harbour-at-dawn.9001/",
    ),
    Skin(
        "image host", "/a/Xk29fQ", "cdn:/Xk29fQm.jpg", "cdn:/Zz81Lp.jpg", "cdn:/Xk29fQs.jpg", en("Pixbin", "%s"),
        page(en("Pixbin", "<h1>This image has been removed or is no longer available.</h1>")),
        page(en("Pixbin", "<h1>Zoinks! You've taken a wrong turn.</h1><p>We couldn't find that page.</p>"), 404),
        page(en("Pixbin", "<p>This album is private. Please sign in to view it.</p>")),
        Reply(451, b"Unavailable For Legal Reasons", (("Content-Type", "text/plain"),)),
        page(WAIT_EN, 200), "/gallery/Xk29fQ",
    ),
    Skin(
        "blog", "/entry/a-walk", "cdn:/dna/bq3/walk.jpg", "cdn:/dna/bq9/walk-again.jpg", "cdn:/thumb/R240x0/dna/bq3/walk.jpg",
        ko("걷는 블로그", "%s"),
        page(ko("걷는 블로그", "<h2>권리침해 신고로 접근이 제한된 글입니다.</h2><p>요청에 의해 게시가 중단(임시조치)되었습니다.</p>")),
        page(ko("걷는 블로그", "<h2>페이지를 찾을 수 없습니다</h2><p>요청하신 페이지가 없거나 주소가 변경되었습니다.</p>"), 404),
        page(ko("걷는 블로그", "<p>보호되어 있는 글입니다.</p><form><input type='password' name='entry_password'></form>")),
        page("<html><body><h1>Error 1009</h1>The owner of this website has banned the country or region your IP "
             "address is in from accessing this website.</body></html>", 403),
        page("<html><body>접속자가 사람인지 확인하고 있습니다. 보안문자를 입력해 주세요.</body></html>", 403), "/entry/a-walk-2",
    ),
    Skin(
        "tube", "/watch/88213", "cdn:/photo/88213/full.jpg?expires=1790000000&sign=aa11", "cdn:/photo/90911/full.jpg",
        "cdn:/photo/88213/t240.jpg", en("PhotoTube", "%s"),
        page(en("PhotoTube", "<p>This post was deleted by its uploader or by a moderator.</p>"), 410),
        page(en("PhotoTube", "<p>404: nothing here</p>"), 404),
        to("{site}/account/signin?next=/watch/88213"),
        page(en("PhotoTube", "<p>Due to a legal order this content is blocked in your region.</p>")),
        page("<html><body>Checking your browser before accessing this site. DDoS protection</body></html>", 503),
        "/w/88213-a-walk",
    ),
)  # fmt: skip

GONE_FILE = Reply(404, b"not found", (("Content-Type", "text/plain"),))
DENIED = Reply(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
               (("Content-Type", "application/xml"),))  # fmt: skip
Maker = Callable[[Skin], State]


def state(skin: Skin, kind: str, label: str, why: str, post: Reply, media: Reply, **more: Reply) -> State:
    """Return one state of a skin; `more` answers further addresses, by the skin's names for them."""
    where = {"elsewhere": skin.elsewhere, "small": skin.small, "new_post": skin.new_post}
    answers = {
        skin.post: post, skin.media: media, "/": page(skin.shell % "<h1>Welcome / 환영합니다</h1>"),
        "/img/logo.png": picture(LOGO), **{where[name]: reply for name, reply in more.items()},
    }  # fmt: skip
    return State(f"{skin.name}: {kind}", label, why, skin.post, skin.media, answers, skin.missing)


def shown(skin: Skin, *addresses: str, comments: str = "좋네요 / nice") -> Reply:
    """Return the post's page, showing pictures at these addresses."""
    return page(skin.shell % article("산책 / a walk", "".join(img(absolute(a)) for a in addresses), comments))


def states_of(skin: Skin) -> Iterator[State]:
    """Yield the states of one skin."""
    live, gone, copy = shown(skin, skin.media), shown(skin), picture(COPY)
    deleted_comment = shown(skin, skin.media, comments="삭제된 댓글입니다. / This comment was deleted.")
    yield state(skin, "live", "live", "page and picture are served", live, copy)
    yield state(skin, "a comment was deleted", "live", "the picture is served", deleted_comment, copy)
    yield state(skin, "page taken down", "gone", "page says so, file 404", skin.removed, GONE_FILE)
    yield state(skin, "page never was", "gone", "as an unknown address", skin.missing, GONE_FILE)
    yield state(skin, "file left behind", "live", "the file is served without its page", skin.removed, copy)
    yield state(skin, "only the file gone", "gone", "the page shows no picture any more", gone, GONE_FILE)
    yield state(skin, "sent home", "gone", "redirect to the front page, file 404", to("/"), GONE_FILE)
    yield state(skin, "sent home, file left", "live", "the file is served", to("/"), copy)
    yield state(
        skin, "not in this country", "blocked", "page and file refuse the country", skin.geo, skin.geo
    )
    yield state(skin, "national block", "blocked", "sent to the blocking page",
                to("http://warning.or.kr:{port}/i2.html"), to("http://warning.or.kr:{port}/i2.html"))  # fmt: skip
    yield state(skin, "challenge", "unknown", "a challenge instead of both", skin.challenge, skin.challenge)
    yield state(skin, "challenge, file gone", "unknown", "the page cannot be seen", skin.challenge, GONE_FILE)
    yield state(skin, "too many requests", "unknown", "429", Reply(429), Reply(429))
    yield state(skin, "overloaded", "unknown", "503", Reply(503, b"busy"), Reply(503, b"busy"))
    yield state(skin, "silent", "unknown", "the connection breaks off", SILENT, SILENT)
    yield state(skin, "login wall", "login", "page asks to sign in, file 403", skin.login, Reply(403))
    yield state(skin, "login wall, file gone", "login", "the post cannot be seen", skin.login, GONE_FILE)
    yield state(skin, "placeholder", "gone", "page taken down, a board in place of the file",
                skin.removed, picture(DELETED))  # fmt: skip
    yield state(skin, "replaced", "gone", "the page shows another picture there", live, picture(STRANGER))
    yield state(skin, "only a thumbnail", "live", "a smaller copy is shown", shown(skin, skin.small), GONE_FILE,
                small=picture(SMALL))  # fmt: skip
    yield state(skin, "uploaded again", "moved", "the page shows it at another address",
                shown(skin, skin.elsewhere), GONE_FILE, elsewhere=picture(AGAIN))  # fmt: skip
    yield state(skin, "moved", "moved", "the post is at another address, with the picture",
                to(skin.new_post, 301), GONE_FILE, new_post=shown(skin, skin.elsewhere),
                elsewhere=picture(AGAIN))  # fmt: skip
    yield state(skin, "access denied, page shown", "unknown", "403 may mean anything", shown(skin), DENIED)


FIRST = tuple(state for skin in SKINS for state in states_of(skin))
