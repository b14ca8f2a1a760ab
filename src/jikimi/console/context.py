"""What the frame of every page shows: the doors a person may open, and whether sending is on."""

from typing import Any

from django.http import HttpRequest

from jikimi.console.apps import the_house
from jikimi.console.people import May, doors
from jikimi.console.watched import alarms
from jikimi.flow.reading import is_sending_on
from jikimi.flow.waiting import is_paused
from jikimi.store.models import AlertRow, AlertState, JobRow, JobState


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's words for a signed-in person, and nothing of the house for anybody else."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"doors": frozenset()}
    opened = doors(user)
    return {
        "doors": opened,
        "is_rehearsal": not is_sending_on(the_house()),
        "is_centre_paused": is_paused(the_house()),
        "open_alerts": AlertRow.objects.filter(state=AlertState.OPEN).count() if May.ALERTS in opened else 0,
        "parked_jobs": JobRow.objects.filter(state=JobState.PARKED).count() if May.HEALTH in opened else 0,
        "watch_alarms": alarms(the_house()) if May.HEALTH in opened else 0,
        "is_bare": bool(request.headers.get("HX-Request")),
    }
