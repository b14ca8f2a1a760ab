"""Keys as 16 bytes: every text comes back as it was."""

from hypothesis import given
from hypothesis import strategies as st

from jikimi.model.fingerprint import Fingerprint
from jikimi.model.keys import key_of
from jikimi.model.ports import IndexEntry
from jikimi.vault.contents import contents_of
from jikimi.vault.labels import LABEL_BYTES, Labels

KEYS = st.builds(key_of, st.text(max_size=3))
COUNTED = st.integers(0, 2**128 - 1).map(lambda n: f"{n:032x}")
TEXTS = st.one_of(KEYS, COUNTED, COUNTED.map(str.upper), st.text(max_size=40))


@given(st.lists(TEXTS))
def test_every_text_comes_back_as_it_was(texts: list[str]) -> None:
    labels = Labels()
    packed = labels.packed(texts)
    parts = [packed[n : n + LABEL_BYTES] for n in range(0, len(packed), LABEL_BYTES)]
    assert [labels.text(part) for part in parts] == texts


def test_ordinary_keys_are_not_remembered_one_by_one() -> None:
    labels = Labels()
    labels.packed(key_of(str(n)) for n in range(10))
    assert labels.others() == {}


@given(st.lists(TEXTS, min_size=1, max_size=8, unique=True))
def test_contents_keep_whose_fingerprint_is_whose(texts: list[str]) -> None:
    labels = Labels()
    entries = [
        IndexEntry(n, text, f"case of {text}", (Fingerprint("pdq", bytes([n]) * 32),))
        for n, text in enumerate(texts, start=1)
    ]
    contents = contents_of(entries, labels)
    for row, owner in zip(contents.rows, contents.owners.tolist(), strict=True):
        text = texts[int(row[0]) - 1]
        assert labels.text(contents.label(owner)) == text
        assert labels.text(contents.case_label(owner)) == f"case of {text}"
