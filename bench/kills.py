"""Kills the service and its workers at random moments under load: `./run bench kills [--kills 20]`.

Posts go on while it is down. At the end every post must be stored once, every copy must be one place of one
alert, every copy must have been asked for at most once, and the audit chain must be whole.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from jikimi.app.engine import utc_now
from jikimi.cli.demo.operator import Operator
from jikimi.cli.demo.street import SpecimenStreet
from jikimi.cli.opening import set_up
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Place, Receipt, Sent
from jikimi.model.case import Policy
from jikimi.model.post import Secret
from jikimi.settings import Settings
from nostr_peer import host_of, publish, signed_event, start_relay
from whole_house import Service, descendants, open_case, watch

DRAWINGS, STRANGERS = 6, 6
PACE_SECONDS = 0.15
COPY_EVERY = 3


def main() -> int:
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="jikimi-kills-") as name:
        folder = Path(name)
        street = SpecimenStreet(utc_now)
        street.start()
        operator = Operator(lambda _url: False)  # takes every request, and takes nothing down
        operator.start()
        relay = start_relay(folder)
        service, opened = prepare(folder, street, operator, relay.url)
        try:
            report = drill(service, opened, street, operator, relay.url, arguments.kills)
        finally:
            with suppress(ProcessLookupError):
                service.kill()
            relay.stop()
            operator.stop()
            street.stop()
            opened.close()
    print(json.dumps(report, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(report))
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def prepare(folder: Path, street: SpecimenStreet, operator: Operator, relay: str) -> tuple[Service, Any]:
    """Fill a data folder and return the service for it, not started, and the same house opened here."""
    allow, smtp = f"127.0.0.1:{street.port},{host_of(relay)}", f"smtp://127.0.0.1:{operator.port}"
    sender = "notices@centre.invalid"
    settings = Settings(folder=folder / "data", centre="Bench", allow=allow, sender=sender, smtp=Secret(smtp))
    set_up(settings)
    from jikimi.app.service import build
    from jikimi.flow import acts

    opened = build(settings)
    house = opened.house
    case = open_case(house, Policy.PRE_APPROVED)
    for seed in range(DRAWINGS):
        body = encode_jpeg(draw(seed))
        house.records.apply(acts.add_reference(house, case.key, body, label=str(seed), by="ada"), by="ada")
    watch(house, "nostr", {"relay": relay}, sending=True)
    environment = {
        "JIKIMI_ALLOW": allow,
        "JIKIMI_SMTP": smtp,
        "JIKIMI_SENDER": sender,
        "JIKIMI_CENTRE": "Bench",
        "JIKIMI_MOST_AN_HOUR": "100000",  # kills are measured here, not the flood brake
        "JIKIMI_MOST_A_DAY": "100000",
        "JIKIMI_GATHER": "0s",  # one mail a request: every one of them can be met by a kill
    }
    return Service(folder / "data", environment), opened


def drill(
    service: Service, opened: Any, street: SpecimenStreet, operator: Operator, relay: str, kills: int
) -> dict[str, Any]:
    """Kill and restart while posts keep coming, then let the house catch up and count."""
    from jikimi.store.models import WatchRow

    dice = Random(11)
    service.start()
    wait_until(lambda: WatchRow.objects.filter(name="bench").exclude(at=None).exists(), "the anchor")
    stop = threading.Event()
    copies: dict[str, int] = {}
    posts: list[str] = []
    poster = threading.Thread(target=post, args=(stop, street, relay, copies, posts))
    poster.start()
    for _ in range(kills):
        time.sleep(dice.uniform(0.3, 5.0))
        kill_something(service, dice)
    time.sleep(1.0)
    stop.set()
    poster.join()
    if not is_alive(service):
        service.start()
    return count(opened, operator, copies, posts, kills)


def kill_something(service: Service, dice: Random) -> None:
    """SIGKILL the service, or one of the processes under it; start the service again if it was that."""
    children = descendants(service.pid)
    if children and dice.random() < 0.35:
        with suppress(ProcessLookupError):
            os.kill(dice.choice(children), signal.SIGKILL)
        return
    service.kill()
    service.start()


def is_alive(service: Service) -> bool:
    """Tell whether the service still runs."""
    return service.process is not None and service.process.poll() is None


def post(
    stop: threading.Event, street: SpecimenStreet, relay: str, copies: dict[str, int], posts: list[str]
) -> None:
    """Publish pictures until told to stop; every third is a copy, identical to the byte."""
    dice = Random(5)
    originals = [encode_jpeg(draw(seed)) for seed in range(DRAWINGS)]
    strangers = [encode_jpeg(draw(1000 + seed)) for seed in range(STRANGERS)]
    while not stop.is_set():
        is_copy = len(posts) % COPY_EVERY == 0
        which = dice.randrange(DRAWINGS)
        picture = originals[which] if is_copy else dice.choice(strangers)
        posted = street.publish("mina", f"post {len(posts)}", picture)
        address = f"{street.origin}/media/{posted.number}.jpg"
        posts += publish(
            relay, [signed_event(f"look {address}", [["imeta", f"url {address}", "m image/jpeg"]])]
        )
        if is_copy:
            copies[address] = which
        stop.wait(PACE_SECONDS)


def count(
    opened: Any, operator: Operator, copies: dict[str, int], posts: list[str], kills: int
) -> dict[str, Any]:
    """Wait until the house has caught up, and count what it made of the posts."""
    from jikimi.store import audit
    from jikimi.store.models import AlertRow, JobRow, PostRow

    def is_done() -> bool:
        receipts = opened.store.find(Receipt)
        places = {place.media_url for place in opened.store.find(Place)}
        is_seen = PostRow.objects.count() >= len(posts) and len(places) >= len(copies)
        return is_seen and len(receipts) >= len(copies)  # one in doubt may have two

    with suppress(RuntimeError):
        wait_until(is_done, "every post and request")
    places = Counter(place.media_url for place in opened.store.find(Place))
    mails = Counter(mail["Message-ID"] for mail in operator.mails)
    states = Counter(receipt.state.value for receipt in opened.store.find(Receipt))
    return {
        "kills": kills,
        "posts": len(posts),
        "posts_stored": PostRow.objects.count(),
        "copies": len(copies),
        "copies_with_one_place": sum(places[address] == 1 for address in copies),
        "references_copied": len(set(copies.values())),
        "alerts": AlertRow.objects.count(),
        "mails": len(mails),
        "mails_sent_twice": sum(number > 1 for number in mails.values()),
        "requests_made_or_in_doubt": states[Sent.SENT] + states[Sent.IN_DOUBT],
        "receipts": dict(states),
        "laid_aside": JobRow.objects.filter(state="parked").count(),
        "audit_problem": audit.walk().problem,
    }


def wait_until(is_true: Any, what: str, patience: float = 120.0) -> None:
    """Return once something is true; RuntimeError if it never is."""
    deadline = time.monotonic() + patience
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"the service did not get to {what} in time")
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
