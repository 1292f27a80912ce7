"""What is dead, how it is asked for, and what takes its place."""

from __future__ import annotations

# At run time too: what crosses a store's socket is read by these types.
from collections.abc import Collection
from dataclasses import dataclass

from sendoff.decision import Decision
from sendoff.delivery import Delivery


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead event or delivery: what should have been sent and cannot be.

    `id` names it and nothing else: what would be the delivery's id, or `event N` for a message
    that is no event. `age` is how many seconds ago it died. `delivery` is None where none was made.
    """

    id: str
    route: str | None
    reason: str
    detail: str
    event_number: int
    delivery: Delivery | None = None
    rule: str = ""
    message_id: str | None = None
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class DeadQuery:
    """Which dead letters: all that fit everything given; oldest first.

    `newer` and `older` are ages in seconds: died at most, or at least, that long ago. `after` is
    the id of a letter that stands before, for reading page by page.
    """

    route: str | None = None
    reason: str | None = None
    rule: str | None = None
    ids: Collection[str] | None = None
    newer: float | None = None
    older: float | None = None
    after: str | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class DeadCount:
    """How many died of one reason."""

    route: str | None
    reason: str
    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class Redecided:
    """A dead letter decided anew: `delivery` is set for a *send*.

    A *send* or a *drop* takes the letter away; a *dead* keeps it, with the new reason.
    """

    letter: str
    decision: Decision
    delivery: Delivery | None = None
