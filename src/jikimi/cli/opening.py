"""Opens the house for one command and closes it again; finds records by what people type."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from jikimi.model.errors import Misconfigured, NeedsHuman
from jikimi.model.outcome import Outcome, Record
from jikimi.settings import Settings, read_settings

if TYPE_CHECKING:
    from jikimi.app.service import Service

R = TypeVar("R", bound=Record)

By = Annotated[str, typer.Option("--by", help="Who does this: a user name of the console.")]
Force = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def ready() -> Settings:
    """Read the settings and set up what they name."""
    settings = read_settings()
    set_up(settings)
    return settings


def set_up(settings: Settings) -> None:
    """Make folder and keys where there are none, start Django, and bring the tables up to date."""
    from jikimi.app.first import prepare
    from jikimi.settings.for_django import start_django

    prepare(settings)
    start_django(settings)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def opened(out: Callable[[str], None] = typer.echo) -> Iterator["Service"]:
    """Open the service without starting its threads; yields it."""
    settings = ready()
    from jikimi.app.service import build  # as above

    service = build(settings, out=out)
    try:
        yield service
    finally:
        service.close()


def said_name(name: str) -> str:
    """Return the name of a watch if pages and commands can hold it; Misconfigured says what to type."""
    if "/" in name or not any(letter.isalnum() for letter in name) or not name.isprintable():
        raise Misconfigured(f"{name!r} is no name. Type letters or digits, without slashes, such as: street")
    return name


def mail_address(text: str) -> str:
    """Return the address; Misconfigured for what mail could not be sent to later."""
    from jikimi.removal.mail_server import is_address  # heavy

    if not is_address(text):
        raise Misconfigured(f"{text!r} is no mail address. Type one, such as abuse@site.example")
    return text


def writable(file: Path) -> Path:
    """Return the file if it is not there and can be written; Misconfigured before anything is recorded."""
    if file.exists():
        raise Misconfigured(f"{file} is there already. Type the name of a new file.")
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        raise Misconfigured(f"{file} cannot be written. Type a file in a folder that is there and is yours.")
    return file


def perform(service: "Service", outcome: Outcome, by: str) -> None:
    """Write what a person's act decided."""
    service.house.records.apply(outcome, by=by)


def known_user(name: str) -> str:
    """Return the name if such a user may act; NeedsHuman says how to make one."""
    from django.contrib.auth.models import User  # only once Django is configured

    if not User.objects.filter(username=name, is_active=True).exists():
        raise NeedsHuman(f"There is no user {name}. Type: jikimi user add {name} --role counsellor")
    return name


def by_beginning(records: tuple[R, ...], text: str, what: str) -> R:
    """Return the one record whose key begins with `text`; NeedsHuman if none or several do."""
    found = [record for record in records if record.key.startswith(text)]
    if not found:
        raise NeedsHuman(f"There is no {what} {text}. List them first and copy the beginning of its key.")
    if len(found) > 1:
        raise NeedsHuman(f"Several {what}s begin with {text}. Type more of the key.")
    return found[0]


def show_table(
    columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], narrow: Collection[str] = ()
) -> None:
    """Print a table; plain tab-separated lines in a pipe. `narrow` are the columns a terminal is shown."""
    from rich.console import Console  # only where something is printed
    from rich.table import Table  # as above

    console = Console(markup=False, emoji=False, highlight=False)  # brackets in what people typed are no tags
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(row))
        return
    shown = [number for number, column in enumerate(columns) if not narrow or column in narrow]
    table = Table(box=None)
    for number in shown:
        is_words = not narrow or any(" " in row[number] for row in rows)
        # Words wrap before one, such as a name, is cut.
        table.add_column(columns[number], no_wrap=not is_words)
    for row in rows:
        table.add_row(*(row[number] for number in shown))
    console.print(table)
