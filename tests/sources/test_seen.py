"""The set of seen posts: exact, ordered, bounded, and a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jikimi.sources.seen import Seen

NAMES = st.lists(st.text(max_size=8), max_size=30)


@given(NAMES, st.text(max_size=8))
def test_it_comes_back_from_its_text_as_it_was(names: list[str], other: str) -> None:
    seen = Seen.parse(Seen.of(names).format())
    assert all(name in seen for name in names)
    assert (other in seen) == (other in names)
    assert len(seen) == len(set(names))


@given(NAMES, NAMES, st.integers(0, 40))
def test_what_is_still_listed_is_never_forgotten(names: list[str], window: list[str], limit: int) -> None:
    kept = Seen.of(names).trimmed(window, limit)
    assert all(name in kept for name in names if name in window)
    assert len(kept) <= max(limit, len(set(window)))


def test_of_the_unlisted_the_newest_are_kept() -> None:
    kept = Seen.of("abcd").plus("e").trimmed((), 2)
    assert [name in kept for name in "abcde"] == [False, False, False, True, True]


@pytest.mark.parametrize("text", ["not base64!", "AAAA", "ä"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a set"):
        Seen.parse(text)
