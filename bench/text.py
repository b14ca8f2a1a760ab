"""Measures the search in text and prints tables: recall kind by kind, false alarms, captions, speed.

python bench/text.py [--rules DIR] [--negatives DIR] [--captions DIR] [--only PART,PART] [--count N]
[--json FILE]

Parts: names, handles, phones, languages, alarms, captions, speed. Everything asked for is made up, by
code that
knows nothing of the matcher's tables. --rules takes somebody else's tables of respellings
(iconic_dictionary.json, replace.json, confusables.txt); without them the figures of those kinds are not held
out. --negatives and --captions are folders of .txt files, one sentence a line, from different sources;
without
them sentences are made up, and false alarms say little.
"""

import argparse
import json
import os
import platform
import random
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import text_edits
import text_figures as figures
import text_foreign
import text_kinds
import text_names
from jikimi.model.text import Identifier, IdentifierKind
from jikimi.text.bank import LiveTextBank
from text_figures import Recall

PARTS = "names,handles,phones,languages,alarms,captions,speed"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rules", type=Path, help="tables of respellings by another author")
    asked.add_argument("--negatives", type=Path, help="ordinary sentences")
    asked.add_argument("--captions", type=Path, help="sentences from other sources, to make captions of")
    asked.add_argument("--only", default=PARTS, help=f"parts, of {PARTS}")
    asked.add_argument("--count", type=int, default=400, help="how many of each are asked")
    asked.add_argument("--json", type=Path, help="write the figures to this file too")
    options = asked.parse_args()
    parts = options.only.split(",")
    rules = text_edits.read_rules(options.rules)
    ordinary = text_names.read_lines(options.negatives)
    made = random.Random(1)
    ordinary = ordinary or [text_names.sentence(made, made.randint(3, 9)) for _ in range(20_000)]
    print(f"{platform.machine()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f};"
          f" rules {'held out' if rules.held_out else 'of our own, not held out'}; romaniser"
          f" {'of another author' if text_edits.has_romanizer() else 'of our own'}\n")  # fmt: skip
    rows: dict[str, Any] = {}
    carriers = [line for line in ordinary if 10 < len(line) < 120 and any("가" <= c <= "힣" for c in line)][
        :5000
    ]
    found: list[Recall] = []
    if "names" in parts:
        found += names(rules, carriers, options.count)
    if "handles" in parts:
        texts = text_names.handles(options.count, 12)
        kinds = text_kinds.latin_kinds(rules) | {
            "confusable, leet, zero width": text_kinds.latin_three(rules)
        }
        found += figures.recall(IdentifierKind.HANDLE, "handle", texts, kinds, carriers)
    if "phones" in parts:
        texts = text_names.phones(options.count, 13)
        found += figures.recall(IdentifierKind.PHONE, "phone", texts, text_kinds.phone_kinds(), carriers)
    if "languages" in parts:
        for language, kinds in text_foreign.foreign_kinds(rules).items():
            texts = list(dict.fromkeys(text_names.names_of(language, options.count, 14)))
            found += figures.recall(IdentifierKind.NAME, language, texts, kinds, carriers)
    print_recall(found)
    rows["recall"] = [asdict(row) for row in found]
    if "alarms" in parts:
        rows["alarms"] = alarms(ordinary)
    if "captions" in parts:
        rows["captions"] = captions(ordinary, text_names.read_lines(options.captions), options.count)
    if "speed" in parts:
        rows["speed"] = speed(ordinary)
    if options.json:
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1))


def names(rules: text_edits.Rules, carriers: Sequence[str], count: int) -> list[Recall]:
    kinds = text_kinds.korean_kinds(rules)
    pairs = {
        f"{one} + {other}": text_kinds.respelled(kinds, f"{one} + {other}") for one, other in text_kinds.PAIRS
    }
    found = list(
        figures.recall(
            IdentifierKind.NAME, "name", text_names.korean_names(count, 10), kinds | pairs, carriers
        )
    )
    nick = text_names.nicknames(count, 11)
    return [*found, *figures.recall(IdentifierKind.NICKNAME, "nickname", nick, kinds, carriers)]


def print_recall(found: Sequence[Recall]) -> None:
    print("| what | respelled | asked | found | of them sure | missed |\n|---|---|---:|---:|---:|---|")
    for row in found:
        print(
            f"| {row.group} | {row.kind} | {row.asked} | {row.found / row.asked:.3f} |"
            f" {row.sure / row.asked:.3f} | {'; '.join(row.misses)} |"
        )


def alarms(posts: Sequence[str]) -> dict[str, Any]:
    """Count what 1,000 names, 500 of each other kind say of ordinary posts."""
    known = [
        *figures.identifiers(IdentifierKind.NAME, text_names.korean_names(1000, 20)),
        *figures.identifiers(IdentifierKind.NICKNAME, text_names.nicknames(500, 21)),
        *figures.identifiers(IdentifierKind.HANDLE, text_names.handles(500, 22)),
        *figures.identifiers(IdentifierKind.PHONE, text_names.phones(500, 23)),
        *figures.identifiers(IdentifierKind.SCHOOL, text_names.schools(200, 24)),
        *figures.identifiers(IdentifierKind.TITLE, text_names.titles(500, 25)),
    ]
    bank = LiveTextBank(known)
    korean = [post for post in posts if any("가" <= c <= "힣" for c in post)]
    others = [post for post in posts if not any("가" <= c <= "힣" for c in post)]
    return {
        name: alarms_in(name, bank, part) for name, part in (("Korean", korean), ("other", others)) if part
    }


def alarms_in(name: str, bank: LiveTextBank, posts: Sequence[str]) -> dict[str, Any]:
    counts, alerted, shown = figures.false_alarms(bank, posts)
    most = figures.at_most(alerted) / len(posts) * 1e6
    print(
        f"\nfalse alarms in {len(posts):,} ordinary {name} posts; alerts: {alerted}, so at most {most:.1f} a"
        f" million (95 %)\n\n| kind, evidence | posts | a million | at most |\n|---|---:|---:|---:|"
    )
    for kind, count in sorted(counts.items()):
        a_million = 1e6 / len(posts)
        print(
            f"| {kind}{' (homonyms)' if kind.endswith(' exact') else ''} | {count} |"
            f" {count * a_million:.0f} | {figures.at_most(count) * a_million:.0f} |"
        )
    print("\n".join(shown))
    return {"posts": len(posts), "alerts": alerted, "counts": dict(counts)}


def captions(ordinary: Sequence[str], pool: Sequence[str], count: int) -> dict[str, Any]:
    made = text_names.captions(3000, pool, 30)
    bank = LiveTextBank(figures.identifiers(IdentifierKind.CAPTION, [text for _, text in made]))
    print("\n| caption | 20-40 | 40-80 | 80-150 | 150-300 |\n|---|---:|---:|---:|---:|")
    rows = dict(figures.caption_recall(made, bank, ordinary, count))
    for name, row in rows.items():
        print(f"| {name} | " + " | ".join(f"{share:.3f}" for share in row) + " |")
    chance = random.Random(31)
    asked = [" ".join(chance.sample(ordinary, chance.choice([1, 1, 2, 3]))) for _ in range(20_000)]
    _, alerted, _ = figures.false_alarms(bank, asked)
    print(
        f"\nposts of 1 to 3 sentences from other sources: {alerted} of {len(asked):,} are taken for a caption"
    )
    return {"recall": rows, "false": alerted, "asked": len(asked)}


def speed(ordinary: Sequence[str]) -> dict[str, Any]:
    chance = random.Random(40)
    posts = [" ".join(chance.sample(ordinary, 2)) for _ in range(10_000)]
    known = figures.made_identifiers(100_000)
    bank, first = figures.cost(known, posts)
    print(
        f"\n{len(known):,} identifiers, all views; {sum(map(len, posts)) / len(posts):.0f} characters a post;"
        f" load {os.getloadavg()[0]:.1f}"
    )
    print(first)
    print(f"five million additions take {figures.burden():.2f} CPU seconds meanwhile")
    slow = list(figures.hostile(bank))
    for name, spent, length in slow:
        print(f"| {name} | {length:,} characters | {spent:.0f} ms |")
    made = text_names.captions(10_000, [], 41)
    known += [
        Identifier(f"caption {n}", "case", IdentifierKind.CAPTION, text) for n, (_, text) in enumerate(made)
    ]
    del bank
    _, second = figures.cost(known, posts)
    print(f"\nwith 10,000 captions\n{second}")
    return {"identifiers": asdict(first), "captions": asdict(second), "hostile": slow}


if __name__ == "__main__":
    main()
