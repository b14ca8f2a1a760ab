"""The page behind a one-time link: looking at it does not use it; the button does, once."""

from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from jikimi.console.apps import the_house
from jikimi.store.entry import is_open, use_link

GONE = 410


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Let a person in to set a password; a second step that was set up is still asked for."""
    now = the_house().clock()
    if request.method == "POST":
        user = use_link(token, now)
        if user is not None:
            logout(request)
            response: HttpResponse = perform_login(
                request, user, redirect_url=reverse("account_set_password")
            )
            return response
    elif is_open(token, now):
        return render(request, "console/enter.html")
    return render(request, "console/enter_expired.html", status=GONE)
