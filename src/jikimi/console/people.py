"""Who may do what: the roles, what each may open, and how a person gets an account."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.models import AnonymousUser, Group, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from jikimi.model.errors import NeedsHuman

View = Callable[..., HttpResponse]


class May(StrEnum):
    """One door of the console."""

    CASES = "cases"  # open, approve, renew, close; add and withdraw references
    ALERTS = "alerts"  # see alerts, decide, see clear pixels, hand out evidence
    HEALTH = "health"  # watches and jobs that wait for a person
    POSTURE = "posture"  # turn sending on and off; the audit chain
    PEOPLE = "people"  # accounts


ROLES: dict[str, frozenset[May]] = {
    "counsellor": frozenset({May.CASES}),
    "investigator": frozenset({May.CASES, May.ALERTS, May.HEALTH}),
    "administrator": frozenset({May.HEALTH, May.POSTURE, May.PEOPLE}),
}


def doors(user: User | AnonymousUser) -> frozenset[May]:
    """Return what a signed-in person may open; nothing for everybody else."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    opened = [ROLES.get(name, frozenset()) for name in roles_of(user)]
    return frozenset().union(*opened)


def roles_of(user: User) -> tuple[str, ...]:
    """Return a person's roles, in alphabetical order."""
    return tuple(user.groups.order_by("name").values_list("name", flat=True))


def needs(door: May) -> Callable[[View], View]:
    """Let a view be reached by people who may open this door; others are asked to sign in, or refused."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if door not in doors(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a person to the sign-in page; a page that only asked for a piece of itself goes there whole."""
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(resolve_url("account_login"))
    return redirect_to_login(request.get_full_path())


def create_user(username: str, *roles: str) -> User:
    """Create an account without a password; `entry.make_link` lets the person in to set one.

    Raises NeedsHuman if the name is taken or not a name, or a role does not exist.
    """
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        raise NeedsHuman(f"A person needs a role. Choose from: {', '.join(ROLES)}.")
    user = User(username=username.strip())
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError as error:
        raise NeedsHuman(
            "This name is taken or is not a name. Use letters, digits and . - _ only."
        ) from error
    with transaction.atomic():
        user.save()
        user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    return user


def user_named(username: str) -> User:
    """Return the account of this name; NeedsHuman if there is none."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NeedsHuman("There is no account of this name. Type: jikimi user list")
    return user
