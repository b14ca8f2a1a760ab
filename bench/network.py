"""Measures what a network adds to the search of pictures: `./run bench network --network FILE --photos DIR`.

Photos are split as `./run bench images` does: the bank holds one half, edits of it are asked for, and edits
of the other half count false alerts. Every picture is asked for as the house does, with and without the
network; and the network is asked alone at which rank it proposes the right reference. A perfect one always
proposes it: no network can add more, as points have the last word.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from image_cost import load_average
from image_edits import EDITS, SAVED_AT, dice_for, window
from image_matching import looks_of
from image_sets import (
    Halves,
    Query,
    halves_of,
    known_queries,
    photos_in,
    picture_for,
    pixels_of,
    unknown_queries,
)
from jikimi.app.engine import empty_vault
from jikimi.fingerprints.network import Network, read_network
from jikimi.flow.keeping import kept_of
from jikimi.media.decode import decode, prepare
from jikimi.media.specimen import encode_jpeg
from jikimi.model.fingerprint import Fingerprint, Orientation, Picture
from jikimi.model.ports import Fingerprinter, IndexEntry, Vault

RANKS = (1, 3, 10)
CUT = 0.36
"""Share of the area that a cut keeps."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what came back.

    `rank` is where the network alone has the right reference: 0 is first, the bank's size for unknown ones.
    `milliseconds` of CPU: first look, second without the network, second with it; 0 where it was not taken.
    """

    edit: str
    truth: str
    rank: int
    first: frozenset[str]
    without: frozenset[str]
    with_it: frozenset[str]
    perfect: frozenset[str]
    milliseconds: tuple[float, float, float]


FOUND: Mapping[str, Callable[[Asked], frozenset[str]]] = MappingProxyType(
    {
        "first": lambda one: one.first,
        "without": lambda one: one.without,
        "with": lambda one: one.with_it,
        "perfect": lambda one: one.perfect,
    }
)


class Scene:
    """A bank of photographs that knows the network's numbers, and who asks it."""

    def __init__(self, photos: Iterable[tuple[str, bytes]], network: Network) -> None:
        self._looks, self._network = looks_of("both"), network
        self._vault: Vault = empty_vault()
        self._names: list[str] = []
        self._own: dict[str, tuple[Fingerprint, ...]] = {}
        rows = []
        for number, (name, body) in enumerate(photos, 1):
            picture = decode(body).picture
            numbers = network.fingerprint(body, picture)
            if not numbers:
                continue  # one plain colour
            kept = kept_of([*_seen(self._looks[0], body, picture), *numbers])
            self._vault.apply([IndexEntry(number, name, "", kept)])
            self._names.append(name)
            rows.append(direction(numbers[0]))
            mirrored = replace(numbers[0], orientation=Orientation.MIRRORED)
            self._own[name] = (numbers[0], mirrored)
        self._rows = np.stack(rows)

    def __len__(self) -> int:
        return len(self._names)

    def ask(self, body: bytes, edit: str, truth: str) -> Asked:
        """Ask one question."""
        began = time.process_time()
        picture = decode(body).picture
        fingerprints = _seen(self._looks[0], body, picture)
        first = self._found(fingerprints)
        looked = time.process_time()
        numbers = self._network.fingerprint(body, picture)
        described = time.process_time() - looked
        without, with_it, perfect, costs = first, first, first, (0.0, 0.0)
        if not first:
            began_again = time.process_time()
            again = _seen(self._looks[1], body, picture)
            seen = time.process_time() - began_again
            without = self._found(again)
            plain = time.process_time() - began_again
            with_it = self._found([*again, *numbers])
            costs = (plain, time.process_time() - began_again - plain + seen + described)
            perfect = without
            if truth and truth not in without:
                perfect = self._found([*again, *self._own[truth]])
        spent = (1e3 * (looked - began), 1e3 * costs[0], 1e3 * costs[1])
        return Asked(edit, truth, self._rank(numbers, truth), first, without, with_it, perfect, spent)

    def _found(self, fingerprints: Sequence[Fingerprint]) -> frozenset[str]:
        return frozenset(one.reference for one in self._vault.search(fingerprints))

    def _rank(self, numbers: Sequence[Fingerprint], truth: str) -> int:
        """Return how many other references are nearer, each by its nearest view."""
        if truth not in self._names or not numbers:
            return len(self._names)
        alike = np.max(self._rows @ np.stack([direction(one) for one in numbers]).T, axis=1)
        return int((alike > alike[self._names.index(truth)]).sum())


def direction(fingerprint: Fingerprint) -> np.ndarray:
    """Return the numbers of a fingerprint at length 1."""
    row = np.frombuffer(fingerprint.value, np.int8).astype(np.float32)
    return row / max(float(np.linalg.norm(row)), 1e-9)


def _seen(look: Sequence[Fingerprinter], body: bytes, picture: Picture) -> list[Fingerprint]:
    return [found for one in look for found in one.fingerprint(body, picture)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = parsed(arguments)
    prepare()
    network = read_network(options.network.read_bytes())
    halves = halves_of(photos_in(options.photos))
    scene = Scene(references(halves, options.cuts), network)
    until = time.monotonic() + 60 * options.minutes
    before = load_average()
    known = list(_asked(scene, halves, known_of(halves, options.originals, options.edits), until))
    strangers = unknown_queries(halves.tune, options.edits, 0 if options.cuts else options.unknown)
    unknown = list(_asked(scene, halves, strangers, until))
    print(f"bank: {len(scene)} references; load before {before}, after {load_average()}")
    print_known(known)
    print_unknown(unknown)
    print_costs(network, [*known, *unknown])


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    asked = argparse.ArgumentParser(prog="./run bench network", description=__doc__.splitlines()[0])
    asked.add_argument("--network", type=Path, required=True, help="ONNX file")
    asked.add_argument("--photos", type=Path, required=True, help="folder with photographs")
    asked.add_argument("--originals", type=int, default=60, help="photos of the bank that are asked for")
    asked.add_argument("--unknown", type=int, default=300, help="questions about unknown pictures")
    asked.add_argument(
        "--cuts",
        type=int,
        default=0,
        help="fill the bank with so many cuts of each other picture; it is then known",
    )
    asked.add_argument("--minutes", type=float, default=20.0, help="stop asking after this time")
    asked.add_argument("--edits", type=lambda text: text.split(","), default=list(EDITS))
    return asked.parse_args(arguments)


def references(halves: Halves, cuts: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and file of each picture of the bank: one half, and cuts of the other one."""
    for photo in halves.report:
        yield photo.name, photo.read_bytes()
    for photo in halves.tune if cuts else ():
        for number in range(cuts):
            part = window(pixels_of(photo), dice_for(photo.name, "cut", number), CUT)
            shown = np.ascontiguousarray(part[:, ::-1]) if number % 2 else part
            yield f"{photo.name}, cut {number}", encode_jpeg(shown, SAVED_AT)


def known_of(halves: Halves, originals: int, edits: Sequence[str]) -> list[Query]:
    """Return the questions, photo by photo, so that whoever stops early has asked for every edit."""
    queries = known_queries(halves.report[:originals], edits, "known")
    return sorted(queries, key=lambda query: query.photo.name)


def _asked(scene: Scene, halves: Halves, queries: Iterable[Query], until: float) -> Iterator[Asked]:
    for query in queries:
        if time.monotonic() > until:
            return
        yield scene.ask(picture_for(query, halves.tune, EDITS), query.edit, query.truth)


def print_known(known: Sequence[Asked]) -> None:
    """Print recall by edit, in percent."""
    heads = " | ".join(f"rank ≤ {rank}" for rank in RANKS)
    print(f"\n| edit | n | {heads} | first look | both, without | both, with | both, perfect |")
    print("|---|" + "---:|" * (len(RANKS) + 5))
    groups = {
        edit: [one for one in known if one.edit == edit] for edit in dict.fromkeys(o.edit for o in known)
    }
    for name, some in [*groups.items(), ("all", list(known))]:
        shares = [np.mean([one.rank < rank for one in some]) for rank in RANKS]
        shares += [np.mean([one.truth in FOUND[how](one) for one in some]) for how in FOUND]
        print(f"| {name} | {len(some)} | " + " | ".join(f"{100 * share:.1f}" for share in shares) + " |")
    for how in ("without", "with"):
        wrong = sum(bool(FOUND[how](one) - {one.truth}) for one in known)
        print(f"{how} the network {wrong} of {len(known)} known pictures also bring a wrong reference")


def print_unknown(unknown: Sequence[Asked]) -> None:
    """Print false alerts."""
    for how in ("without", "with"):
        wrong = sum(bool(FOUND[how](one)) for one in unknown)
        print(f"{how} the network {wrong} of {len(unknown)} unknown pictures bring a reference")


def print_costs(network: Network, asked: Sequence[Asked]) -> None:
    """Print CPU milliseconds, medians; of the second look where it was taken."""
    second = [one for one in asked if one.milliseconds[1]]
    first = float(np.median([one.milliseconds[0] for one in asked]))
    plain, with_it = (float(np.median([o.milliseconds[k] for o in second])) for k in (1, 2))
    bytes_each = len(network.fingerprint(b"", Picture(64, 64, bytes(range(64)) * 64, 64, 64))[0].value)
    print(f"first look {first:.0f} ms; second {plain:.0f} ms without, {with_it:.0f} ms with the network")
    print(f"{bytes_each} bytes a reference")


if __name__ == "__main__":
    main()
