"""`jikimi source`: begin a source of your own."""

import keyword
import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from jikimi.model.errors import Misconfigured

app = typer.Typer(help="Sources: what can be watched, and how to begin one.", no_args_is_help=True)
NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
ENTRY = '[project.entry-points."jikimi.sources"]'


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Its name, such as board: small letters, digits and _.")],
    push: Annotated[bool, typer.Option("--push", help="It pushes posts to us; without it, we ask.")] = False,
    folder: Annotated[
        Path, typer.Option(help="Where to write a package of your own; a checkout of Jikimi gets it inside.")
    ] = Path(),
) -> None:
    """Write a source that works, its pair of answers and its contract test; then make it yours."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise Misconfigured("Type a name of small letters, digits and _, such as: jikimi source new board")
    is_inside = (folder / "src" / "jikimi" / "sources").is_dir()
    written = _inside(name, folder) if is_inside else _outside(name, folder)
    kind = "pushed" if push else "polled"
    module = f"jikimi.sources.{name}" if is_inside else f"jikimi_source_{name}"
    words = {"NAME": name, "CLASS": "".join(part.title() for part in name.split("_")), "MODULE": module}
    taken = [path for path in written if path.exists()]
    if taken:
        raise Misconfigured(f"{taken[0]} is there already. Choose another name or folder.")
    for path, template in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(template.format(kind=kind), words))
        typer.echo(f"wrote {path}")
    if is_inside:
        entry = f'{words["NAME"]} = "{module}:{words["CLASS"]}"'
        typer.echo(f"Add to SOURCES in app/sources.py: {words['CLASS']}, and to pyproject.toml: {entry}")
    tests = next(path for path in written if path.name.startswith("test_"))
    typer.echo(f"Next: python -m pytest {tests}")


def _inside(name: str, folder: Path) -> dict[Path, str]:
    """Return the files of a source in a checkout, and their templates."""
    tests = folder / "tests" / "sources" / name
    return {folder / "src" / "jikimi" / "sources" / f"{name}.py": "{kind}.py", **_tests(name, tests)}


def _outside(name: str, folder: Path) -> dict[Path, str]:
    """Return the files of a package of its own, and their templates."""
    return {
        folder / f"jikimi_source_{name}.py": "{kind}.py",
        folder / "pyproject.toml": "pyproject.toml",
        **_tests(name, folder / "tests"),
    }


def _tests(name: str, folder: Path) -> dict[Path, str]:
    return {
        folder / f"cases_{name}.py": "{kind}_case.py",
        folder / f"{name}_answers.json": "answers.json",
        folder / f"test_{name}.py": "test.py",
    }


def _filled(template: str, words: dict[str, str]) -> str:
    text = (files("jikimi.cli") / "templates" / f"{template}.txt").read_text(encoding="utf-8")
    lines = re.sub("|".join(words), lambda found: words[found[0]], text).splitlines()
    ours = [place for place, line in enumerate(lines) if line.startswith("from jikimi")]
    if template.endswith("_case.py"):  # where its own import stands depends on its name
        for place, line in zip(ours, sorted(lines[place] for place in ours), strict=True):
            lines[place] = line
    return "\n".join(lines) + "\n"
