"""Encrypts a hand-over to its receivers: to age recipients, or to OpenPGP certificates."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jikimi.model.errors import NeedsHuman

if TYPE_CHECKING:
    from pysequoia import Cert

AGE, OPENPGP = "age", "OpenPGP"
WHAT_TO_GIVE = (
    "Give an age recipient (age1…, as `age-keygen -y` prints it) or the file of an OpenPGP certificate."
)


@dataclass(frozen=True, slots=True)
class Receivers:
    """To whom: age recipients, or OpenPGP certificates (RFC 9580), one file's bytes each; not both."""

    age: tuple[str, ...] = ()
    openpgp: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def form(self) -> str:
        """Return what is written: "age" or "OpenPGP"."""
        return AGE if self.age else OPENPGP


def names_of(receivers: Receivers) -> tuple[str, ...]:
    """Return how the receivers are named in the record: public keys, or fingerprints.

    Raises NeedsHuman when there is none, when both kinds are mixed, or when one cannot be read.
    """
    if bool(receivers.age) == bool(receivers.openpgp):
        raise NeedsHuman(
            f"Evidence is handed over to age recipients or to OpenPGP certificates. {WHAT_TO_GIVE}"
        )
    if receivers.age:
        _age(receivers.age)
        return receivers.age
    return tuple(str(one.fingerprint) for one in _certificates(receivers.openpgp))


def encrypt(plain: bytes, receivers: Receivers) -> bytes:
    """Return the encrypted file, binary. Raises NeedsHuman as `names_of` does."""
    names_of(receivers)
    if receivers.age:
        import pyrage  # noqa: PLC0415  # heavy for a command line

        return bytes(pyrage.encrypt(plain, _age(receivers.age)))
    import pysequoia  # noqa: PLC0415  # as above

    certificates = _certificates(receivers.openpgp)
    return bytes(pysequoia.encrypt(plain, recipients=certificates, armor=False))


def _age(recipients: tuple[str, ...]) -> list[Any]:
    import pyrage  # noqa: PLC0415  # as above

    try:
        return [pyrage.x25519.Recipient.from_str(text.strip()) for text in recipients]
    except pyrage.RecipientError as error:
        raise NeedsHuman(f"This is no age recipient. {WHAT_TO_GIVE}") from error


def _certificates(files: tuple[bytes, ...]) -> "list[Cert]":
    import pysequoia  # noqa: PLC0415  # as above

    try:
        return [pysequoia.Cert.from_bytes(raw) for raw in files]
    except (ValueError, RuntimeError, OSError) as error:
        raise NeedsHuman(f"This file holds no OpenPGP certificate. {WHAT_TO_GIVE}") from error
