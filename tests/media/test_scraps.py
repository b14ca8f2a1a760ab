"""What a browser leaves in memory goes with it, and what killed houses left goes with the next."""

import fcntl
import os
from pathlib import Path

import pytest

from jikimi.media.scraps import scraps


def leave(folder: Path, name: str) -> Path:
    left = folder / name
    left.mkdir()
    (left / "page").write_bytes(b"words")
    return left


def test_the_room_is_empty_and_is_gone_afterwards(tmp_path: Path) -> None:
    with scraps(tmp_path) as (room, _):
        assert list(room.iterdir()) == []
        (room / "page").write_bytes(b"words")
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(KeyError), scraps(tmp_path) as (room, _):
        raise KeyError(room)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_house_left_is_removed_by_the_next_and_nothing_else_is(tmp_path: Path) -> None:
    left, other = leave(tmp_path, "jikimi-browser-old"), leave(tmp_path, "somebody-else")
    (tmp_path / "jikimi-browser-link").symlink_to(other)
    with scraps(tmp_path):
        assert not left.exists()
        assert (other / "page").exists()


def test_rooms_in_use_stay_until_the_last_process_has_let_go(tmp_path: Path) -> None:
    with scraps(tmp_path) as (room, lock):
        inherited = os.dup(lock)
        (room / "page").write_bytes(b"words")
        with scraps(tmp_path) as (second, _):
            assert second != room
        assert (room / "page").exists()
    assert not room.exists()
    held = leave(tmp_path, "jikimi-browser-held")
    descriptor = os.open(held, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    child = os.dup(descriptor)
    os.close(descriptor)
    with scraps(tmp_path):
        assert held.exists()
    os.close(child)
    with scraps(tmp_path):
        assert not held.exists()
    os.close(inherited)


def test_a_room_that_is_swept_before_it_is_locked_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, swept = fcntl.flock, []

    def sweep_first(lock: int, how: int) -> None:
        if not swept:
            swept.append(Path(f"/proc/self/fd/{lock}").readlink())
            swept[0].rmdir()
        real(lock, how)

    monkeypatch.setattr("jikimi.media.scraps.fcntl.flock", sweep_first)
    with scraps(tmp_path) as (room, _):
        assert room.is_dir()
        assert [room] != swept


def test_without_room_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), scraps(tmp_path / "full"):
        pass
