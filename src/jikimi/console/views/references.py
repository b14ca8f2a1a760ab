"""References of a case: originals come in, fingerprints stay, pictures do not."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jikimi.console.apps import the_house
from jikimi.console.case_pages import case_row
from jikimi.console.forms import ReferenceForm
from jikimi.console.people import May, needs
from jikimi.console.phrases import in_words
from jikimi.console.views.cases import UNPROCESSABLE, show_case
from jikimi.flow import acts
from jikimi.model.case import Reference
from jikimi.model.errors import BadMedia, Gone, TryLater
from jikimi.model.ports import House
from jikimi.review.findable import Findable, findable


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file: `problem` is "" when its fingerprints are kept, else `findable` is None."""

    name: str
    problem: str
    is_known: bool = False
    findable: Findable | None = None


@require_POST
@needs(May.CASES)
def add(request: HttpRequest, key: str) -> HttpResponse:
    """Fingerprint every file in the sandbox and keep the fingerprints; say of each how it went."""
    case_row(key)
    form = ReferenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_case(request, key, status=UNPROCESSABLE, reference_form=form)
    files: list[UploadedFile[bytes]] = form.cleaned_data["originals"]
    label = form.cleaned_data["label"]
    house, by = the_house(), request.user.get_username()
    taken = [
        _take(house, key, file, label if len(files) == 1 else f"{label} ({number})", by)
        for number, file in enumerate(files, start=1)
    ]
    status = UNPROCESSABLE if all(one.problem for one in taken) else 200
    return show_case(request, key, status=status, taken=taken)


@require_POST
@needs(May.CASES)
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Take a reference out of the search."""
    house, by = the_house(), request.user.get_username()
    reference = house.records.get(Reference, key)
    house.records.apply(acts.withdraw_reference(house, key, by=by), by=by)
    messages.success(request, _("The reference is withdrawn and no longer searched for."))
    return redirect("case", key=reference.case)


def _take(house: House, case: str, file: "UploadedFile[bytes]", label: str, by: str) -> Taken:
    name = file.name or ""
    try:
        outcome = acts.add_reference(house, case, file.read(), label=label, by=by)
    except (BadMedia, TryLater) as error:
        return Taken(name, in_words(error))
    is_known = _is_known(house, outcome.answer)
    if not is_known:
        house.records.apply(outcome, by=by)
    return Taken(name, "", is_known, findable(house.records.get(Reference, outcome.answer).fingerprints))


def _is_known(house: House, key: str) -> bool:
    try:
        house.records.get(Reference, key)
    except Gone:
        return False
    return True
