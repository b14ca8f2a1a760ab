"""Writes docs/removal/ from the regimes and the letters. A test says when it is due."""

from collections.abc import Iterable
from pathlib import Path

from jikimi.model.notice import Field, Material, Role
from jikimi.removal.letters import LETTERS, has_letter
from jikimi.removal.regime import Regime
from jikimi.removal.regimes import REGIMES

FOLDER = Path(__file__).parents[1] / "docs" / "removal"
MADE = "Made from `{source}` by `.venv/bin/python tests/docs_regimes.py`; do not edit."
NEVER_BY_ITSELF = "Never chosen by the rule: a person allows it for a case, and chooses it for a request."
SOURCES = {
    "kr-22-5": "src/jikimi/removal/regime_kr.py",
    "us-take-it-down": "src/jikimi/removal/regime_us.py",
    "eu-dsa-16": "src/jikimi/removal/regime_eu.py",
    "uk-osa": "src/jikimi/removal/regime_uk.py",
    "policy": "src/jikimi/removal/regime_policy.py",
    "us-dmca": "src/jikimi/removal/regime_dmca.py",
}
IN_WORDS = {
    Field.SENDER: "the sender's name, which is the centre's",
    Field.SIGNATURE: "an electronic signature",
    Field.CONTACT: "how to reach the sender",
    Field.EMAIL: "a mail address for answers",
    Field.AUTHORITY: "in whose name the centre acts",
    Field.ADDRESSES: "the exact addresses of post and file",
    Field.DIGEST: "the file's SHA-256",
    Field.SEEN: "when it was seen",
    Field.KIND: "what kind of material it is",
    Field.REASON: "the legal ground",
    Field.STATEMENT: "the statement of good faith and accuracy",
    Field.ASKED: "what is asked",
    Field.WORK: "the copyrighted work",
    Field.PERJURY: "the statement under penalty of perjury",
}


def pages() -> dict[str, str]:
    """Return every page of docs/removal/ by its file name, as it should be."""
    return {"README.md": _index(), **{f"{name}.md": _page(one) for name, one in REGIMES.items()}}


def _page(regime: Regime) -> str:
    countries = " ".join(sorted(regime.countries)) or "all"
    parts = [
        f"# {regime.title}",
        MADE.format(source=SOURCES[regime.name]),
        f"**Warning.** {regime.warning}" if regime.warning else "",
        _fits(regime, countries),
        NEVER_BY_ITSELF if regime.is_last_resort else "",
        "## What a request must hold\n\n" + _items(IN_WORDS[one] for one in regime.required),
        "## What it must not hold\n\n" + _items(regime.never),
        f"## Clock\n\n{_hours(regime)}. {regime.clock_note}",
        "## What it gives, and what it does not\n\n" + _items(regime.gives),
        "## Where it stands\n\n"
        + _items(
            f"[{law.citation}]({law.url}), checked on {law.checked}" + (f": {law.note}" if law.note else "")
            for law in regime.laws
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _fits(regime: Regime, countries: str) -> str:
    roles = ", ".join(role for role in Role if role in regime.roles)
    whose = " and ".join(f"{one}s" for one in Material if one in regime.materials)
    languages = ", ".join(LETTERS[language].name for language in regime.languages)
    facts = {
        "Name": f"`{regime.name}`", "Recipients in": countries, "Recipients that are a": roles,
        "Material of": whose, "Letters in": languages,
    }  # fmt: skip
    return _items(f"{name}: {text}" for name, text in facts.items())


def _index() -> str:
    head = "| rules | " + " | ".join(LETTERS) + " |\n|---|" + "---|" * len(LETTERS)
    rows = [
        f"| [{regime.name}]({regime.name}.md) | "
        + " | ".join("yes" if has_letter(regime.name, language) else "" for language in LETTERS)
        + " |"
        for regime in REGIMES.values()
    ]
    return "\n".join(
        [
            "# Rules and languages",
            "",
            MADE.format(source="src/jikimi/removal/regimes.py"),
            "",
            "Which letter has a legal paragraph for which rules. Where there is none, there is no request.",
            "",
            head,
            *rows,
            "",
            "How they are chosen: [removal](../removal.md#which-rules-which-language).",
            "",
        ]
    )


def _items(texts: Iterable[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _hours(regime: Regime) -> str:
    return f"Escalation may go on after {regime.clock.total_seconds() / 3600:g} hours"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
