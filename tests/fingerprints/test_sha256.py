"""SHA-256: the file, and nothing but the file."""

from jikimi.fingerprints.sha256 import Sha256
from jikimi.model.fingerprint import Fingerprint, Picture

PICTURE = Picture(1, 1, b"\x00", 1, 1)


def test_it_is_the_digest_of_the_standard() -> None:
    # FIPS 180-4, one-block message "abc".
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert Sha256().fingerprint(b"abc", PICTURE) == [Fingerprint("sha256", bytes.fromhex(expected))]


def test_one_byte_changes_it() -> None:
    assert Sha256().fingerprint(b"abc", PICTURE) != Sha256().fingerprint(b"abd", PICTURE)
