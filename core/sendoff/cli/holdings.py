"""What a sandbox holds, by its page."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

import httpx

from sendoff.cli import output
from sendoff.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Row = dict[str, str]
"""The cells of a thing by column, empty ones included."""

_ROWS: Final = 5
_WIDTH: Final = 80
_CELL: Final = 26
_GAP: Final = 2
_COLUMNS: Final = ("id", "name", "email", "phone", "url", "title")
"""What tells a person which thing a row is; where a row has none of them, all of it is shown."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """The page of a sandbox: `counts` by name, the things themselves in lists, and `aggregates`.

    A count that is itself an object counts by kind; aggregates are lists of rows by name.
    """

    page: Mapping[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of what."""
        return {name: count for name, count in self._counted.items() if _is_count(count)}

    def told(self) -> str:
        """The counts, and the first rows of what deliveries brought about, in 80 columns."""
        return "\n".join(self._numbers()) + "".join(self._tables())

    @property
    def _counted(self) -> Mapping[str, Any]:
        counted = self.page.get("counts")
        return counted if isinstance(counted, dict) else {}

    def _numbers(self) -> Iterator[str]:
        """All counts in one paragraph, then those by kind, such as the statuses of answers."""
        yield _paragraph(f"{_words(name)} {count:,}" for name, count in self.counts.items())
        for name, kinds in self._counted.items():
            if isinstance(kinds, dict) and kinds:
                listed = (f"{_words(kind)} ({count:,})" for kind, count in kinds.items())
                yield _paragraph(listed, f"{_words(name)}: ")

    def _tables(self) -> Iterator[str]:
        for name, rows in self._lists():
            # A page shows the last of many.
            count = max(self.counts.get(name, 0), len(rows))
            some = f", {_ROWS} of {count:,}" if count > _ROWS else ""
            yield f"\n\n{_words(name)}{some}:\n{_table(list(map(_row, rows[:_ROWS])))}"

    def _lists(self) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        """The aggregates where there are any, else the longest list of things."""
        aggregates = self.page.get("aggregates")
        if isinstance(aggregates, dict):
            tables = ((name, rows) for name, rows in aggregates.items() if _is_table(rows))
            yield from ((f"aggregates of {name}", rows) for name, rows in tables)
            return
        things = [
            (name, rows)
            for name, rows in self.page.items()
            if name in self.counts and name != "requests" and _is_table(rows)
        ]
        if things:
            yield max(things, key=lambda each: len(each[1]))


async def fetched(page: str) -> Holdings:
    """What the sandbox behind a page holds now."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = (await client.get(page)).json()
    return Holdings(answer if isinstance(answer, dict) else {})


def _is_count(count: Any) -> bool:
    return isinstance(count, int) and not isinstance(count, bool)


def _is_table(rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) for row in rows)


def _words(name: str) -> str:
    return plain(name.replace("_", " "))


def _paragraph(counts: Iterable[str], start: str = "") -> str:
    listed = ", ".join(counts) or "nothing"
    return fill(start + listed, _WIDTH, initial_indent="  ", subsequent_indent="    ")


def _row(row: Mapping[str, Any]) -> Row:
    """What is to be shown of a thing; nothing stands for what is neither text nor number."""
    names = [name for name in _COLUMNS if row.get(name)] or list(row)
    return {name: _cell(row[name]) for name in names}


def _cell(value: object) -> str:
    text = plain(str(value)) if isinstance(value, str | int | float) else ""
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"


def _table(rows: Sequence[Row]) -> str:
    from rich.table import Table  # noqa: PLC0415 - not needed for JSON
    from rich.text import Text  # noqa: PLC0415 - as above

    columns = _fitting(rows)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for name in columns:
        table.add_column(Text(_cell(name)))
    for row in rows:
        # As Text, brackets in a name command nothing.
        table.add_row(*(Text(row.get(name, "")) for name in columns))
    return output.table(table)


def _fitting(rows: Sequence[Row]) -> list[str]:
    """The columns there is something in, as many as a line has room for.

    Those before the last go first: the last one is what was counted.
    """
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [_cell(name), *(row.get(name, "") for row in rows)] for name in names}
    widths = {name: max(map(cell_len, cells)) for name, cells in columns.items() if any(cells[1:])}
    while sum(widths.values()) + _GAP * (len(widths) - 1) > _WIDTH:
        del widths[list(widths)[-2]]
    return list(widths)
