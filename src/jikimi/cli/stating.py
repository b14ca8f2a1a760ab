"""Prints what letters state in good faith, for whoever approves it."""

import typer


def print_statements(language: str = "") -> None:
    """Print the statement of the letter in one language, or of all letters."""
    from jikimi.removal.letters import LETTERS

    for letter in LETTERS.values():
        if language in {"", letter.language}:
            typer.echo(f"{letter.name}: {' '.join(letter.statement.splitlines())}")
