"""Measures what it costs to look at several frames of an animation, and prints a table.

python bench/animations.py

CPU time of this process, median of a few rounds. A slow pan over one of our own drawings, 498 × 372 pixels a
frame, in every format that moves.
"""

import io
import statistics
import time
from collections.abc import Callable

from PIL import Image

from jikimi.app.engine import fingerprinters
from jikimi.fingerprints.frames import Frames
from jikimi.media.animation import watch_animation
from jikimi.media.decode import FIRST_LOOK, SECOND_LOOK, decode, prepare
from jikimi.media.specimen import draw
from jikimi.model.fingerprint import Effort, Picture

FRAMES = (10, 60)
FORMATS = ("GIF", "WEBP", "PNG", "AVIF")
WIDTH, HEIGHT = 498, 372
ROUNDS = 5


def main() -> None:
    prepare()
    print(
        "| format | frames | MB | one frame | first look | second look | frames picked | their fingerprints "
        "| as a clip | its fingerprint |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in FORMATS:
        for count in FRAMES:
            body = pan(name, count)
            still = pan(name, 1)
            picked = decode(body)
            pictures = (picked.picture, *picked.later)
            cells = (
                f"{len(body) / 1e6:.1f}",
                milliseconds(lambda body=still: decode(body)),
                milliseconds(lambda body=body: decode(body, FIRST_LOOK)),
                milliseconds(lambda body=body: decode(body, SECOND_LOOK)),
                str(len(pictures)),
                milliseconds(lambda body=body, pictures=pictures: first_look(body, pictures)),
                *as_a_clip(body, name),
            )
            print(f"| {name} | {count} | {' | '.join(cells)} |", flush=True)


def pan(name: str, count: int) -> bytes:
    wide = Image.fromarray(draw(3, 2 * WIDTH, 2 * HEIGHT))
    steps = ((at * WIDTH // 60, at * HEIGHT // 60) for at in range(count))
    first, *rest = [wide.crop((x, y, x + WIDTH, y + HEIGHT)) for x, y in steps]
    kept = io.BytesIO()
    options = {"speed": 9} if name == "AVIF" else {}
    first.save(kept, name, save_all=True, append_images=rest, duration=40, **options)
    return kept.getvalue()


def first_look(body: bytes, pictures: tuple[Picture, ...]) -> None:
    chosen = [one for one in fingerprinters() if not one.is_second_look]
    for picture in pictures:
        for one in chosen:
            one.fingerprint(body, picture)


def as_a_clip(body: bytes, name: str) -> tuple[str, str]:
    clip = watch_animation(body, name, Effort.FIRST)
    seen = milliseconds(lambda: watch_animation(body, name, Effort.FIRST))
    if clip is None:
        return seen, "none"
    return seen, milliseconds(lambda: Frames().fingerprint_clip(clip, Effort.FIRST))


def milliseconds(run: Callable[[], object]) -> str:
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        spent.append((time.process_time() - start) * 1e3)
    return f"{statistics.median(spent):.0f} ms"


if __name__ == "__main__":
    main()
