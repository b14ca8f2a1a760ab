"""The firehose of the measurement: what it sends is what its source reads, and its page is put in place."""

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "bench"))
sys.path.append(str(Path(__file__).parents[1] / "sources"))

from surroundings import around

import firehose_page
from firehose_figures import quantile
from firehose_load import message
from firehose_source import LINE, Firehose
from jikimi.model.source import Options

STEP = {
    "times": 4, "pictures": 60, "lost": 0, "lag_p50_s": 0.4, "lag_p99_s": 6.0, "first_looks_waiting": 9,
    "cores_house": 1.5,
}  # fmt: skip


def test_what_the_load_sends_is_what_the_source_reads() -> None:
    source = Firehose(
        Options(Firehose.manifest, {"stream": "ws://127.0.0.1:9", "blobs": "http://127.0.0.1:9/blob"}),
        around(watch="bench"),
    )
    moment = 1_796_000_000_250_000
    post = source._post(LINE.decode(message(7, moment, ["stranger-1", "copy-2-shrunk"], "words")))
    assert (post.id, post.text) == ("7", "words")
    assert post.published_at == datetime.fromtimestamp(moment / 1e6, UTC)
    assert [ref.url for ref in post.media] == [
        "http://127.0.0.1:9/blob/did%3Aplc%3Aspecimen0007/stranger-1.7-0",
        "http://127.0.0.1:9/blob/did%3Aplc%3Aspecimen0007/copy-2-shrunk.7-1",
    ]


def test_the_section_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    facts = {
        "minutes": 1.0, "references": 9, "posts": 45.0, "media": 7.5, "load_average": 1.0,
        "step_seconds": 60.0,
    }  # fmt: skip
    text = firehose_page.section(facts, {}, [STEP])
    page = tmp_path / "page.md"
    page.write_text("# Figures\n\n## Firehose\n\nold\n\n## Others\n\nkept\n")
    firehose_page.write(text, page)
    firehose_page.write(text, page)
    whole = page.read_text()
    assert whole.count("## Firehose") == 1
    assert "old" not in whole
    assert whole.endswith("## Others\n\nkept\n")
    assert "| 4 | 180 | 1 | 0 | 0.4 | 6.0 | 9 | 1.5 |" in whole


def test_a_quantile_of_nothing_is_nothing() -> None:
    assert quantile([], 0.99) == 0.0
    assert quantile([1.0, 2.0, 3.0], 0.99) == 3.0
