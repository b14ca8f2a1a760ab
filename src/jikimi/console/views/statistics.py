"""How long removals take, and what a host did not comply with."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from jikimi.console import plots
from jikimi.console.apps import the_house
from jikimi.console.people import May, doors, needs
from jikimi.flow.dossier import dossier_of
from jikimi.removal.dossier import html_of
from jikimi.removal.figures import By, before_this_month, stays_of, table_of
from jikimi.removal.figures_csv import csv_of
from jikimi.store.models import PlaceRow
from jikimi.store.spells import every_spell, every_stay


@require_safe
@needs(May.HEALTH)
def statistics(request: HttpRequest) -> HttpResponse:
    """Show tables and curves; what fewer than five copies stand behind is held back."""
    spells = every_spell()
    shown = {
        "tables": [table_of(spells, by) for by in By],
        "stays": stays_of(every_stay(), the_house().clock()),
        "removal": plots.removal_plot(spells),
        "return": plots.return_plot(spells),
    }
    return render(request, "console/statistics.html", shown)


@require_safe
@needs(May.HEALTH)
def figures(request: HttpRequest) -> HttpResponse:
    """Return the tables as CSV; `?published` leaves out what began this month."""
    now = the_house().clock()
    every = every_spell()
    spells = before_this_month(every, now) if "published" in request.GET else every
    text = csv_of([table_of(spells, by) for by in By], stays_of(every_stay(), now))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="jikimi-statistics.csv"'
    return response


@require_POST
@needs(May.HEALTH)
def dossier(request: HttpRequest) -> HttpResponse:
    """Hand out what a host did not comply with, recorded first. Addresses are for who may see alerts."""
    house, by = the_house(), request.user.get_username()
    host = request.POST.get("host", "").strip().lower()
    with_addresses = "addresses" in request.POST
    if with_addresses and May.ALERTS not in doors(request.user):
        raise PermissionDenied
    keys = PlaceRow.objects.filter(host=host).order_by("requested_at").values_list("key", flat=True)
    outcome, lines = dossier_of(house, host, keys, with_addresses=with_addresses, by=by)
    house.records.apply(outcome, by=by)
    language = "ko" if (get_language() or "").startswith("ko") else "en"
    page = html_of(host, lines, centre=house.rules.centre, now=house.clock(), language=language, clocks={})
    response = HttpResponse(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="jikimi-dossier.html"'
    return response
