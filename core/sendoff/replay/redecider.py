"""What was decided before, decided anew from its event as it came, by the routes of now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from sendoff.decider import decide_read, delivery_of, read_event
from sendoff.decision import DeliveryIds
from sendoff.errors import InvalidEvent
from sendoff.event_keys import Identity
from sendoff.router import Router
from sendoff.store.deaths import Redecided

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sendoff.decider import ReadEvent
    from sendoff.decision import Decision
    from sendoff.delivery import Delivery
    from sendoff.store.deaths import DeadLetter
    from sendoff.store.promise import Appended

Obstacle = Literal["event_gone", "no_route", "other_event"]
"""Why a letter cannot be decided anew: its event is no longer kept; the pipeline has no route of
its name, or has it switched off; it died as what is no event, and is one by the rules of now.
"""

_RESENDS: Final = 20
"""Resends of one event that a letter without a delivery may stand for."""


class Redecider:
    """Decides dead letters, and what was sent, by the routes of now. Pure but for the clock."""

    def __init__(
        self, router: Router, consent_map: Mapping[str, str], now: Callable[[], datetime]
    ) -> None:
        self._routers = {route.name: Router([route]) for route in router.routes}
        self._consent_map = consent_map
        self._now = now

    def redecided(self, letter: DeadLetter, event: Appended | None) -> Redecided | Obstacle:
        """The new decision about a letter, with the delivery of a *send*; or what is in its way.

        The delivery of a letter that had one is a resend, so its id is new.
        """
        if event is None:
            return "event_gone"
        read = self._read(event)
        if letter.route is None:
            return self._as_no_event(letter, read)
        router = self._routers.get(letter.route)
        if router is None:
            return "no_route"
        decision, delivery = self._decided(read, router, *_named(letter, read))
        return Redecided(letter.id, decision, delivery)

    def sent_again(
        self, recorded: Decision, event: Appended
    ) -> tuple[Decision, Delivery | None] | Obstacle:
        """The new decision about an event whose delivery was recorded, and its next delivery.

        There is one for a *send* alone.
        """
        router = self._routers.get(str(recorded.route))
        if router is None:
            return "no_route"
        read, ids = self._read(event), DeliveryIds(str(recorded.route))
        key = _key_of(recorded.delivery_id, recorded.resend, ids, read.keys)
        return self._decided(read, router, key or read.key, recorded.resend + 1)

    def _decided(
        self, read: ReadEvent, router: Router, key: str, resend: int
    ) -> tuple[Decision, Delivery | None]:
        identity = Identity(key, reused=key != read.key)
        [decision] = decide_read(read, identity, router, self._now())
        if decision.verdict != "send":
            return decision, None
        name = DeliveryIds(str(decision.route)).of(key, resend)
        decision = msgspec.structs.replace(decision, delivery_id=name, resend=resend)
        return decision, msgspec.structs.replace(delivery_of(decision, read, key), resend=resend)

    def _read(self, event: Appended) -> ReadEvent:
        return read_event(
            event.number, event.body, event.fallback_key, event.received_at, self._consent_map
        )

    def _as_no_event(self, letter: DeadLetter, read: ReadEvent) -> Redecided | Obstacle:
        if not isinstance(read.event, InvalidEvent):
            return "other_event"
        [decision] = decide_read(read, Identity(read.key), Router(()), self._now())
        return Redecided(letter.id, decision)


def _named(letter: DeadLetter, read: ReadEvent) -> tuple[str, int]:
    """The event key of a letter, and the number its next delivery is sent under."""
    if letter.delivery is not None:
        return letter.delivery.event_key, letter.delivery.resend + 1
    # There is nothing of it. Its id is that of the delivery it would have been, which tells under
    # which of its possible keys the event was decided.
    ids = DeliveryIds(str(letter.route))
    keys = read.keys
    for resend in range(_RESENDS):
        if key := _key_of(letter.id, resend, ids, keys):
            return key, resend
    return read.key, 0


def _key_of(name: str, resend: int, ids: DeliveryIds, keys: Sequence[str]) -> str | None:
    """Under which of its keys an event has a delivery of that id."""
    return next((key for key in keys if ids.of(key, resend) == name), None)
