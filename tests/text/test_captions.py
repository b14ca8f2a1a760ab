from importlib.resources import files

import pytest

from jikimi.model.text import EvidenceClass, Identifier, IdentifierKind
from jikimi.text import captions, views
from jikimi.text.bank import LiveTextBank

CAPTION = "어제 저녁에 동네 공원에서 자전거를 타다가 강아지 세 마리를 만나서 한참 같이 뛰어놀았던 이야기"
BANK = LiveTextBank(
    [
        Identifier("c", "case", IdentifierKind.CAPTION, CAPTION),
        Identifier(
            "d",
            "case",
            IdentifierKind.CAPTION,
            "할머니께서 보내 주신 사과 상자를 열어 보니 편지가 들어 있었다",
        ),
    ]
)


def evidence(text: str) -> list[EvidenceClass]:
    return [hit.evidence for hit in BANK.scan([text])[0] if hit.identifier == "c"]


def test_a_caption_is_found_word_for_word_in_a_longer_post() -> None:
    text = f"퍼온 글입니다. {CAPTION} 출처는 모릅니다"
    [hit] = BANK.scan([text])[0]
    assert (hit.evidence, text[hit.start : hit.end]) == (EvidenceClass.EXACT, CAPTION)


def test_a_caption_with_other_spaces_is_strong() -> None:
    assert evidence(CAPTION.replace(" ", "")) == [EvidenceClass.STRONG]


@pytest.mark.parametrize(
    "text",
    [
        CAPTION[: len(CAPTION) * 6 // 10],
        CAPTION.replace("자전거를", "킥보드를").replace("저녁에", "아침에"),
        " ".join(CAPTION.split()[7:] + CAPTION.split()[:7]),
        "ㅋㅋ " + CAPTION.replace("강아지", "강쥐").replace("한참", "오래") + " 그렇대요",
    ],
)
def test_a_caption_that_was_cut_changed_or_moved_is_found(text: str) -> None:
    assert evidence(text) == [EvidenceClass.CAPTION]


def test_a_caption_is_found_by_less_of_it_where_few_would_write_that() -> None:
    text = "어제 아침에 동네 놀이터에서 자전거를 타다가 병아리 세 마리를 만나서 오래 같이 걸어다녔던 이야기"
    assert evidence(text) == [EvidenceClass.CAPTION]


@pytest.mark.parametrize(
    ("caption", "text"),
    [
        (
            "우리 동네의 지도를 만드는 방법에는 여러 가지가 있습니다",
            "낡은 의자를 고치는 방법에는 여러 가지가 있습니다",
        ),
        (
            "이 화면에서는 달력의 기본 설정을 변경할 수 있습니다",
            "메뉴의 명령을 사용하여 이 기본 설정을 변경할 수 있습니다",
        ),
        (
            "이 옵션을 활성화하면 저녁마다 알림이 표시됩니다",
            "이 옵션을 활성화하면 자동으로 저장되고 목록에 표시됩니다",
        ),
    ],
)
def test_half_a_caption_that_many_would_write_is_none(caption: str, text: str) -> None:
    bank = LiveTextBank([Identifier("m", "case", IdentifierKind.CAPTION, caption)])
    assert bank.scan([caption])[0]
    assert bank.scan([text]) == [[]]


def test_what_many_sources_write_tells_less() -> None:
    often, seldom = (captions.grams(views.fold(text, views.PLAIN)) for text in ("설정을 변경", "밤톨을 훑던"))
    assert captions.tells(often) / len(often) < captions.tells(seldom) / len(seldom)
    assert captions.tells(seldom) == pytest.approx(captions.UNLISTED * len(seldom))


def test_the_table_holds_each_sequence_once_with_the_most_written_first() -> None:
    lines = (files("jikimi.text") / "tables" / "grams.txt").read_text("utf-8").splitlines()
    counts, rows = zip(*[line.split(" ", 1) for line in lines if not line.startswith("#")], strict=True)
    every = [gram for row in rows for gram in row.split()]
    assert list(map(int, counts)) == sorted(map(int, counts), reverse=True)
    assert {len(gram) for gram in every} == {captions.GRAM}
    assert len(set(every)) == len(every)
    known, told = captions.written_by()
    assert len(known) == len(told)
    assert len(known) > 0.99 * len(every)  # a few have one hash


@pytest.mark.parametrize(
    "text",
    [
        "어제 저녁에 공원에서 친구를 만나서 커피를 마셨다",
        "자세한 내용은 아래를 참고해 주시기 바랍니다. 감사합니다",
        "가",
        "",
    ],
)
def test_another_text_is_no_caption(text: str) -> None:
    assert evidence(text) == []
