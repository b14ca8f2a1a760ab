"""One place of a copy: its blurred preview, the clear picture, the evidence, one more request."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jikimi.console.apps import the_house
from jikimi.console.people import May, needs
from jikimi.evidence.encrypting import Receivers
from jikimi.flow import acts
from jikimi.flow import hand_over as handing
from jikimi.model.alert import Place
from jikimi.model.case import Case
from jikimi.model.errors import Gone


@require_safe
@needs(May.ALERTS)
def preview(_request: HttpRequest, key: str) -> HttpResponse:
    """Return the blurred grey preview, the only picture that is kept; none for a minor."""
    records = the_house().records
    place = records.get(Place, key)
    if not place.preview or records.get(Case, place.case).is_minor:
        raise Gone(f"no preview of place {key}")
    return HttpResponse(place.preview, content_type="image/jpeg")


@require_POST
@needs(May.ALERTS)
def reveal(request: HttpRequest, key: str) -> HttpResponse:
    """Return clear pixels. The record of it is written before a byte is fetched; refused for a minor."""
    house, by = the_house(), request.user.get_username()
    house.records.apply(acts.expose(house, key, by=by), by=by)
    return HttpResponse(acts.clear_picture(house, key), content_type="image/jpeg")


@require_POST
@needs(May.ALERTS)
def evidence(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out the sealed bundle of a place, with its time stamp. The record of it is written first."""
    house, by = the_house(), request.user.get_username()
    outcome, bundle = handing.export_bundle(house, key, by=by)
    house.records.apply(outcome, by=by)
    return _file(bundle, "application/gzip", f"jikimi-{key}.tar.gz")


@require_POST
@needs(May.ALERTS)
def hand_over(request: HttpRequest, key: str) -> HttpResponse:
    """Hand evidence over, encrypted to the keys that were typed. The record of it is written first."""
    house, by = the_house(), request.user.get_username()
    receivers = Receivers(age=tuple(request.POST.get("to", "").split()))
    with_medium = request.POST.get("with_medium") == "yes"
    outcome, closed = handing.hand_over(house, key, receivers, by=by, with_medium=with_medium)
    house.records.apply(outcome, by=by)
    return _file(closed, "application/octet-stream", f"jikimi-{key}{handing.ENDINGS[receivers.form]}")


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@needs(May.ALERTS)
def request_again(request: HttpRequest, key: str) -> HttpResponse:
    """Write and send one more removal request for a place."""
    house, by = the_house(), request.user.get_username()
    place = house.records.get(Place, key)
    house.records.apply(acts.request_again(house, key), by=by)
    messages.success(request, _("One more removal request is being written."))
    return redirect("alert", key=place.alert)
