"""Everything a store in memory keeps of events and deliveries, as of a time that is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff.store.facts import Facts
from sendoff.store.letters import (
    DeadLetters,
    letter_of,
    letters_of,
    redecided_letter,
    resent,
)
from sendoff.store.line import Item
from sendoff.store.lines import RouteLines
from sendoff.store.messages import Messages
from sendoff.store.promise import Dead, Later
from sendoff.store.resends import Sent, Target, reply
from sendoff.store.totals import Totals, count_of, count_of_drop, counts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.delivery import Delivery
    from sendoff.store.deaths import DeadLetter, Redecided
    from sendoff.store.promise import Decided, Lease, Settlement
    from sendoff.store.resends import Reply, Resend


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many of each are kept at most; the oldest give way."""

    keys: int = 1_000_000
    messages: int = 10_000
    letters: int = 100_000
    notes: int = 10_000
    note_bytes: int = 32 << 20


class Ledger:
    """Messages, deliveries in their lines, dead letters, facts and totals, in step."""

    def __init__(self, keep: float, bounds: Bounds) -> None:
        self.messages = Messages(keep, bounds.messages, bounds.keys)
        self.letters = DeadLetters(bounds.letters)
        self.facts = Facts()
        self.totals = Totals()
        self._routes: dict[str, RouteLines] = {}

    def lines(self, route: str) -> RouteLines:
        """The deliveries of a route."""
        return self._routes.setdefault(route, RouteLines())

    def decide(self, decided: Sequence[Decided], now: float) -> list[int]:
        """Keep decisions; the numbers of those that were undecided."""
        numbers = []
        for one in decided:
            letters = letters_of([one])
            if not self.messages.decide(one, len(one.deliveries) + len(letters), now):
                continue
            numbers.append(one.number)
            for letter in letters:
                self._bury(letter, now)
            for delivery in one.deliveries:
                self._queue(delivery, one.number, now)
            for count in counts_of([one]).elements():
                self.totals.add(count)
            self.facts.remember(one.facts)
        self.messages.prune(now)
        return numbers

    def settle(self, settled: Sequence[tuple[Lease, Settlement]], now: float) -> list[Lease]:
        """Settle deliveries; those whose lease was lost."""
        lost = []
        for lease, settlement in settled:
            item = self.lines(lease.delivery.route).settle(lease, settlement, now)
            if item is None:
                lost.append(lease)
            else:
                self._settled(item, settlement, now)
        return lost

    def replay(self, ids: Sequence[str], now: float) -> list[str]:
        """Queue the deliveries of letters anew; the ids of those that had one."""
        replayed = []
        for name in ids:
            letter = self.letters.get(name)
            if letter is None or letter.delivery is None:
                continue
            self.letters.take(name)
            delivery = resent(letter.delivery)
            self.messages.resent(delivery, letter.event_number)
            self._queue(delivery, letter.event_number, now)
            replayed.append(name)
        return replayed

    def sent(self, target: Target) -> Sent:
        """How the delivery of an event on a route stands."""
        known = self.messages.decisions([target.number])
        made = [d for one in known for d in one.decisions if d.route == target.route]
        if not made or made[0].verdict != "send":
            return Sent("not_sent" if known else "gone")
        [decision] = made
        if self.letters.get(decision.delivery_id):
            return Sent("dead", decision.resend)
        waits = self.lines(target.route).holds(target.number)
        return Sent("waiting" if waits else "ended", decision.resend)

    def resend(self, resend: Resend, now: float) -> Reply:
        """Queue what has ended anew, as it is given."""
        said = reply(self.sent(Target(resend.number, resend.route)), resend)
        if said == "queued" and resend.decision and resend.delivery:
            self.messages.redecide(resend.number, resend.decision)
            self.messages.need(resend.number)
            self._queue(resend.delivery, resend.number, now)
        return said

    def redecide(self, redecided: Sequence[Redecided], now: float) -> list[str]:
        """Put decisions in the place of letters; the ids of those that were there."""
        found = []
        for one in redecided:
            letter = self.letters.get(one.letter)
            if letter is None:
                continue
            found.append(one.letter)
            self.messages.redecide(letter.event_number, one.decision)
            if one.decision.verdict == "dead":
                self.letters.change(redecided_letter(letter, one.decision))
                continue
            self.letters.take(one.letter)
            if one.delivery is not None:
                self._queue(one.delivery, letter.event_number, now)
            else:
                self.totals.add(count_of_drop(one.decision))
                self.messages.release(letter.event_number)
        return found

    def discard(self, ids: Sequence[str]) -> list[str]:
        """Take letters away; the ids of those that were there."""
        discarded = []
        for name in ids:
            letter = self.letters.take(name)
            if letter is not None:
                self.messages.release(letter.event_number)
                discarded.append(name)
        return discarded

    def give_back(self, now: float) -> None:
        """Void every lease."""
        for lines in self._routes.values():
            lines.give_back(now)

    def _queue(self, delivery: Delivery, number: int, now: float) -> None:
        self.lines(delivery.route).add(Item(delivery, number, now))

    def _settled(self, item: Item, settlement: Settlement, now: float) -> None:
        count = count_of(item.delivery.route, settlement)
        if count is not None:
            self.totals.add(count)
        if isinstance(settlement, Dead):
            self._bury(letter_of(item.delivery, settlement, item.event_number), now)
        elif not isinstance(settlement, Later):
            self.messages.release(item.event_number)

    def _bury(self, letter: DeadLetter, now: float) -> None:
        for gone in self.letters.add(letter, now):
            self.messages.release(gone.event_number)
