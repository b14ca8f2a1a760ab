"""Accounts: an administrator makes them, hands out one-time links, and switches them off."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from jikimi.console.apps import the_house
from jikimi.console.forms import PersonForm
from jikimi.console.people import May, needs
from jikimi.console.phrases import in_words
from jikimi.flow import acts
from jikimi.model.errors import NeedsHuman
from jikimi.store.entry import make_link
from jikimi.store.people import create_user, roles_of, user_named


@require_http_methods(["GET", "POST"])
@needs(May.PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """Show the accounts; make a new one and show its link, once."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = create_user(form.cleaned_data["username"], *form.cleaned_data["roles"])
        except NeedsHuman as error:
            form.add_error(None, in_words(error))
        else:
            _record(request, f"account {user.username}", is_on=True)
            return _show_link(request, user)
    status = 422 if form.errors else 200
    return render(request, "console/people.html", {"form": form, "lines": _lines()}, status=status)


@require_POST
@needs(May.PEOPLE)
def new_link(request: HttpRequest, username: str) -> HttpResponse:
    """Show a new one-time link for somebody who forgot the password."""
    user = user_named(username)
    _record(request, f"entry link for {user.username}", is_on=True)
    return _show_link(request, user)


@require_POST
@needs(May.PEOPLE)
def switch(request: HttpRequest, username: str) -> HttpResponse:
    """Switch an account on or off; nobody switches off their own."""
    user = user_named(username)
    is_on = request.POST.get("turn") == "on"
    if user == request.user:
        messages.error(request, _("You cannot switch off your own account."))
        return redirect("people")
    user.is_active = is_on
    user.save(update_fields=["is_active"])
    _record(request, f"account {user.username}", is_on=is_on)
    return redirect("people")


@require_POST
@needs(May.PEOPLE)
def forget_second_step(request: HttpRequest, username: str) -> HttpResponse:
    """Remove the second step of somebody who lost the phone; they set it up again."""
    user = user_named(username)
    Authenticator.objects.filter(user=user).delete()
    _record(request, f"second step of {user.username}", is_on=False)
    messages.success(request, _("The second step is removed."))
    return redirect("people")


def _show_link(request: HttpRequest, user: User) -> HttpResponse:
    origin = f"{request.scheme}://{request.get_host()}"
    link = make_link(user.username, origin, the_house().clock())
    return render(request, "console/link.html", {"link": link, "username": user.username})


def _record(request: HttpRequest, what: str, *, is_on: bool) -> None:
    """Write into the audit chain who did what to whose account."""
    house, by = the_house(), request.user.get_username()
    house.records.apply(acts.turn(house, what, is_on=is_on, by=by), by=by)


def _lines() -> list[tuple[User, tuple[str, ...], bool]]:
    protected = set(Authenticator.objects.values_list("user", flat=True))
    return [(user, roles_of(user), user.pk in protected) for user in User.objects.order_by("username")]
