"""Remembers of a run what its summary tells: an example of each death, and what is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff.store.promise import Dead, Later
from sendoff.waiting import Changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sendoff.journal import Attempted, DecidedEvent
    from sendoff.sources import Line


@dataclass(frozen=True, slots=True)
class Mention:
    """An event as a summary names it; `line` is None for one that this run did not read."""

    line: int | None
    message_id: str | None
    route: str | None


@dataclass(slots=True)
class Death:
    """How many died of one reason on one route, and the first of them."""

    count: int
    first: Mention
    detail: str


class Ledger:
    """A watcher whose memory is bounded by what is on its way and by the kinds of reasons."""

    def __init__(self) -> None:
        self.deaths: dict[tuple[str | None, str], Death] = {}
        self.on_the_way: dict[str, Mention] = {}
        self.delays: dict[str, tuple[str, str]] = {}
        """By route: why a delivery has to wait, as last heard: the reason and its detail."""
        self.endings = Changes()
        """Told of each attempt that ended."""
        self._lines: dict[int, int] = {}

    def read(self, numbers: Iterable[int], batch: Sequence[Line]) -> None:
        """Learn under which numbers of the store lines are about to be decided."""
        self._lines = {number: line.number for number, line in zip(numbers, batch, strict=True)}

    def has_read(self, event: DecidedEvent) -> bool:
        """Whether an event is of this run; else an earlier one left it undecided."""
        return event.number in self._lines

    def decided(self, events: Iterable[DecidedEvent]) -> None:
        """Note what of this run will be delivered, and what never can be."""
        for event in events:
            self._decided(event)

    def attempted(self, attempts: Iterable[Attempted]) -> None:
        """Note how attempts ended."""
        for attempt in attempts:
            self._attempted(attempt)
        self.endings.tell()

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """Nothing to note: the tally does."""

    def _decided(self, event: DecidedEvent) -> None:
        line = self._lines.get(event.number)
        for decision in event.decisions:
            mention = Mention(line, event.message_id, decision.route)
            if decision.verdict == "send" and line is not None:
                self.on_the_way[decision.delivery_id] = mention
            elif decision.verdict == "dead":
                self._died(mention, decision.reason, decision.detail)

    def _attempted(self, attempt: Attempted) -> None:
        delivery, outcome, settlement = attempt
        if isinstance(settlement, Later):
            self.delays[delivery.route] = settlement.reason, getattr(outcome, "detail", "")
            return
        mention = self.on_the_way.pop(delivery.id, None)
        if isinstance(settlement, Dead):
            unread = Mention(None, delivery.message_id, delivery.route)
            self._died(mention or unread, settlement.reason, settlement.detail)

    def _died(self, mention: Mention, reason: str, detail: str) -> None:
        death = self.deaths.get((mention.route, reason))
        if death is None:
            self.deaths[mention.route, reason] = Death(1, mention, detail)
        else:
            death.count += 1
