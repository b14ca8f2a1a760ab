"""What people do before a request goes out: hold, pause, approve its statement, take it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jikimi.console.apps import the_house
from jikimi.console.case_pages import case_row
from jikimi.console.people import May, needs
from jikimi.flow import steering
from jikimi.model.alert import Notice, Place, Receipt, Sent
from jikimi.model.policy import Why
from jikimi.model.standing import told


@require_POST
@needs(May.CASES)
def hold_case(request: HttpRequest, key: str) -> HttpResponse:
    """Hold back the requests of a case, or let them go: police first, or a pause."""
    case_row(key)
    said = _turn(request, key)
    if said is None:
        return HttpResponseBadRequest()
    messages.success(request, said)
    return redirect("case", key=key)


@require_POST
@needs(May.ALERTS)
def hold_place(request: HttpRequest, key: str) -> HttpResponse:
    """Hold back the requests about one place, or let them go."""
    place = the_house().records.get(Place, key)
    said = _turn(request, place.case, place.key)
    if said is None:
        return HttpResponseBadRequest()
    messages.success(request, said)
    return redirect("alert", key=place.alert)


@require_POST
@needs(May.CASES)
def approve_statement(request: HttpRequest, key: str) -> HttpResponse:
    """Approve what letters state for a case, as they are worded now."""
    house, by = the_house(), request.user.get_username()
    house.records.apply(steering.approve_statement(house, key, by=by), by=by)
    messages.success(request, _("The statements are approved."))
    return redirect("case", key=key)


@require_POST
@needs(May.CASES)
def last_resort(request: HttpRequest, key: str) -> HttpResponse:
    """Allow copyright notices for a case, or forbid them again."""
    house, by = the_house(), request.user.get_username()
    if request.POST.get("turn") == "on":
        work, is_warned = request.POST.get("work", ""), "warned" in request.POST
        act = steering.allow_last_resort(house, key, work=work, is_warned=is_warned, by=by)
        said = _("Copyright notices are allowed for this case. None goes out by itself.")
    else:
        act = steering.forbid_last_resort(house, key, by=by)
        said = _("No copyright notice goes out for this case.")
    house.records.apply(act, by=by)
    messages.success(request, said)
    return redirect("case", key=key)


@require_POST
@needs(May.ALERTS)
def take_back(request: HttpRequest, key: str) -> HttpResponse:
    """Take back one request that has not gone out."""
    house, by = the_house(), request.user.get_username()
    notice = house.records.get(Notice, key)
    reason = request.POST.get("reason", "")
    house.records.apply(steering.take_back(house, notice.key, reason=reason, by=by), by=by)
    if told(house.records.find(Receipt, parent=notice.key))[-1].state is Sent.TAKEN_BACK:
        messages.success(
            request,
            _("The request is taken back. If it was being sent at this very moment, its line says so."),
        )
    else:
        messages.error(request, _("Too late: the request had just gone out, or may have."))
    return redirect("alert", key=house.records.get(Place, notice.place).alert)


@require_POST
@needs(May.POSTURE)
def pause(request: HttpRequest) -> HttpResponse:
    """Pause all requests of the centre, or let them go on."""
    house, by = the_house(), request.user.get_username()
    is_on = request.POST.get("turn") == "on"
    house.records.apply(steering.pause(house, is_on=is_on, by=by), by=by)
    messages.success(
        request,
        _("All requests are paused. Nothing is lost.") if is_on else _("Requests go on within five minutes."),
    )
    return redirect("posture")


def _turn(request: HttpRequest, case: str, place: str = "") -> str | None:
    """Write a hold or its end and return what to tell; None if nobody knows what was asked."""
    house, by = the_house(), request.user.get_username()
    try:
        why = Why(request.POST.get("why", ""))
    except ValueError:
        return None
    reason = request.POST.get("reason", "")
    if request.POST.get("turn") == "on":
        act = steering.hold(house, case, why, reason=reason, by=by, place=place)
        said = _("Requests wait until somebody lets them go. Evidence is sealed all the same.")
    else:
        act = steering.release(house, case, why, reason=reason, by=by, place=place)
        said = _("Requests are no longer held. What waited is checked once more and goes out.")
    house.records.apply(act, by=by)
    return said
