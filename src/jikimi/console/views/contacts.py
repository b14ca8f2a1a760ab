"""Contacts: what was found, who approved it, and one more by hand."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from jikimi.console.apps import the_house
from jikimi.console.forms import NewContactForm
from jikimi.console.people import May, needs
from jikimi.flow import contacts as acts
from jikimi.model.contact import Contact, Scope

MOST_HOSTS = 100


@require_http_methods(["GET", "POST"])
@needs(May.HEALTH)
def contacts(request: HttpRequest) -> HttpResponse:
    """Show the contacts of every host, those that wait for approval first; enter one by hand."""
    house, by = the_house(), request.user.get_username()
    form = NewContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        filled = form.cleaned_data
        contact = acts.by_person(
            filled["host"], filled["channel"], filled["address"], Scope(filled["scope"]), by=by, house=house
        )
        house.records.apply(acts.add_contact(house, contact, by=by), by=by)
        _say_woken(request, acts.wake_requests(house, contact.key))
        return redirect("contacts")
    hosts = sorted({contact.host for contact in house.records.find(Contact)})
    lines = [
        (contact, acts.confirmed_by(contact, house))
        for host in hosts[:MOST_HOSTS]
        for contact in acts.contacts_of(host, house)
    ]
    lines.sort(key=lambda line: bool(line[1]))
    status = 422 if form.errors else 200
    return render(request, "console/contacts.html", {"lines": lines, "form": form}, status=status)


@require_POST
@needs(May.HEALTH)
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """Approve a contact, and let the requests that waited for it go on."""
    house, by = the_house(), request.user.get_username()
    house.records.apply(acts.confirm_contact(house, key, by=by), by=by)
    _say_woken(request, acts.wake_requests(house, key))
    return redirect("contacts")


@require_POST
@needs(May.HEALTH)
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Take a contact out of use."""
    house, by = the_house(), request.user.get_username()
    house.records.apply(acts.withdraw_contact(house, key, by=by), by=by)
    messages.success(request, _("Nothing goes to this contact any more."))
    return redirect("contacts")


def _say_woken(request: HttpRequest, count: int) -> None:
    messages.success(request, _("Requests may go to this contact from now on."))
    if count:
        text = ngettext("%(count)d request waited for it.", "%(count)d requests waited for it.", count)
        messages.info(request, text % {"count": count})
