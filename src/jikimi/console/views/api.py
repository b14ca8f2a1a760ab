"""The interface for partners: hand in a post, and read how. No session, no page, no cookie: a token only."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from jikimi.console import openapi
from jikimi.console.apps import the_house
from jikimi.console.handing_in import (
    Refusal,
    Taken,
    admitted,
    evenly,
    read,
    refused,
    said,
    take,
    understood,
)
from jikimi.flow.partners import note
from jikimi.model.partner import Partner
from jikimi.model.ports import House


@csrf_exempt  # who calls shows a token of their own, which no browser sends by itself
def posts(request: HttpRequest) -> HttpResponse:
    """Take a post in. Who shows a valid token is written down, whatever comes of the call."""
    house = the_house()
    if request.method != "POST":
        return refused(Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Use POST."))
    try:
        return _taken(request, admitted(request, house), house)
    except Refusal as refusal:
        return refused(refusal)


def _taken(request: HttpRequest, partner: Partner, house: House) -> HttpResponse:
    key, media, files = "", 0, dict[int, bytes]()
    try:
        raw, files = read(request, partner)
        post = understood(raw, files, partner, house)
        key, media = post.key, len(post.media)
        if files:
            evenly(lambda: take(post, raw, files, partner, house))
        else:
            take(post, raw, files, partner, house)
    except Refusal as refusal:
        outcome = note(partner, key, media, len(files), f"{refusal.status.value}", house)
        house.records.apply(outcome, by=f"partner {partner.name}")
        raise
    house.records.apply(note(partner, key, media, len(files), "", house), by=f"partner {partner.name}")
    return said(HTTPStatus.ACCEPTED, Taken(post.id))


@csrf_exempt  # it changes nothing; others are told so in JSON
def description(request: HttpRequest) -> HttpResponse:
    """Say what the interface takes, as OpenAPI 3.1."""
    if request.method not in ("GET", "HEAD"):
        return refused(Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Use GET."))
    return JsonResponse(openapi.description())
