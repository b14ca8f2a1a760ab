"""The centre's signing identity, and what happens when its files are wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jikimi.evidence.signing import CmsSealer, create_identity
from jikimi.model.errors import Misconfigured

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_an_identity_is_good_for_ten_years_and_for_signing_only(identity: tuple[bytes, bytes]) -> None:
    certificate = x509.load_pem_x509_certificate(identity[1])
    lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert timedelta(days=3650) < lasts < timedelta(days=3660)
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert "시험 지원센터" in certificate.subject.rfc4514_string()


@pytest.mark.parametrize("centre", ["", "가" * 65])
def test_a_name_no_certificate_can_carry_is_refused(centre: str) -> None:
    with pytest.raises(Misconfigured, match="Type a shorter one"):
        create_identity(centre, lambda: NOW)


def test_signing_the_same_bytes_twice_gives_the_same_signature(sealer: CmsSealer) -> None:
    assert sealer.sign(b"one") == sealer.sign(b"one")
    assert sealer.sign(b"one") != sealer.sign(b"two")


def test_a_key_and_a_certificate_of_different_pairs_are_refused(identity: tuple[bytes, bytes]) -> None:
    _, other = create_identity("다른 센터", lambda: NOW)
    with pytest.raises(Misconfigured, match="not an RSA pair"):
        CmsSealer(identity[0], other)


def test_an_unreadable_key_is_refused_with_what_to_do(identity: tuple[bytes, bytes]) -> None:
    with pytest.raises(Misconfigured, match="put the old files back"):
        CmsSealer(b"not a key", identity[1])


def test_another_kind_of_key_is_refused(identity: tuple[bytes, bytes]) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(Misconfigured, match="RSA pair"):
        CmsSealer(key, identity[1])


def test_a_seal_and_its_sealer_never_show_the_key(identity: tuple[bytes, bytes], sealer: CmsSealer) -> None:
    shown = repr(sealer) + repr(sealer.sign(b"one"))
    assert "PRIVATE" not in shown
    assert "CERTIFICATE" not in shown
    assert identity[0].decode().splitlines()[1] not in shown
