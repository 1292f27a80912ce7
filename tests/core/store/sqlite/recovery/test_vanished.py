"""Deliveries that are nowhere any more, and messages of which nothing is known but themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import apsw
import pytest

from sendoff.store.sqlite.recovery import recover
from sendoff.store.sqlite.recovery.pages import PAGE

STATE = "SELECT floor FROM routes WHERE name = 'support'"
OPEN = (
    "SELECT event FROM deliveries JOIN routes ON id = seq >> 40 WHERE name = 'support' AND"
    " (seq > floor AND seq NOT IN (SELECT seq FROM ended) OR seq IN (SELECT seq FROM behind))"
)
LETTERS = "SELECT event FROM dead WHERE route = 'support'"


class Filled(Protocol):
    """What the fixture of this folder gives."""

    closed: bytes


def numbers(path: Path, query: str) -> set[int]:
    db = apsw.Connection(str(path))
    try:
        return {number for (number,) in db.execute(query)}
    finally:
        db.close()


def without_pages(path: Path, table: str, part: slice) -> None:
    """Some of the leaves of a table are zero."""
    db = apsw.Connection(str(path))
    leaves: list[Any] = db.execute(
        "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", (table,)
    ).fetchall()
    db.close()
    content = bytearray(path.read_bytes())
    for (number,) in leaves[part]:
        content[(number - 1) * PAGE : number * PAGE] = bytes(PAGE)
    path.write_bytes(content)


@pytest.fixture
def path(tmp_path: Path, filled: Filled) -> Path:
    (tmp_path / "s.db").write_bytes(filled.closed)
    return tmp_path / "s.db"


@pytest.mark.parametrize("part", [slice(20, 21), slice(10, 14), slice(25, None), slice(None)])
def test_every_delivery_that_was_open_is_there_or_a_letter(path: Path, part: slice) -> None:
    were_open, were_dead = numbers(path, OPEN), numbers(path, LETTERS)
    assert were_open
    without_pages(path, "deliveries", part)
    recovered = recover(path)
    there, letters = numbers(path, OPEN), numbers(path, LETTERS)
    assert were_open <= there | letters
    assert were_dead <= letters
    assert recovered.lost["deliveries"] <= 1  # a resend: what was decided does not tell of it


@pytest.mark.parametrize("part", [slice(3), slice(2, 3)])  # with nothing and with some before
def test_what_had_ended_is_no_letter(path: Path, part: slice) -> None:
    were_open, were_dead = numbers(path, OPEN), numbers(path, LETTERS)
    without_pages(path, "deliveries", part)
    recover(path)
    assert numbers(path, LETTERS) <= were_open | were_dead


def test_a_letter_tells_how_to_have_it_decided_again(path: Path) -> None:
    without_pages(path, "deliveries", slice(30, 32))
    recover(path)
    [detail] = {
        detail
        for (detail,) in apsw.Connection(str(path)).execute(
            "SELECT detail FROM dead WHERE reason = 'recovered' AND record IS NULL"
        )
    }
    assert "sendoff dead replay --remap" in str(detail)


def test_a_message_of_which_nothing_else_is_known_is_decided_again(path: Path) -> None:
    for table in ("decided", "deliveries"):
        without_pages(path, table, slice(None))
    recover(path)
    letters = numbers(path, "SELECT event FROM dead")
    undecided = numbers(
        path,
        "SELECT number FROM events JOIN cursors ON number > value AND name = 'decided'"
        " WHERE number NOT IN (SELECT number FROM decided_ahead)",
    )
    assert undecided | letters == set(range(1, 401))
    assert not undecided & numbers(path, "SELECT number FROM keys")
