"""Counts which sequences of six strokes many independent sources write; makes the table `grams.txt`.

python training/text_grams.py --sources DIR > src/jikimi/text/tables/grams.txt

DIR holds one .txt file a source, one sentence a line. Only what three sources and more write is kept, in
groups by how many do: no sentence and no word of one source can be read from it.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from jikimi.text import views
from jikimi.text.captions import GRAM

FEWEST_SOURCES = 3
LINES = 4_000
"""Lines of one source that are read, so that none outweighs the others."""

HEAD = """# grams: sequences of six strokes, by how many of {count} independent sources write them. Version 1.
# Made by training/text_grams.py of what programs say in Korean; a sequence tells the less, the more write it.
"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sources", type=Path, required=True, help="one .txt file a source")
    files = sorted(asked.parse_args().sources.glob("*.txt"))
    sources: Counter[str] = Counter()
    for file in files:
        sources.update(set(grams_of(file)))
    print(HEAD.format(count=len(files)), end="")
    for count in range(len(files), FEWEST_SOURCES - 1, -1):
        held = sorted(gram for gram, of in sources.items() if of == count)
        print(count, " ".join(held))


def grams_of(file: Path) -> Iterator[str]:
    """Yield the sequences of one source that are of ASCII only: strokes, small letters and digits."""
    for line in file.read_text().splitlines()[:LINES]:
        folded = views.fold(line, views.PLAIN)
        for at in range(len(folded) - GRAM + 1):
            gram = folded[at : at + GRAM]
            if gram.isascii():
                yield gram


if __name__ == "__main__":
    main()
