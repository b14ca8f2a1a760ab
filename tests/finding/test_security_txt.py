"""A security.txt is read by the letter of RFC 9116; what is none gives nothing."""

from datetime import UTC, datetime

import pytest

from jikimi.removal.security_txt import read_security_txt

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
GOOD = """# our file
Contact: mailto:Security%2Buri@site.example?subject=x
Contact: https://site.example/report
Contact: tel:+1-201-555-0123
Contact: http://site.example/insecure
Expires: 2027-01-01T00:00:00.000Z
Preferred-Languages: en, ko
"""


def test_mail_addresses_and_secure_pages_are_taken_in_their_order() -> None:
    found = read_security_txt(GOOD.encode(), NOW)
    assert found is not None
    assert found.mails == ("security+uri@site.example",)
    assert found.pages == ("https://site.example/report",)


def test_what_a_signature_covers_is_read() -> None:
    signed = (
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{GOOD}-----BEGIN PGP SIGNATURE-----\n"
        "Contact: mailto:x@evil.example\n"
    )
    found = read_security_txt(signed.encode(), NOW)
    assert found is not None
    assert found.mails == ("security+uri@site.example",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html><body>Contact: mailto:a@b.example</body></html>",
        "Contact: mailto:a@b.example\n",
        "Contact: mailto:a@b.example\nExpires: 2026-01-01T00:00:00Z\n",
        "Contact: mailto:a@b.example\nExpires: soon\n",
        "Contact: mailto:a@b.example\nExpires: 2027-01-01T00:00:00Z\nExpires: 2028-01-01T00:00:00Z\n",
        "Expires: 2027-01-01T00:00:00Z\n",
    ],
)
def test_without_contact_or_one_date_ahead_it_is_none(text: str) -> None:
    assert read_security_txt(text.encode(), NOW) is None


def test_bytes_that_are_no_text_are_none() -> None:
    assert read_security_txt(b"\xff\xfe\x00", NOW) is None
