"""Fills in a site's own report form, as its description says; what nobody described is left to a person."""

from collections.abc import Sequence

from jikimi.model.alert import Evidence, Notice
from jikimi.model.errors import NeedsHuman
from jikimi.model.mail import About
from jikimi.model.ports import FilledForm, FormFiller, Handed, Rules
from jikimi.removal.form_text import FormText, fill


class WebFormChannel:
    """Implements the port Channel as "form". A recipient is the form's address."""

    def __init__(self, filler: FormFiller | None, forms: Sequence[FormText], *, rules: Rules) -> None:
        """`filler` is None where there is no browser: then every form is for a person."""
        self._filler = filler
        self._forms = {form.url: form for form in forms}
        self._rules = rules

    def __repr__(self) -> str:
        """Show which forms are described."""
        return f"WebFormChannel({', '.join(sorted(form.name for form in self._forms.values()))})"

    @property
    def name(self) -> str:
        """Return "form"."""
        return "form"

    def deliver(self, notice: Notice, evidence: Evidence) -> Handed:
        """Fill in and send the form; NeedsHuman says what a person has to do where that is not possible."""
        if notice.evidence != evidence.key:
            raise NeedsHuman("The evidence is not that of this request. Let the request be written again.")
        form = self._forms.get(notice.recipient)
        by_hand = f"Open {notice.recipient}, fill in what `jikimi removal show {notice.key[:12]}` prints"
        if form is None:
            raise NeedsHuman(f"Nobody described this form. {by_hand}, or describe the form.")
        if self._filler is None:
            raise NeedsHuman(
                f"There is no browser, or no guarded way out for it. {by_hand}, or install Chromium."
            )
        if notice.about is None:
            raise NeedsHuman("This request does not say for machines what it is about. Request once more.")
        values = self._values(notice, notice.about)
        filled = FilledForm(
            url=form.url,
            fields=tuple((where, fill(text, values, form.name)) for where, text in form.fields.items()),
            choices=tuple(form.choices.items()),
            ticks=tuple(form.ticks),
            button=form.button,
            done=form.done,
            refused=form.refused,
        )
        said = self._filler.fill(filled)
        return Handed(f"form:{notice.key}", f"{form.name}: {said}"[:200])

    def _values(self, notice: Notice, about: About) -> dict[str, str]:
        return {
            "post_url": about.post_url,
            "media_url": about.media_url,
            "sha256": about.sha256,
            "seen_at": f"{about.seen_at:%Y-%m-%d %H:%M} (UTC)",
            "subject": notice.subject,
            "body": notice.body,
            "request": notice.key[:12],
            "centre": self._rules.centre,
            "contact": self._rules.contact,
            "mail": self._rules.sender,
        }
