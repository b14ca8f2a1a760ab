"""Measures how often a photograph is found again from a file that was cut off, and prints a table.

python bench/cut_off.py --photos DIR [--count 40]

References are the photographs as they are; queries are saved anew by us, then cut at a share of their bytes.
"""

import argparse
import io
import statistics
from pathlib import Path

from PIL import Image

from jikimi.app.engine import empty_vault, fingerprinters
from jikimi.media.decode import FIRST_LOOK, SECOND_LOOK, Look, decode, prepare
from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import Fingerprint, Found, Orientation
from jikimi.model.ports import IndexEntry, Vault

SHARES = (0.9, 0.8, 0.6, 0.5, 0.4, 0.3)
WAYS: dict[str, tuple[str, dict[str, object]]] = {
    "JPEG": ("JPEG", {"quality": 80}),
    "progressive JPEG": ("JPEG", {"quality": 80, "progressive": True}),
    "PNG": ("PNG", {"compress_level": 1}),
    "WebP": ("WEBP", {"quality": 80}),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    asked.add_argument("--photos", type=Path, required=True)
    asked.add_argument("--count", type=int, default=40)
    options = asked.parse_args()
    files = sorted(path for path in options.photos.iterdir() if path.suffix.lower() in {".jpg", ".jpeg"})
    photos = files[:: max(1, len(files) // options.count)][: options.count]
    prepare()
    vault = empty_vault()
    for number, photo in enumerate(photos, start=1):
        kept = [
            one for one in look(photo.read_bytes(), FIRST_LOOK)[1] if one.orientation is Orientation.UPRIGHT
        ]
        vault.apply([IndexEntry(number, photo.name, "", tuple(kept))])
    print("| saved as | bytes | rows missing | found | refused | wrong |")
    print("|---|---:|---:|---:|---:|---:|")
    for way in WAYS:
        for share in SHARES:
            print(f"| {way} | {share:.0%} | {row(vault, photos, way, share)} |", flush=True)


def row(vault: Vault, photos: list[Path], way: str, share: float) -> str:
    missing, found, refused, wrong = [], 0, 0, 0
    for photo in photos:
        body = saved(photo, way)
        try:
            gap, answers = ask(vault, body[: int(len(body) * share)])
        except BadMedia:
            refused += 1
            continue
        missing.append(gap)
        found += any(one.reference == photo.name for one in answers)
        wrong += any(one.reference != photo.name for one in answers)
    middle = f"{statistics.median(missing):.0%}" if missing else "–"
    return f"{middle} | {found} of {len(photos)} | {refused} | {wrong}"


def ask(vault: Vault, body: bytes) -> tuple[float, list[Found]]:
    """Ask as the house does: once, and again with the second look if that found nothing."""
    missing, seen = look(body, FIRST_LOOK)
    return missing, vault.search(seen) or vault.search(look(body, SECOND_LOOK)[1])


def look(body: bytes, how: Look) -> tuple[float, list[Fingerprint]]:
    decoded = decode(body, how)
    chosen = [one for one in fingerprinters() if how is SECOND_LOOK or not one.is_second_look]
    return decoded.missing, [found for one in chosen for found in one.fingerprint(body, decoded.picture)]


def saved(photo: Path, way: str) -> bytes:
    name, options = WAYS[way]
    kept = io.BytesIO()
    with Image.open(photo) as picture:
        picture.convert("RGB").save(kept, name, **options)
    return kept.getvalue()


if __name__ == "__main__":
    main()
