"""One-time links by which a person enters to set a password: made here, used once, kept as digests only."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from jikimi.model.errors import NeedsHuman
from jikimi.store.models import EntryLinkRow
from jikimi.store.people import user_named

VALID_FOR = timedelta(hours=24)
TOKEN_BYTES = 32
PATH = "/enter/"
"""Where the console answers, followed by the token and a slash."""


def make_link(username: str, origin: str, now: datetime, valid_for: timedelta = VALID_FOR) -> str:
    """Return a new link for an account; earlier unused ones stop working. NeedsHuman if there is no account.

    `origin` is the console's address (`Settings.origin`). The link is shown once and kept nowhere.
    """
    user = user_named(username)
    if not user.is_active:
        raise NeedsHuman("This account is switched off. Switch it on first.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        EntryLinkRow.objects.filter(username=user.username, used_at=None).delete()
        EntryLinkRow.objects.create(digest=_digest(token), username=user.username, expires_at=now + valid_for)
    return f"{origin.rstrip('/')}{PATH}{token}/"


def is_open(token: str, now: datetime) -> bool:
    """Tell whether a link may still be used. Looking does not use it: mail scanners look at links."""
    return EntryLinkRow.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=now).exists()


def use_link(token: str, now: datetime) -> User | None:
    """Use a link: return whose it is, with the old password void; None if it is used, expired or unknown."""
    digest = _digest(token)
    with transaction.atomic():
        unused = EntryLinkRow.objects.filter(digest=digest, used_at=None, expires_at__gt=now)
        if not unused.update(used_at=now):
            return None
        username = EntryLinkRow.objects.values_list("username", flat=True).get(digest=digest)
        user = User.objects.filter(username=username, is_active=True).first()
        if user is not None:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
