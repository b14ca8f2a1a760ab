"""Letters are taken apart, threaded by token alone, and read by rules that say when they are not sure."""

import random
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from jikimi.model.mail import Answer
from jikimi.removal.incoming import LONGEST_TEXT, Letter, open_letter
from jikimi.removal.replies import read_reply

TOKEN = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32
SENT = ["Please remove the picture at once.\nIt has been removed elsewhere.\n", "[removal 0123] request"]
RECIPIENT = "abuse@site.example"


def letter(text: str = "hello", **headers: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = headers.pop("From", "Abuse Desk <abuse@site.example>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def said(text: str, sender: str = "abuse@site.example") -> tuple[Answer, bool]:
    answer = read_reply(Letter((TOKEN,), sender, "Re: request", text), SENT, RECIPIENT)
    return answer.answer, answer.is_sure


def bounce(action: str = "failed", status: str = "5.1.1", returned: str = "message/rfc822") -> bytes:
    original = f"From: notices@centre.example\r\nMessage-ID: <{TOKEN}@centre.example>\r\nSubject: x\r\n\r\n"
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: notices@centre.example\r\nSubject: Undelivered\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver it. It was removed from the queue.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; abuse@site.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such\r\n address here\r\n\r\n"
        f"--b\r\nContent-Type: {returned}\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("To", f"removal+{TOKEN}@centre.example"),
        ("Delivered_To", f"removal+{TOKEN.upper()}@centre.example"),
        ("X_Original_To", f"removal+{TOKEN}@centre.example"),
        ("In_Reply_To", f"<{TOKEN}@centre.example>"),
        ("References", f"<other@site.example> <{TOKEN}@centre.example>"),
    ],
)
def test_an_answer_is_threaded_by_its_token(header: str, value: str) -> None:
    assert open_letter(letter(**{header: value})).tokens == (TOKEN,)


def test_what_a_text_or_subject_says_threads_nothing() -> None:
    quoted = f"On Monday removal+{TOKEN}@centre.example wrote:\n> Message-ID: <{TOKEN}@centre.example>\n"
    assert (
        open_letter(letter(quoted, Subject=f"Re: [removal {TOKEN[:12]}] <{TOKEN}@centre.example>")).tokens
        == ()
    )


def test_the_address_it_came_to_counts_more_than_what_it_refers_to() -> None:
    found = open_letter(
        letter(To=f"removal+{TOKEN}@centre.example", References=f"<{OTHER}@centre.example>")
    ).tokens
    assert found == (TOKEN, OTHER)


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_is_threaded_by_the_headers_it_returns(returned: str) -> None:
    found = open_letter(bounce(returned=returned))
    assert found.tokens == (TOKEN,)
    answer = read_reply(found, SENT, RECIPIENT)
    assert (answer.answer, answer.is_sure) == (Answer.BOUNCED, True)
    assert answer.reason == "smtp; 550 5.1.1 no such address here"


@pytest.mark.parametrize(
    "strange",
    [
        b"Auto-Submitted: auto-repli\xe9d\r\n\r\nhello",
        (
            b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status"
            b"\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: x\x0bFoo: bar\r\n\r\n--x--\r\n"
        ),
    ],
)
def test_a_header_that_is_written_wrongly_does_not_stop_the_reading(strange: bytes) -> None:
    found = open_letter(strange)
    assert found.tokens == ()
    read_reply(found, SENT, RECIPIENT)


def test_a_server_that_still_tries_is_no_bounce() -> None:
    for report in (bounce("delayed", "4.4.1"), bounce("failed", "4.4.7")):
        assert read_reply(open_letter(report), SENT, RECIPIENT).answer is Answer.DELAYED
    relayed = read_reply(open_letter(bounce("relayed", "2.0.0")), SENT, RECIPIENT)
    assert (relayed.answer, relayed.is_sure) == (Answer.ACKNOWLEDGED, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thank you for your report. Your ticket number is 4711.", Answer.ACKNOWLEDGED),
        ("We have received your notice and will review it.", Answer.ACKNOWLEDGED),
        ("신고가 접수되었습니다. 검토 후 회신드리겠습니다.", Answer.ACKNOWLEDGED),
        ("お問い合わせを受け付けました。", Answer.ACKNOWLEDGED),
        ("您的举报已收到。", Answer.ACKNOWLEDGED),
        ("Some of the reported files have been removed.", Answer.PARTLY),
        ("We have removed part of the content.", Answer.PARTLY),
        ("신고하신 게시물 중 일부는 삭제하였습니다.", Answer.PARTLY),
        ("一部のみ削除いたしました。", Answer.PARTLY),
        ("部分内容已被删除。", Answer.PARTLY),
        ("The content has been removed.", Answer.REMOVED),
        ("Hi,\n\nthanks for your report. We have taken the page down.\n\nRegards", Answer.REMOVED),
        ("The URL is no longer accessible.", Answer.REMOVED),
        ("요청하신 게시물은 삭제 완료되었습니다.", Answer.REMOVED),
        ("해당 게시물을 삭제하였습니다.", Answer.REMOVED),
        ("해당 URL은 차단 조치되었습니다.", Answer.REMOVED),
        ("該当の投稿を削除いたしました。", Answer.REMOVED),
        ("该内容已被删除。", Answer.REMOVED),
        ("We cannot remove this content.", Answer.REFUSED),
        ("The content does not violate our terms.", Answer.REFUSED),
        ("Your request was rejected.", Answer.REFUSED),
        ("This site is not hosted by us.", Answer.REFUSED),
        ("The post has not been removed because it is lawful.", Answer.REFUSED),
        ("불법촬영물에 해당하지 않아 반려되었습니다.", Answer.REFUSED),
        ("삭제가 어렵습니다.", Answer.REFUSED),
        ("요청하신 건은 조치할 수 없습니다.", Answer.REFUSED),
        ("削除できません。", Answer.REFUSED),
        ("Please use our online form.", Answer.NEEDS_FORM),
        ("We need more information to act.", Answer.NEEDS_FORM),
        ("Please provide us with a power of attorney.", Answer.NEEDS_FORM),
        ("신고서 양식을 작성하여 제출해 주시기 바랍니다.", Answer.NEEDS_FORM),
        ("위임장을 첨부해 주세요.", Answer.NEEDS_FORM),
        ("専用フォームからご連絡ください。フォームからお願いします。", Answer.NEEDS_FORM),
        ("Kind regards", Answer.UNKNOWN),
        ("", Answer.UNKNOWN),
    ],
)
def test_what_desks_write_is_read(text: str, expected: Answer) -> None:
    answer, is_sure = said(text)
    assert answer is expected
    assert is_sure is (expected is not Answer.UNKNOWN)


def test_what_is_promised_is_not_done() -> None:
    for text in ("You will hear from us once it has been removed.", "확인되면 삭제하였다는 안내를 드립니다."):
        assert said(text)[0] in {Answer.ACKNOWLEDGED, Answer.UNKNOWN}


def test_two_meanings_at_once_are_for_a_person() -> None:
    both = "The first picture has been removed. We cannot remove the second one."
    assert said(both) == (Answer.UNKNOWN, False)


def test_our_own_words_quoted_back_say_nothing() -> None:
    for quotation in (
        "Hello\n> Please remove the picture at once.\n> It has been removed elsewhere.",
        "Hello\nIt has been removed elsewhere.",
        "Hello\n\nOn Mon, 2 Mar 2026 at 09:00 Centre wrote:\nIt has been removed.",
        "안녕하세요\n2026년 3월 2일 (월) 오후 6:00, 지원센터님이 작성:\n삭제 완료되었습니다.",
    ):
        assert said(quotation) == (Answer.UNKNOWN, False)


def test_a_stranger_s_words_are_never_sure() -> None:
    assert said("The content has been removed.", "someone@elsewhere.example") == (Answer.REMOVED, False)
    assert said("The content has been removed.", "desk@help.site.example") == (Answer.REMOVED, True)
    assert said("The content has been removed.", "desk@evilsite.example") == (Answer.REMOVED, False)


def test_a_page_is_read_without_its_tags_and_scripts() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = "abuse@site.example"
    message.set_content(
        "<html><head><style>x{}</style></head><body><p>The content has been <b>removed</b>.</p>"
        "<script>we cannot remove</script></body></html>",
        subtype="html",
    )
    found = open_letter(message.as_bytes())
    assert read_reply(found, SENT, RECIPIENT).answer is Answer.REMOVED


def test_a_letter_says_when_a_machine_wrote_it_and_is_kept_within_bounds() -> None:
    found = open_letter(
        letter("x" * 3 * LONGEST_TEXT, Auto_Submitted="auto-replied", Subject="=?utf-8?b?7KCR7IiY?=")
    )
    assert found.is_automatic
    assert found.subject == "접수"
    assert len(found.text) == LONGEST_TEXT
    assert "abuse@site.example" not in repr(found)


@pytest.mark.parametrize(
    ("charset", "body"), [("utf-7", b"it is gone +2AA-"), ("unicode_escape", b"it is gone \\ud800")]
)
def test_an_encoding_that_writes_halves_of_characters_leaves_none_in_what_is_kept(
    charset: str, body: bytes
) -> None:
    raw = f"To: removal+{TOKEN}@centre.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    found = open_letter(raw.encode() + body)
    assert found.tokens == (TOKEN,)
    assert found.text.encode().startswith(b"it is gone ")
    subject = open_letter(f"Subject: =?{charset}?q?{body.decode()}?=\r\n\r\n".encode()).subject
    assert subject.encode()


def test_no_bytes_whatever_make_it_fall_over() -> None:
    dice = random.Random(7)
    seeds = [letter("The content has been removed.", To=f"removal+{TOKEN}@centre.example"), bounce()]
    odd = [b"", b"\xff" * 50, b"Content-Type: text/plain; charset=\x00\r\n\r\nx",
           b"Subject: =?x?q?=FF?=\r\n\r\n",
           b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n", b"From: @@<<>>,;\r\n\r\n"]  # fmt: skip
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(9000)
    )
    for body in (*odd, deep, b"From: " + b"(" * 90_000 + b"\r\n\r\n"):
        read_reply(open_letter(body), SENT, RECIPIENT)
    for _ in range(500):
        mangled = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 12)):
            mangled[dice.randrange(len(mangled))] = dice.randrange(256)
        read_reply(open_letter(bytes(mangled)), SENT, RECIPIENT)
