"""Writes docs/cli.md from the help of every command. A test says when it is due."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from jikimi.cli import app

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
WIDTH = 100
HEAD = """\
# Commands

Made from the program's own help by `.venv/bin/python tests/docs_cli.py`; do not edit. In a checkout, type
`./run` in place of `jikimi`.
"""


def commands() -> dict[str, Any]:
    """Return every command by its full name, such as "jikimi case open", groups included, in help's order."""
    return dict(_walk("jikimi", typer.main.get_command(app)))


def page() -> str:
    """Return docs/cli.md as it should be."""
    parts = [HEAD]
    for name, command in commands().items():
        parts.append(f"## {name}\n\n```text\n{_help(name, command)}\n```\n")
    return "\n".join(parts)


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for child, found in getattr(command, "commands", {}).items():
        yield from _walk(f"{name} {child}", found)


def _help(name: str, command: Any) -> str:
    context = command.context_class(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    text: str = command.get_help(context)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


if __name__ == "__main__":
    PAGE.write_text(page())
