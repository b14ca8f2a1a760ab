"""Watches a real Bluesky network through the whole house: `./run bench bluesky [--posts 40] [--kills 5]`.

Needs JIKIMI_TEST_ATPROTO, which `tests/atproto/start` prints. First the service is killed again and again
while posts keep coming, the first time before it has read anything: every post must be stored once, every
copy found. Then single copies are posted, and the time until their alert is visible is taken. Everything
shares this machine's cores: the network, its databases, the house.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import cv2

from bluesky_peer import Account, Network, account, network
from jikimi.app.engine import utc_now
from jikimi.cli.opening import set_up
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place
from jikimi.model.case import Policy
from jikimi.model.keys import key_of
from jikimi.settings import Settings
from whole_house import Service, fill_bank, open_case, watch

WIDTH, HEIGHT = 866, 577  # 0.5 megapixel
DRAWINGS, STRANGERS = 10, 20
COPY_EVERY = 3
PACE_SECONDS = 0.1
PAUSE_SECONDS = 0.3


@dataclass
class Posted:
    """What was posted: the key of each post; of copies also when they went up."""

    posts: list[str] = field(default_factory=list)
    copies: dict[str, datetime] = field(default_factory=dict)


def main() -> int:
    arguments, found = parse(), network()
    if found is None:
        raise SystemExit(
            "There is no network: start one with tests/atproto/start and set JIKIMI_TEST_ATPROTO."
        )
    with tempfile.TemporaryDirectory(prefix="jikimi-bluesky-") as name:
        service, opened = prepare(Path(name), found, arguments.references)
        try:
            report = measure(service, opened, account(found), arguments)
        finally:
            with suppress(ProcessLookupError):
                service.kill()
            opened.close()
    print(json.dumps(report, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(report))
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=40, help="single copies whose time is taken")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--references", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def prepare(folder: Path, found: Network, references: int) -> tuple[Service, Any]:
    """Fill a data folder; return the service for it, not started, and the same house opened here."""
    settings = Settings(folder=folder / "data", language="en", centre="Bench", allow=found.allow)
    set_up(settings)
    from jikimi.app.service import build
    from jikimi.flow import acts

    opened = build(settings)
    house = opened.house
    case = open_case(house, Policy.ASK)
    for seed in range(DRAWINGS):
        body = encode_jpeg(draw(seed, WIDTH, HEIGHT))
        house.records.apply(acts.add_reference(house, case.key, body, label=str(seed), by="ada"), by="ada")
    fill_bank(house, case, references - DRAWINGS)
    watch(house, "bluesky", found.options, sending=False)
    environment = {"JIKIMI_ALLOW": found.allow, "JIKIMI_LANGUAGE": "en", "JIKIMI_CENTRE": "Bench"}
    return Service(folder / "data", environment), opened


def measure(service: Service, opened: Any, author: Account, arguments: argparse.Namespace) -> dict[str, Any]:
    """Kill, then take times; count what the house made of all posts."""
    from jikimi.store.models import JobRow, PlaceRow, PostRow, WatchRow

    posted, dice, loads = Posted(), Random(7), [os.getloadavg()[0]]
    service.start()
    wait_until(lambda: WatchRow.objects.filter(name="bench").exclude(at=None).exists())
    drill(service, author, posted, dice, arguments.kills)
    wait_until(lambda: set(posted.copies) <= places(opened).keys())
    in_drill = set(posted.copies)
    loads.append(os.getloadavg()[0])
    for _ in range(arguments.posts):
        put_up(author, posted, dice, is_copy=True)
        time.sleep(PAUSE_SECONDS)
    with suppress(RuntimeError):
        wait_until(lambda: set(posted.copies) <= places(opened).keys())
    visible = {row.key: row.alerted_at for row in PlaceRow.objects.all()}
    seen = {post: visible[place] for post, place in places(opened).items()}
    waits = sorted(
        (seen[post] - moment).total_seconds()
        for post, moment in posted.copies.items()
        if post in seen and post not in in_drill
    )
    stored = set(PostRow.objects.values_list("key", flat=True))
    return {
        "kills": arguments.kills,
        "posts": len(posted.posts),
        "posts_lost": len(set(posted.posts) - stored),
        "copies": len(posted.copies),
        "copies_lost": len(set(posted.copies) - seen.keys()),
        "laid_aside": JobRow.objects.filter(state="parked").count(),
        "timed": len(waits),
        "p50_ms": 1000 * statistics.median(waits),
        "p95_ms": 1000 * waits[min(len(waits) - 1, int(len(waits) * 0.95))],
        "max_ms": 1000 * waits[-1],
        "load_average": max(*loads, os.getloadavg()[0]),
    }


def drill(service: Service, author: Account, posted: Posted, dice: Random, kills: int) -> None:
    """Kill the service at once, then at random moments, while posts keep coming; it runs at the end."""
    stop = threading.Event()
    poster = threading.Thread(target=keep_posting, args=(stop, author, posted))
    if kills:
        service.kill()  # anchored, and nothing read: what comes now must not be lost
    poster.start()
    for number in range(kills):
        wait_until(lambda before=10 * (number + 1): len(posted.posts) >= before)
        service.start()
        if number < kills - 1:
            time.sleep(dice.uniform(1.0, 6.0))
            service.kill()
    time.sleep(2.0)
    stop.set()
    poster.join()


def keep_posting(stop: threading.Event, author: Account, posted: Posted) -> None:
    dice = Random(5)
    while not stop.is_set():
        put_up(author, posted, dice, is_copy=len(posted.posts) % COPY_EVERY == 0)
        stop.wait(PACE_SECONDS)


def put_up(author: Account, posted: Posted, dice: Random, *, is_copy: bool) -> None:
    """Post one picture; a copy is mirrored and pressed, each time to another file."""
    if is_copy:
        picture = cv2.flip(draw(dice.randrange(DRAWINGS), WIDTH, HEIGHT), 1)
    else:
        picture = draw(1000 + dice.randrange(STRANGERS), WIDTH, HEIGHT)
    blob = author.upload(encode_jpeg(picture, dice.randrange(60, 90)))
    moment = utc_now()  # before the server has the post: its own work counts
    uri = author.post(f"post {len(posted.posts)}", blob)
    key = key_of("post", "bench", uri)
    if is_copy:
        posted.copies[key] = moment
    posted.posts.append(key)


def places(opened: Any) -> dict[str, str]:
    """Return the place of each post that has one, by the keys of both."""
    return {place.post: place.key for place in opened.store.find(Place)}


def wait_until(is_true: Callable[[], bool], patience: float = 120.0) -> None:
    """Return once something is true; RuntimeError if it never is."""
    deadline = time.monotonic() + patience
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError("the service did not get there in time")
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
