"""`jikimi alerts`: what was found, and what people decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from jikimi.cli.opening import By, by_beginning, known_user, opened, perform, show_table
from jikimi.model.alert import Alert, Evidence, Notice, Place, Receipt, Recheck
from jikimi.model.case import Verdict
from jikimi.model.fingerprint import Tier
from jikimi.model.standing import told
from jikimi.model.writing import Where, Writing

app = typer.Typer(help="Alerts: where copies were found.", no_args_is_help=True)
SAID = {Where.POST: "in the post", Where.CODE: "in a QR code", Where.LETTERS: "in letters read by machine"}
LOOKS = {1: "first look", 2: "second look"}
Key = Annotated[str, typer.Argument(help="The beginning of the alert's key.")]
Note = Annotated[str, typer.Option(help="A remark for the file.")]


@app.command("list")
def list_alerts(everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False) -> None:
    """List alerts, the surest first, with both clocks."""
    with opened():
        from jikimi.store.models import AlertRow, CaseRow  # only once Django is configured

        numbers = dict(CaseRow.objects.values_list("key", "number"))
        alerts = AlertRow.objects.order_by("tier", "alerted_at")
        rows = [
            (
                row.key[:12],
                numbers.get(row.case, ""),
                row.state,
                list(Tier)[row.tier].value,
                f"{row.places} place" if row.places == 1 else f"{row.places} places",
                between(row.visible_at, row.alerted_at),
                between(row.alerted_at, row.requested_at),
                "gone" if row.gone_at else "",
            )
            for row in (alerts if everything else alerts.filter(state="open"))
        ]
        columns = ("alert", "case", "state", "tier", "places", "visible → alert", "alert → request", "gone")
        show_table(columns, rows)


def between(start: datetime | None, end: datetime | None) -> str:
    """Return the time between two moments in seconds, "–" while one is missing."""
    return "–" if start is None or end is None else f"{(end - start).total_seconds():.1f} s"


@app.command()
def show(key: Key) -> None:
    """Show an alert's places and what was done about each."""
    with opened() as service:
        records = service.house.records
        alert = by_beginning(records.find(Alert), key, "alert")
        for place in records.find(Place, parent=alert.key):
            typer.echo(
                f"{place.key[:12]}  {place.tier}  {place.how.edit}  {LOOKS[place.look]}  {place.post_url}"
            )
            _show_writing(place, records.find(Writing, parent=place.key))
            for evidence in records.find(Evidence, parent=place.key):
                typer.echo(
                    f"  {evidence.at:%Y-%m-%d %H:%M:%S}  evidence sealed  {evidence.manifest_sha256[:16]}…"
                )
            for notice in records.find(Notice, parent=place.key):
                typer.echo(f"  {notice.at:%Y-%m-%d %H:%M:%S}  notice {notice.number} to {notice.recipient}")
                for receipt in told(records.find(Receipt, parent=notice.key)):
                    typer.echo(f"  {receipt.at:%Y-%m-%d %H:%M:%S}  {receipt.state}: {receipt.detail}")
            for look in records.find(Recheck, parent=place.key):
                typer.echo(f"  {look.at:%Y-%m-%d %H:%M:%S}  looked again: {look.presence}, {look.detail}")


def _show_writing(place: Place, writings: Sequence[Writing]) -> None:
    """Print what is written in the medium of a place, and where links lead on from there."""
    from jikimi.review.leads import joined, leads_in  # heavy

    for writing in writings:
        for quote in writing.quotes:
            names = ", ".join(f"{hit.kind}: {hit.evidence}" for hit in quote.hits)
            typer.echo(f"  {SAID[quote.where]}  “{quote.text}”  {names}")
        if writing.unread:
            typer.echo(f"  {writing.unread}")
    found = (lead for writing in writings for lead in writing.leads)
    for lead in joined((*leads_in(place.text, Where.POST), *found)):
        typer.echo(f"  lead, {lead.kind}, {SAID[lead.where]}: {lead.url}")


@app.command()
def confirm(key: Key, by: By, note: Note = "") -> None:
    """Confirm an alert: evidence is sealed and removal requested for each of its places."""
    _decide(key, Verdict.CONFIRMED, by, note)


@app.command()
def reject(key: Key, by: By, note: Note = "") -> None:
    """Reject an alert: this is not the picture."""
    _decide(key, Verdict.REJECTED, by, note)


@app.command()
def reopen(key: Key, by: By, note: Note = "") -> None:
    """Take a decision back. A notice that is not out yet does not go out; those that are, are listed."""
    _decide(key, Verdict.REOPENED, by, note)


def _decide(key: str, verdict: Verdict, by: str, note: str) -> None:
    from jikimi.flow import acts, steering  # heavy

    with opened() as service:
        alert = by_beginning(service.house.records.find(Alert), key, "alert")
        perform(service, acts.decide(service.house, alert.key, verdict, by=known_user(by), note=note), by)
        out = steering.already_out(service.house, alert.key) if verdict is Verdict.REOPENED else ()
    typer.echo(f"Alert {alert.key[:12]} is {verdict}.")
    for notice, receipt in out:
        typer.echo(
            f"Out already: {notice.key[:12]} to {notice.recipient}, {receipt.state} at {receipt.at:%F %R}"
        )
