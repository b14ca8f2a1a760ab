"""Measures watches on real chat servers: `./run bench chat [--posts 30] [--kills 5]`.

Real servers on loopback (Synapse for Matrix, nostr-relay for Nostr) carry posts with a copy of one picture;
`jikimi serve` runs on a folder with its reference. First the time from a post until its alert is visible,
then drills: a watch is killed while posts keep coming. Synapse must be named in JIKIMI_TEST_SYNAPSE_PYTHON.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from chat_drill import (
    Chat,
    Tally,
    killed_before_its_first_post,
    killed_while_posts_come,
    posts_while_down,
    relay_chat,
    room_chat,
)
from jikimi.app.engine import utc_now
from jikimi.cli.demo.street import SpecimenStreet
from jikimi.cli.opening import set_up
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place
from jikimi.model.case import Policy
from jikimi.model.keys import key_of
from jikimi.model.post import Watch
from jikimi.settings import Settings
from matrix_peer import PYTHON, Homeserver, image, start_homeserver, synapse_python
from nostr_peer import Relay, publish, signed_event, start_relay
from whole_house import APPROVER, Service, open_case

WIDTH, HEIGHT = 866, 577  # 0.5 megapixel
LIMIT = 10  # of a room's timeline in one answer
PAUSE_SECONDS = 1.0
Say = Callable[[int], tuple[str, datetime]]
"""Post copy number so and so; return the post's id and the moment it became visible."""


def main() -> None:
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="jikimi-bench-") as name, ExitStack() as opened:
        folder = Path(name)
        chats, drilled = open_servers(folder, opened)
        service = opened.enter_context(watching_house(folder / "data", chats))
        report = {source: latencies(service.folder, chats[source], arguments.posts) for source in chats}
        service.stop()
        for source, chat in drilled.items():
            report[source] |= drills(chat, folder, arguments) if arguments.kills else {}
    show(report)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2))


@dataclass(frozen=True, slots=True)
class Measured:
    """A watch to measure: its source, what is typed for it, the ports it visits, and how to post there."""

    source: str
    options: Mapping[str, str]
    ports: tuple[int, ...]
    say: Say


def open_servers(
    folder: Path, opened: ExitStack
) -> tuple[dict[str, Measured], dict[str, Callable[[], Chat]]]:
    """Start every server there is; return what to measure and what to drill on each."""
    relay = start_relay(folder)
    opened.callback(relay.stop)
    street = SpecimenStreet(utc_now)
    street.start()
    opened.callback(street.stop)
    chats, drilled = {"nostr": relay_to_measure(relay, street)}, {"nostr": partial(relay_chat, relay)}
    if not synapse_python():
        print(f"{PYTHON} is not set: Matrix was not measured.")
        return chats, dict(drilled)
    server = start_homeserver(folder)
    opened.callback(server.stop)
    chats["matrix"] = room_to_measure(server)
    return chats, drilled | {"matrix": partial(room_chat, server, LIMIT)}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=30)
    parser.add_argument("--kills", type=int, default=5, help="0 leaves the drills out")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def relay_to_measure(relay: Relay, street: SpecimenStreet) -> Measured:
    """A real relay, with pictures on a web server."""

    def say(number: int) -> tuple[str, datetime]:
        posted = street.publish("mina", f"post {number}", copy_of(number))
        address = f"{street.origin}/media/{posted.number}.jpg"
        event = signed_event(f"look {address}", [["imeta", f"url {address}", "m image/jpeg"]])
        moment = utc_now()
        return publish(relay.url, [event])[0], moment

    ports = (int(relay.url.rpartition(":")[2]), street.port)
    return Measured("nostr", {"relay": relay.url}, ports, say)


def room_to_measure(server: Homeserver) -> Measured:
    """A room on a real homeserver, which also keeps the pictures."""
    author, watcher = server.register(), server.register()
    room = server.open_room(author, watcher)

    def say(number: int) -> tuple[str, datetime]:
        content = image(server.upload(author, copy_of(number)))
        moment = utc_now()
        return server.send(room, author, content), moment

    options = {"server": server.url, "token": watcher.token, "rooms": room}
    return Measured("matrix", options, (int(server.url.rpartition(":")[2]),), say)


def copy_of(number: int) -> bytes:
    """Return a copy of the one picture, other bytes each time."""
    return encode_jpeg(draw(0, WIDTH, HEIGHT), 60 + number % 35)


def drills(chat: Callable[[], Chat], folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the drills, each in a place of its own."""
    tallies: dict[str, Tally] = {
        "killed_while_posts_come": killed_while_posts_come(chat(), folder, arguments.kills),
        "killed_before_its_first_post": killed_before_its_first_post(chat(), folder),
        f"posts_while_down_limit_{LIMIT}": posts_while_down(chat(), folder, arguments.posts),
    }
    return {name: asdict(tally) for name, tally in tallies.items()}


def latencies(folder: Path, chat: Measured, posts: int) -> dict[str, Any]:
    """Post copies through the whole house; return the figures of post visible → alert visible."""
    said: dict[str, datetime] = {}
    load = os.getloadavg()[0]
    for number in range(posts + 1):
        name, said_at = chat.say(number)
        said[name] = said_at
        time.sleep(PAUSE_SECONDS)
    visible = wait_for_alerts(folder, chat.source, said)
    measured = list(said)[1:]  # the first one warms everything
    waits = sorted((visible[name] - said[name]).total_seconds() for name in measured if name in visible)
    return {
        "posts": posts,
        "alerts": len(waits),
        "p50_ms": 1000 * statistics.median(waits),
        "max_ms": 1000 * waits[-1],
        "load_average": load,
    }


@contextmanager
def watching_house(folder: Path, chats: Mapping[str, Measured]) -> Iterator[Service]:
    """Run `jikimi serve` with one case, one reference and these watches, until each has its anchor."""
    allow = ",".join(f"127.0.0.1:{port}" for chat in chats.values() for port in chat.ports)
    set_up(settings := Settings(folder=folder, language="en", centre="Bench", allow=allow))
    from jikimi.app.service import build  # only once Django is configured
    from jikimi.flow import acts
    from jikimi.store.models import WatchRow

    setting_up = build(settings)
    house = setting_up.house
    case = open_case(house, Policy.ASK)
    body = encode_jpeg(draw(0, WIDTH, HEIGHT))
    house.records.apply(acts.add_reference(house, case.key, body, label="0", by="ada"), by="ada")
    for name, chat in chats.items():
        setting = Watch(name, chat.source, chat.options, "abuse@street.invalid", APPROVER, house.clock())
        house.records.apply(acts.add_watch(house, setting), by=APPROVER)
    setting_up.close()
    service = Service(folder, {"JIKIMI_ALLOW": allow, "JIKIMI_LANGUAGE": "en", "JIKIMI_CENTRE": "Bench"})
    service.start()
    try:
        wait_until(lambda: WatchRow.objects.exclude(at=None).count() == len(chats))
        yield service
    finally:
        service.stop()


def wait_for_alerts(folder: Path, watch: str, said: dict[str, datetime]) -> dict[str, datetime]:
    """Return when the alert of each post became visible."""
    from jikimi.store.keyring import Keyring, read_master
    from jikimi.store.models import JobRow, PlaceRow
    from jikimi.store.store import Store

    wait_until(lambda: not JobRow.objects.filter(step="look", state__in=["waiting", "leased"]).exists())
    store = Store(Keyring(read_master(folder / "keys" / "master.key")), utc_now, lambda: None)
    rows = {row.key: row.alerted_at for row in PlaceRow.objects.all()}
    found = {place.post: rows[place.key] for place in store.find(Place)}
    store.close()
    posts = {name: key_of("post", watch, name) for name in said}
    return {name: found[key] for name, key in posts.items() if key in found}


def wait_until(is_true: Callable[[], bool], patience: float = 120.0) -> None:
    """Return once something is true; RuntimeError if it never is."""
    deadline = time.monotonic() + patience
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError("the service did not get there in time")
        time.sleep(0.1)


def show(report: dict[str, dict[str, Any]]) -> None:
    """Print the figures as Markdown."""
    print(f"{os.cpu_count()} cores; load average before: ", end="")
    print(", ".join(f"{name} {one['load_average']:.1f}" for name, one in report.items()))
    for name, one in report.items():
        print(f"\n## {name}\n\n| figure | value |\n|---|---|")
        for figure, value in one.items():
            print(f"| {figure} | {value:.1f} |" if isinstance(value, float) else f"| {figure} | {value} |")


if __name__ == "__main__":
    main()
