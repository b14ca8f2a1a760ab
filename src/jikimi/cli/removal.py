"""`jikimi removal`: what was asked of whom, and the switch that lets requests leave the house."""

from typing import Annotated

import typer

from jikimi.cli.opening import By, by_beginning, known_user, opened, perform, show_table
from jikimi.model.alert import Notice, Place, Receipt
from jikimi.model.errors import Misconfigured
from jikimi.model.standing import told
from jikimi.review.authority import SENDING

app = typer.Typer(
    help="Removal requests: what was asked of whom, and what became of it.", no_args_is_help=True
)


@app.command("list")
def list_notices() -> None:
    """List every notice and what became of it."""
    with opened() as service:
        from jikimi.flow.waiting import wait_of  # heavy

        records = service.house.records
        rows = []
        for notice in records.find(Notice):
            receipts = told(records.find(Receipt, parent=notice.key))
            wait = None if receipts else wait_of(notice, service.house)
            state = receipts[-1].state if receipts else f"waits for {wait.what}" if wait else "waiting"
            facts = (notice.recipient, str(notice.number), notice.regime, notice.language)
            rows.append((notice.key[:12], notice.place[:12], *facts, state))
        show_table(("notice", "place", "recipient", "number", "rules", "language", "state"), rows)


@app.command()
def show(key: Annotated[str, typer.Argument(help="The beginning of the notice's key.")]) -> None:
    """Print one notice as it went out or will."""
    with opened() as service:
        notice = by_beginning(service.house.records.find(Notice), key, "notice")
        typer.echo(f"To: {notice.recipient}\nSubject: {notice.subject}\n\n{notice.body}")


@app.command()
def again(place: Annotated[str, typer.Argument(help="The beginning of the place's key.")], by: By) -> None:
    """Request removal of one place once more, for instance when a notice is in doubt or was refused."""
    from jikimi.flow import acts  # heavy

    with opened() as service:
        found = by_beginning(service.house.records.find(Place), place, "place")
        perform(service, acts.request_again(service.house, found.key), known_user(by))
    typer.echo(f"One more notice for place {found.key[:12]} will be written and sent.")


@app.command()
def sending(state: Annotated[str, typer.Argument(help="on or off")], by: By) -> None:
    """Turn real sending on or off. While it is off, notices are only printed."""
    from jikimi.flow import acts  # heavy

    if state not in {"on", "off"}:
        raise Misconfigured(f"{state!r} is neither on nor off. Type: jikimi removal sending on --by NAME")
    with opened() as service:
        perform(service, acts.turn(service.house, SENDING, is_on=state == "on", by=known_user(by)), by)
        has_channel = bool(service.house.channels)
    typer.echo(f"Sending is {state}.")
    if state == "on" and not has_channel:
        typer.echo(
            "No mail server is set, so nothing can leave. Set JIKIMI_SMTP and JIKIMI_SENDER.", err=True
        )
