"""Dead letters, as a store in memory keeps them, and what makes a letter of a decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import dropwhile, islice
from typing import TYPE_CHECKING

import msgspec

from sendoff.decision import DeliveryIds
from sendoff.store.deaths import DeadCount, DeadLetter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sendoff.decision import Decision
    from sendoff.delivery import Delivery
    from sendoff.store.deaths import DeadQuery
    from sendoff.store.promise import Dead, Decided


def letters_of(decided: Iterable[Decided]) -> list[DeadLetter]:
    """The letters that the dead decisions about messages leave behind.

    One of a route bears the id that its delivery would have had; one of no route, which is no
    event at all, is called after its number.
    """
    return [
        _letter_of_decision(one, decision)
        for one in decided
        for decision in one.decisions
        if decision.verdict == "dead"
    ]


def _letter_of_decision(one: Decided, decision: Decision) -> DeadLetter:
    route = decision.route
    name = f"event {one.number}" if route is None else DeliveryIds(route).of(one.key)
    return DeadLetter(
        name, route, decision.reason, decision.detail, one.number, rule=decision.rule,
        message_id=one.message_id,
    )  # fmt: skip


def letter_of(delivery: Delivery, dead: Dead, number: int) -> DeadLetter:
    """The letter that a delivery of an event leaves behind which was given up."""
    return DeadLetter(
        delivery.id, delivery.route, dead.reason, dead.detail, number, delivery, delivery.rule,
        delivery.message_id,
    )  # fmt: skip


def resent(delivery: Delivery) -> Delivery:
    """A delivery to be sent again on purpose: under a new id, as if nothing was tried yet."""
    resend = delivery.resend + 1
    name = DeliveryIds(delivery.route).of(delivery.event_key, resend)
    return msgspec.structs.replace(
        delivery, id=name, resend=resend, attempt=1, maybe_delivered=False
    )


def redecided_letter(letter: DeadLetter, decision: Decision) -> DeadLetter:
    """What a letter becomes that is decided anew and stays dead: it did not die again."""
    return replace(letter, reason=decision.reason, detail=decision.detail, rule=decision.rule)


class DeadLetters:
    """Letters by id in the order of their deaths, at most so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._letters: dict[str, tuple[float, DeadLetter]] = {}

    def add(self, letter: DeadLetter, now: float) -> list[DeadLetter]:
        """Keep a letter; those that gave way to it: an older one of its id, or the oldest."""
        gone = self.take(letter.id)
        self._letters[letter.id] = now, letter
        if len(self._letters) > self._most:
            gone = self.take(next(iter(self._letters)))
        return [gone] if gone else []

    def take(self, name: str) -> DeadLetter | None:
        """Take a letter away; None when it is not there."""
        _died, letter = self._letters.pop(name, (0.0, None))
        return letter

    def get(self, name: str) -> DeadLetter | None:
        """A letter, None when it is not there."""
        _died, letter = self._letters.get(name, (0.0, None))
        return letter

    def change(self, letter: DeadLetter) -> None:
        """Put a letter in the place of the one with its id."""
        died, _letter = self._letters[letter.id]
        self._letters[letter.id] = died, letter

    def find(self, query: DeadQuery, now: float) -> list[DeadLetter]:
        """What fits a query, oldest first, with their ages."""
        return list(islice(self._fitting(query, now), query.limit))

    def count(self, query: DeadQuery, now: float) -> list[DeadCount]:
        """How many fit, by route, reason and rule."""
        counts = Counter((each.route, each.reason, each.rule) for each in self._fitting(query, now))
        return [DeadCount(*of, count) for of, count in counts.items()]

    def _fitting(self, query: DeadQuery, now: float) -> Iterator[DeadLetter]:
        kept: Iterable[tuple[float, DeadLetter]] = self._letters.values()
        if query.after is not None:
            kept = islice(dropwhile(lambda each: each[1].id != query.after, kept), 1, None)
        for died, letter in kept:
            aged = replace(letter, age=now - died)
            if _fits(aged, query):
                yield aged


def _fits(letter: DeadLetter, query: DeadQuery) -> bool:
    wanted = ((query.route, letter.route), (query.reason, letter.reason), (query.rule, letter.rule))
    return (
        all(value is None or value == has for value, has in wanted)
        and (query.ids is None or letter.id in query.ids)
        and (query.newer is None or letter.age <= query.newer)
        and (query.older is None or letter.age >= query.older)
    )
