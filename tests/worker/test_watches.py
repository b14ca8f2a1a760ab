"""Keeping watches reading: whatever a source does, what it used stays counted."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from jikimi.model.case import Switch
from jikimi.model.errors import Busy
from jikimi.model.outcome import Outcome
from jikimi.model.post import Bounds, Event, Spent, Watch
from jikimi.model.source import Manifest, Tested
from jikimi.sources.purse import Purse
from jikimi.store.store import Store
from jikimi.worker import watches
from jikimi.worker.watches import (
    HALT,
    Watches,
    check_halts,
    halt_switch,
    running_watches,
    standing_watches,
)

PRICED = Manifest(
    "priced", "A source", is_push=False, auth="", cost="some", terms="", tested=Tested.ITSELF, tested_on="",
    per_request=Decimal("0.5"),
)  # fmt: skip


PLAIN = replace(PRICED, name="plain", per_request=Decimal(0))


def house_of(store: Store, clock: Any) -> Any:
    words = SimpleNamespace(scan=lambda texts: [[] for _ in texts])
    return SimpleNamespace(records=store, clock=clock, words=words)


class Broken:
    """Asks, and pays for it; then it falls over."""

    manifest = PRICED
    interval = timedelta(0)

    def __init__(self, purse: Purse, asked: list[Spent]) -> None:
        self._purse = purse
        self._asked = asked

    async def anchor(self) -> str:
        return "0"

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        self._purse.pay_request()
        self._asked.append(self._purse.spent)
        yield Event(cursor)
        raise KeyError("a bug")


def eventually(is_true: Any, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(is_true())


class Quiet:
    """Reads nothing, and says whether it was ended; it may take its time for that."""

    manifest = PLAIN
    interval = timedelta(0)

    def __init__(self, ended: list[str], name: str, may_end: threading.Event) -> None:
        self._ended, self._name, self._may_end = ended, name, may_end

    async def anchor(self) -> str:
        return "0"

    async def stream(self, cursor: str) -> AsyncIterator[Event]:
        yield Event(cursor)
        try:
            await asyncio.Event().wait()
        finally:
            self._ended.append(self._name)
            await asyncio.to_thread(self._may_end.wait, 30)


def test_a_watch_that_does_not_end_keeps_no_other_from_being_halted(store: Store, clock: Any) -> None:
    names = ("a", "b", "c")
    watches_ = tuple(Watch(name, "plain", {}, "", "ada", clock()) for name in names)
    store.apply(Outcome(records=watches_), by="ada")
    ended, may_end, may_not = list[str](), threading.Event(), threading.Event()
    may_end.set()

    def make(watch: Watch, spent: Spent) -> tuple[Any, Purse]:
        source = Quiet(ended, watch.name, may_not if watch.name == "a" else may_end)
        return source, Purse(PLAIN, watch.bounds, spent, clock)

    running = Watches(house_of(store, clock), make, connection.close)
    running.start()
    try:
        assert eventually(lambda: running.reading == set(names))
        assert eventually(lambda: all(store.position(name) for name in names))
        store.apply(Outcome(records=(Switch(HALT, is_on=True, by="ada", at=clock()),)), by="ada")
        assert eventually(lambda: sorted(ended) == list(names), 10)
        assert running.reading == frozenset()
    finally:
        may_not.set()
        running.stop()


def test_a_watch_may_bear_any_name_and_shares_no_halt_with_a_source_or_with_all(
    store: Store, clock: Any
) -> None:
    names = ("street", "of plain", "source plain", "plain", "ing", "watching")
    store.apply(
        Outcome(records=tuple(Watch(name, "plain", {}, "", "ada", clock()) for name in names)), by="ada"
    )
    house = house_of(store, clock)

    def turn(switch: str, *, is_on: bool) -> set[str]:
        store.apply(Outcome(records=(Switch(switch, is_on=is_on, by="ada", at=clock()),)), by="ada")
        return set(running_watches(house))

    for name in names:
        assert turn(halt_switch(watch=name), is_on=True) == set(names) - {name}
        with pytest.raises(Busy, match=f"Watch {name} is halted"):
            check_halts(standing_watches(house)[name], house)
        assert turn(halt_switch(watch=name), is_on=False) == set(names)
    assert turn(halt_switch(source="plain"), is_on=True) == set()
    assert turn(halt_switch(watch="of plain"), is_on=False) == set()  # the source's stays
    assert turn(halt_switch(source="plain"), is_on=False) == set(names)
    assert turn(halt_switch(source="street"), is_on=True) == set(names)


def test_what_nobody_expected_does_not_end_all_watches(store: Store, clock: Any) -> None:
    store.apply(Outcome(records=(Watch("a", "plain", {}, "", "ada", clock()),)), by="ada")
    house, failures, ended = house_of(store, clock), [KeyError("a bug")] * 3, list[str]()
    may_end = threading.Event()
    may_end.set()

    def find(*asked: Any, **by: Any) -> Any:
        if failures:
            raise failures.pop()
        return store.find(*asked, **by)

    house.records = SimpleNamespace(find=find, position=store.position, apply=store.apply)

    def make(watch: Watch, spent: Spent) -> tuple[Any, Purse]:
        return Quiet(ended, watch.name, may_end), Purse(PLAIN, watch.bounds, spent, clock)

    running = Watches(house, make, connection.close)
    running.start()
    try:
        assert eventually(lambda: running.reading == {"a"}, 10)
    finally:
        running.stop()


def test_a_source_that_falls_over_again_and_again_spends_no_more_than_it_may(
    store: Store, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watches, "RESTART_AFTER_SECONDS", 0.01)
    watch = Watch("dear", "priced", {}, "", "ada", clock(), bounds=Bounds(money=Decimal("1.5")))
    store.apply(Outcome(records=(watch,)), by="ada")
    asked: list[Spent] = []

    def make(watch: Watch, spent: Spent) -> tuple[Any, Purse]:
        purse = Purse(PRICED, watch.bounds, spent, clock)
        return Broken(purse, asked), purse

    def is_used_up() -> bool:
        position = store.position("dear")
        return position is not None and "used up" in position.problem

    running = Watches(house_of(store, clock), make, connection.close)
    running.start()
    try:
        assert eventually(is_used_up)
        position = store.position("dear")
        assert position is not None
        assert position.spent.money == Decimal("1.5")
        assert len(asked) == 3
    finally:
        running.stop()
