"""What people fill in: a case, its authority, originals, a removal address, a new account."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from jikimi.console.phrases import SCOPES, STATES, WORDS
from jikimi.model.case import Authority, Consent, Policy
from jikimi.model.contact import Scope
from jikimi.model.post import Priority
from jikimi.model.text import LONGEST_IDENTIFIER, IdentifierKind
from jikimi.store.people import ROLES

LARGEST_FILE = 60 * 2**20
YEAR = timedelta(days=365)


class DayInput(forms.DateInput):
    """A day as every browser's own picker writes it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ConsentForm(forms.Form):
    """The recorded authority: who, for what, until when."""

    authority = forms.ChoiceField(
        label=_("In whose name the centre acts"),
        choices=[(choice.value, WORDS[choice]) for choice in Authority],
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        help_text=_("What the person asked the centre to do, in one sentence."),
        max_length=500,
    )
    signed_on = forms.DateField(label=_("Signed on"), widget=DayInput())
    expires_on = forms.DateField(
        label=_("Last day"), widget=DayInput(), help_text=_("A year at most; it can be renewed.")
    )

    def consent(self) -> Consent:
        """Return what was filled in. Call after `is_valid`."""
        filled = self.cleaned_data
        return Consent(
            Authority(filled["authority"]), filled["purpose"], filled["signed_on"], filled["expires_on"]
        )


class CaseForm(ConsentForm):
    """A new case."""

    number = forms.CharField(
        label=_("File number"),
        help_text=_("The centre's own number. It stays in the list after the case is closed: no names."),
        max_length=64,
    )
    title = forms.CharField(
        label=_("Pseudonym"),
        help_text=_("A word to know the case by. Never the person's name."),
        max_length=80,
    )
    is_minor = forms.BooleanField(
        label=_("The person is or was a minor"),
        help_text=_("Then no picture is ever shown, not even blurred."),
        required=False,
    )
    policy = forms.ChoiceField(
        label=_("What happens to matches"),
        choices=[(choice.value, WORDS[choice]) for choice in Policy],
    )
    field_order = ("number", "title", "is_minor", "authority", "purpose", "signed_on", "expires_on", "policy")


def first_days(today: date) -> dict[str, date]:
    """Return the days a new authority begins and ends with unless somebody says otherwise."""
    return {"signed_on": today, "expires_on": today + YEAR}


class CloseForm(forms.Form):
    """The end of a case: the number is typed once more, by hand."""

    number = forms.CharField(label=_("Type the file number to confirm"), max_length=64)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._expected = expected
        self.fields["number"].widget.attrs["autocomplete"] = "off"

    def clean_number(self) -> str:
        """Refuse another number."""
        number = str(self.cleaned_data["number"]).strip()
        if number != self._expected:
            raise forms.ValidationError(_("This is not the file number of this case."))
        return number


class FilesInput(forms.ClearableFileInput):
    """Takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each checked as a single one would be."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        """Return the files; at least one."""
        given = data if isinstance(data, list) else [data]
        return [super(FilesField, self).clean(file, initial) for file in given or [None]]


class ReferenceForm(forms.Form):
    """Originals to fingerprint."""

    label = forms.CharField(
        label=_("Short name"),
        help_text=_("So that colleagues know which one it is. Nothing that shows who it is."),
        max_length=60,
    )
    originals = FilesField(
        label=_("Pictures, videos or sounds"),
        help_text=_(
            "One or more, 60 MB together at most. The command jikimi reference add takes larger ones."
        ),
        widget=FilesInput(attrs={"accept": "image/*,video/*,audio/*"}),
    )

    def clean_originals(self) -> "list[UploadedFile[bytes]]":
        """Refuse files that are too large."""
        originals: list[UploadedFile[bytes]] = self.cleaned_data["originals"]
        if any((file.size or 0) > LARGEST_FILE for file in originals):
            raise forms.ValidationError(
                _("One of the files is larger than 60 MB. Use the command jikimi reference add.")
            )
        return originals


class IdentifierForm(forms.Form):
    """A text the case is known by."""

    kind = forms.ChoiceField(
        label=_("What it is"), choices=[(one.value, WORDS[one]) for one in IdentifierKind]
    )
    text = forms.CharField(
        label=_("As people write it"),
        help_text=_("Other spellings are found too. A name or a school alone never raises an alert."),
        max_length=LONGEST_IDENTIFIER,
    )


class ContactForm(forms.Form):
    """The address at which a site takes removal requests, confirmed by a person."""

    contact = forms.EmailField(label=_("Removal address"), max_length=254)


class NewContactForm(forms.Form):
    """One way to ask about a host, entered by hand."""

    host = forms.RegexField(
        r"^[a-z0-9.-]{1,253}$", label=_("Host name"), help_text=_("Such as board.example.")
    )
    channel = forms.RegexField(r"^[a-z]{1,20}$", label=_("Channel"), initial="email")
    address = forms.CharField(label=_("Address"), max_length=500)
    scope = forms.ChoiceField(label=_("Answers for"), choices=[(one.value, SCOPES[one]) for one in Scope])

    def clean(self) -> None:
        """Refuse what mail could not be sent to later."""
        if self.cleaned_data.get("channel") == "email" and "address" in self.cleaned_data:
            try:
                validate_email(self.cleaned_data["address"])
            except forms.ValidationError as error:
                self.add_error("address", error)


class PriorityForm(forms.Form):
    """How soon second looks at what a watch brings are wanted."""

    priority = forms.ChoiceField(
        label=_("Priority"), choices=[(choice.value, WORDS[choice]) for choice in Priority]
    )


class PersonForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label=_("User name"), max_length=150, help_text=_("Letters, digits and . - _ only.")
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role, STATES[role]) for role in ROLES],
        widget=forms.CheckboxSelectMultiple(),
    )
