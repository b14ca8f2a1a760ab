"""How the centre stands: is sending on, is the audit chain whole, who uses a second step."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jikimi.console.apps import the_house
from jikimi.console.people import May, needs
from jikimi.flow import acts
from jikimi.flow.reading import is_sending_on
from jikimi.flow.waiting import is_paused
from jikimi.model.case import Switch
from jikimi.review.authority import PAUSE, SENDING
from jikimi.store import audit


@require_safe
@needs(May.POSTURE)
def posture(request: HttpRequest) -> HttpResponse:
    """Show the switches and facts an administrator answers for; `?check` walks the whole audit chain."""
    house = the_house()
    people = User.objects.filter(is_active=True)
    shown = {
        "is_on": is_sending_on(house),
        "turns": house.records.find(Switch, parent=SENDING)[::-1],
        "is_paused": is_paused(house),
        "pauses": house.records.find(Switch, parent=PAUSE)[::-1],
        "has_channel": bool(house.channels),
        "head": audit.head(),
        "chain": audit.walk() if "check" in request.GET else None,
        "people": people.count(),
        "protected": people.filter(pk__in=Authenticator.objects.values("user")).count(),
        "is_encrypted": request.is_secure(),
    }
    return render(request, "console/posture.html", shown)


@require_POST
@needs(May.POSTURE)
def sending(request: HttpRequest) -> HttpResponse:
    """Turn sending on or off for the whole centre."""
    house, by = the_house(), request.user.get_username()
    is_on = request.POST.get("turn") == "on"
    house.records.apply(acts.turn(house, SENDING, is_on=is_on, by=by), by=by)
    messages.success(
        request, _("Removal requests are sent from now on.") if is_on else _("Nothing is sent from now on.")
    )
    return redirect("posture")
