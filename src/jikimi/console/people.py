"""Who may do what: the roles, and the doors each of them opens."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from jikimi.store.people import ADMINISTRATOR, COUNSELLOR, INVESTIGATOR, roles_of

View = Callable[..., HttpResponse]


class May(StrEnum):
    """One door of the console."""

    CASES = "cases"  # open, approve, renew, close; add and withdraw references
    ALERTS = "alerts"  # see alerts, decide, see clear pixels, hand out evidence
    HEALTH = "health"  # watches and jobs that wait for a person
    POSTURE = "posture"  # turn sending on and off; the audit chain; what comes first
    PEOPLE = "people"  # accounts


OPENS: dict[str, frozenset[May]] = {
    COUNSELLOR: frozenset({May.CASES}),
    INVESTIGATOR: frozenset({May.CASES, May.ALERTS, May.HEALTH}),
    ADMINISTRATOR: frozenset({May.HEALTH, May.POSTURE, May.PEOPLE}),
}


def doors(user: User | AnonymousUser) -> frozenset[May]:
    """Return what a signed-in person may open; nothing for everybody else."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    opened = [OPENS.get(name, frozenset()) for name in roles_of(user)]
    return frozenset().union(*opened)


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
    return redirect_to_login(_page_of(request))


def _page_of(request: HttpRequest) -> str:
    """Return the page to go on with after sign-in: of a form that was sent, the one it stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    page = urlsplit(request.headers.get("Referer", ""))
    is_ours = page.netloc == request.get_host()
    return page._replace(scheme="", netloc="").geturl() if is_ours else resolve_url("home")
