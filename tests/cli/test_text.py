"""`jikimi text scan`, as people type it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def scan(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    asked = ["--identifiers", str(folder / "ids.jsonl"), "--posts", str(folder / "posts.jsonl"), *words]
    environment = {"PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)}
    return subprocess.run(
        [sys.executable, "-m", "jikimi", "text", "scan", *asked],
        capture_output=True, text=True, timeout=120, check=False, env=environment,
    )  # fmt: skip


def lines(*rows: Any) -> bytes:
    return b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ids.jsonl").write_bytes(
        lines(
            {"id": "n", "case": "c", "kind": "name", "text": "김민서"},
            {"id": "h", "case": "c", "kind": "handle", "text": "gil_dong97"},
        )
    )
    return tmp_path


def test_each_post_has_one_line_with_alert_hits_and_spans(folder: Path) -> None:
    (folder / "posts.jsonl").write_bytes(
        lines({"id": 1, "text": "우리 김민서"}, {"id": "b", "text": "@g1l_d0ng97"}, {"id": "c", "text": ""})
    )
    done = scan(folder)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"post": 1, "alert": False, "hits": [{"identifier": "n", "evidence": "exact", "span": [3, 6]}]},
        {"post": "b", "alert": True, "hits": [{"identifier": "h", "evidence": "strong", "span": [1, 11]}]},
        {"post": "c", "alert": False, "hits": []},
    ]


def test_several_processes_answer_the_same_in_the_same_order(folder: Path) -> None:
    (folder / "posts.jsonl").write_bytes(
        lines(*({"id": n, "text": f"글 {n} 김 민 서 gild0ng97"} for n in range(3000)))
    )
    one, two = folder / "one", folder / "two"
    assert scan(folder, "--json", str(one), "--processes", "1").returncode == 0
    assert scan(folder, "--json", str(two), "--processes", "2").returncode == 0
    assert one.read_text() == two.read_text()
    assert len(one.read_text().splitlines()) == 3000


def test_a_broken_post_is_named_by_line_and_the_others_are_answered(folder: Path) -> None:
    (folder / "posts.jsonl").write_bytes(
        lines(
            {"id": 1, "text": "김민서"},
            b"not json\n",
            {"id": 3},
            b'{"id": 4, "text": "\xff\xfe gil_dong97"}\n',
            b'{"id": 5, "text": "\\ud800"}\n',
        )
    )
    done = scan(folder)
    assert done.returncode == 2
    assert [json.loads(line)["post"] for line in done.stdout.splitlines()] == [1, 4, 5]
    assert "posts.jsonl, line 2: not JSON" in done.stderr
    assert 'posts.jsonl, line 3: "id" or "text" is missing' in done.stderr


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (b"{\n", "line 3: not JSON"),
        (b"[]\n", "line 3: not an object"),
        ({"id": "x", "case": "c", "kind": "pet", "text": "t"}, "line 3: no such kind; one of name, nickname"),
        ({"id": "x", "case": "c", "kind": "name"}, 'line 3: "text" is missing'),
        ({"id": "n", "case": "c", "kind": "name", "text": "박하늘"}, "line 3: the id of line 1 again"),
    ],
)
def test_a_wrong_identifier_stops_with_one_line(folder: Path, row: Any, says: str) -> None:
    with (folder / "ids.jsonl").open("ab") as more:
        more.write(lines(row))
    (folder / "posts.jsonl").write_bytes(b"")
    done = scan(folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_useless_or_ordinary_identifier_is_said(folder: Path) -> None:
    with (folder / "ids.jsonl").open("ab") as more:
        more.write(
            lines(
                {"id": "e", "case": "c", "kind": "title", "text": " "},
                {"id": "w", "case": "c", "kind": "title", "text": "사랑"},
            )
        )
    (folder / "posts.jsonl").write_bytes(lines(*({"id": n, "text": "사랑 노래"} for n in range(50))))
    done = scan(folder)
    assert done.returncode == 0
    assert "line 3: refused: has no letter" in done.stderr
    assert "line 4: an ordinary word; about" in done.stderr
    assert "line 4: 50 of 50 posts say it word for word" in done.stderr
