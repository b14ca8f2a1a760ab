"""One phase of `./run bench firehose`: the real service on a prepared folder, under one load; prints JSON."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from firehose_figures import WATCH, figures, looked_at, shares
from firehose_follow import HERE, Follower, Load, wait_until, waiting
from jikimi.cli.opening import set_up
from jikimi.settings import Settings
from whole_house import Service, watch

WANTED_LAG = 5.0
START_WITHIN = 600.0
SETTLE = 10.0
"""Seconds that what was published last gets before it counts as not looked at."""


class Phase:
    """A service under load; `steady` and `breaking` are the two kinds of phases."""

    def __init__(self, prepared: Path, pool: Path, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, str] = json.loads((prepared.parent / "references.json").read_text())
        shutil.copytree(prepared, folder / "data")
        self.load = Load.start(folder, pool)
        allow = f"127.0.0.1:{self.load.port}"
        settings = Settings(folder=folder / "data", language="en", centre="Bench", allow=allow)
        set_up(settings)
        site = register_source(folder)
        from jikimi.app.service import build  # only once Django is configured

        setting_up = build(settings)
        origin = f"127.0.0.1:{self.load.port}"
        options = {"stream": f"ws://{origin}/subscribe", "blobs": f"http://{origin}/blob"}
        watch(setting_up.house, "firehose", options, sending=False)
        setting_up.close()
        environment = {"JIKIMI_ALLOW": allow, "JIKIMI_LANGUAGE": "en", "JIKIMI_CENTRE": "Bench"}
        environment["PYTHONPATH"] = os.pathsep.join(
            [site, str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        self.service = Service(folder / "data", environment)
        self.follower = Follower(self.service, self.load)

    def begin(self) -> float:
        """Start the service; return once it reads, with the seconds that took."""
        from jikimi.store.models import WatchRow  # only once Django is configured

        began = time.monotonic()
        self.service.start()
        wait_until(lambda: WatchRow.objects.filter(name=WATCH).exclude(at=None).exists(), START_WITHIN)
        return time.monotonic() - began

    def steady(self, posts: float, media: float, seconds: float, catch_up: float) -> dict[str, Any]:
        """Hold one rate, then a third of it until second looks are done or `catch_up` seconds are over."""
        started = self.begin()
        before = self.follower.cpu()
        self.load.rate(posts, media)
        self.progress(seconds)
        late = json.loads(self.load.ask("/late"))["late"]
        after = self.follower.cpu()
        backlog = waiting()[1]
        published = self.load.journal()
        self.load.rate(posts / 3, media / 3)
        caught_up = self.catch_up(catch_up, backlog)
        self.load.rate(0, 0)
        self.follower.follow(SETTLE)
        stored, places = looked_at(self.follower, self.folder / "data")
        return {
            **figures(published, stored, places, self.known, time.time()),
            **shares(before, after),
            "second_looks_waiting": backlog,
            "catch_up": caught_up,
            "memory_mb_max": round(max(self.follower.memory)),
            "generator_late_s": round(late, 2),
            "start_s": round(started, 1),
            "laid_aside": parked(),
        }

    def catch_up(self, most: float, backlog: int) -> dict[str, float]:
        """Watch the backlog of second looks; return how long it took, and what was left if it did not end."""
        began = time.monotonic()
        left = backlog
        while left > 5 and time.monotonic() - began < most:
            self.follower.follow(5)
            left = waiting()[1]
            self.say(f"catching up, {left} second looks wait")
        return {"seconds": round(time.monotonic() - began), "left": left}

    def breaking(self, posts: float, media: float, seconds: float, times: list[int]) -> list[dict[str, Any]]:
        """Raise the rate step by step until first looks come too late."""
        self.begin()
        found: list[dict[str, Any]] = []
        for factor in times:
            began, before = time.time(), self.follower.cpu()
            self.load.rate(posts * factor, media * factor)
            self.progress(seconds)
            late = json.loads(self.load.ask("/late"))["late"]
            first, second = waiting()
            stored, places = looked_at(self.follower, self.folder / "data")
            mine = [post for post in self.load.journal() if post["at"] >= began]
            found.append(
                {
                    "times": factor,
                    **figures(mine, stored, places, self.known, time.time()),
                    **shares(before, self.follower.cpu()),
                    "first_looks_waiting": first,
                    "second_looks_waiting": second,
                    "memory_mb_max": round(max(self.follower.memory)),
                    "generator_late_s": round(late, 2),
                }
            )
            if found[-1]["lag_p99_s"] > WANTED_LAG:
                break
        return found

    def progress(self, seconds: float) -> None:
        """Follow for so long, and say on the standard error how it goes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.follower.follow(min(10.0, left))
            first, second = waiting()
            self.say(f"{max(0, end - time.monotonic()):.0f} s left, waiting: {first} first, {second} second")

    def say(self, text: str) -> None:
        """Show how it goes."""
        print(f"  {text}; load average {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Stop everything."""
        if self.service.process is not None:
            self.service.stop(120)
        self.load.stop()


def parked() -> int:
    """Return how many jobs wait for a person."""
    from jikimi.store.models import JobRow, JobState  # only once Django is configured

    return JobRow.objects.filter(state=JobState.PARKED).count()


def register_source(folder: Path) -> str:
    """Register the source as an installed package would; return the folder to put on the path."""
    site = folder / "site"
    about = site / "firehose-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: firehose\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[jikimi.sources]\nfirehose = firehose_source:Firehose\n")
    sys.path.append(str(site))
    return str(site)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--posts", type=float, default=45)
    parser.add_argument("--media", type=float, default=7.5)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--catch-up", type=float, default=600)
    parser.add_argument("--steps", default="", help="raise the rate by these factors instead, such as 4,6,8")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jikimi-firehose-") as name:
        phase = Phase(asked.prepared, asked.pool, Path(name))
        try:
            if asked.steps:
                times = [int(step) for step in asked.steps.split(",")]
                print(json.dumps(phase.breaking(asked.posts, asked.media, asked.seconds, times)))
            else:
                print(json.dumps(phase.steady(asked.posts, asked.media, asked.seconds, asked.catch_up)))
        finally:
            phase.end()


if __name__ == "__main__":
    main()
