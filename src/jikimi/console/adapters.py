"""How allauth behaves in this house: nobody signs up, and the second step's secrets are sealed."""

import base64

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by an administrator only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  # allauth calls it so
        """Say no to everybody."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002  # as above
        """Go on with the day's work once a password is set."""
        return reverse("home")


class SealedSecondStep(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Seals the secrets of authenticator apps with a key that is not in the database."""

    def encrypt(self, text: str) -> str:
        """Return the secret sealed by the session key."""
        return _sealer().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret."""
        return _sealer().decrypt(encrypted_text.encode()).decode()


def _sealer() -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"jikimi second step v1")
    return Fernet(base64.urlsafe_b64encode(derived.derive(force_bytes(settings.SECRET_KEY))))
