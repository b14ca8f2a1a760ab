"""Measures post visible → alert visible under load: `./run bench latency [--seconds 300] [--rate 20]`.

A real relay on loopback carries the posts, a local web server their pictures (0.5 MP JPEG), and `jikimi
serve` runs as it would for a centre. Everything shares this machine's cores, the load generator too.
"""

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import cv2
from websockets.sync.client import connect

from jikimi.app.engine import utc_now
from jikimi.cli.demo.street import SpecimenStreet
from jikimi.cli.opening import set_up
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place
from jikimi.model.case import Policy
from jikimi.settings import Settings
from nostr_peer import Relay, host_of, signed_event, start_relay
from whole_house import Service, fill_bank, memory_mb, open_case, watch

WIDTH, HEIGHT = 866, 577  # 0.5 megapixel
DRAWINGS, STRANGERS = 40, 60
COPY_EVERY = 5


@dataclass
class Load:
    """What was posted: when each copy became visible, and how many posts there were in all."""

    copies: dict[str, datetime] = field(default_factory=dict)  # medium's address → moment
    posts: int = 0
    late: float = 0.0  # the farthest the generator fell behind its rate, in seconds


def main() -> None:
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="jikimi-bench-") as name:
        folder = Path(name)
        street = SpecimenStreet(utc_now)
        street.start()
        relay = start_relay(folder)
        service = prepare(folder, street, relay, arguments.references)
        try:
            report = measure(service, street, relay, arguments)
        finally:
            status = service.stop()
            relay.stop()
            street.stop()
        show({**report, "exit_status": status}, arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--rate", type=float, default=20, help="posts a second")
    parser.add_argument("--references", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def prepare(folder: Path, street: SpecimenStreet, relay: Relay, references: int) -> Service:
    """Fill a data folder: one case, our drawings, fillers, one watch. Return the service, not yet started."""
    allow = f"127.0.0.1:{street.port},{host_of(relay.url)}"
    settings = Settings(folder=folder / "data", language="en", centre="Bench", allow=allow)
    set_up(settings)
    from jikimi.app.service import build  # only once Django is configured
    from jikimi.flow import acts  # as above

    setting_up = build(settings)
    house = setting_up.house
    case = open_case(house, Policy.ASK)
    for seed in range(DRAWINGS):
        body = encode_jpeg(draw(seed, WIDTH, HEIGHT))
        house.records.apply(acts.add_reference(house, case.key, body, label=str(seed), by="ada"), by="ada")
    fill_bank(house, case, references - DRAWINGS)
    watch(house, "nostr", {"relay": relay.url}, sending=False)
    setting_up.close()
    return Service(
        folder / "data", {"JIKIMI_ALLOW": allow, "JIKIMI_LANGUAGE": "en", "JIKIMI_CENTRE": "Bench"}
    )


def measure(
    service: Service, street: SpecimenStreet, relay: Relay, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Run the load against the started service and return the figures."""
    from jikimi.store.models import JobRow, PlaceRow, PostRow, WatchRow  # only after set-up

    copies = [encode_jpeg(cv2.flip(draw(seed, WIDTH, HEIGHT), 1), 75) for seed in range(DRAWINGS)]
    strangers = [encode_jpeg(draw(1000 + seed, WIDTH, HEIGHT), 85) for seed in range(STRANGERS)]
    service.start()
    wait_until(lambda: WatchRow.objects.filter(name="bench").exclude(at=None).exists())
    load = Load()
    poster = threading.Thread(target=post, args=(load, street, relay, copies, strangers, arguments))
    poster.start()
    memory: list[tuple[float, float]] = []
    loads: list[float] = []
    while poster.is_alive():
        memory.append(memory_mb(service.tree()))
        loads.append(os.getloadavg()[0])
        poster.join(2.0)
    wait_until(lambda: not JobRow.objects.filter(step="look", state__in=["waiting", "leased"]).exists())
    visible = {row.key: row.alerted_at for row in PlaceRow.objects.all()}
    waits = sorted(latencies(service.folder, load, visible))
    tenth = max(1, len(memory) // 10)
    return {
        "posts": load.posts,
        "posts_stored": PostRow.objects.count(),
        "copies": len(load.copies),
        "alerts_visible": len(waits),
        "laid_aside": JobRow.objects.filter(state="parked").count(),
        "p50_ms": 1000 * statistics.median(waits),
        "p99_ms": 1000 * waits[min(len(waits) - 1, int(len(waits) * 0.99))],
        "max_ms": 1000 * waits[-1],
        "rss_mb_max": max(rss for rss, _ in memory),
        "pss_mb_max": max(pss for _, pss in memory),
        "pss_mb_first_tenth": statistics.mean(pss for _, pss in memory[:tenth]),
        "pss_mb_last_tenth": statistics.mean(pss for _, pss in memory[-tenth:]),
        "generator_late_s": load.late,
        "load_average": statistics.mean(loads),
    }


def post(
    load: Load,
    street: SpecimenStreet,
    relay: Relay,
    copies: list[bytes],
    strangers: list[bytes],
    arguments: Any,
) -> None:
    """Publish pictures and the events that name them, at the given rate."""
    dice = Random(3)
    began = time.monotonic()
    with connect(relay.url, proxy=None) as wire:
        while (due := load.posts / arguments.rate) < arguments.seconds:
            time.sleep(max(0.0, began + due - time.monotonic()))
            load.late = max(load.late, time.monotonic() - began - due)
            is_copy = load.posts % COPY_EVERY == 0
            picture = dice.choice(copies if is_copy else strangers)
            posted = street.publish("mina", f"post {load.posts}", picture)
            address = f"{street.origin}/media/{posted.number}.jpg"
            event = signed_event(f"look {address}", [["imeta", f"url {address}", "m image/jpeg"]])
            if is_copy:
                load.copies[address] = utc_now()
            load.posts += 1
            wire.send(f'["EVENT",{event}]')
            answer = json.loads(wire.recv(timeout=30))
            if answer[0] != "OK" or not answer[2]:
                raise RuntimeError(f"the relay refused: {answer}")


def latencies(folder: Path, load: Load, visible: dict[str, datetime]) -> list[float]:
    """Return seconds from visible post to visible alert, for every copy that was found."""
    from jikimi.store.keyring import Keyring, read_master  # only once Django is configured
    from jikimi.store.store import Store  # as above

    store = Store(Keyring(read_master(folder / "keys" / "master.key")), utc_now, lambda: None)
    places = {place.media_url: place.key for place in store.find(Place)}
    store.close()
    return [
        (visible[places[address]] - moment).total_seconds()
        for address, moment in load.copies.items()
        if address in places
    ]


def wait_until(is_true: Any, patience: float = 120.0) -> None:
    """Return once something is true; RuntimeError if it never is."""
    deadline = time.monotonic() + patience
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError("the service did not get there in time")
        time.sleep(0.1)


def show(report: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Print the figures as a Markdown table, and as JSON where asked."""
    print(
        f"{arguments.rate:g} posts/s of one 0.5-MP picture for {arguments.seconds:g} s, "
        f"{arguments.references} references, {os.cpu_count()} cores\n"
    )
    print("| figure | value |\n|---|---|")
    for name, value in report.items():
        print(f"| {name} | {value:.1f} |" if isinstance(value, float) else f"| {name} | {value} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
