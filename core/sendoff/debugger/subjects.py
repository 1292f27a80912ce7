"""Which events the records of the journal are about, with what people look for them by."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sendoff import records
from sendoff.errors import InvalidEvent
from sendoff.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sendoff.pipeline import Sendoff

    Record = Mapping[str, Any]

_KEPT: Final = 10_000
"""Events, and deliveries, that are remembered: about what the journal holds."""
_MOST_NAMED: Final = 500
"""Deliveries of one request that are looked up."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Subject:
    """An event as far as it is needed to know it by; clear text, to be masked for display.

    `names` are folded, as a blueprint compares them; `people` are what it knows its person by, and
    `rules` those that took it, by route.
    """

    number: int
    type: str = ""
    name: str = ""
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)


class Subjects:
    """Finds the events of records, and remembers the newest."""

    def __init__(self, sendoff: Sendoff) -> None:
        self._sendoff = sendoff
        self._events: OrderedDict[int, Subject] = OrderedDict()
        self._deliveries: OrderedDict[str, int] = OrderedDict()
        self._rules: OrderedDict[int, dict[str, str]] = OrderedDict()

    def learn(self, told: Iterable[Record]) -> None:
        """Note which delivery is of which event, and which rule took it, as decisions tell."""
        for record in told:
            if record.get("kind") != "decision":
                continue
            number = int(record["number"])
            if record.get("delivery_id"):
                _keep(self._deliveries, str(record["delivery_id"]), number)
            if number not in self._rules:
                _keep(self._rules, number, {})
            if record.get("rule"):
                self._rules[number][str(record["route"])] = str(record["rule"])

    async def of(self, record: Record) -> Sequence[Subject]:
        """The events a record is about, as far as they are known and kept."""
        found = []
        for number in dict.fromkeys(await self._numbers(record)):
            subject = self._events.get(number) or await self._read(number)
            if subject is not None:
                found.append(subject)
        return found

    async def _numbers(self, record: Record) -> list[int]:
        if record.get("kind") == "decision":
            return [int(record["number"])]
        named = record.get("deliveries") or [record.get("delivery_id")]
        known = [self._deliveries[each] for each in named[:_MOST_NAMED] if each in self._deliveries]
        message_id = record.get("message_id")
        if known or not isinstance(message_id, str):
            return known
        return list(await self._sendoff.store.numbers_of(message_id))[-1:]

    async def _read(self, number: int) -> Subject | None:
        store = self._sendoff.store
        appended = await store.event(number)
        if appended is None:
            return None
        if number not in self._rules:
            self.learn(await records.of_event(store, number))
        rules = self._rules.get(number, {})
        subject = Subject(number, rules=rules)
        try:
            event = Event.from_message(appended.body, received_at=appended.received_at)
        except InvalidEvent:
            return _keep(self._events, number, subject)
        return _keep(self._events, number, _named(event, number, rules))


def _named(event: Event, number: int, rules: Mapping[str, str]) -> Subject:
    return Subject(
        number, event.type, event.event or event.name or "", event.folded_names, event.people, rules
    )


def _keep(kept: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> _Value:
    kept[key] = value
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return value
