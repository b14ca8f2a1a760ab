"""The queue of alerts, one alert, and the decision on it."""

from datetime import UTC, datetime

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from jikimi.console import alert_pages, timelines
from jikimi.console.apps import the_house
from jikimi.console.people import May, needs
from jikimi.flow import acts
from jikimi.model.case import Verdict
from jikimi.store.models import AlertRow, AlertState

A_PAGE = 25
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
AFTER = {
    Verdict.CONFIRMED: AlertState.CONFIRMED,
    Verdict.REJECTED: AlertState.REJECTED,
    Verdict.REOPENED: AlertState.OPEN,
}


@require_safe
@needs(May.ALERTS)
def alerts(request: HttpRequest) -> HttpResponse:
    """Show the queue: open alerts surest first, then oldest."""
    state = request.GET.get("state", AlertState.OPEN)
    if state not in AlertState.values:
        return HttpResponseBadRequest()
    house = the_house()
    newest = AlertRow.objects.order_by("-alerted_at").values_list("alerted_at", flat=True).first()
    page = Paginator(alert_pages.queue(state), A_PAGE).get_page(request.GET.get("page"))
    shown = {
        "state": state,
        "states": AlertState.values,
        "page": page,
        "cards": alert_pages.cards(page, house),
        "newest": newest or BEFORE_ALL,
    }
    return render(request, "console/alerts.html", shown)


@require_safe
@needs(May.ALERTS)
def news(request: HttpRequest) -> HttpResponse:
    """Say how many open alerts came after a moment. The browser asks by itself."""
    try:
        after = datetime.fromisoformat(request.GET.get("after", ""))
    except ValueError:
        return HttpResponseBadRequest()
    if after.tzinfo is None:
        return HttpResponseBadRequest()
    count = AlertRow.objects.filter(state=AlertState.OPEN, alerted_at__gt=after).count()
    return render(request, "console/parts/news.html", {"count": count, "after": after})


@require_safe
@needs(May.ALERTS)
def alert(request: HttpRequest, key: str) -> HttpResponse:
    """Show everything about one alert."""
    page = alert_pages.alert_page(key, the_house())
    return render(request, "console/alert.html", {"page": page, "timeline": timelines.of_alert(page)})


@require_POST
@needs(May.ALERTS)
def decide(request: HttpRequest, key: str) -> HttpResponse:
    """Record a verdict. Nothing is written when a colleague was quicker: the row shows what stands."""
    house = the_house()
    row = alert_pages.alert_row(key)
    try:
        verdict = Verdict(request.POST.get("verdict", ""))
    except ValueError:
        return HttpResponseBadRequest()
    is_late = request.POST.get("seen") != row.state
    if not is_late and AFTER[verdict] != row.state:
        by = request.user.get_username()
        house.records.apply(acts.decide(house, key, verdict, by=by), by=by)
        row = alert_pages.alert_row(key)
    if not request.headers.get("HX-Request"):
        return redirect("alert", key=key)
    card = alert_pages.card_of(row, house)
    return render(request, "console/parts/card.html", {"card": card, "is_late": is_late})
