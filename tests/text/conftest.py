"""Made-up identifiers, and a short way to ask what a text says."""

from collections.abc import Callable

import pytest

from jikimi.model.text import Identifier, IdentifierKind
from jikimi.text.bank import LiveTextBank

Said = dict[str, tuple[str, str]]
KNOWN = {
    "name": "김민서",
    "nickname": "달빛토끼",
    "handle": "@gil_dong97",
    "phone": "010-0234-5678",
    "school": "한빛고등학교",
    "title": "달빛 아래 강변 산책",
    "caption": "오늘은 날씨가 좋아서 친구들과 함께 한강에 갔다 왔어요 자전거도 탔습니다",
    "url": "https://www.example.com/album/ab12",
}


@pytest.fixture(scope="session")
def known() -> list[Identifier]:
    return [Identifier(kind, "case", IdentifierKind(kind), text) for kind, text in KNOWN.items()]


@pytest.fixture
def said(known: list[Identifier]) -> Callable[..., Said]:
    """Return a function: what a text says, by identifier: evidence and the words."""

    def ask(text: str, **others: str) -> Said:
        more = [Identifier(kind, "other", IdentifierKind(kind), words) for kind, words in others.items()]
        [hits] = LiveTextBank(more or known).scan([text])
        return {hit.identifier: (hit.evidence.value, text[hit.start : hit.end]) for hit in hits}

    return ask
