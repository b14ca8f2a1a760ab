"""The command line as people use it: each command in a process of its own, on a data folder of its own."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jikimi.cli.demo.operator import free_port
from jikimi.media.edits import EDITS
from jikimi.media.moving_edits import MOVING_EDITS
from jikimi.media.partial_edits import PARTIAL_EDITS
from jikimi.media.specimen import draw, encode_jpeg

Run = Callable[..., subprocess.CompletedProcess[str]]
BY = ("--by", "ada")


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_help_comes_without_heavy_libraries() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from jikimi.cli import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "print([name for name in ('django', 'cv2', 'faiss', 'aiohttp', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_wrong_setting_stops_with_one_line(jikimi: Run) -> None:
    done = jikimi("status", JIKIMI_PORT="eight")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("jikimi: JIKIMI_PORT: 'eight'")
    assert done.stderr.count("\n") == 1


def test_a_lost_master_key_stops_with_one_line_and_makes_no_new_one(jikimi: Run, tmp_path: Path) -> None:
    said(jikimi("status"))
    (tmp_path / "data" / "keys" / "master.key").unlink()
    done = jikimi("status")
    assert done.returncode == 2
    assert "Restore it from your backup" in done.stderr
    assert not (tmp_path / "data" / "keys" / "master.key").exists()


def test_a_case_from_proposal_to_closure(jikimi: Run, tmp_path: Path) -> None:
    for name in ("ada", "bora"):
        assert "/enter/" in said(jikimi("user", "add", name, "--role", "counsellor"))
    said(jikimi("case", "open", "2026-1", "--title", "Willow", "--purpose", "find and remove", *BY))
    own = jikimi("case", "approve", "2026-1", *BY)
    assert (own.returncode, "second person" in own.stderr) == (1, True)
    said(jikimi("case", "approve", "2026-1", "--by", "bora"))
    picture, words = tmp_path / "a.jpg", tmp_path / "a.txt"
    picture.write_bytes(encode_jpeg(draw(1)))
    words.write_text("hello")
    mixed = jikimi("reference", "add", "2026-1", str(picture), str(words), *BY)
    assert (mixed.returncode, "this is text" in mixed.stderr) == (1, True)
    key = mixed.stdout.strip()
    assert f"{key[:12]}\toriginal 1\tsearched for" in said(jikimi("reference", "list", "2026-1"))
    said(jikimi("reference", "withdraw", "2026-1", key[:8], "--yes", *BY))
    assert "withdrawn" in said(jikimi("reference", "list", "2026-1"))
    assert said(jikimi("case", "list")).startswith("2026-1\tlive")
    said(jikimi("case", "close", "2026-1", "--reason", "asked for", "--yes", *BY))
    assert said(jikimi("case", "list")).startswith("2026-1\tclosed")
    assert "links, head" in said(jikimi("status"))


def test_a_case_lets_search_engines_be_asked_and_forbids_it_again(jikimi: Run) -> None:
    for name in ("ada", "bora"):
        said(jikimi("user", "add", name, "--role", "counsellor"))
    said(jikimi("case", "open", "2026-1", "--title", "Willow", "--purpose", "find and remove", *BY))
    early = jikimi("case", "search", "2026-1", "yes", *BY)
    assert (early.returncode, "Only a live case" in early.stderr) == (1, True)
    said(jikimi("case", "approve", "2026-1", "--by", "bora"))
    assert "jikimi identifier add 2026-1 handle" in said(jikimi("case", "search", "2026-1", "yes", *BY))
    said(jikimi("identifier", "add", "2026-1", "handle", "willow_harbour88", *BY))
    assert '"willow_harbour88"' in said(jikimi("case", "search", "2026-1", "yes", *BY))
    assert said(jikimi("case", "queries", "2026-1")) == ""
    assert "Nothing of case 2026-1" in said(jikimi("case", "search", "2026-1", "no", *BY))


def test_nobody_unknown_may_act(jikimi: Run) -> None:
    done = jikimi("removal", "sending", "on", "--by", "stranger")
    assert (done.returncode, "jikimi user add stranger" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("website", "street", "adress=http://x.example"), "url"),
        (("nowhere", "street", "url=http://x.example"), "There is no source nowhere"),
        (("website", "street", "http://x.example"), "name=value"),
        (("nostr", "relay", "relay=http://x.example"), "ws"),
    ],
)
def test_a_wrong_watch_is_refused_before_it_is_written_down(jikimi: Run, words, complaint: str) -> None:
    said(jikimi("user", "add", "ada", "--role", "administrator"))
    done = jikimi("watch", "add", *words, *BY)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert said(jikimi("watch", "list")) == ""


def test_compare_prints_one_line_a_query_and_nothing_else(jikimi: Run, tmp_path: Path) -> None:
    references, queries = tmp_path / "references", tmp_path / "queries"
    references.mkdir()
    (queries / "deep").mkdir(parents=True)
    for seed in (1, 2):
        (references / f"{seed}.jpg").write_bytes(encode_jpeg(draw(seed)))
    (queries / "deep" / "mirrored.jpg").write_bytes(EDITS["mirrored"](draw(1)))
    (queries / "other.jpg").write_bytes(encode_jpeg(draw(3)))
    (queries / "words.jpg").write_text("not a picture")
    out = tmp_path / "out.json"
    to_file = jikimi(
        "compare", "--references", str(references), "--queries", str(queries), "--json", str(out)
    )
    assert said(to_file) == ""
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    printed = said(jikimi("compare", "--references", str(references), "--queries", str(queries)))
    assert [json.loads(line)["query"] for line in printed.splitlines()] == [line["query"] for line in lines]
    found, other, broken = lines
    assert set(found) == {"query", "error", "width", "height", "look", "cpu_seconds", "matches"}
    (match,) = found["matches"]
    assert set(match) == {"reference", "tier", "score", "how", "region_pixels"}
    assert (match["region_pixels"], found["look"]) == ([], 1)
    assert (match["reference"], match["how"]["edit"]) == (str(references / "1.jpg"), "mirrored")
    assert match["tier"] in {"certain", "likely", "possible"}
    assert 0 <= match["score"] <= 1
    assert (other["error"], other["matches"]) == (None, [])
    assert (broken["error"], broken["matches"]) == ("this is text, not a picture", [])


def test_compare_says_where_in_the_query_a_part_lies(jikimi: Run, tmp_path: Path) -> None:
    references, queries = tmp_path / "references", tmp_path / "queries"
    for folder in (references, queries):
        folder.mkdir()
    (references / "1.jpg").write_bytes(encode_jpeg(draw(1)))
    (queries / "collage.jpg").write_bytes(PARTIAL_EDITS["in a collage"](draw(1)))
    (queries / "other.jpg").write_bytes(encode_jpeg(draw(3)))
    (queries / "words.jpg").write_text("not a picture")
    folders = ("--references", str(references), "--queries", str(queries))
    out = tmp_path / "out.json"
    text = said(jikimi("compare", *folders, "--text", "--json", str(out)))
    found = json.loads(out.read_text().splitlines()[0])
    (match,) = found["matches"]
    corners, fractions = match["region_pixels"], match["how"]["region"]
    width, height = found["width"], found["height"]
    flat = [part for corner in corners for part in corner]
    assert flat == [round(part * (height if at % 2 else width)) for at, part in enumerate(fractions)]
    # of the four panels ours is the second: the upper right
    middle = (sum(x for x, _ in corners) / 4 / width, sum(y for _, y in corners) / 4 / height)
    assert middle == pytest.approx((0.75, 0.25), abs=0.03)
    query, line, pixels, shares, other, broken = text.splitlines()
    assert query == f"{queries / 'collage.jpg'}: 1 found at the {('first', 'second')[found['look'] - 1]} look"
    for part in (match["tier"], f"{match['score']:.2f}", "1.jpg", "part of a larger picture", "points agree"):
        assert part in line
    assert pixels.split() == ["region", "in", "pixels:", *(f"{x},{y}" for x, y in corners)]
    assert shares.split()[2:] == [
        f"{x:.3f},{y:.3f}" for x, y in zip(fractions[::2], fractions[1::2], strict=True)
    ]
    assert other == f"{queries / 'other.jpg'}: nothing at either look"
    assert broken == f"{queries / 'words.jpg'}: this is text, not a picture"


def test_a_watch_has_a_priority_that_can_be_changed(jikimi: Run, tmp_path: Path) -> None:
    said(jikimi("user", "add", "ada", "--role", "administrator"))
    folder = tmp_path / "street"
    folder.mkdir()
    said(jikimi("watch", "add", "folder", "street", f"path={folder}", "--priority", "high", *BY))
    assert said(jikimi("watch", "list")).rstrip().endswith("\thigh")
    assert "is low" in said(jikimi("watch", "priority", "street", "low", *BY))
    assert said(jikimi("watch", "list")).rstrip().endswith("\tlow")
    assert jikimi("watch", "priority", "street", "at-once", *BY).returncode == 2
    assert "There is no watch named road" in jikimi("watch", "priority", "road", "low", *BY).stderr


def test_a_reference_with_too_little_in_it_is_named_when_it_is_added(jikimi: Run, tmp_path: Path) -> None:
    said(jikimi("user", "add", "ada", "--role", "counsellor"))
    said(jikimi("case", "open", "2026-1", "--title", "Willow", "--purpose", "find and remove", *BY))
    good, plain = tmp_path / "good.jpg", tmp_path / "plain.jpg"
    good.write_bytes(encode_jpeg(draw(1)))
    plain.write_bytes(encode_jpeg(np.full((300, 400, 3), 128, np.uint8)))
    done = jikimi("reference", "add", "2026-1", str(good), str(plain), *BY)
    assert len(said(done).splitlines()) == 2
    assert "good.jpg" not in done.stderr
    assert f"{plain}: can be found by identical bytes only" in done.stderr
    listed = said(jikimi("reference", "list", "2026-1"))
    assert "\twhole, changed, cropped or pasted in" in listed
    assert "\tby identical bytes only" in listed


def test_compare_knows_a_crop_again_with_a_network_of_ones_own(
    jikimi: Run, tmp_path: Path, network_file: Callable[..., bytes]
) -> None:
    references, queries = tmp_path / "references", tmp_path / "queries"
    references.mkdir()
    queries.mkdir()
    (references / "1.jpg").write_bytes(encode_jpeg(draw(1)))
    (queries / "part.jpg").write_bytes(next(iter(PARTIAL_EDITS.values()))(draw(1)))
    network = tmp_path / "network.onnx"
    asked = ("compare", "--references", str(references), "--queries", str(queries))
    network.write_bytes(network_file())
    [line] = said(jikimi(*asked, JIKIMI_NETWORK=str(network))).splitlines()
    assert [match["reference"] for match in json.loads(line)["matches"]] == [str(references / "1.jpg")]
    network.write_text("not a network")
    done = jikimi(*asked, JIKIMI_NETWORK=str(network))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"jikimi: JIKIMI_NETWORK: {network}: the network cannot be used")
    assert done.stderr.count("\n") == 1


def test_requests_are_paused_held_and_let_go_from_the_command_line(jikimi: Run) -> None:
    for name, role in (("ada", "counsellor"), ("bora", "administrator")):
        said(jikimi("user", "add", name, "--role", role))
    said(jikimi("case", "open", "2026-1", "--title", "Willow", "--purpose", "find and remove", *BY))
    approved = said(jikimi("case", "approve", "2026-1", "--by", "bora"))
    assert "English: We believe in good faith" in approved
    assert "of the whole centre are paused" in said(jikimi("removal", "pause", *BY))
    assert "no longer paused" in said(jikimi("removal", "resume", *BY))
    assert "Write why" in jikimi("removal", "hold", "2026-1", "--reason", " ", *BY).stderr
    assert "of case 2026-1 wait" in said(jikimi("removal", "hold", "2026-1", "--reason", "police", *BY))
    assert "no longer held" in said(jikimi("removal", "release", "2026-1", *BY))
    assert "French: Nous croyons" in said(jikimi("removal", "statement", "2026-1", *BY))
    unread = jikimi("removal", "copyright", "2026-1", "--work", "a garden", *BY)
    assert (unread.returncode, "exposes" in unread.stdout, "Read the warning" in unread.stderr) == (
        1,
        True,
        True,
    )
    said(jikimi("removal", "copyright", "2026-1", "--work", "a garden", "--i-read-the-warning", *BY))
    assert "No copyright notice" in said(jikimi("removal", "copyright", "2026-1", "--forbid", *BY))
    assert "There is no place 99" in jikimi("removal", "rehearse", "99").stderr
    assert "us-take-it-down\t" in said(jikimi("removal", "rules"))


def test_selfcheck_is_content_on_a_fresh_folder(jikimi: Run) -> None:
    lines = said(jikimi("selfcheck")).splitlines()
    assert sum("specimen" in line for line in lines) == len(EDITS) + len(PARTIAL_EDITS) + 1
    assert not [line for line in lines if line.startswith("FAIL")]


@pytest.mark.slow
def test_the_demo_really_does_every_step(jikimi: Run) -> None:
    report = json.loads(said(jikimi("demo", "--once", "--json")))
    assert [copy["edit"] for copy in report["copies"] if not copy["found"]] == []
    assert {copy["edit"] for copy in report["copies"]} == {*EDITS, *PARTIAL_EDITS, *MOVING_EDITS}
    assert (report["distractors"], report["false_alerts"]) == (40, 0)
    assert report["evidence_verified"] is True
    assert report["gone_verified"] is True
    assert report["alert_to_request_ms"] > 0


@pytest.mark.slow
def test_serve_makes_everything_at_first_start_and_stops_cleanly(environment, jikimi: Run) -> None:
    def serve() -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "jikimi", "serve"],
            env=environment | {"JIKIMI_PORT": str(free_port())},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        said_at_start = ""
        while "awake" not in said_at_start:
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            said_at_start += line
        return process, said_at_start

    first, words = serve()
    assert re.search(r"First sign-in as admin.*/enter/", words)
    second = jikimi("serve")
    assert (second.returncode, "another Jikimi runs" in second.stderr) == (2, True)
    first.send_signal(signal.SIGTERM)
    _, errors = first.communicate(timeout=60)
    assert first.returncode == 0, errors
    assert "has stopped" in errors
    again, words = serve()
    assert "First sign-in" not in words
    again.send_signal(signal.SIGINT)
    _, errors = again.communicate(timeout=60)
    assert again.returncode == 0, errors


def test_a_watch_is_bounded_halted_and_judged(jikimi: Run, tmp_path: Path) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    said(jikimi("user", "add", "ada", "--role", "investigator"))
    said(jikimi("watch", "add", "folder", "street", f"path={folder}", "--expect", "24", *BY))
    assert jikimi("watch", "list", "--check").returncode == 1  # not started yet is an alarm
    assert "least 24 posts" in said(
        jikimi("watch", "bound", "street", "--requests", "9", "--money", "2.5", *BY)
    )
    assert "--money: type US dollars" in jikimi("watch", "bound", "street", "--money", "much", *BY).stderr
    said(jikimi("watch", "halt", "folder", "--source", *BY))
    listed = jikimi("watch", "list", "--check")
    assert (listed.returncode, "\thalted\t" in listed.stdout, "0 of 2.5" in listed.stdout) == (0, True, True)
    said(jikimi("watch", "resume", "folder", "--source", *BY))
    assert "\thalted\t" not in said(jikimi("watch", "list"))
    assert "There is no source nowhere" in jikimi("watch", "halt", "nowhere", "--source", *BY).stderr
    assert said(jikimi("watch", "gaps", "street")) == ""
