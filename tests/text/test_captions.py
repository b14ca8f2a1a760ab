import pytest

from jikimi.model.text import EvidenceClass, Identifier, IdentifierKind
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
