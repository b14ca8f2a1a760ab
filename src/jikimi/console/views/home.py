"""The first page, and a person's own account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from jikimi.console.people import May, ask_to_sign_in, doors
from jikimi.store.people import roles_of

FIRST = ((May.ALERTS, "alerts"), (May.CASES, "cases"), (May.POSTURE, "posture"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead everybody to where their work is."""
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    opened = doors(request.user)
    return redirect(next((page for door, page in FIRST if door in opened), "account"))


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show a person's own account: roles, password, second step."""
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    return render(request, "console/account.html", {"roles": roles_of(request.user)})
