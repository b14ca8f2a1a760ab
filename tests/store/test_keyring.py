"""Keys: made once, private, bound to what they seal."""

import pytest
from cryptography.exceptions import InvalidTag

from jikimi.model.errors import Misconfigured
from jikimi.store.keyring import Keyring, create_master, read_master, seal, unseal


def test_a_master_key_is_made_once_and_private(tmp_path) -> None:
    path = tmp_path / "keys" / "master.key"
    create_master(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_master(path)) == 32
    with pytest.raises(FileExistsError):
        create_master(path)


@pytest.mark.parametrize(("content", "mode", "words"), [
    (None, 0o600, "Restore it"),
    (b"short", 0o600, "is no key"),
    (b"not base64 !!", 0o600, "is no key"),
    (b"A" * 44, 0o644, "chmod 600"),
])  # fmt: skip
def test_a_missing_open_or_broken_key_stops_with_what_to_do(tmp_path, content, mode, words) -> None:
    path = tmp_path / "master.key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    with pytest.raises(Misconfigured, match=words):
        read_master(path)


def test_a_body_opens_only_under_its_own_name_and_key() -> None:
    key = b"k" * 32
    sealed = seal(key, b"words", "Place:1")
    assert unseal(key, sealed, "Place:1") == b"words"
    for other_key, name in ((key, "Place:2"), (b"x" * 32, "Place:1")):
        with pytest.raises(InvalidTag):
            unseal(other_key, sealed, name)


def test_a_case_key_opens_only_for_its_case_and_its_master() -> None:
    keyring = Keyring(b"m" * 32)
    wrapped = keyring.new_case_key("one")
    assert len(keyring.unwrap("one", wrapped)) == 32
    for ring, case in ((keyring, "two"), (Keyring(b"n" * 32), "one")):
        with pytest.raises(Misconfigured):
            ring.unwrap(case, wrapped)
    assert "m" * 8 not in repr(keyring)
