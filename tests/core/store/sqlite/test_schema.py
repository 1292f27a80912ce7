"""The file: who may read it, and which files are refused."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from sendoff.store.failures import StoreError
from sendoff.store.sqlite.schema import VERSION, connect


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    db = connect(path)
    db.execute("INSERT INTO facts VALUES('a', 'b', x'')")
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}
    db.close()


def test_it_is_durable_and_nobody_elses_while_it_is_open(tmp_path: Path) -> None:
    db = connect(tmp_path / "s.db")
    assert (db.pragma("journal_mode"), db.pragma("synchronous")) == ("wal", 2)
    other = apsw.Connection(str(tmp_path / "s.db"))
    with pytest.raises(apsw.BusyError):
        other.execute("SELECT * FROM facts")
    other.close()
    db.close()


def test_it_opens_again(tmp_path: Path) -> None:
    connect(tmp_path / "s.db").close()
    db = connect(tmp_path / "s.db")
    assert db.pragma("user_version") == VERSION
    db.close()


@pytest.mark.parametrize("harm", ["PRAGMA user_version = 99", "PRAGMA application_id = 1"])
def test_another_version_is_refused_and_left_as_it_is(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "s.db"
    connect(path).close()
    with_another = apsw.Connection(str(path))
    with_another.execute(harm)
    with_another.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another file"):
        connect(path)
    assert path.read_bytes() == before


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    theirs = apsw.Connection(str(path))
    theirs.execute("CREATE TABLE mine(x)")
    theirs.close()
    with pytest.raises(StoreError, match="another file"):
        connect(path)
