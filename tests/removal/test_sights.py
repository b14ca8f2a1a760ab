"""What one answer shows, how a canary is made up, and how a page is read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.errors import BadMedia, Blocked, Gone, TryLater
from jikimi.model.ports import Fetched
from jikimi.removal.canary import MOST_CANDIDATES, canary_of, candidates
from jikimi.removal.page_text import decoded, read_page
from jikimi.removal.phrases import Says, said
from jikimi.removal.sights import Sight, sight_of

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
URL = "https://board.example/post/17"
TOKEN = "0123456789abcdef" * 2


def answer(text: str | bytes, status: int = 200, *headers: tuple[str, str], url: str = URL) -> Fetched:
    body = text.encode() if isinstance(text, str) else text
    return Fetched(url, (URL, url) if url != URL else (URL,), "192.0.2.8", status, headers, body, NOW)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Gone("404"), Sight.GONE),
        (TryLater("busy"), Sight.UNCLEAR),
        (Blocked("403"), Sight.UNCLEAR),
        (BadMedia("large"), Sight.UNCLEAR),
        (answer("any", 404), Sight.GONE),
        (answer("any", 410), Sight.GONE),
        (answer("any", 451), Sight.BLOCKED),
        (answer("any", 401), Sight.LOGIN),
        (answer("any", 403), Sight.UNCLEAR),
        (answer("any", 429), Sight.UNCLEAR),
        (answer("page not found", 502), Sight.UNCLEAR),
        (answer("any", 403, ("cf-mitigated", "challenge")), Sight.UNCLEAR),
        (answer("", 200), Sight.UNCLEAR),
        (answer("a post about a lake"), Sight.SHOWN),
        (answer("삭제된 게시물입니다."), Sight.GONE),
        (answer("welcome", url="https://board.example/"), Sight.GONE),
        (answer("sign in here", url="https://board.example/login?next=/post/17"), Sight.LOGIN),
        (answer("<script src=a.js></script>"), Sight.EMPTY),
    ],
    ids=repr,
)
def test_status_words_and_place_decide(seen, expected: Sight) -> None:
    assert sight_of(seen).sight is expected


def test_a_page_that_is_the_canary_is_missing_or_says_nothing() -> None:
    frame = "<a href=1>a</a><a href=2>b</a><a href=3>c</a><a href=4>d</a><a href=5>e</a>"
    words = "<p>the best of today: lakes, hills, benches and birds, and much more for everybody</p>"
    assert sight_of(answer(frame + words), answer(frame + words)).sight is Sight.GONE
    assert sight_of(answer(words), answer(words)).sight is Sight.EMPTY
    assert sight_of(answer(frame + words), answer("not found", 404)).sight is Sight.SHOWN


def test_the_frame_of_a_host_does_not_speak_for_a_post() -> None:
    frame = "<div>회원 전용 게시판 안내: 로그인 후 이용</div>"
    post = frame + "<div>주말에 다녀온 호수 사진</div>"
    assert sight_of(answer(post), answer(frame + "<div>없음</div>")).sight is Sight.SHOWN


@pytest.mark.parametrize(
    "text",
    [
        "삭제된 댓글입니다.", "This comment was deleted.", "[deleted]", "작성자가 삭제한 댓글입니다",
        "로그인", "Log in",
        "어제 찍은 사진입니다", "a view of the lake", "이용약관 개인정보처리방침 권리침해신고",
    ],
)  # fmt: skip
def test_ordinary_words_and_removed_comments_say_nothing(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("게시글이 존재하지 않습니다", Says.GONE),
        ("This post has been removed", Says.GONE),
        ("로그인이 필요합니다", Says.LOGIN),
        ("Please log in to continue", Says.LOGIN),
        ("귀하의 국가에서는 이용할 수 없습니다", Says.NOT_HERE),
        ("서비스 점검 중입니다", Says.CLOSED),
        ("Just a moment...", Says.CHALLENGE),
    ],
)
def test_pages_say_it_in_korean_and_english(text: str, expected: Says) -> None:
    assert said(text) is expected


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/post/123", "https://a.example/b.php?board=free&no=48213",
        "https://a.example/f/pic.jpg?sig=1",
        "https://a.example/threads/a-walk.8123/", "https://a.example/", "https://a.example/글/산책",
    ],
)  # fmt: skip
def test_a_canary_is_another_address_of_the_same_host_and_shape(url: str) -> None:
    made = canary_of(url, TOKEN)
    assert made != url
    assert made.startswith("https://a.example/")
    assert made.endswith("/") == url.endswith("/")
    assert (".jpg" in made) == (".jpg" in url)
    assert canary_of(url, TOKEN) == made
    assert canary_of(url, "f" + TOKEN[1:]) != made


def test_candidates_are_few_without_the_frame_and_the_likeliest_comes_first() -> None:
    shown = answer(
        "<img src=/logo.png>" + "".join(f"<img src=/p/{n}.jpg>" for n in range(20)) + "<img src=/t/me.jpg>"
    )
    frame = answer("<img src=/logo.png>", 404)
    found = candidates([shown], frame, "https://board.example/f/me.jpg", ["https://board.example/p/0.jpg"])
    assert found[0] == "https://board.example/t/me.jpg"
    assert found[1] == "https://board.example/p/1.jpg"
    assert len(found) == MOST_CANDIDATES
    assert not any("logo" in one for one in found)


def test_old_korean_pages_are_read_whether_they_say_so_or_not() -> None:
    body = "<html>존재하지 않는 글입니다".encode("cp949")
    for headers in ((), (("content-type", "text/html; charset=euc-kr"),)):
        assert "존재하지 않는" in decoded(answer(body, 200, *headers))
    odd = answer(body, 200, ("content-type", "text/html; charset=none-such"))
    assert "존재하지" in decoded(odd)


def test_what_scripts_say_and_where_they_lead_is_read() -> None:
    page = read_page(answer("<script>alert('삭제된 글입니다.'); location.replace('/list')</script>"))
    assert "삭제된 글" in page.text
    assert page.jump == "https://board.example/list"


@given(st.binary(max_size=300), st.integers(100, 599))
def test_no_answer_breaks_the_reader(body: bytes, status: int) -> None:
    seen = replace(answer(body), status=status)
    assert sight_of(seen, seen).sight in Sight


@pytest.mark.parametrize("broken", ["http://[x/", "//[x/", "http://a]/", "http://a\u2100b/"])
@pytest.mark.parametrize(
    "way", ['<script>location.href="%s"</script>', '<meta http-equiv="refresh" content="0;url=%s">']
)
def test_a_page_that_leads_to_no_address_is_read_all_the_same(way: str, broken: str) -> None:
    assert sight_of(answer(f"{way % broken}<p>a post about a lake and its birds</p>")).sight is Sight.SHOWN
