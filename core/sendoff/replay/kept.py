"""Which deliveries of the events that a store keeps are to be sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sendoff import records
from sendoff.decider import read_event
from sendoff.errors import InvalidEvent
from sendoff.event.names import fold
from sendoff.store.resends import Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sendoff.decision import Decision
    from sendoff.event import Event
    from sendoff.store.promise import Appended, Store

_PAGE: Final = 500
"""Events that are looked at, at once; where so many numbers in a row hold none, none is older."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to fit: all that is given.

    Without `message_ids` it is about what was sent alone; of events that are named it is about
    every route, so that it can be told why nothing can be sent again.

    `event` compares like a blueprint's; `person` is a user id, an anonymous id or an email. `newer`
    and `older` are ages in seconds: received at most, or at least, that long ago.
    """

    message_ids: Sequence[str] = ()
    route: str | None = None
    rule: str | None = None
    event: str | None = None
    person: str | None = None
    newer: float | None = None
    older: float | None = None

    def fits(self, decision: Decision) -> bool:
        """Whether a decision is one of those, as far as it tells itself."""
        return (
            decision.route is not None
            and (decision.verdict == "send" or bool(self.message_ids))
            and self.route in (None, decision.route)
            and self.rule in (None, decision.rule)
        )

    @property
    def asks_events(self) -> bool:
        """Whether the events have to be read."""
        return any(each is not None for each in (self.event, self.person, self.newer, self.older))


class Search:
    """Looks through the events of a store, from the newest back."""

    def __init__(self, store: Store, consent_map: Mapping[str, str], now: datetime) -> None:
        self._store = store
        self._consent_map = consent_map
        self._now = now

    async def targets(self, wanted: Wanted) -> Sequence[Target]:
        """The deliveries that are wanted, those of the oldest event first."""
        if wanted.message_ids:
            numbers = {n for each in wanted.message_ids for n in await self._store.numbers_of(each)}
            found, _over = await self._page(sorted(numbers, reverse=True), wanted)
            return found[::-1]
        targets: list[Target] = []
        last = await records.newest_event(self._store)
        while last > 0:
            numbers_ = range(last, max(0, last - _PAGE), -1)
            found, over = await self._page(numbers_, wanted)
            targets += found
            if over:
                break
            last -= _PAGE
        return targets[::-1]

    async def _page(self, numbers: Sequence[int], wanted: Wanted) -> tuple[list[Target], bool]:
        """What is wanted of these events, newest first; and whether all others are too old."""
        known = await self._store.decisions(list(numbers))
        targets: list[Target] = []
        for one in known:
            routes = [str(each.route) for each in one.decisions if wanted.fits(each)]
            if routes and wanted.asks_events:
                event = await self._store.event(one.number)
                if event is None:
                    continue
                age = (self._now - event.received_at).total_seconds()
                if wanted.newer is not None and age > wanted.newer:
                    return targets, True
                if not self._fits(event, age, wanted):
                    continue
            targets += [Target(one.number, route) for route in reversed(routes)]
        return targets, not known

    def _fits(self, appended: Appended, age: float, wanted: Wanted) -> bool:
        if wanted.older is not None and age < wanted.older:
            return False
        if wanted.event is None and wanted.person is None:
            return True
        event = read_event(
            appended.number, appended.body, appended.fallback_key, appended.received_at,
            self._consent_map,
        ).event  # fmt: skip
        return not isinstance(event, InvalidEvent) and _is_about(event, wanted)


def _is_about(event: Event, wanted: Wanted) -> bool:
    if wanted.event is not None:
        is_named = fold(wanted.event) in event.folded_names
        if not is_named and wanted.event.casefold() != event.type:
            return False
    known = {each.casefold() for each in event.people}
    return wanted.person is None or wanted.person.casefold() in known
