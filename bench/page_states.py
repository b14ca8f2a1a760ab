"""Looks at every labelled page state with the real fetcher, sandbox and rules: `./run bench page_states`."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jikimi.app.engine import clip_fingerprinters, empty_vault, fingerprinters
from jikimi.app.text import text_bank
from jikimi.flow.recheck import recheck
from jikimi.media.addresses import AddressPolicy
from jikimi.media.fetch import GuardedFetcher
from jikimi.media.sandbox import SandboxPool
from jikimi.media.specimen import encode_jpeg
from jikimi.model.alert import Job, Place, Presence, Recheck
from jikimi.model.case import Reference
from jikimi.model.errors import Gone
from jikimi.model.fingerprint import Effort, How, Inspection, Tier
from jikimi.model.ports import House, Rules
from jikimi.model.post import Post
from page_state_server import ABROAD, COPY, LOOPBACK, ORIGINAL, State, StateServer
from page_states_first import FIRST
from page_states_second import SECOND

NAMES = {
    Presence.LIVE: "live",
    Presence.GONE: "gone",
    Presence.UNKNOWN: "unknown",
    Presence.BLOCKED: "blocked",
    Presence.LOGIN: "login",
    Presence.MOVED: "moved",
    Presence.BACK: "back",
}
LABELS = tuple(NAMES.values())
DAY = timedelta(days=1)
HALVES = (("first", FIRST), ("second", SECOND))


@dataclass
class Shelf:
    """Holds the few records that a re-check reads. Stands in for the port Records."""

    place: Place
    reference: Reference
    rechecks: tuple[Recheck, ...] = ()

    def get(self, kind: type, key: str) -> Any:
        """Return the place or the reference; of its post nothing is kept."""
        del key
        if kind is Post:
            raise Gone("the post was tidied away")
        return self.place if kind is Place else self.reference

    def find(self, kind: type, **by: str) -> tuple[Any, ...]:
        """Return the earlier looks, nothing else."""
        del by
        return self.rechecks if kind is Recheck else ()


@dataclass
class Bench:
    """The real parts, opened once; `close` them."""

    server: StateServer
    here: GuardedFetcher = field(init=False)
    abroad: GuardedFetcher = field(init=False)

    def __post_init__(self) -> None:
        self.server.start()
        policy = AddressPolicy(frozenset({(LOOPBACK, self.server.port)}))
        self.here = GuardedFetcher(policy, user_agent="Jikimi/bench", clock=now, resolve=to_loopback)
        self.abroad = GuardedFetcher(policy, user_agent=f"Jikimi/{ABROAD}", clock=now, resolve=to_loopback)
        self.sandbox = SandboxPool(fingerprinters(), clip_fingerprinters(), size=2)
        self.found = self.sandbox.inspect(COPY)
        self.original = self.sandbox.inspect(encode_jpeg(ORIGINAL), Effort.REFERENCE)

    def look(self, number: int) -> tuple[str, str]:
        """Run the step for one state and return what it says, and why."""
        state = self.server.states[number]
        place = self._place(number)
        reference = Reference(place.case, self.original.fingerprints, "specimen", "ada", now())
        shelf: Any = Shelf(place, reference, gone_before(place) if state.was_gone else ())
        house = House(
            records=shelf, queue=shelf, vault=empty_vault(), words=text_bank(), fetcher=self.here,
            sandbox=self.sandbox, sealer=shelf, channels={}, rehearsal=shelf,
            rules=Rules((timedelta(hours=1), DAY), DAY, "en", "Bench", "a@b.invalid", "a@b.invalid"),
            clock=now,
            vantages={} if state.elsewhere is None else {ABROAD: self.abroad},
        )  # fmt: skip
        look = recheck(Job("recheck", place.key), house).records[0]
        assert isinstance(look, Recheck)
        return NAMES[look.presence], look.detail

    def _place(self, number: int) -> Place:
        post, media = self.server.addresses(number)
        found: Inspection = self.found
        return Place(
            "c" * 32, "a" * 32, "f" * 32, "bench", f"{number:032x}", 0, post, media, "", "", found.sha256,
            found.fingerprints, Tier.CERTAIN, 1.0, How("pdq", 2, 31, "re-encoded"), now(), now(), now(),
        )  # fmt: skip

    def close(self) -> None:
        """End server, fetchers and processes."""
        self.here.close()
        self.abroad.close()
        self.sandbox.close()
        self.server.stop()


def now() -> datetime:
    return datetime.now(UTC)


async def to_loopback(_host: str, _port: int) -> list[str]:
    return [LOOPBACK]


def gone_before(place: Place) -> tuple[Recheck, ...]:
    """Return two looks a day apart that found it gone."""
    first = Recheck(place.case, place.key, 0, Presence.GONE, is_verified=False, detail="", at=now() - 3 * DAY)
    return first, replace(first, rung=1, is_verified=True, at=now() - DAY)


def measure(states: Sequence[State]) -> list[dict[str, Any]]:
    """Look at every state once; return what was said of each."""
    bench = Bench(StateServer(tuple(states)))
    found = []
    try:
        for number, state in enumerate(states):
            began, asked = time.monotonic(), len(bench.server.asked)
            says, why = bench.look(number)
            found.append(
                {
                    "name": state.name, "label": state.label, "says": says, "why": why,
                    "seconds": time.monotonic() - began, "asked": len(bench.server.asked) - asked,
                }
            )  # fmt: skip
    finally:
        bench.close()
    return found


def report(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of some states."""
    right = sum(one["label"] == one["says"] for one in found)
    return {
        "states": len(found),
        "right": right,
        "share": round(right / len(found), 4),
        "false_gone": sum(one["says"] == "gone" != one["label"] for one in found),
        "missed_gone": sum(one["label"] == "gone" != one["says"] for one in found),
        "requests_median": sorted(one["asked"] for one in found)[len(found) // 2],
        "requests_most": max(one["asked"] for one in found),
        "table": {label: dict(Counter(o["says"] for o in found if o["label"] == label)) for label in LABELS},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list the states that were told wrongly")
    parser.add_argument("--half", choices=["first", "second"])
    arguments = parser.parse_args()
    every: list[dict[str, Any]] = []
    reports = {}
    for name, states in HALVES:
        if arguments.half in {None, name}:
            found = measure(states)
            reports[name] = report(found)
            every += found
    reports["all"] = report(every)
    for one in every if arguments.wrong else ():
        if one["label"] != one["says"]:
            print(f"{one['name']}: is {one['label']}, said {one['says']} ({one['why']})")
    print_table(reports["all"]["table"])
    print(
        json.dumps(
            {name: {k: v for k, v in one.items() if k != "table"} for name, one in reports.items()}, indent=2
        )
    )
    if arguments.json:
        arguments.json.write_text(json.dumps({"reports": reports, "states": every}, ensure_ascii=False))
    return 0


def print_table(table: dict[str, dict[str, int]]) -> None:
    """Print labels down, answers across."""
    print("| is \\ said | " + " | ".join(LABELS) + " |")
    print("|---|" + "---|" * len(LABELS))
    for label in LABELS:
        print(f"| {label} | " + " | ".join(str(table[label].get(one, 0)) for one in LABELS) + " |")


if __name__ == "__main__":
    sys.exit(main())
