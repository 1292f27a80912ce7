"""The rows of the tail: a record of the journal each, with the event that it is about."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from sendoff import records
from sendoff.debugger.filters import outcome_of
from sendoff.debugger.lookback import backwards, newest_number
from sendoff.debugger.marks import marks
from sendoff.debugger.subjects import Subjects
from sendoff.report.lines import phrase
from sendoff.store.resends import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from sendoff.debugger.filters import Filters
    from sendoff.debugger.subjects import Subject
    from sendoff.pipeline import Sendoff
    from sendoff.report.display import Display

    Record = Mapping[str, Any]
    Row = dict[str, Any]

AT_ONCE: Final = 20
"""Entries of the journal that are read at a time; each may stand for hundreds of records."""
NEWEST: Final = 200
"""Rows a page begins with."""

_A_TURN: Final = 5
"""Records that are looked at before others have their turn."""
_SENDING: Final = frozenset({"decision", "attempt", "exchange"})
"""Records that tell of deliveries."""

_COPIED: Final = (
    "at", "kind", "route", "reason", "rule", "action", "message_id", "delivery_id", "attempt",
    "status", "seconds",
)  # fmt: skip


class Rows:
    """Makes rows of records."""

    def __init__(self, sendoff: Sendoff) -> None:
        self._sendoff = sendoff
        self._subjects = Subjects(sendoff)

    async def newest(self, filters: Filters, display: Display) -> tuple[int, list[Row]]:
        """The newest rows that are wanted, newest first; and the number to go on from."""
        store = self._sendoff.store
        last = await newest_number(store)
        rows: list[Row] = []
        async for found in backwards(store, last):
            self._subjects.learn(found)
            async for record in _in_turns(reversed(found)):
                rows += await self._row(record, filters, display)
                if len(rows) == NEWEST:
                    return last, rows
        return last, rows

    async def after(
        self, number: int, filters: Filters, display: Display, *, wait: float
    ) -> tuple[int, list[Row]]:
        """The rows behind a number that are wanted, oldest first, and the number of the last."""
        last, found = await records.after(self._sendoff.store, number, AT_ONCE, wait=wait)
        self._subjects.learn(found)
        rows: list[Row] = []
        async for record in _in_turns(found):
            rows += await self._row(record, filters, display)
        return last, rows

    async def sent(self, filters: Filters, display: Display, number: int) -> list[Target]:
        """What the rows up to a number that are wanted tell of as sent, the oldest first."""
        targets: dict[Target, None] = {}
        async for found in backwards(self._sendoff.store, number):
            self._subjects.learn(found)
            async for record in _in_turns(reversed(found)):
                if record.get("kind") not in _SENDING or record.get("decision", "send") != "send":
                    continue
                for _row, subjects in await self._wanted(record, filters, display):
                    route = str(record.get("route"))
                    targets |= dict.fromkeys(Target(each.number, route) for each in subjects)
        return list(targets)[::-1]

    async def _row(self, record: Record, filters: Filters, display: Display) -> list[Row]:
        """The row of a record, or none where it is not wanted."""
        return [row for row, _subjects in await self._wanted(record, filters, display)]

    async def _wanted(
        self, record: Record, filters: Filters, display: Display
    ) -> list[tuple[Row, Sequence[Subject]]]:
        """The row of a record with the events it is about, or none where it is not wanted."""
        if not filters.fits(record):
            return []
        subjects = filters.fitting(record, await self._subjects.of(record))
        if filters.asks_events and not subjects:
            return []
        row = self._made(record, subjects, display)
        wanted = filters.text.casefold()
        if wanted and not any(wanted in str(each).casefold() for each in row.values()):
            return []
        return [(row, subjects)]

    def _made(self, record: Record, subjects: Sequence[Subject], display: Display) -> Row:
        row: Row = {name: _shown(record.get(name), display) for name in _COPIED}
        known = marks(route.name for route in self._sendoff.pipeline.routes)
        mark = known.get(str(record.get("route")))
        subject = subjects[0] if subjects else None
        person = subject.people[0] if subject and subject.people else None
        more = len(record.get("deliveries") or ()) - 1
        return row | {
            "outcome": outcome_of(record), "what": phrase(record, display),
            "mark": mark.letters if mark else "", "tone": mark.tone if mark else None,
            "event": display.text(subject.name or subject.type) if subject else None,
            "person": display.text(person) if person else None,
            "number": subject.number if subject else record.get("number"),
            "others": max(0, more),
        }  # fmt: skip


async def _in_turns(found: Iterable[Record]) -> AsyncIterator[Record]:
    """The records, with turns for others in between: one entry may stand for thousands of them."""
    for index, record in enumerate(found):
        if index % _A_TURN == 0:
            await asyncio.sleep(0)
        yield record


def _shown(value: Any, display: Display) -> Any:
    return display.text(value) if isinstance(value, str) else value
