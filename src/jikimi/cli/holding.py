"""`jikimi removal hold`, `pause`, `recall`, …: what people do before a request goes out."""

from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from jikimi.cli.cases import find_case
from jikimi.cli.opening import By, by_beginning, known_user, opened, perform, show_table
from jikimi.cli.stating import print_statements
from jikimi.model.alert import Notice, Place, Receipt, Sent
from jikimi.model.errors import NeedsHuman
from jikimi.model.policy import Why
from jikimi.model.standing import told

if TYPE_CHECKING:
    from jikimi.app.service import Service

Number = Annotated[str, typer.Argument(help="The case's file number.")]
Perhaps = Annotated[str, typer.Argument(help="The case's file number; without it, the whole centre.")]
OnePlace = Annotated[str, typer.Option("--place", help="One place only: the beginning of its key.")]
PlaceKey = Annotated[str, typer.Argument(help="The beginning of the place's key.")]
Reason = Annotated[str, typer.Option(help="Why, in one line; colleagues see it.")]
Rules = Annotated[str, typer.Argument(help="A name of `jikimi removal rules`.")]
Language = Annotated[str, typer.Option(help="The letter's language, such as de; else the rule chooses.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `jikimi removal`."""
    for command in (hold, release, pause, resume, statement, rules, rehearse, under):
        app.command()(command)
    app.command("recall")(take_back)
    app.command("copyright")(last_resort)


def hold(number: Number, by: By, reason: Reason, place: OnePlace = "") -> None:
    """Police first: evidence is sealed, requests of a case or place wait until they are released."""
    from jikimi.flow import steering  # heavy

    with opened() as service:
        case, about = find_case(service, number), _place_of(service, place)
        act = steering.hold(
            service.house, case.key, Why.POLICE_FIRST, reason=reason, by=known_user(by), place=about
        )
        perform(service, act, by)
    let_go = f"jikimi removal release {quote(number)} --by NAME"
    typer.echo(f"Requests {_of(number, place)} wait. To let them go: {let_go}")


def release(number: Number, by: By, reason: Reason = "", place: OnePlace = "") -> None:
    """Undo a hold: what waited is checked once more and goes out."""
    from jikimi.flow import steering  # heavy

    with opened() as service:
        case, about = find_case(service, number), _place_of(service, place)
        act = steering.release(
            service.house, case.key, Why.POLICE_FIRST, reason=reason, by=known_user(by), place=about
        )
        perform(service, act, by)
    typer.echo(f"Requests {_of(number, place)} are no longer held.")


def pause(by: By, number: Perhaps = "", reason: Reason = "") -> None:
    """Stop all requests of the centre, or of one case, at once. Nothing is lost; everything waits."""
    from jikimi.flow import steering  # heavy

    with opened() as service:
        if number:
            case = find_case(service, number)
            act = steering.hold(service.house, case.key, Why.PAUSE, reason=reason, by=known_user(by))
        else:
            act = steering.pause(service.house, is_on=True, by=known_user(by))
        perform(service, act, by)
    case_named = f" {quote(number)}" if number else ""
    typer.echo(f"Requests {_of(number)} are paused. To go on: jikimi removal resume{case_named} --by NAME")


def resume(by: By, number: Perhaps = "", reason: Reason = "") -> None:
    """End a pause: what waited goes out, of the whole centre within five minutes."""
    from jikimi.flow import steering  # heavy

    with opened() as service:
        if number:
            case = find_case(service, number)
            act = steering.release(service.house, case.key, Why.PAUSE, reason=reason, by=known_user(by))
        else:
            act = steering.pause(service.house, is_on=False, by=known_user(by))
        perform(service, act, by)
    typer.echo(f"Requests {_of(number)} are no longer paused.")


def take_back(
    notice: Annotated[str, typer.Argument(help="The beginning of the notice's key.")],
    by: By,
    reason: Reason = "",
) -> None:
    """Take back one request that has not gone out yet."""
    from jikimi.flow import steering  # heavy

    with opened() as service:
        found = by_beginning(service.house.records.find(Notice), notice, "notice")
        perform(service, steering.take_back(service.house, found.key, reason=reason, by=known_user(by)), by)
        outcome = told(service.house.records.find(Receipt, parent=found.key))[-1].state
    if outcome is not Sent.TAKEN_BACK:
        raise NeedsHuman(f"Notice {found.key[:12]} was taken back too late: {outcome}.")
    typer.echo(
        f"Notice {found.key[:12]} is taken back. If it was being sent at this very moment, "
        "`jikimi removal list` soon says so."
    )


def statement(number: Number, by: By) -> None:
    """Approve what letters state in good faith for a case, after its wording changed."""
    from jikimi.flow import steering  # heavy

    with opened() as service:
        case = find_case(service, number)
        print_statements()
        perform(service, steering.approve_statement(service.house, case.key, by=known_user(by)), by)
    typer.echo(f"These statements are approved for case {number}.")


def last_resort(
    number: Number,
    by: By,
    work: Annotated[str, typer.Option(help="The work, in words that tell nothing of the person.")] = "",
    warned: Annotated[
        bool, typer.Option("--i-read-the-warning", help="The warning was read, and the person agreed.")
    ] = False,
    forbid: Annotated[bool, typer.Option("--forbid", help="Take the permission back.")] = False,
) -> None:
    """Allow copyright notices (DMCA) for one case: they expose the person. See the warning first."""
    from jikimi.flow import steering  # heavy
    from jikimi.removal.letters import LETTERS
    from jikimi.removal.regime_dmca import DMCA

    with opened() as service:
        case = find_case(service, number)
        if forbid:
            perform(service, steering.forbid_last_resort(service.house, case.key, by=known_user(by)), by)
            typer.echo(f"No copyright notice goes out for case {number}.")
            return
        typer.echo(f"{DMCA.warning}\n\n{LETTERS['en'].perjury}\n")
        act = steering.allow_last_resort(
            service.house, case.key, work=work, is_warned=warned, by=known_user(by)
        )
        perform(service, act, by)
    typer.echo(
        f"Copyright notices are allowed. To send one: jikimi removal under PLACE {DMCA.name} --by NAME"
    )


def under(place: PlaceKey, rules: Rules, by: By, language: Language = "") -> None:
    """Write and send one more request for a place, under rules that you choose."""
    from jikimi.flow import steering  # heavy
    from jikimi.flow.reading import is_sending_on

    with opened() as service:
        found = by_beginning(service.house.records.find(Place), place, "place")
        act = steering.request_under(
            service.house, found.key, regime=rules, language=language, by=known_user(by)
        )
        missing, wait = steering.foreseen(service.house, found.key, regime=rules, language=language)
        perform(service, act, by)
        is_real = is_sending_on(service.house)
    request = f"One more request for place {found.key[:12]}"
    if missing:
        typer.echo(
            f"{request} is wanted under {rules}, but it cannot be written: {missing}\n"
            "Until then it is laid aside and nothing is sent. Type this command again once that is done."
        )
        return
    then = "sent" if is_real else "rehearsed, since sending is off"
    typer.echo(
        f"{request} will be written, under {rules}. "
        + (f"It waits for: {wait}." if wait else f"Then it is {then}.")
    )


def rehearse(
    place: PlaceKey,
    rules: Annotated[str, typer.Option(help="A name of `jikimi removal rules`; else the rule chooses.")] = "",
    language: Language = "",
) -> None:
    """Print the next request about a place as it would be written. Nothing is kept and nothing is sent."""
    from jikimi.flow import steering  # heavy

    with opened() as service:
        found = by_beginning(service.house.records.find(Place), place, "place")
        notice, problem = steering.rehearse(service.house, found.key, regime=rules, language=language)
        typer.echo(f"To: {notice.recipient}\nSubject: {notice.subject}\n\n{notice.body}")
        if problem:
            raise NeedsHuman(f"It may not go out. {problem}")
        typer.echo(f"It may go out, under {notice.regime} in {notice.language}.")


def rules() -> None:
    """List the rules that a request can be made under, with languages and clock."""
    from jikimi.removal.regimes import REGIMES

    rows = [
        (regime.name, regime.title, " ".join(regime.languages), f"{regime.clock.total_seconds() / 3600:g} h")
        for regime in REGIMES.values()
    ]
    show_table(("rules", "title", "languages", "clock"), rows)


def _place_of(service: "Service", beginning: str) -> str:
    return by_beginning(service.house.records.find(Place), beginning, "place").key if beginning else ""


def _of(number: str, place: str = "") -> str:
    if place:
        return f"for place {place} of case {number}"
    return f"of case {number}" if number else "of the whole centre"
