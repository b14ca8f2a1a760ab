"""Measures the search in text: recall by kind, false alarms by evidence, captions, speed, memory."""

import gc
import math
import random
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import text_names
from jikimi.model.text import Identifier, IdentifierKind
from jikimi.review.words import alerts
from jikimi.text.bank import LiveTextBank
from text_kinds import Kind

PARTICLES = ["", "", "이", "가", "는", "님", "야", "한테"]


@dataclass(frozen=True, slots=True)
class Recall:
    """One kind: how many were asked, found at all, and at evidence that is not weak."""

    group: str
    kind: str
    asked: int
    found: int
    sure: int
    misses: tuple[str, ...]


def made_identifiers(count: int, seed: int = 5) -> list[Identifier]:
    """Return made-up identifiers in the mix a national centre would hold."""
    shares = {
        IdentifierKind.NAME: (0.08, text_names.korean_names),
        IdentifierKind.NICKNAME: (0.04, text_names.nicknames),
        IdentifierKind.HANDLE: (0.46, text_names.handles), IdentifierKind.PHONE: (0.12, text_names.phones),
        IdentifierKind.SCHOOL: (0.02, text_names.schools), IdentifierKind.TITLE: (0.28, text_names.titles),
    }  # fmt: skip
    found: list[Identifier] = []
    for kind, (share, make) in shares.items():
        for text in make(max(1, int(count * share)), seed):
            found.append(Identifier(f"{kind}{len(found)}", f"case {len(found) // 9}", kind, text))
    return found


def identifiers(kind: IdentifierKind, texts: Sequence[str]) -> list[Identifier]:
    return [Identifier(f"{kind} {text}", f"case of {text}", kind, text) for text in texts]


def recall(
    kind: IdentifierKind,
    group: str,
    texts: Sequence[str],
    respellings: dict[str, Kind],
    carriers: Sequence[str],
) -> Iterator[Recall]:
    """Ask each kind for each text, embedded in a sentence."""
    bank = LiveTextBank(identifiers(kind, texts))
    for name, respell in respellings.items():
        made = random.Random(f"{group} {name}")
        asked = found = sure = 0
        misses: list[str] = []
        for text in texts:
            spelled = respell(text, made)
            if spelled is None or spelled == text:
                continue
            words = (made.choice(carriers) if carriers else text_names.sentence(made)).split()
            place = made.randrange(len(words) + 1)
            particle = (
                made.choice(PARTICLES)
                if group in ("name", "nickname") and name not in ("Latin keys", "initials")
                else ""
            )
            if "omanised" in name:
                particle = ""
            post = " ".join([*words[:place], spelled + particle, *words[place:]])
            hits = [hit for hit in bank.scan([post])[0] if hit.identifier == f"{kind} {text}"]
            asked += 1
            found += bool(hits)
            sure += any(not hit.evidence.is_weak for hit in hits)
            if not hits and len(misses) < 3:
                misses.append(f"{text} → {spelled + particle}")
        if asked:
            yield Recall(group, name, asked, found, sure, tuple(misses))


def at_most(count: int, chance: float = 0.05) -> float:
    """Return the largest mean of a Poisson law by which so few events have this chance: 3.0 for none."""
    low, high = 0.0, 10.0 + 3 * count
    while high - low > 1e-4:
        mean = (low + high) / 2
        chances = (n * math.log(mean) - mean - math.lgamma(n + 1) for n in range(count + 1))
        total = sum(map(math.exp, chances))
        low, high = (mean, high) if total > chance else (low, mean)
    return high


def false_alarms(
    bank: LiveTextBank, posts: Sequence[str], per: int = 200
) -> tuple[Counter[str], int, list[str]]:
    """Return posts by kind and evidence, how many would alert, and what is sure and no homonym."""
    counts: Counter[str] = Counter()
    alarms = 0
    shown: list[str] = []
    for start in range(0, len(posts), per):
        part = posts[start : start + per]
        for post, hits in zip(part, bank.scan(part), strict=True):
            alarms += alerts(hits)
            for hit in {(h.kind.value, h.evidence.value): h for h in hits}.values():
                counts[f"{hit.kind} {hit.evidence}"] += 1
                if not hit.evidence.is_weak and hit.evidence != "exact" and len(shown) < 40:
                    shown.append(
                        f"{hit.identifier} ({hit.evidence}): {post[max(0, hit.start - 10) : hit.end + 10]}"
                    )
    return counts, alarms, shown


def caption_edits(
    carriers: Sequence[str], words: Sequence[str]
) -> dict[str, Callable[[str, random.Random], str]]:
    """Return what is done to captions."""

    def embedded(text: str, made: random.Random) -> str:
        return f"{made.choice(carriers)} {text} {made.choice(carriers)}"

    def edited(text: str, made: random.Random) -> str:
        out = []
        for c in text:
            lot = made.random()
            if lot < 0.033:
                continue
            out.append(
                made.choice("가나다라마바사아")
                if lot < 0.067
                else c + made.choice("ㅋㅎ~!")
                if lot < 0.1
                else c
            )
        return "".join(out)

    def reordered(text: str, _: random.Random) -> str:
        parts = text.split()
        third = max(1, len(parts) // 3)
        return " ".join(parts[third * 2 :] + parts[:third] + parts[third : third * 2])

    def replaced(text: str, made: random.Random) -> str:
        return " ".join(made.choice(words) if made.random() < 0.2 else word for word in text.split())

    return {
        "same": lambda t, _: t,
        "spacing, hearts": lambda t, r: "".join(
            c + (r.choice(["", " ", ".", "\u200b", "♡"]) if r.random() < 0.3 else "") for c in t
        ),
        "embedded": embedded,
        "10 % of characters": edited,
        "truncated to 60 %": lambda t, _: t[: max(12, int(len(t) * 0.6))],
        "20 % of words": replaced,
        "reordered": reordered,
    }


def caption_recall(
    made: Sequence[tuple[tuple[int, int], str]], bank: LiveTextBank, carriers: Sequence[str], ask: int
) -> Iterator[tuple[str, list[float]]]:
    """Yield each edit and the share found, bucket by bucket."""
    words = [word for line in carriers[:3000] for word in line.split()]
    for name, edit in caption_edits(carriers, words).items():
        chance = random.Random(name)
        row = []
        for bucket in dict.fromkeys(b for b, _ in made):
            asked = [text for b, text in made if b == bucket][:ask]
            found = sum(
                any(h.identifier == f"caption {t}" for h in bank.scan([edit(t, chance)])[0]) for t in asked
            )
            row.append(found / len(asked))
        yield name, row


@dataclass(frozen=True, slots=True)
class Cost:
    """Posts a CPU second and by the clock; memory of the whole process, before and at its peak, in MB."""

    cpu_posts: float
    wall_posts: float
    p99_ms: float
    before_mb: float
    peak_mb: float
    compile_s: float
    enter_ms: float
    slowest_ms: float


def cost(
    bank_of: Sequence[Identifier], posts: Sequence[str], seconds: float = 10.0
) -> tuple[LiveTextBank, Cost]:
    """Fill a bank and read posts for a while."""
    gc.collect()
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    began = time.process_time()
    bank = LiveTextBank(bank_of)
    compiled = time.process_time() - began
    bank.scan(posts[:500])
    gc.freeze()
    each = []
    for post in posts[:2000]:
        at = time.process_time()
        bank.scan([post])
        each.append(time.process_time() - at)
    cpu, wall, done = time.process_time(), time.perf_counter(), 0
    while time.process_time() - cpu < seconds:
        start = done % max(1, len(posts) - 500)
        bank.scan(posts[start : start + 500])
        done += 500
    spent, clock = time.process_time() - cpu, time.perf_counter() - wall
    entered = []
    for number in range(60):
        case = [
            Identifier(f"new {number} {i.key}", "new", i.kind, i.text)
            for i in bank_of[number * 9 : number * 9 + 9]
        ]
        at = time.process_time()
        bank.enter(case)
        entered.append(time.process_time() - at)
    if bank.wants_compacting:
        bank.compact()  # as the house does
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    p99 = statistics.quantiles(each, n=100)[98] * 1000
    return bank, Cost(
        done / spent,
        done / clock,
        p99,
        before,
        resident,
        compiled,
        statistics.median(entered) * 1000,
        max(entered) * 1000,
    )


def burden() -> float:
    """Return how many CPU seconds five million additions take now: about 0.2 where nobody else computes."""
    began, total = time.process_time(), 0
    for number in range(5_000_000):
        total += number
    return time.process_time() - began


HOSTILE = {
    "plain Hangul": "가나다라마바사 " * 12_500,
    "loose jamo and dots": "ㄱ." * 50_000,
    "digits": "0123456789" * 10_000,
    "letters and spaces": "a " * 50_000,
    "look-alikes": "가口ㅏ1" * 25_000,
    "Chinese": "王小明李" * 25_000,
    "combining marks": "a" + "\u0301" * 99_999,
    "one name": "김민서" * 33_333,
    "names in Latin": "kim min seo " * 8_333,
    "initials": "ㄱㅁㅅ " * 25_000,
    "numerals": "공일이삼사오육칠팔구" * 10_000,
    "right to left": "\u202e김\u202d민" * 25_000,
}


def hostile(bank: LiveTextBank) -> Iterator[tuple[str, float, int]]:
    """Yield how many milliseconds of CPU each hostile text of 100,000 characters takes, and its length."""
    for name, text in HOSTILE.items():
        at = time.process_time()
        bank.scan([text])
        yield name, (time.process_time() - at) * 1000, len(text)
