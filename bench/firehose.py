"""Replays a synthetic firehose through the whole house: `./run bench firehose [--minutes 10]`.

Bluesky's average of 2025 (45 posts a second, 7.5 of them with pictures) and three times as much, then more
and more until first looks come too late. What is done is kept in `--folder`: started again, it goes on with
the next phase. `--fresh` begins anew, `--write` puts the tables into docs/benchmarks.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from firehose_page import section, write

HERE = Path(__file__).parent
CORES = 2


def main() -> None:
    asked = parse()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    if asked.fresh:
        shutil.rmtree(asked.folder, ignore_errors=True)
    prepare(asked.folder, asked.references)
    results = asked.folder / f"results-{asked.minutes:g}-{asked.references}.json"
    found: dict[str, Any] = json.loads(results.read_text()) if results.exists() else {}
    for name, options in phases(asked).items():
        if name in found:
            print(f"{name}: done before", file=sys.stderr)
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        found[name] = {"load_average": os.getloadavg()[0], "figures": phase(asked, options)}
        results.write_text(json.dumps(found, indent=2))
    text = section(
        {**vars(asked), "load_average": max(one["load_average"] for one in found.values())},
        {name[1:]: one["figures"] for name, one in found.items() if name != "steps"},
        found.get("steps", {}).get("figures", []),
    )
    print(text)
    if asked.write:
        write(text)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long each steady phase lasts")
    parser.add_argument("--catch-up", type=float, default=30, help="minutes to wait for second looks at most")
    parser.add_argument("--references", type=int, default=10_000)
    parser.add_argument("--posts", type=float, default=45, help="posts a second at ×1")
    parser.add_argument("--media", type=float, default=7.5, help="how many of them show pictures")
    parser.add_argument("--times", default="1,3", help="the steady phases")
    parser.add_argument("--steps", default="4,6,8,10,12,16,20", help='the rising rate; "" for none')
    parser.add_argument("--step-seconds", type=float, default=60)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "jikimi-firehose")
    parser.add_argument("--fresh", action="store_true", help="begin anew")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    return parser.parse_args()


def phases(asked: argparse.Namespace) -> dict[str, list[str]]:
    """Return every phase by name, with its options."""
    found = {}
    for times in map(int, filter(None, asked.times.split(","))):
        found[f"x{times}"] = [
            f"--posts={asked.posts * times}", f"--media={asked.media * times}",
            f"--seconds={asked.minutes * 60}", f"--catch-up={asked.catch_up * 60}",
        ]  # fmt: skip
    if asked.steps:
        found["steps"] = [
            f"--posts={asked.posts}", f"--media={asked.media}",
            f"--seconds={asked.step_seconds}", f"--steps={asked.steps}",
        ]  # fmt: skip
    return found


def prepare(folder: Path, references: int) -> None:
    """Draw the pool and fill a data folder, where that was not done before; half-done ones are made anew."""
    pool, data = folder / "pool", folder / f"filled-{references}" / "data"
    for place, arguments in ((pool, ["pool"]), (data, ["data", str(references)])):
        done = place.parent / f"{place.name}.done"
        if not done.exists():
            print(f"preparing {place.name} …", file=sys.stderr, flush=True)
            shutil.rmtree(place, ignore_errors=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, str(HERE / "firehose_pool.py"), *arguments, str(pool), str(data)]
            subprocess.run(command, check=True)
            done.touch()


def phase(asked: argparse.Namespace, options: list[str]) -> Any:
    """Run one phase in a process of its own: Django knows one database a process."""
    data = asked.folder / f"filled-{asked.references}" / "data"
    command = [
        sys.executable,
        str(HERE / "firehose_phase.py"),
        str(data),
        str(asked.folder / "pool"),
        *options,
    ]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


if __name__ == "__main__":
    main()
