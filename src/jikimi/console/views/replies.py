"""Replies by mail that a person should read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jikimi.console.apps import the_house
from jikimi.console.people import May, needs
from jikimi.console.phrases import ANSWERS
from jikimi.flow.replies import MAILBOX, check_answer, read_by_person, waiting_replies
from jikimi.model.alert import Notice, Place
from jikimi.model.mail import Reply

MOST = 100


@require_safe
@needs(May.ALERTS)
def replies(request: HttpRequest) -> HttpResponse:
    """Show the replies that wait, the oldest first, each with the alert it is about."""
    house = the_house()
    waiting = waiting_replies(house)
    lines = [(reply, _alert_of(reply)) for reply in waiting[:MOST]]
    shown = {
        "lines": lines,
        "answers": ANSWERS.items(),
        "is_set_up": house.inbox is not None,
        "position": house.records.position(MAILBOX),
        "now": house.clock(),
    }
    return render(request, "console/replies.html", shown)


@require_POST
@needs(May.ALERTS)
def read(request: HttpRequest, key: str) -> HttpResponse:
    """Record what a person read in a reply; "removed" makes Jikimi look at once."""
    house, by = the_house(), request.user.get_username()
    answer = check_answer(request.POST.get("answer", ""))
    house.records.apply(read_by_person(house, key, answer, by=by), by=by)
    messages.success(request, _("The reply is read."))
    return redirect("replies")


def _alert_of(reply: Reply) -> str:
    records = the_house().records
    return records.get(Place, records.get(Notice, reply.notices[0]).place).alert
