"""The messages of a store in memory: undecided, decided, and the keys they were decided under."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, Generic, TypeVar

from sendoff.event import content_digest
from sendoff.store.promise import Appended, Earlier
from sendoff.store.verdicts import pack, replaced, resent, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sendoff.decision import Decision
    from sendoff.delivery import Delivery
    from sendoff.store.promise import Decided, Incoming, Verdicts


T = TypeVar("T")


@dataclass(slots=True)
class _Kept:
    """A decided message: how many deliveries and letters need it, and whether its time is over."""

    message: Appended
    key: str
    message_id: str | None
    verdicts: bytes
    needed: int
    over: bool = False


class Messages:
    """Every message until it is decided; then for `keep` seconds, but the newest `most` at most.

    One that is needed stays: while a delivery of it waits, or a dead letter stands for it. The keys
    of the newest `most_keys` are known for `keep` seconds.
    """

    def __init__(self, keep: float, most: int, most_keys: int) -> None:
        self._keep = keep
        self._numbers = count(1)
        self._undecided: dict[int, Appended] = {}
        self._decided: dict[int, _Kept] = {}
        self._by_message_id: dict[str, list[int]] = {}
        self._keys: dict[str, int | Earlier] = {}
        self._ends: _Ends[int] = _Ends(most)
        self._key_ends: _Ends[str] = _Ends(most_keys)

    def append(self, incoming: Sequence[Incoming], received_at: datetime) -> list[int]:
        """Keep messages as they came; their numbers."""
        numbers = []
        for message in incoming:
            number = next(self._numbers)
            self._undecided[number] = Appended(
                number, message.body, received_at, message.fallback_key
            )
            numbers.append(number)
        return numbers

    def undecided(self, limit: int) -> list[Appended]:
        """The oldest messages that no decision was made about."""
        return list(islice(self._undecided.values(), limit))

    def earlier(self, keys: Sequence[str]) -> dict[str, Earlier]:
        """Which of these keys are known."""
        return {key: self._earlier(self._keys[key]) for key in keys if key in self._keys}

    def decide(self, one: Decided, needed: int, now: float) -> bool:
        """Take a message off the undecided and know its key; False when it was decided before."""
        message = self._undecided.pop(one.number, None)
        if message is None:
            return False
        self._decided[one.number] = _Kept(message, one.key, one.message_id, pack(one), needed)
        if one.message_id is not None:
            self._by_message_id.setdefault(one.message_id, []).append(one.number)
        self._ends.add(one.number, now + self._keep)
        if one.key not in self._keys:
            self._keys[one.key] = one.number
            self._key_ends.add(one.key, now + self._keep)
        return True

    def prune(self, now: float) -> None:
        """Forget what has been kept for long enough."""
        for key in self._key_ends.over(now):
            del self._keys[key]
        for number in self._ends.over(now):
            self._decided[number].over = True
            self._forget_unneeded(number)

    def release(self, number: int) -> None:
        """One delivery or letter less that needs a message."""
        self._decided[number].needed -= 1
        self._forget_unneeded(number)

    def get(self, number: int) -> Appended | None:
        """A message, None where it is not kept."""
        kept = self._decided.get(number)
        return kept.message if kept else self._undecided.get(number)

    def decisions(self, numbers: Sequence[int]) -> list[Verdicts]:
        """What was decided about those of these messages that are kept."""
        found = ((number, self._decided.get(number)) for number in numbers)
        return [unpack(number, kept.verdicts) for number, kept in found if kept is not None]

    def resent(self, delivery: Delivery, number: int) -> None:
        """Know of a delivery in the place of the one that it repeats."""
        kept = self._decided[number]
        kept.verdicts = resent(kept.verdicts, delivery)

    def need(self, number: int) -> None:
        """One delivery more that needs a message."""
        self._decided[number].needed += 1

    def redecide(self, number: int, decision: Decision) -> None:
        """Know of a decision in the place of the one about the same route."""
        kept = self._decided[number]
        kept.verdicts = replaced(kept.verdicts, decision)

    def numbers_of(self, message_id: str) -> list[int]:
        """The messages that came with a message id."""
        return sorted(self._by_message_id.get(message_id, ()))

    def _earlier(self, known: int | Earlier) -> Earlier:
        if isinstance(known, Earlier):
            return known
        return Earlier(known, content_digest(self._decided[known].message.body))

    def _forget_unneeded(self, number: int) -> None:
        kept = self._decided[number]
        if kept.needed or not kept.over:
            return
        if self._keys.get(kept.key) == number:  # known for longer than the message is kept
            self._keys[kept.key] = self._earlier(number)
        del self._decided[number]
        if kept.message_id is not None:
            numbers = self._by_message_id[kept.message_id]
            numbers.remove(number)
            if not numbers:
                del self._by_message_id[kept.message_id]


def within(found: Iterable[T], size: Callable[[T], int], max_bytes: int | None) -> list[T]:
    """The first of these that are no larger than that together, but one always."""
    if max_bytes is None:
        return list(found)
    some: list[T] = []
    for each in found:
        max_bytes -= size(each)
        if some and max_bytes < 0:
            break
        some.append(each)
    return some


def size_of(message: Appended) -> int:
    """How many bytes a message has."""
    return len(message.body)


class _Ends(Generic[T]):
    """When each of several things is over, in that order; the oldest at once when they get many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ends: deque[tuple[float, T]] = deque()

    def add(self, thing: T, end: float) -> None:
        self._ends.append((end, thing))

    def over(self, now: float) -> Iterator[T]:
        while self._ends and (len(self._ends) > self._most or self._ends[0][0] <= now):
            yield self._ends.popleft()[1]
