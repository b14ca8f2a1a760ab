"""Measures post visible → alert visible for clips of a minute: `./run bench clip_clock`.

A real relay on loopback carries posts that name clips of 60 s at 1280 × 720 with sound, mirrored copies of
references, one after the other. The clock runs from the post, so the fetch over loopback is in it.
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
from jikimi.cli.demo.street import SpecimenStreet
from jikimi.cli.opening import set_up
from jikimi.media.moving_specimen import draw_clip
from jikimi.model.case import Policy
from jikimi.settings import Settings
from latency import Load, latencies, wait_until
from nostr_peer import host_of, publish, signed_event, start_relay
from video_edits import run_ffmpeg
from whole_house import Service, fill_bank, open_case, watch

SECONDS = 60
SIZE = "1280:720"
LARGE = ["-vf", f"scale={SIZE}", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "2500k", "-c:a", "aac"]


def main() -> None:
    """Make the clips, fill the house, post, and print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--clips", type=int, default=8)
    asked.add_argument("--references", type=int, default=10_000, help="made-up hashes beside the clips")
    asked.add_argument("--json", type=Path)
    options = asked.parse_args()
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="jikimi-bench-")))
        street = SpecimenStreet(utc_now)
        street.start()
        closing.callback(street.stop)
        relay = start_relay(folder)
        closing.callback(relay.stop)
        clips = [clip(folder, seed) for seed in range(options.clips)]
        service = prepared(folder, street, relay.url, [one for one, _ in clips], options.references)
        figures = measure(service, street, relay.url, [copy for _, copy in clips])
    print("| figure | value |\n|---|---:|")
    for name, value in figures.items():
        print(f"| {name} | {value} |")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def clip(folder: Path, seed: int) -> tuple[bytes, bytes]:
    """Return an original and its mirrored copy, both of a minute."""
    drawn, original, copy = (folder / f"{seed}-{name}.mp4" for name in ("drawn", "original", "copy"))
    drawn.write_bytes(draw_clip(seed, seconds=SECONDS))
    run_ffmpeg(["-i", str(drawn), *LARGE, str(original)])
    run_ffmpeg(["-i", str(original), *LARGE[:1], f"hflip,{LARGE[1]}", *LARGE[2:], str(copy)])
    return original.read_bytes(), copy.read_bytes()


def prepared(
    folder: Path, street: SpecimenStreet, relay: str, originals: list[bytes], references: int
) -> Service:
    """Fill a data folder; the service is not started."""
    allow = f"127.0.0.1:{street.port},{host_of(relay)}"
    set_up(Settings(folder=folder / "data", language="en", centre="Bench", allow=allow))
    from jikimi.app.service import build  # only once Django is configured
    from jikimi.flow import acts  # as above

    opened = build(Settings(folder=folder / "data", language="en", centre="Bench", allow=allow))
    house = opened.house
    case = open_case(house, Policy.ASK)
    for number, body in enumerate(originals):
        house.records.apply(acts.add_reference(house, case.key, body, label=str(number), by="ada"), by="ada")
    fill_bank(house, case, references)
    watch(house, "nostr", {"relay": relay}, sending=False)
    opened.close()
    environment = {"JIKIMI_ALLOW": allow, "JIKIMI_LANGUAGE": "en", "JIKIMI_CENTRE": "Bench"}
    return Service(folder / "data", environment)


def measure(service: Service, street: SpecimenStreet, relay: str, copies: list[bytes]) -> dict[str, Any]:
    """Post one copy after the other, each once the one before raised its alert."""
    from jikimi.store.models import PlaceRow, WatchRow  # only once Django is configured

    service.start()
    load, busy = Load(), []
    try:
        wait_until(lambda: WatchRow.objects.filter(name="bench").exclude(at=None).exists())
        time.sleep(5.0)  # the start's own work is over
        for number, body in enumerate(copies):
            posted = street.publish("mina", f"clip {number}", body, "video/mp4")
            address = f"{street.origin}/media/{posted.number}.mp4"
            load.copies[address] = utc_now()
            publish(relay, [signed_event(f"look {address}", [["imeta", f"url {address}", "m video/mp4"]])])
            busy.append(os.getloadavg()[0])
            wait_until(lambda seen=number + 1: PlaceRow.objects.count() >= seen)  # type: ignore[misc]
        visible: dict[str, datetime] = {row.key: row.alerted_at for row in PlaceRow.objects.all()}
        waits = sorted(latencies(service.folder, load, visible))
    finally:
        service.stop()
    return {
        "clips / alerts": f"{len(copies)} / {len(waits)}",
        "clip, MB": round(statistics.mean(map(len, copies)) / 1e6, 1),
        "post visible to alert visible, median s": round(statistics.median(waits), 2),
        "… slowest s": round(waits[-1], 2),
        "load average, mean": round(statistics.mean(busy), 1),
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    main()
