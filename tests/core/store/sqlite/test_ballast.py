"""Room that is kept, on a disk small enough to be filled."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sendoff.store.sqlite.ballast import Ballast

SIZE = 256 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one MiB; only root may make one."""
    made = subprocess.run(  # noqa: S603 - as it stands
        ["/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("no disk can be mounted here")
    yield tmp_path
    subprocess.run(["/bin/umount", str(tmp_path)], check=True)  # noqa: S603


@pytest.fixture
def ballast(tmp_path: Path) -> Ballast:
    return Ballast(tmp_path / "s.db", SIZE)


def fill(folder: Path) -> None:
    """Until nothing fits any more."""
    with (folder / "big").open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def fits(folder: Path) -> bool:
    try:
        (folder / "small").write_bytes(bytes(4096))
    except OSError as error:
        return error.errno != errno.ENOSPC
    return True


def test_dropping_it_makes_room_on_a_full_disk(disk: Path) -> None:
    ballast = Ballast(disk / "s.db", SIZE)
    assert ballast.load()
    fill(disk)
    assert not fits(disk)
    assert ballast.drop()
    assert fits(disk)
    assert not ballast.in_place


def test_it_comes_back_only_when_there_is_room_for_it_twice(disk: Path) -> None:
    ballast = Ballast(disk / "s.db", SIZE)
    ballast.load()
    fill(disk)
    ballast.drop()
    assert not ballast.load()
    (disk / "big").unlink()
    assert ballast.load()
    assert ballast.in_place


def test_on_a_disk_too_small_it_leaves_nothing_behind(disk: Path) -> None:
    fill(disk)
    assert not Ballast(disk / "s.db", SIZE).load()
    assert not (disk / "s.db.ballast").exists()


def test_what_an_earlier_process_left_is_taken_over(ballast: Ballast, tmp_path: Path) -> None:
    ballast.load()
    before = (tmp_path / "s.db.ballast").stat()
    again = Ballast(tmp_path / "s.db", SIZE)
    assert again.load()
    assert (tmp_path / "s.db.ballast").stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_mode & 0o777 == 0o600


def test_half_of_one_is_made_whole(ballast: Ballast, tmp_path: Path) -> None:
    (tmp_path / "s.db.ballast").write_bytes(b"half")
    assert ballast.load()
    assert (tmp_path / "s.db.ballast").stat().st_size == SIZE


def test_its_bytes_cannot_be_compressed_away(ballast: Ballast, tmp_path: Path) -> None:
    ballast.load()
    assert len(set((tmp_path / "s.db.ballast").read_bytes())) == 256


def test_there_is_nothing_to_drop_twice(ballast: Ballast) -> None:
    ballast.load()
    assert [ballast.drop(), ballast.drop()] == [True, False]


def test_where_nothing_can_be_written_there_is_none(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "missing" / "s.db", SIZE)
    assert not ballast.load()
    assert not ballast.drop()


def test_the_refusal_says_what_where_and_what_to_do(tmp_path: Path) -> None:
    text = str(Ballast(tmp_path / "s.db", SIZE).refusal())
    assert text.startswith(f"{tmp_path}/s.db: the disk is full (")
    assert text.endswith("(free at least 524 KB there)")
