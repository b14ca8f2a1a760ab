"""The benchmark of networks runs on a handful of drawn pictures and tells what a perfect one would add."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jikimi.media.specimen import draw, encode_jpeg

sys.path.append(str(Path(__file__).parents[2] / "bench"))

import network


def test_a_run_prints_recall_alerts_and_cost(
    tmp_path: Path, network_file: Callable[..., bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    photos, file = tmp_path / "photos", tmp_path / "network.onnx"
    photos.mkdir()
    for seed in range(6):
        (photos / f"{seed}.jpg").write_bytes(encode_jpeg(draw(seed, 240, 160)))
    file.write_bytes(network_file())
    network.main(
        ["--network", str(file), "--photos", str(photos), "--edits", "jpeg50,rot 5", "--unknown", "2"]
    )
    lines = capsys.readouterr().out.splitlines()
    rows = {
        line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ")[1:] for line in lines if "|" in line
    }
    assert list(rows)[2:] == ["jpeg50", "rot 5", "all"]
    assert [float(share) for share in rows["jpeg50"][4:]] == [100.0] * 4
    assert "without the network 0 of 2 unknown pictures bring a reference" in lines
    assert lines[-1] == "96 bytes a reference"
