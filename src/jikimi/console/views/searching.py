"""Search engines: a case lets its words be asked for, or forbids it again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jikimi.console.apps import the_house
from jikimi.console.case_pages import case_row
from jikimi.console.people import May, needs
from jikimi.flow.searching import allow_search


@require_POST
@needs(May.CASES)
def allow(request: HttpRequest, key: str) -> HttpResponse:
    """Turn it on, once the warning was read, or off."""
    case_row(key)
    house, by = the_house(), request.user.get_username()
    is_allowed = request.POST.get("turn") == "on"
    if is_allowed and "agreed" not in request.POST:
        return HttpResponseBadRequest()
    house.records.apply(allow_search(house, key, is_allowed=is_allowed, by=by), by=by)
    if is_allowed:
        messages.success(
            request, _("Search engines may be asked. Each query is written down before it leaves.")
        )
    else:
        messages.success(request, _("Nothing of this case is asked of search engines any more."))
    return redirect("case", key=key)
