"""What the parts of one route's lending share, in the loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sendoff.store.sqlite import deliveries
from sendoff.store.sqlite.line import Item
from sendoff.waiting import Changes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.store.sqlite.rows import Row
    from sendoff.store.sqlite.times import Times
    from sendoff.store.sqlite.window import Window
    from sendoff.store.sqlite.writer import Writer


@dataclass(slots=True, eq=False)
class RouteState:
    """One route: its `window`, who is told of changes, and what went wrong while nobody waited.

    The file knows it by `id`; `suspects` were out when an earlier process died.
    """

    name: str
    window: Window
    writer: Writer
    times: Times
    changes: Changes = field(default_factory=Changes)
    id: int = 0
    suspects: set[int] = field(default_factory=set)
    failure: BaseException | None = None

    def items(self, rows: Iterable[Row], now: float, *, listed: bool) -> list[Item]:
        """Rows as they wait in memory. Those that are damaged become dead letters instead."""
        items, damaged = [], []
        for row in rows:
            delivery = row.delivery
            if delivery is None:
                damaged.append(row)
                continue
            suspect = row.number in self.suspects
            if listed or suspect:
                maybe = row.maybe or suspect
                delivery = replace(delivery, attempt=row.attempt, maybe_delivered=maybe)
            due = self.times.monotonic_of(row.wake) if row.wake > 0 else now
            began = None if row.began is None else self.times.monotonic_of(row.began)
            size = len(delivery.body) + 1
            items.append(Item(row.number, row.event, delivery, due, size, began, listed, suspect))
        if damaged:
            epoch = self.times.epoch()
            self.writer.begin(
                lambda tables: deliveries.bury_damaged(tables, self.name, damaged, epoch),
                failed=self.failed,
            )
        return items

    def failed(self, failure: BaseException) -> None:
        """Something did not work that nobody waits for: who asks next is told."""
        self.failure = failure
        self.changes.tell()

    def raise_failure(self) -> None:
        """Raise what went wrong, once; and that the store was closed, always."""
        self.writer.make_sure_it_is_open()
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
