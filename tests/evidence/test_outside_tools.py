"""Tools that are not ours accept a whole bundle and refuse a changed one, by the commands in its README."""

import shutil
import subprocess
from pathlib import Path
from random import Random

import bagit
import pytest

from jikimi.evidence.readme import COMMANDS
from jikimi.model.alert import Evidence

FLIPS = 20

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
    pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed"),
]


def unpacked(evidence: Evidence, folder: Path) -> Path:
    (folder / "bag.tar.gz").write_bytes(evidence.bag)
    subprocess.run(["tar", "-xzf", "bag.tar.gz"], cwd=folder, check=True)
    (bag,) = (path for path in folder.iterdir() if path.is_dir())
    return bag


def accepts(bag: Path, script: str = COMMANDS) -> bool:
    """Run the README's commands in the bundle's folder, all of them."""
    done = subprocess.run(["sh", "-ec", script], cwd=bag, capture_output=True, check=False)
    return done.returncode == 0


def test_the_commands_in_the_readme_accept_a_whole_bundle(evidence: Evidence, tmp_path: Path) -> None:
    assert accepts(unpacked(evidence, tmp_path))


def test_the_reference_reader_of_the_bag_format_accepts_a_whole_bundle(
    evidence: Evidence, tmp_path: Path
) -> None:
    bag = bagit.Bag(str(unpacked(evidence, tmp_path)))
    bag.validate()
    assert bag.info["External-Identifier"] == evidence.place


def test_the_commands_in_the_readme_find_flipped_bits_in_every_file(
    evidence: Evidence, tmp_path: Path
) -> None:
    bag = unpacked(evidence, tmp_path)
    paths = sorted(path for path in bag.rglob("*") if path.is_file())
    random = Random(1)
    for number in range(FLIPS):
        path = paths[number % len(paths)]
        whole = path.read_bytes()
        # openssl skips a few parts of a signature's wrapping that mean nothing, such as version numbers.
        # Here its last 384 bytes change, the signature proper.
        first = 8 * (len(whole) - 384) if path.suffix == ".p7s" else 0
        bit = random.randrange(first, 8 * len(whole))
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert not accepts(bag), (path.name, bit)
        path.write_bytes(whole)
    assert accepts(bag)


def test_the_commands_in_the_documentation_accept_a_whole_bundle(evidence: Evidence, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text()
    script = page.split("```sh\n")[1].split("```")[0]
    (tmp_path / "bundle.tar.gz").write_bytes(evidence.bag)
    assert "openssl cms -verify" in script
    assert accepts(tmp_path, script)
    (tmp_path / "bundle.tar.gz").write_bytes(evidence.bag[:-9])
    assert not accepts(tmp_path, script)
