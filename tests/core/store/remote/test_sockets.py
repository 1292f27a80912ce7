"""Sockets beside a store's file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sendoff.store.failures import StoreError
from sendoff.store.remote.sockets import LONGEST, listen, process_behind, reach, remove


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.sock"


def test_nobody_else_may_connect(path: Path) -> None:
    with listen(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_who_is_at_the_other_end_is_known(path: Path) -> None:
    with listen(path), reach(path) as line:
        assert process_behind(line) == os.getpid()


def test_what_a_killed_owner_left_is_replaced(path: Path) -> None:
    listen(path).close()
    with pytest.raises(ConnectionRefusedError):
        reach(path)
    with listen(path), reach(path):
        pass


def test_what_is_no_socket_is_left_alone(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(StoreError, match="something else stands there"):
        listen(path)
    assert path.read_text() == "mine"


def test_a_socket_that_is_gone_can_be_removed(path: Path) -> None:
    listen(path).close()
    remove(path)
    remove(path)
    with pytest.raises(FileNotFoundError):
        reach(path)


def test_a_path_too_long_for_a_socket_serves_as_well(tmp_path: Path) -> None:
    folder = tmp_path / ("f" * LONGEST)
    folder.mkdir()
    path = folder / "sendoff.db.sock"
    with listen(path), reach(path):
        assert path.is_socket()


def test_a_name_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="shorten"):
        listen(tmp_path / ("n" * LONGEST))
