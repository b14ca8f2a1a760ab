"""Measures post visible → request at the mail server, with nobody in between: `./run bench pre_approved`.

A case was approved in advance. A local site, watched by its feed, shows exact copies of its references, one
after the other; the real service finds each, captures the page with the browser, seals, writes, looks once
more and hands the request to a real local mail server. All shares this machine's cores.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from jikimi.app.engine import utc_now
from jikimi.cli.demo.operator import Operator
from jikimi.cli.demo.street import SpecimenStreet
from jikimi.cli.opening import set_up
from jikimi.media.specimen import draw, encode_jpeg
from jikimi.model.alert import Evidence
from jikimi.model.capture import CaptureKind
from jikimi.model.case import Policy
from jikimi.model.post import Secret
from jikimi.settings import Settings
from whole_house import Service, open_case, watch

SENDER = "notices@centre.invalid"
POLL_SECONDS = 1
PATIENCE_SECONDS = 300.0


def main() -> None:
    """Run the street, the mail server and the service; print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--posts", type=int, default=40)
    asked.add_argument("--pause", type=float, default=5.0, help="seconds between two posts")
    asked.add_argument("--gather", default="0s", help="JIKIMI_GATHER: with 1h only the first goes at once")
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    arrived: dict[str, datetime] = {}
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="jikimi-bench-")))
        street = SpecimenStreet(utc_now)
        street.start()
        closing.callback(street.stop)
        operator = Operator(lambda url: bool(arrived.setdefault(url, utc_now())))
        operator.start()
        closing.callback(operator.stop)
        service = prepared(folder, street, operator, options)
        figures = measure(service, street, arrived, options)
    print("| figure | value |\n|---|---:|")
    for name, value in figures.items():
        print(f"| {name} | {value} |")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def prepared(
    folder: Path, street: SpecimenStreet, operator: Operator, options: argparse.Namespace
) -> Service:
    """Fill a data folder: a case approved in advance, its references, one watch. Nothing is started."""
    allow, smtp = f"127.0.0.1:{street.port}", f"smtp://127.0.0.1:{operator.port}"
    settings = Settings(
        folder=folder / "data", centre="Bench", allow=allow, sender=SENDER, smtp=Secret(smtp), language="en"
    )
    set_up(settings)
    from jikimi.app.service import build  # only once Django is configured
    from jikimi.flow import acts  # as above

    opened = build(settings)
    house = opened.house
    if house.camera is None:
        raise SystemExit("No Chromium is installed, so there is nothing to measure.")
    case = open_case(house, Policy.PRE_APPROVED)
    for seed in range(options.posts):
        body = encode_jpeg(draw(seed))
        house.records.apply(acts.add_reference(house, case.key, body, label=str(seed), by="ada"), by="ada")
    watch(
        house,
        "website",
        {"url": f"{street.origin}/feed.xml", "interval": str(POLL_SECONDS)},
        sending=True,
    )
    opened.close()
    environment = {
        "JIKIMI_ALLOW": allow,
        "JIKIMI_SMTP": smtp,
        "JIKIMI_SENDER": SENDER,
        "JIKIMI_CENTRE": "Bench",
        "JIKIMI_LANGUAGE": "en",
        "JIKIMI_GATHER": options.gather,
    }
    return Service(folder / "data", environment)


def measure(
    service: Service, street: SpecimenStreet, arrived: dict[str, datetime], options: argparse.Namespace
) -> dict[str, Any]:
    """Publish one copy after the other, and say how long each took to the mail server."""
    from jikimi.store.models import JobRow, WatchRow  # only once Django is configured

    service.start()
    try:
        wait_until(lambda: WatchRow.objects.filter(name="bench").exclude(at=None).exists())
        posted: dict[str, datetime] = {}
        load = []
        for seed in range(options.posts):
            post = street.publish("mina", f"post {seed}", encode_jpeg(draw(seed)))
            posted[street.url(post)] = post.at
            load.append(os.getloadavg()[0])
            time.sleep(options.pause)
        wanted = len(posted) if options.gather == "0s" else 1
        wait_until(lambda: len(arrived) >= wanted)
        aside = list(JobRow.objects.filter(state="parked").values_list("step", "reason"))
    finally:
        service.stop()
    browsers = captured(service)
    waits = sorted((arrived[url] - at).total_seconds() for url, at in posted.items() if url in arrived)
    return {
        "posts": len(posted),
        "captured by a browser": browsers,
        "requests at the mail server": len(waits),
        "laid aside": len(aside),
        "post visible to mail server, p50 s": round(statistics.median(waits), 1),
        "… p95 s": round(waits[min(len(waits) - 1, int(len(waits) * 0.95))], 1),
        "… slowest s": round(waits[-1], 1),
        "load average, mean": round(statistics.mean(load), 1),
        "cores": os.cpu_count(),
    }


def captured(service: Service) -> int:
    """Return how many pages a browser captured."""
    from jikimi.store.keyring import Keyring, read_master  # only once Django is configured
    from jikimi.store.store import Store  # as above

    store = Store(Keyring(read_master(service.folder / "keys" / "master.key")), utc_now, lambda: None)
    try:
        return sum(one.capture == CaptureKind.BROWSER for one in store.find(Evidence))
    finally:
        store.close()


def wait_until(is_true: Any) -> None:
    """Return once something is true; RuntimeError if it never is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError("the service did not get there in time")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
