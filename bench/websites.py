"""Measures post visible → alert visible on a real MediaWiki: `./run bench websites [--posts 24]`.

The wiki runs on loopback (see wiki_peer.py) and is read by its Atom feed, as any website is; `jikimi
serve` runs as it would for a centre. Each post is an upload of a mirrored copy, at a random moment.
Everything shares this machine's cores.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2

from jikimi.app.engine import utc_now
from jikimi.cli.opening import set_up
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place
from jikimi.model.case import Policy
from jikimi.settings import Settings
from latency import wait_until
from whole_house import Service, fill_bank, memory_mb, open_case, watch
from wiki_peer import Wiki, start_wiki

WIDTH, HEIGHT = 866, 577  # 0.5 megapixel


@dataclass
class Posted:
    """When each upload was begun, and when the wiki said that it was there."""

    begun: dict[str, datetime] = field(default_factory=dict)
    visible: dict[str, datetime] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=24)
    parser.add_argument("--interval", type=float, default=2, help="seconds between two looks")
    parser.add_argument("--references", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jikimi-bench-") as name:
        wiki = start_wiki(Path(name) / "wiki")
        try:
            service = prepare(Path(name), wiki, arguments)
            try:
                show(measure(service, wiki, arguments), arguments)
            finally:
                service.stop()
        finally:
            wiki.stop()


def prepare(folder: Path, wiki: Wiki, arguments: argparse.Namespace) -> Service:
    """Fill a data folder: one case, our drawings, fillers, one watch. Return the service, not yet started."""
    allow = wiki.url.removeprefix("http://")
    settings = Settings(folder=folder / "data", language="en", centre="Bench", allow=allow)
    set_up(settings)
    from jikimi.app.service import build  # only once Django is configured
    from jikimi.flow import acts  # as above

    setting_up = build(settings)
    house = setting_up.house
    case = open_case(house, Policy.ASK)
    for seed in range(arguments.posts):
        body = encode_jpeg(draw(seed, WIDTH, HEIGHT))
        house.records.apply(acts.add_reference(house, case.key, body, label=str(seed), by="ada"), by="ada")
    fill_bank(house, case, arguments.references - arguments.posts)
    watch(house, "website", {"url": wiki.feed, "interval": str(arguments.interval)}, sending=False)
    setting_up.close()
    environment = {"JIKIMI_ALLOW": allow, "JIKIMI_LANGUAGE": "en", "JIKIMI_CENTRE": "Bench"}
    return Service(folder / "data", environment)


def measure(service: Service, wiki: Wiki, arguments: argparse.Namespace) -> dict[str, Any]:
    """Put pictures up one by one and return the figures."""
    from jikimi.store.models import PlaceRow, WatchRow  # only after set-up

    dice, posted, loads = random.Random(3), Posted(), list[float]()
    service.start()
    wait_until(lambda: WatchRow.objects.filter(name="bench").exclude(at=None).exists())
    for seed in range(arguments.posts):
        time.sleep(dice.uniform(0, arguments.interval))
        name = f"Bench{seed:03}.jpg"
        copy = encode_jpeg(cv2.flip(draw(seed, WIDTH, HEIGHT), 1), 75)
        posted.begun[name] = utc_now()
        wiki.upload(name, copy)
        posted.visible[name] = utc_now()
        loads.append(os.getloadavg()[0])
    wait_until(lambda: len(alerted(service)) == arguments.posts)
    memory = memory_mb(service.tree())
    moments = {row.key: row.alerted_at for row in PlaceRow.objects.all()}
    first = {name: min(moments[key] for key in keys) for name, keys in alerted(service).items()}
    waits = sorted((first[name] - at).total_seconds() for name, at in posted.visible.items())
    whole = sorted((first[name] - at).total_seconds() for name, at in posted.begun.items())
    return {
        "posts": arguments.posts,
        "alerts": len(first),
        "visible_to_alert_p50_s": statistics.median(waits),
        "visible_to_alert_max_s": waits[-1],
        "upload_begun_to_alert_p50_s": statistics.median(whole),
        "upload_begun_to_alert_max_s": whole[-1],
        "within_interval_and_1_s": sum(wait <= arguments.interval + 1 for wait in waits),
        "pss_mb": memory[1],
        "load_average": statistics.mean(loads),
    }


def alerted(service: Service) -> dict[str, list[str]]:
    """Return the places found so far, by the name of the picture."""
    from jikimi.store.keyring import Keyring, read_master  # only once Django is configured
    from jikimi.store.store import Store  # as above

    store = Store(Keyring(read_master(service.folder / "keys" / "master.key")), utc_now, lambda: None)
    found: dict[str, list[str]] = {}
    for place in store.find(Place):
        name = place.media_url.partition("?")[0].rpartition("/")[2]
        if name.startswith("Bench"):
            found.setdefault(name, []).append(place.key)
    store.close()
    return found


def show(report: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Print the figures as a Markdown table."""
    print(
        f"{arguments.posts} uploads of one 0.5-MP picture, looked at every {arguments.interval:g} s, "
        f"{arguments.references} references, {os.cpu_count()} cores\n"
    )
    print("| figure | value |\n|---|---|")
    for name, value in report.items():
        print(f"| {name} | {value:.2f} |" if isinstance(value, float) else f"| {name} | {value} |")


if __name__ == "__main__":
    main()
