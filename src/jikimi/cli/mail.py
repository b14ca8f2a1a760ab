"""`jikimi mail`: the key that signs mail, and what came back."""

from typing import Annotated

import typer

from jikimi.cli.opening import By, by_beginning, known_user, opened, perform, ready, show_table
from jikimi.model.mail import Reply

app = typer.Typer(help="Mail: the key that signs it, and what came back.", no_args_is_help=True)
Key = Annotated[str, typer.Argument(help="The beginning of the reply's key.")]


@app.command()
def dkim() -> None:
    """Print the DNS record that lets receivers check our signature; makes the key if there is none."""
    from jikimi.app.mail import open_signer  # heavy

    settings = ready()
    signer = open_signer(settings)
    typer.echo(signer.zone_line)
    if not settings.dkim:
        typer.echo(f"Put this into the DNS, then set JIKIMI_DKIM={signer.selector}", err=True)


@app.command("list")
def list_replies(
    everything: Annotated[bool, typer.Option("--all", help="Those that were read, too.")] = False,
) -> None:
    """List replies that a person should read: what they seem to say, and on which sentence that rests."""
    from jikimi.flow.replies import waiting_replies  # heavy

    with opened() as service:
        house = service.house
        replies = house.records.find(Reply) if everything else waiting_replies(house)
        rows = [
            (
                reply.key[:12],
                f"{reply.at:%Y-%m-%d %H:%M}",
                reply.answer.value + ("" if reply.is_sure else "?"),
                ",".join(key[:12] for key in reply.notices),
                reply.reason,
            )
            for reply in replies
        ]
        show_table(("reply", "came", "says", "to notices", "because of"), rows)


@app.command()
def show(key: Key) -> None:
    """Print one reply as it came."""
    with opened() as service:
        reply = by_beginning(service.house.records.find(Reply), key, "reply")
        typer.echo(f"From: {reply.sender}\n{reply.text}")


@app.command()
def read(
    key: Key,
    answer: Annotated[
        str, typer.Argument(help="acknowledged, removed, refused, 'needs form', bounced, delayed or unknown")
    ],
    by: By,
) -> None:
    """Say what a reply means. "removed" is checked at once; it proves nothing."""
    from jikimi.flow.replies import check_answer, read_by_person  # heavy

    meaning = check_answer(answer)
    with opened() as service:
        reply = by_beginning(service.house.records.find(Reply), key, "reply")
        perform(service, read_by_person(service.house, reply.key, meaning, by=known_user(by)), by)
    typer.echo(f"Reply {reply.key[:12]}: {meaning}.")
