"""From undecided to decided: reads messages from the store, judges each once, keeps the decisions.

An event that was decided before is a duplicate, known by its key. A message that is no event is
dead with its reason, like everything that should have been sent and cannot be.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.errors import InvalidEvent
from sendoff.event import Event, content_digest
from sendoff.event_keys import Identity, identify, key_of_no_event, plain_key, reused_key
from sendoff.journal import DecidedEvent
from sendoff.store.promise import Decided, Earlier, Fact
from sendoff.waiting import to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sendoff.blueprint.trace import Trace
    from sendoff.journal import Watcher
    from sendoff.router import Router
    from sendoff.store.promise import Appended, Store

_AT_ONCE: Final = 500
_MOST_BYTES: Final = 4 << 20
_IN_A_ROW: Final = 100
"""So many are decided before whatever else the loop has to do has its turn."""


class ReadEvent(msgspec.Struct, frozen=True):
    """A message read as an event, or why it is none; `key` is the one it goes by if that is new."""

    number: int
    key: str
    body: bytes
    event: Event | InvalidEvent

    @property
    def digest(self) -> bytes:
        """Of its content; worked out anew each time."""
        return content_digest(self.body)

    @property
    def keys(self) -> tuple[str, str]:
        """The keys it may go by, the plain one first; worked out anew each time."""
        return self.key, reused_key(self.key, self.digest)


def read_event(
    number: int, body: bytes, fallback_key: str, received_at: datetime,
    consent_map: Mapping[str, str],
) -> ReadEvent:  # fmt: skip
    """The event a message holds, and the key it goes by."""
    try:
        event = Event.from_message(body, received_at=received_at, consent_map=consent_map)
    except InvalidEvent as problem:
        return ReadEvent(number, key_of_no_event(body, fallback_key), body, problem)
    return ReadEvent(number, plain_key(event, body, fallback_key), body, event)


def decide_read(
    read: ReadEvent, identity: Identity, router: Router, now: datetime, trace: Trace | None = None
) -> list[Decision]:
    """The decisions about an event that was read: one per route, or one for the whole event.

    With a trace, every step of each route is recorded in it.
    """
    if identity.duplicate_of is not None:
        return [Decision(route=None, verdict="duplicate",
                         detail=f"same as event {identity.duplicate_of}")]  # fmt: skip
    if isinstance(read.event, InvalidEvent):
        return [Decision(route=None, verdict="dead", reason="invalid_event",
                         detail=str(read.event))]  # fmt: skip
    try:
        if trace is None:
            decisions = router.decide(read.event, identity.key, now)
        else:
            decisions = router.explain(read.event, identity.key, now, trace)
    except Exception as error:  # noqa: BLE001 - else this message would stop all that come after
        detail = f"deciding raised {type(error).__name__}: {error}"
        decisions = [
            Decision(route=route.name, verdict="dead", reason="mapping_error", detail=detail,
                     blueprint=route.blueprint)
            for route in router.routes
        ]  # fmt: skip
    warnings = read.event.warnings
    if identity.reused:
        warnings = (*warnings, "reused_message_id")
    if not warnings:
        return decisions
    return [msgspec.structs.replace(each, warnings=warnings) for each in decisions]


@dataclass(frozen=True, slots=True)
class Plan:
    """What events are decided by."""

    router: Router
    consent_map: Mapping[str, str]


class Decider:
    """Decides what a store holds undecided, in order, by the plan of the moment."""

    def __init__(self, store: Store, plan: Callable[[], Plan], watcher: Watcher) -> None:
        self._plan = plan
        self._store = store
        self._watcher = watcher
        self._turn = asyncio.Lock()

    async def decide_waiting(self, until: int | None = None) -> int:
        """Decide what is undecided now, everything or up to a number; how many messages that were.

        May be called while it runs: each message is decided, and told of, once and in order.
        """
        total = 0
        while numbers := await to_the_end(self._decide_next()):
            total += len(numbers)
            if until is not None and numbers[-1] >= until:
                break
        return total

    async def _decide_next(self) -> Sequence[int]:
        """Decide the oldest messages that are undecided; their numbers."""
        async with self._turn:
            waiting = await self._store.undecided(_AT_ONCE, _MOST_BYTES)
            if waiting:
                await self._decide(waiting)
            return [each.number for each in waiting]

    async def _decide(self, waiting: Sequence[Appended]) -> None:
        plan = self._plan()  # the same for all of these, whatever comes in between
        decided: list[Decided] = []
        for start in range(0, len(waiting), _IN_A_ROW):
            some = waiting[start : start + _IN_A_ROW]
            # One after the other to its end: what is read of one is gone before the next is read.
            decided += [_judge(_read(each, plan), each.received_at, plan.router) for each in some]
            await asyncio.sleep(0)
        for place, identity in await self._known(waiting, [one.key for one in decided]):
            message = waiting[place]
            decided[place] = _judge(
                _read(message, plan), message.received_at, plan.router, identity
            )
        # What another process has decided meanwhile is that one's to tell of.
        kept = set(await self._store.decide(decided))
        self._watcher.decided(
            [
                DecidedEvent(one.number, one.key, one.message_id, one.decisions)
                for one in decided
                if one.number in kept
            ]
        )

    async def _known(
        self, waiting: Sequence[Appended], keys: Sequence[str]
    ) -> Sequence[tuple[int, Identity]]:
        """Which of these messages do not go by their plain keys alone, with their places.

        Most keys are new, and then nobody needs to know what the content is.
        """
        earlier = dict(await self._store.earlier(keys))
        if not earlier and len(set(keys)) == len(keys):
            return ()
        times = Counter(keys)
        again = [
            (place, message, key, content_digest(message.body))
            for place, (message, key) in enumerate(zip(waiting, keys, strict=True))
            if key in earlier or times[key] > 1
        ]
        earlier |= await self._store.earlier([reused_key(key, what) for _, _, key, what in again])
        known = []
        for place, message, key, digest in again:
            identity = identify(key, digest, earlier)
            earlier.setdefault(identity.key, Earlier(message.number, digest))
            known.append((place, identity))
        return known


def _read(message: Appended, plan: Plan) -> ReadEvent:
    return read_event(
        message.number, message.body, message.fallback_key, message.received_at, plan.consent_map
    )


def _judge(
    read: ReadEvent, now: datetime, router: Router, identity: Identity | None = None
) -> Decided:
    """What is decided about an event that was read, which goes by its plain key if not told."""
    if identity is None:
        identity = Identity(read.key)
    decisions = decide_read(read, identity, router, now)
    if isinstance(read.event, InvalidEvent):
        return Decided(read.number, identity.key, decisions)
    deliveries = [
        delivery_of(decision, read, identity.key)
        for decision in decisions
        if decision.verdict == "send"
    ]
    # What comes a second time says nothing new: it takes back nothing that came in between.
    facts = () if identity.duplicate_of is not None else consent_facts(read.event)
    return Decided(read.number, identity.key, decisions, deliveries, read.event.message_id, facts)


def consent_facts(event: Event) -> tuple[Fact, ...]:
    """What an event says of its person's consent, to be remembered: true or false by purpose."""
    person = _person(event)
    said = event.consent
    if None in said.values():
        said = {purpose: value for purpose, value in said.items() if value is not None}
    return (Fact("consent", person, said),) if person and said else ()


def delivery_of(decision: Decision, read: ReadEvent, key: str) -> Delivery:
    """The delivery that a *send* makes of an event that was read and goes by this key."""
    event = None if isinstance(read.event, InvalidEvent) else read.event
    return Delivery(
        id=decision.delivery_id, route=str(decision.route), action=decision.action,
        body=decision.body, order_key=decision.order_key, event_key=key,
        message_id=event.message_id if event else None, rule=decision.rule, write=decision.write,
        person=_person(event) if event else "",
    )  # fmt: skip


def _person(event: Event) -> str:
    return event.user_id or event.anonymous_id or ""
