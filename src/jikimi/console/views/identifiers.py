"""What a case is known by in words: entered, and withdrawn."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jikimi.console.apps import the_house
from jikimi.console.case_pages import case_row
from jikimi.console.forms import IdentifierForm
from jikimi.console.people import May, needs
from jikimi.console.phrases import in_words
from jikimi.console.views.cases import UNPROCESSABLE, show_case
from jikimi.flow import acts
from jikimi.model.errors import NeedsHuman
from jikimi.model.text import IdentifierKind, KnownAs


@require_POST
@needs(May.CASES)
def add(request: HttpRequest, key: str) -> HttpResponse:
    """Search posts for one more text."""
    case_row(key)
    form = IdentifierForm(request.POST)
    house, by = the_house(), request.user.get_username()
    if form.is_valid():
        filled = form.cleaned_data
        try:
            outcome = acts.add_words(house, key, IdentifierKind(filled["kind"]), filled["text"], by=by)
        except NeedsHuman as error:
            form.add_error("text", in_words(error))
        else:
            house.records.apply(outcome, by=by)
            messages.success(request, _("It is searched for in every post from now on."))
            return redirect("case", key=key)
    return show_case(request, key, status=UNPROCESSABLE, identifier_form=form)


@require_POST
@needs(May.CASES)
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Take a text out of the search."""
    house, by = the_house(), request.user.get_username()
    known = house.records.get(KnownAs, key)
    house.records.apply(acts.withdraw_words(house, key, by=by), by=by)
    messages.success(request, _("It is withdrawn and no longer searched for."))
    return redirect("case", key=known.case)
