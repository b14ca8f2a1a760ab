"""Cases: the list, a new one, one case, approval, renewal, the end."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jikimi.console import case_pages
from jikimi.console.apps import the_house
from jikimi.console.forms import CaseForm, CloseForm, ConsentForm, IdentifierForm, ReferenceForm, first_days
from jikimi.console.outgoing_pages import Outgoing, outgoing_of
from jikimi.console.people import May, needs
from jikimi.console.phrases import in_words
from jikimi.console.searching import searching_of
from jikimi.flow import acts
from jikimi.flow.reading import today
from jikimi.model.case import Case, Policy
from jikimi.model.errors import NeedsHuman
from jikimi.model.policy import Hold, Why
from jikimi.store.models import CaseRow

A_PAGE = 50
UNPROCESSABLE = 422


@require_safe
@needs(May.CASES)
def cases(request: HttpRequest) -> HttpResponse:
    """Show the list, newest first."""
    page = Paginator(CaseRow.objects.order_by("-opened_at"), A_PAGE).get_page(request.GET.get("page"))
    lines = case_pages.lines(page, the_house())
    return render(request, "console/cases.html", {"page": page, "lines": lines})


@require_http_methods(["GET", "POST"])
@needs(May.CASES)
def new_case(request: HttpRequest) -> HttpResponse:
    """Propose a case; it searches for nothing until a second person approved it."""
    house, by = the_house(), request.user.get_username()
    form = CaseForm(request.POST or None, initial=first_days(today(house)))
    if request.method == "POST" and form.is_valid():
        filled = form.cleaned_data
        case = Case(
            number=filled["number"],
            title=filled["title"],
            consent=form.consent(),
            policy=Policy(filled["policy"]),
            is_minor=filled["is_minor"],
            by=by,
            at=house.clock(),
        )
        try:
            house.records.apply(acts.open_case(house, case), by=by)
        except NeedsHuman as error:
            form.add_error(None, in_words(error))
        else:
            messages.success(request, _("The case is open. A second person must approve it."))
            return redirect("case", key=case.key)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "console/new_case.html", {"form": form}, status=status)


@require_safe
@needs(May.CASES)
def case(request: HttpRequest, key: str) -> HttpResponse:
    """Show one case."""
    return show_case(request, key)


def show_case(request: HttpRequest, key: str, *, status: int = 200, **more: object) -> HttpResponse:
    """Show one case, with a form that was filled in wrongly in the place of its empty one."""
    house = the_house()
    page = case_pages.case_page(key, house, reader=request.user.get_username())
    forms: dict[str, object] = {
        "identifier_form": IdentifierForm(),
        "reference_form": ReferenceForm(),
        "renew_form": ConsentForm(initial=first_days(today(house)), auto_id="renew_%s"),
        "close_form": CloseForm(expected=page.row.number, auto_id="close_%s"),
    }
    if page.case is not None:
        outgoing = outgoing_of(key, house)
        forms |= {"outgoing": outgoing, "holding": _holding(outgoing), "searching": searching_of(key, house)}
    return render(request, "console/case.html", {"page": page, **forms, **more}, status=status)


def _holding(outgoing: Outgoing) -> tuple[tuple[Why, Hold | None, str], ...]:
    return (
        (Why.POLICE_FIRST, outgoing.police, _("Police first")),
        (Why.PAUSE, outgoing.pause, _("Pause this case")),
    )


@require_POST
@needs(May.CASES)
def approve(request: HttpRequest, key: str) -> HttpResponse:
    """Let a case live; a second person only."""
    house, by = the_house(), request.user.get_username()
    house.records.apply(acts.approve_case(house, key, by=by), by=by)
    messages.success(request, _("The case is live. Its references are being searched for."))
    return redirect("case", key=key)


@require_POST
@needs(May.CASES)
def renew(request: HttpRequest, key: str) -> HttpResponse:
    """Record a new authority."""
    house, by = the_house(), request.user.get_username()
    form = ConsentForm(request.POST, auto_id="renew_%s")
    if form.is_valid():
        try:
            house.records.apply(acts.renew_case(house, key, form.consent(), by=by), by=by)
        except NeedsHuman as error:
            form.add_error(None, in_words(error))
        else:
            messages.success(request, _("The authority is renewed."))
            return redirect("case", key=key)
    return show_case(request, key, status=UNPROCESSABLE, renew_form=form)


@require_POST
@needs(May.CASES)
def close(request: HttpRequest, key: str) -> HttpResponse:
    """End a case for good, once its number was typed again."""
    house, by = the_house(), request.user.get_username()
    form = CloseForm(request.POST, expected=case_pages.case_row(key).number, auto_id="close_%s")
    if not form.is_valid():
        return show_case(request, key, status=UNPROCESSABLE, close_form=form)
    reason = form.cleaned_data["reason"]
    house.records.apply(acts.close_case(house, key, reason=reason, by=by), by=by)
    messages.success(
        request, _("The case is closed. Its key is destroyed and nothing of it can be read again.")
    )
    return redirect("case", key=key)
