"""Dead letters brought back: decided anew by the blueprint of now, page by page.

A letter is decided from its event as it came, so a mistake in a blueprint loses nothing: correct
the YAML, and let what died of it be decided again. Events that are no longer kept cannot be.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from sendoff.decider import decide_read, delivery_of, read_event
from sendoff.decision import DeliveryIds
from sendoff.errors import InvalidEvent
from sendoff.event_keys import Identity, reused_key
from sendoff.router import Router
from sendoff.store.deaths import DeadQuery, Redecided

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sendoff.decider import ReadEvent
    from sendoff.store.deaths import DeadLetter
    from sendoff.store.promise import Appended, Store

PAGE: Final = 1_000
"""Letters that are read, or brought back, at once."""

Obstacle = Literal["event_gone", "no_route", "other_event"]
"""Why a letter cannot be decided anew: its event is no longer kept; the pipeline has no route of
its name, or has it switched off; it died as what is no event, and is one by the rules of now.
"""


@dataclass(slots=True)
class Replayed:
    """What became of dead letters, counted."""

    sent: int = 0
    discarded: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    """Of these nothing was changed: by `Obstacle`; `no_delivery`: there is none to be sent again;
    `gone`: somebody else took the letter meanwhile.
    """

    @property
    def still_dead(self) -> int:
        """Letters that are where they were, for an old reason or a new one."""
        return self.dead.total() + self.left.total() - self.left["gone"]

    def as_json(self) -> dict[str, Any]:
        """The counts by name."""
        return {
            "sent": self.sent, "discarded": self.discarded, "dropped": dict(self.dropped),
            "dead": dict(self.dead), "left": dict(self.left),
        }  # fmt: skip

    def leave(self, why: str, count: int) -> None:
        """Count letters that were left as they were."""
        if count:
            self.left[why] += count


class Redecider:
    """Decides dead letters by the routes of now. Pure but for the clock."""

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
        read = read_event(
            event.number, event.body, event.fallback_key, event.received_at, self._consent_map
        )
        if letter.route is None:
            return self._as_no_event(letter, read)
        router = self._routers.get(letter.route)
        if router is None:
            return "no_route"
        key, resend = _named(letter, read)
        identity = Identity(key, reused=key != read.key)
        [decision] = decide_read(read, identity, router, self._now())
        if decision.verdict != "send":
            return Redecided(letter.id, decision)
        new_id = DeliveryIds(letter.route).of(key, resend)
        decision = msgspec.structs.replace(decision, delivery_id=new_id)
        delivery = msgspec.structs.replace(delivery_of(decision, read, key), resend=resend)
        return Redecided(letter.id, decision, delivery)

    def _as_no_event(self, letter: DeadLetter, read: ReadEvent) -> Redecided | Obstacle:
        if not isinstance(read.event, InvalidEvent):
            return "other_event"
        [decision] = decide_read(read, Identity(read.key), Router(()), self._now())
        return Redecided(letter.id, decision)


async def letters(store: Store, query: DeadQuery) -> AsyncIterator[Sequence[DeadLetter]]:
    """All dead letters that fit, oldest first, page by page; the query's limit bounds a page."""
    while page := await store.dead(query):
        yield page
        query = replace(query, after=page[-1].id)


async def resend(store: Store, ids: Sequence[str]) -> Replayed:
    """Let dead letters be sent again as they were recorded."""
    done = Replayed()
    for page in _pages(ids):
        found = await store.dead(_exactly(page))
        sent = await store.replay(page)
        done.sent += len(sent)
        unsendable = sum(letter.delivery is None for letter in found)
        done.leave("no_delivery", unsendable)
        done.leave("gone", len(page) - unsendable - len(sent))
    return done


async def remap(store: Store, ids: Sequence[str], redecider: Redecider) -> Replayed:
    """Decide dead letters anew; those of a *send* wait to be sent, those of a *drop* are gone."""
    done = Replayed()
    for page in _pages(ids):
        found = await store.dead(_exactly(page))
        redecided: dict[str, Redecided] = {}
        for letter in found:
            new = redecider.redecided(letter, await store.event(letter.event_number))
            if isinstance(new, Redecided):
                redecided[letter.id] = new
            else:
                done.leave(new, 1)
        kept = await store.redecide(list(redecided.values()))
        for id_ in kept:
            _count(redecided[id_], done)
        done.leave("gone", len(page) - len(found) + len(redecided) - len(kept))
    return done


async def discard(store: Store, ids: Sequence[str]) -> Replayed:
    """Give dead letters up for good."""
    done = Replayed()
    for page in _pages(ids):
        gone = len(await store.discard(page))
        done.discarded += gone
        done.leave("gone", len(page) - gone)
    return done


def _named(letter: DeadLetter, read: ReadEvent) -> tuple[str, int]:
    """The event key of a letter, and the number its next delivery is sent under."""
    if letter.delivery is not None:
        return letter.delivery.event_key, letter.delivery.resend + 1
    # Nothing was ever sent of it. Its id is that of the delivery it would have been, which tells
    # under which of its possible keys the event was decided.
    ids = DeliveryIds(str(letter.route))
    again = reused_key(read.key, read.digest)
    return (again if ids.of(again) == letter.id else read.key), 0


def _count(redecided: Redecided, done: Replayed) -> None:
    decision = redecided.decision
    if decision.verdict == "send":
        done.sent += 1
    else:
        counts = done.dropped if decision.verdict == "drop" else done.dead
        counts[decision.reason] += 1


def _exactly(ids: Sequence[str]) -> DeadQuery:
    return DeadQuery(ids=ids, limit=len(ids))


def _pages(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while page := list(islice(rest, PAGE)):
        yield page
