"""The Korean catalogue: complete, without doubt, and compiled from what stands in it."""

import ast
import gettext
import re
from pathlib import Path

from django.utils.translation.template import templatize

import jikimi.console

CONSOLE = Path(jikimi.console.__file__).parent
KOREAN = CONSOLE / "locale" / "ko" / "LC_MESSAGES"
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
CALL = re.compile(r"""\bn?gettext\(u?(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
UNDERSCORE = re.compile(r"""\b_\((?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)""")
HOLES = re.compile(r"%\(\w+\)[sd]")


def entries() -> dict[str, tuple[str, ...]]:
    """Return every msgid of the .po with its translations."""
    found: dict[str, tuple[str, ...]] = {}
    for block in (KOREAN / "django.po").read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        texts: dict[str, str] = {}
        name = ""
        for line in lines:
            if not line.startswith('"'):
                name, _, line = line.partition(" ")  # noqa: PLW2901  # the rest of the line is the text
            texts[name] = texts.get(name, "") + ast.literal_eval(line)
        found[texts["msgid"]] = tuple(text for key, text in texts.items() if key.startswith("msgstr"))
    return found


def marked_in_python(path: Path) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    marked = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id in MARKS and c.args)
    return {c.args[0].value for c in marked if isinstance(c.args[0], ast.Constant)}  # type: ignore[misc]


def marked_in_template(path: Path) -> set[str]:
    text = path.read_text()
    found = [*CALL.finditer(templatize(text)), *UNDERSCORE.finditer(text)]
    return {ast.literal_eval(match["text"]) for match in found}


def marked() -> set[str]:
    texts = set()
    for path in CONSOLE.rglob("*.py"):
        texts |= marked_in_python(path)
    for path in (CONSOLE / "templates").rglob("*.html"):
        texts |= marked_in_template(path)
    return texts


def test_everything_people_read_is_in_the_catalogue_and_nothing_else() -> None:
    assert marked() == set(entries()) - {""}


def test_nothing_is_empty_or_in_doubt() -> None:
    text = (KOREAN / "django.po").read_text()
    assert "#, fuzzy" not in text
    assert "#~" not in text
    assert [msgid for msgid, said in entries().items() if not all(said)] == []


def test_every_hole_in_a_text_is_filled_by_its_translation() -> None:
    for msgid, said in entries().items():
        if msgid:
            for one in said:
                assert set(HOLES.findall(one)) == set(HOLES.findall(msgid)), msgid


def test_the_compiled_catalogue_says_the_same() -> None:
    with (KOREAN / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    said = {(key[0] if isinstance(key, tuple) else key): text for key, text in compiled.items() if key}
    assert said == {msgid: texts[0] for msgid, texts in entries().items() if msgid}


def test_no_template_holds_words_that_are_not_marked() -> None:
    for path in (CONSOLE / "templates" / "console").rglob("*.html"):
        text = re.sub(
            r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}", "", path.read_text(), flags=re.DOTALL
        )
        text = re.sub(r"<!doctype html>|<code>jikimi[^<]*</code>|<kbd[^>]*>[^<]*</kbd>", "", text)
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.DOTALL)
        words = re.findall(r"[A-Za-z]{2,}", " ".join(re.findall(r">([^<]*)<", text)))
        assert words == [], path.name
