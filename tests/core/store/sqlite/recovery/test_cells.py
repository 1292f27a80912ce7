"""Rows read from the bytes of pages, against what SQLite wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.store.sqlite.recovery.cells import Cell, cells_of
from sendoff.store.sqlite.recovery.pages import PAGE

INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
BYTES = st.integers(0, 12_000).map(lambda size: b"x" * size)
VALUES = st.none() | INTEGERS | st.floats(allow_nan=False) | TEXTS | BYTES


def cells_in(statements: Sequence[str], rows: Sequence[Sequence[object]]) -> list[Cell]:
    """All cells of a new file; the last of the statements writes the rows."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "f.db")
        db = apsw.Connection(str(file))
        *made, insert = statements
        for each in made:
            db.execute(each)
        with db:
            db.executemany(insert, rows)
        db.close()
        content = file.read_bytes()

    def read(number: int) -> bytes:
        return content[(number - 1) * PAGE : number * PAGE]

    return [
        cell for page in range(2, len(content) // PAGE + 1) for cell in cells_of(read(page), read)
    ]


@given(st.dictionaries(INTEGERS, st.tuples(VALUES, VALUES), max_size=30))
@settings(max_examples=25, deadline=None)
def test_rows_with_numbers_are_read_as_they_were_written(
    rows: dict[int, tuple[object, object]],
) -> None:
    cells = cells_in(
        ["CREATE TABLE t(n INTEGER PRIMARY KEY, a, b)", "INSERT INTO t VALUES(?, ?, ?)"],
        [(number, *row) for number, row in rows.items()],
    )
    found = {each.number: each.values for each in cells if each.number is not None}
    assert found == {number: (None, *row) for number, row in rows.items()}


@given(st.dictionaries(TEXTS, VALUES, max_size=40))
@settings(max_examples=25, deadline=None)
def test_rows_without_numbers_are_read_as_they_were_written(rows: dict[str, object]) -> None:
    cells = cells_in(
        ["CREATE TABLE t(k TEXT PRIMARY KEY, v) WITHOUT ROWID", "INSERT INTO t VALUES(?, ?)"],
        list(rows.items()),
    )
    assert {str(each.values[0]): each.values[1] for each in cells} == rows


@pytest.mark.parametrize("sizes", [range(4_030, 4_080), range(8_120, 8_170)])
def test_rows_with_numbers_go_on_elsewhere_from_the_size_that_they_do_for_sqlite(
    sizes: range,
) -> None:
    rows = [(size, b"x" * size) for size in sizes]
    cells = cells_in(
        ["CREATE TABLE t(n INTEGER PRIMARY KEY, a)", "INSERT INTO t VALUES(?, ?)"], rows
    )
    assert sorted((each.number, each.values[1]) for each in cells if each.number) == rows


@pytest.mark.parametrize("sizes", [range(960, 1_010), range(5_050, 5_100)])
def test_rows_without_numbers_go_on_elsewhere_from_the_size_that_they_do_for_sqlite(
    sizes: range,
) -> None:
    rows = [(size, b"x" * size) for size in sizes]
    cells = cells_in(
        ["CREATE TABLE t(n INT PRIMARY KEY, a) WITHOUT ROWID", "INSERT INTO t VALUES(?, ?)"], rows
    )
    assert sorted(each.values for each in cells) == rows


def test_the_inner_pages_of_a_table_without_numbers_hold_rows_too() -> None:
    rows = [(f"{number:05}" * 20, number) for number in range(2000)]
    cells = cells_in(
        ["CREATE TABLE t(k TEXT PRIMARY KEY, v) WITHOUT ROWID", "INSERT INTO t VALUES(?, ?)"], rows
    )
    assert sorted((str(key), value) for key, value in (each.values for each in cells)) == rows


@given(st.binary(max_size=PAGE), st.sampled_from([2, 5, 10, 13]))
@settings(max_examples=100, deadline=None)
def test_noise_is_read_as_whatever_it_is_without_an_error(noise: bytes, kind: int) -> None:
    page = (bytes([kind]) + noise).ljust(PAGE, noise[:1] or b"\0")[:PAGE]
    list(cells_of(page, lambda _: noise))


@pytest.mark.parametrize("size", [0, 1, 7, 100, 1003, 1005])
def test_a_page_that_was_cut_gives_the_rows_that_are_whole(size: int) -> None:
    page = bytearray(PAGE)
    page[0], page[3:5] = 13, (1).to_bytes(2, "big")
    page[8:10] = (1000).to_bytes(2, "big")
    page[1000:1005] = bytes([3, 7, 2, 1, 42])  # its size, its number; then the record
    cells = list(cells_of(bytes(page[:size]), lambda _: b""))
    assert cells == ([Cell(7, (42,))] if size == 1005 else [])
