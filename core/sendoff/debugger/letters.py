"""Which dead letters are wanted, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sendoff.debugger.asked import Asked, whole_number
from sendoff.debugger.marks import shown_mark
from sendoff.quantities import parse_duration
from sendoff.report.past import past_event
from sendoff.report.remedies import remedy
from sendoff.store.deaths import DeadQuery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sendoff.pipeline import Sendoff
    from sendoff.report.display import Display
    from sendoff.store.deaths import DeadCount, DeadLetter

LISTED: Final = 100
"""Letters a page shows, the oldest first."""


@dataclass(frozen=True, slots=True)
class Choice(Asked):
    """What is asked for.

    `newer` and `older` are durations such as 2h, `id` names one letter, `event` those of an event
    by its number.
    """

    route: str = ""
    reason: str = ""
    rule: str = ""
    newer: str = ""
    older: str = ""
    id: str = ""
    event: str = ""

    async def query(self, sendoff: Sendoff) -> DeadQuery:
        """The same as a store takes it. Raises ValueError, in words, for what is no duration."""
        ids = {self.id} if self.id else None
        if self.event:
            of_event = await _of_event(sendoff, self.event)
            ids = of_event & ids if ids else of_event
        return DeadQuery(
            route=self.route or None, reason=self.reason or None, rule=self.rule or None,
            ids=ids, newer=parse_duration(self.newer) if self.newer else None,
            older=parse_duration(self.older) if self.older else None,
        )  # fmt: skip


async def _of_event(sendoff: Sendoff, event: str) -> set[str]:
    """The letters of an event that is kept, by their ids."""
    event_number = whole_number(event)
    if event_number is None:
        raise ValueError(f"`{event[:20]}` is no number of an event: they count from 1")
    appended = await sendoff.store.event(event_number)
    if appended is None:
        return set()
    return {each.id for each in (await past_event(sendoff, appended)).dead}


def shown_counts(counts: Sequence[DeadCount]) -> list[dict[str, Any]]:
    """How many died of what, most first, and what to do about it."""
    return [
        {
            "route": each.route, "reason": each.reason, "rule": each.rule, "count": each.count,
            "remedy": remedy(each.reason),
        }
        for each in sorted(counts, key=lambda one: (-one.count, one.route or "", one.reason))
    ]  # fmt: skip


def shown_letter(
    letter: DeadLetter, sendoff: Sendoff, now: datetime, display: Display
) -> dict[str, Any]:
    """A letter as it may be shown."""
    routes = (route.name for route in sendoff.pipeline.routes)
    delivery = letter.delivery
    died_at = now - timedelta(seconds=letter.age)
    return {
        "id": letter.id, "route": letter.route, "reason": letter.reason, "rule": letter.rule,
        "mark": shown_mark(routes, letter.route),
        "detail": display.detail(letter.detail), "event_number": letter.event_number,
        "message_id": display.text(letter.message_id) if letter.message_id else None,
        "died_at": died_at.isoformat(timespec="seconds"), "action": delivery and delivery.action,
        "attempts": delivery.attempt if delivery else 0,
        "maybe_delivered": delivery is not None and delivery.maybe_delivered,
        "payload": display.covered(delivery.payload) if delivery else None,
    }  # fmt: skip
