"""A write-ahead log with a broken frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import apsw

from sendoff.store.sqlite.recovery import recover
from sendoff.store.sqlite.recovery.log import unread
from sendoff.store.sqlite.recovery.pages import PAGE

FRAME = 24 + PAGE


class Filled(Protocol):
    """What the fixture of this folder gives."""

    crashed: bytes
    log: bytes


def crashed(folder: Path, filled: Filled, *, broken: int | None = None, size: int = -1) -> Path:
    """A store as a crash left it; in its log, one frame is broken, or all behind a size missing."""
    log = bytearray(filled.log)
    if broken is not None:
        log[32 + broken * FRAME + 100] ^= 1
    (folder / "s.db").write_bytes(filled.crashed)
    (folder / "s.db-wal").write_bytes(log if size < 0 else log[:size])
    return folder / "s.db"


def events(path: Path) -> int:
    db = apsw.Connection(str(path))
    count: int = db.execute("SELECT count(*) FROM events").get
    db.close()
    return count


def test_a_whole_log_leaves_nothing_unread(tmp_path: Path, filled: Filled) -> None:
    assert unread(crashed(tmp_path, filled)) == {}


def test_without_a_log_nothing_is_unread(tmp_path: Path, filled: Filled) -> None:
    path = crashed(tmp_path, filled)
    path.with_name("s.db-wal").unlink()
    assert unread(path) == {}


def test_a_log_that_ends_within_a_transaction_leaves_nothing_unread(
    tmp_path: Path, filled: Filled
) -> None:
    frames = len(filled.log) // FRAME
    assert unread(crashed(tmp_path, filled, size=32 + (frames - 1) * FRAME)) == {}


def test_what_stands_behind_a_broken_frame_is_found(tmp_path: Path, filled: Filled) -> None:
    path = crashed(tmp_path, filled, broken=30)
    pages = unread(path)
    assert pages
    assert all(len(page) == PAGE for page in pages.values())


def test_messages_behind_a_broken_frame_are_saved_and_what_was_done_is_in_doubt(
    tmp_path: Path, filled: Filled, message: Callable[[int], bytes]
) -> None:
    path = crashed(tmp_path, filled, broken=30)
    there = sum(message(number) in filled.log for number in range(1, 401))
    recovered = recover(path)
    assert recovered.counts["events"] > there * 8 // 10
    assert any("last changes" in each for each in recovered.unsure)
    assert (tmp_path / "s.db.damaged-1-wal").exists()
    assert events(path) == recovered.counts["events"]


def test_a_log_without_a_head_is_read_by_its_frames(tmp_path: Path, filled: Filled) -> None:
    path = crashed(tmp_path, filled)
    log = path.with_name("s.db-wal")
    log.write_bytes(bytes(32) + log.read_bytes()[32:])
    recovered = recover(path)
    assert recovered.counts["events"] > 350
