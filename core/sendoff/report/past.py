"""What a store and its journal know of the events that came with one message id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sendoff import records
from sendoff.decider import read_event
from sendoff.decision import DeliveryIds
from sendoff.event_keys import identify, reused_key
from sendoff.preview import Preview
from sendoff.replay import letters
from sendoff.report.lines import told
from sendoff.sources import Line
from sendoff.store.deaths import DeadQuery

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sendoff.blueprint.trace import Trace
    from sendoff.pipeline import Sendoff
    from sendoff.preview import DecidedLine
    from sendoff.report.display import Display
    from sendoff.router import Router
    from sendoff.store.deaths import DeadLetter
    from sendoff.store.promise import Appended, Store

    Record = Mapping[str, Any]

_AT_ONCE: Final = 200
_RESENDS: Final = 20
"""Resends of one event that are looked for at least: nobody may know any more that there were."""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event that is kept, what was decided and done about it, and what of it is dead now.

    Of attempts and requests the journal keeps the newest alone, so there may be none any more; nor
    may it still tell when the event was decided.
    `duplicate_of` is the number of the event that this one repeats.
    """

    appended: Appended
    duplicate_of: int | None
    records: Sequence[Record]
    dead: Sequence[DeadLetter]

    def as_json(self) -> dict[str, Any]:
        """As `sendoff explain --id --json` begins."""
        return {
            "number": self.appended.number,
            "received_at": self.appended.received_at.isoformat(timespec="milliseconds"),
            "duplicate_of": self.duplicate_of, "journal": list(self.records),
            "dead": [each.id for each in self.dead],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class LostEvent:
    """An event that is kept and cannot be read any more, since the store was damaged there."""

    number: int
    message_id: str
    records: Sequence[Record]
    dead: Sequence[DeadLetter]

    def as_json(self) -> dict[str, Any]:
        """As `sendoff explain --id --json` prints it: without what only the message told."""
        return {
            "number": self.number, "received_at": None, "duplicate_of": None,
            "journal": list(self.records), "dead": [each.id for each in self.dead],
            "message_id": self.message_id, "event": None, "decisions": [], "trace": [],
        }  # fmt: skip


async def past_events(sendoff: Sendoff, message_id: str) -> Sequence[PastEvent]:
    """The events with a message id, oldest first, as far as they are kept."""
    store = sendoff.store
    found = [await store.event(number) for number in await store.numbers_of(message_id)]
    return [await past_event(sendoff, appended) for appended in found if appended is not None]


async def past_event(sendoff: Sendoff, appended: Appended) -> PastEvent:
    """What is known of one event that is kept."""
    read = read_event(
        appended.number, appended.body, appended.fallback_key, appended.received_at,
        sendoff.pipeline.consent_map,
    )  # fmt: skip
    digest = read.digest  # takes long where the message is large
    keys: Sequence[str] = (read.key, reused_key(read.key, digest))
    known = await sendoff.store.earlier(keys)
    before = {key: each for key, each in known.items() if each.number < appended.number}
    identity = identify(read.key, digest, before)
    made = [each for one in await sendoff.store.decisions([appended.number])
            for each in one.decisions]  # fmt: skip
    if identity.duplicate_of is not None or any(each.verdict == "duplicate" for each in made):
        keys = ()
    resends = max((each.resend for each in made), default=0)
    routes = [DeliveryIds(route.name) for route in sendoff.pipeline.routes]
    numbers = range(max(_RESENDS, resends + 1))
    ids = {key: {each.of(key, resend) for each in routes for resend in numbers} for key in keys}
    dead = await _dead(sendoff.store, set().union(*ids.values()), appended.number)
    # What came of it tells its key for longer than it is known what came before it.
    came = {*(each.delivery_id for each in made), *(letter.id for letter in dead)}
    own = next((ids[key] for key in keys if ids[key] & came), ids.get(identity.key, set()))
    history = await _records(sendoff.store, appended.number, own)
    return PastEvent(appended, identity.duplicate_of, history, dead)


async def lost_events(sendoff: Sendoff, message_id: str) -> Sequence[LostEvent]:
    """The events with a message id that are kept and cannot be read, oldest first."""
    found = []
    for number in await sendoff.store.numbers_of(message_id):
        if await sendoff.store.event(number) is None:
            made = await records.of_event(sendoff.store, number)
            ids = {each["delivery_id"] for each in made if each["delivery_id"]}
            dead = await _dead(sendoff.store, ids, number)
            history = await _records(sendoff.store, number, {*ids, *(each.id for each in dead)})
            found.append(LostEvent(number, message_id, history, dead))
    return found


async def _dead(store: Store, ids: Collection[str], number: int) -> list[DeadLetter]:
    """What is dead of an event: by the ids its deliveries may have, or as damaged."""
    names = [*ids, f"event {number}"]
    found = {each.id: each for each in await store.dead(DeadQuery(ids=names, limit=len(names)))}
    # A delivery that was damaged has lost its id, and bears the number of its event.
    async for page in letters(store, DeadQuery(reason="damaged")):
        found |= {each.id: each for each in page}
    return [letter for letter in found.values() if letter.event_number == number]


def _is_about(record: Record, deliveries: Collection[str]) -> bool:
    """Whether a record is of an attempt at one of these deliveries, or a request for it."""
    named = record.get("deliveries") or [record.get("delivery_id")]
    return any(each in deliveries for each in named)


async def _records(store: Store, number: int, ids: Collection[str]) -> list[Record]:
    """What was decided about an event, and what the journal has of its deliveries."""
    found: list[Record] = []
    decided_at: Record = {}
    last = 0
    while page := await store.notes(last, _AT_ONCE):
        last = page[-1][0]
        for _number, entry in page:
            if entry.get("kind") != "decided":
                found += [each for each in records.of(entry, {}) if _is_about(each, ids)]
            # What was decided about others, of which there may be millions, is not looked up.
            elif number in entry["numbers"]:
                decided_at = {"at": entry["at"]} if "at" in entry else {}
    decided = await records.of_event(store, number)
    return [{**decided_at, **each} for each in decided] + found


def decided_now(
    appended: Appended, router: Router, consent_map: Mapping[str, str], trace: Trace
) -> DecidedLine:
    """What a router would decide about an event that is kept, with every step in the trace."""
    preview = Preview(router, consent_map, lambda: appended.received_at)
    return preview.explain(Line(appended.number, appended.body, appended.fallback_key), trace)


def told_past(past: PastEvent, display: Display) -> Iterator[str]:
    """What became of an event, for people."""
    appended = past.appended
    same = f", the same as event {past.duplicate_of}" if past.duplicate_of else ""
    yield f"Event {appended.number}, received {appended.received_at:%Y-%m-%d %H:%M:%S} UTC{same}:"
    yield from _told_course(past, display)


def told_lost(lost: LostEvent, display: Display) -> Iterator[str]:
    """What is known of an event that cannot be read, for people."""
    yield f"Event {lost.number}: its message was damaged in the store, and cannot be read:"
    yield from _told_course(lost, display)
    again = "; what is dead of it, send once more from its source" if lost.dead else ""
    yield f"  what to do: see to the disk{again}"


def _told_course(past: PastEvent | LostEvent, display: Display) -> Iterator[str]:
    if not past.records:
        yield "  nothing is known of what was decided about it"
    for record in past.records:
        yield f"  {told(record, display)}"
    for letter in past.dead:
        where = f" on {display.text(letter.route)}" if letter.route else ""
        yield f"  dead now{where}: {letter.reason} (`sendoff dead show {letter.id}`)"
