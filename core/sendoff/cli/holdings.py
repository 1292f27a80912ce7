"""What a sandbox holds, by its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from sendoff.cli import output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROWS: Final = 5
_COLUMNS: Final = ("id", "name", "email", "phone", "url", "title")


@dataclass(frozen=True, slots=True)
class Holdings:
    """The page of a sandbox: `counts` by name, and the things themselves in lists."""

    page: Mapping[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of what."""
        counted = self.page.get("counts")
        pairs = counted.items() if isinstance(counted, dict) else ()
        return {name: count for name, count in pairs if isinstance(count, int)}

    def told(self) -> str:
        """The counts, and the first of each kind of thing that deliveries made."""
        parts = ", ".join(f"{count:,} {name}" for name, count in self.counts.items() if count)
        name, rows = max(self._lists(), key=lambda each: len(each[1]), default=("", []))
        if not rows:
            return parts or "nothing"
        return f"{parts}; the first {name}:\n\n{_table(rows[:_ROWS])}"

    def _lists(self) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
        return [
            (name, found)
            for name, found in self.page.items()
            if name in self.counts and name != "requests" and isinstance(found, list)
        ]


async def fetched(page: str) -> Holdings:
    """What the sandbox behind a page holds now."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = (await client.get(page)).json()
    return Holdings(answer if isinstance(answer, dict) else {})


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    from rich.table import Table  # noqa: PLC0415 - not needed for JSON

    columns = [name for name in _COLUMNS if any(row.get(name) for row in rows)]
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 2))
    for row in rows:
        table.add_row(*(output.plain(str(row.get(name) or "")) for name in columns))
    return output.table(table)
