"""The lock beside a store."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sendoff.store.failures import StoreError, StoreInUse
from sendoff.store.sqlite.ownership import Ownership, in_use
from sendoff.testing.clock import START

HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from sendoff.store.sqlite.ownership import Ownership
assert Ownership.take(Path(sys.argv[1]), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def taken(path: Path) -> Ownership:
    ownership = Ownership.take(path, START)
    assert ownership
    return ownership


def test_only_one_owns_a_store_even_within_a_process(path: Path) -> None:
    first = taken(path)
    assert Ownership.take(path, START) is None
    first.release()
    taken(path).release()


def test_who_owns_it_is_named_with_the_time(path: Path) -> None:
    ownership = taken(path)
    with pytest.raises(StoreInUse) as raised:
        Ownership.take_or_refuse(path, START)
    assert str(raised.value) == (
        f"{path}: is held open by process {os.getpid()} (since 2026-01-02 14:00:00 UTC) "
        f"(stop it first)"
    )
    ownership.release()


def test_a_process_that_is_killed_owns_nothing(path: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        assert Ownership.take(path, START) is None
        assert f"process {holder.pid} (since 2026-01-02 03:04:05 UTC)" in str(in_use(path, ""))
        holder.send_signal(signal.SIGKILL)
    taken(path).release()


def test_the_lock_file_stays_and_is_for_nobody_else(path: Path) -> None:
    taken(path).release()
    lock = path.with_name("s.db.lock")
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    assert lock.read_bytes() == b""


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b'{"process": "x"}'])
def test_an_owner_that_left_no_name_is_another_process(path: Path, text: bytes) -> None:
    path.with_name("s.db.lock").write_bytes(text)
    assert "held open by another process" in str(in_use(path, "stop it"))


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"s\.db\.lock: cannot be opened: .*folder writable"):
        Ownership.take(tmp_path / "missing" / "s.db", START)


def test_a_link_in_the_place_of_the_lock_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.with_name("s.db.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(StoreError, match="cannot be opened"):
        Ownership.take(path, START)
    assert not (tmp_path / "victim").exists()


def test_a_forked_process_does_not_keep_what_was_released(path: Path) -> None:
    ownership = taken(path)
    also = os.dup(ownership._file)
    ownership.release()
    taken(path).release()
    os.close(also)


def test_an_owner_that_has_ended_is_not_to_be_stopped(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    path.with_name("s.db.lock").write_bytes(
        b'{"process": %d, "since": "2026-01-02 03:04:05 UTC"}' % ended.pid
    )
    assert "has ended, but a process that it started" in str(in_use(path, "stop it"))
    assert "`fuser " in str(in_use(path, "stop it"))
