"""Watches and their health, and the jobs that wait for a person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jikimi.console.apps import the_house
from jikimi.console.forms import ContactForm, PriorityForm
from jikimi.console.people import May, needs
from jikimi.console.watched import watched
from jikimi.flow import acts
from jikimi.flow.reading import contact_of, priority_of, watch_named
from jikimi.model.post import Priority
from jikimi.store.models import JobRow, JobState
from jikimi.worker.watches import HALT, halt_switch, halts

MOST_JOBS = 200


@require_safe
@needs(May.HEALTH)
def watches(request: HttpRequest) -> HttpResponse:
    """Show each watch: what it reads, how far it is behind, and whether something is wrong."""
    house = the_house()
    shown = {"lines": watched(house), "now": house.clock(), "is_halted": HALT in halts(house)}
    return render(request, "console/watches.html", shown)


@require_POST
@needs(May.POSTURE)
def halt(request: HttpRequest) -> HttpResponse:
    """Stop one watch, or all of them, at once; or let them go on where they stopped."""
    house, by = the_house(), request.user.get_username()
    name, is_on = request.POST.get("name", ""), request.POST.get("on") == "yes"
    if name:
        watch_named(name, house)
    outcome = acts.turn(house, halt_switch(watch=name), is_on=is_on, by=by)
    house.records.apply(outcome, by=by)
    messages.success(request, _("Reading stops within a second.") if is_on else _("Reading goes on."))
    return redirect("watches")


@require_http_methods(["GET", "POST"])
@needs(May.HEALTH)
def contact(request: HttpRequest, name: str) -> HttpResponse:
    """Enter the address at which a watched site takes removal requests."""
    house, by = the_house(), request.user.get_username()
    form = ContactForm(request.POST or None, initial={"contact": contact_of(name, house)})
    if request.method == "POST" and form.is_valid():
        house.records.apply(acts.set_contact(house, name, form.cleaned_data["contact"], by=by), by=by)
        messages.success(request, _("The removal address is saved."))
        return redirect("watches")
    status = 422 if form.errors else 200
    return render(request, "console/contact.html", {"form": form, "name": name}, status=status)


@require_http_methods(["GET", "POST"])
@needs(May.POSTURE)
def priority(request: HttpRequest, name: str) -> HttpResponse:
    """Say how soon second looks at what a watch brings are wanted."""
    house, by = the_house(), request.user.get_username()
    form = PriorityForm(request.POST or None, initial={"priority": priority_of(name, house).value})
    if request.method == "POST" and form.is_valid():
        chosen = Priority(form.cleaned_data["priority"])
        house.records.apply(acts.set_priority(house, name, chosen, by=by), by=by)
        messages.success(request, _("The priority is saved. It counts for what comes from now on."))
        return redirect("watches")
    status = 422 if form.errors else 200
    return render(request, "console/priority.html", {"form": form, "name": name}, status=status)


@require_safe
@needs(May.HEALTH)
def jobs(request: HttpRequest) -> HttpResponse:
    """Show the jobs that were laid aside for a person, and how many wait."""
    parked = JobRow.objects.filter(state=JobState.PARKED).order_by("at")
    shown = {
        "parked": parked[:MOST_JOBS],
        "count": parked.count(),
        "waiting": JobRow.objects.filter(state=JobState.WAITING).count(),
        "leased": JobRow.objects.filter(state=JobState.LEASED).count(),
    }
    return render(request, "console/jobs.html", shown)


@require_POST
@needs(May.HEALTH)
def retry(request: HttpRequest) -> HttpResponse:
    """Put a job that was laid aside back into the queue."""
    if the_house().queue.retry(request.POST.get("name", "")):
        messages.success(request, _("The job will be tried again."))
    else:
        messages.info(request, _("This job no longer waits for a person."))
    return redirect("jobs")
