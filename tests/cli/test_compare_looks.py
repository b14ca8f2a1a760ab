"""`jikimi compare` looks as often as the house does: again where nothing was found, or a clip is in doubt."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from jikimi.cli.compare import _answer
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Effort, Fingerprint, Found, How, Inspection, Kind, Tier

CERTAIN, LIKELY, POSSIBLE = (
    Found("1", "", tier, score, How("frames", 1, 2, "cropped"))
    for tier, score in ((Tier.CERTAIN, 0.9), (Tier.LIKELY, 0.7), (Tier.POSSIBLE, 0.4))
)


class Looks:
    """A sandbox and a vault that say what they are told, look after look."""

    def __init__(self, kind: Kind, *answers: Sequence[Found] | BadMedia) -> None:
        self.efforts: list[Effort] = []
        self._kind, self._answers = kind, answers

    def inspect(self, _body: bytes, effort: Effort = Effort.FIRST) -> Inspection:
        self.efforts.append(effort)
        told = self._answers[len(self.efforts) - 1]
        if isinstance(told, BadMedia):
            raise told
        return Inspection(b"", "MP4", 640, 480, 9, (), b"", kind=self._kind)

    def search(self, _fingerprints: Sequence[Fingerprint]) -> list[Found]:
        told = self._answers[len(self.efforts) - 1]
        assert not isinstance(told, BadMedia)
        return list(told)


def asked(looks: Any, folder: Path) -> dict[str, Any]:
    query = folder / "query"
    query.write_bytes(b"x")
    return _answer(query, looks, looks, {"1": "reference"})


@pytest.mark.parametrize(
    ("kind", "answers", "look", "tier"),
    [
        (Kind.IMAGE, ([POSSIBLE],), 1, "possible"),
        (Kind.IMAGE, ([], [LIKELY]), 2, "likely"),
        (Kind.VIDEO, ([LIKELY],), 1, "likely"),
        (Kind.VIDEO, ([POSSIBLE], [CERTAIN]), 2, "certain"),
        (Kind.VIDEO, ([POSSIBLE], []), 2, "possible"),
        (Kind.VIDEO, ([POSSIBLE], BadMedia("the file took longer than 40 s to read")), 1, "possible"),
    ],
)
def test_a_second_look_is_taken_where_it_may_change_the_answer(
    tmp_path: Path, kind: Kind, answers: Any, look: int, tier: str
) -> None:
    looks = Looks(kind, *answers)
    answer = asked(looks, tmp_path)
    assert len(looks.efforts) == len(answers)
    assert (answer["look"], answer["error"]) == (look, None)
    assert [match["tier"] for match in answer["matches"]] == [tier]


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    answer = asked(Looks(Kind.IMAGE, BadMedia("not a picture")), tmp_path)
    assert (answer["error"], answer["matches"]) == ("not a picture", [])
