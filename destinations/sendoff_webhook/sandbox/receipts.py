"""What a receiver remembers, within bounds: events, repeats, and who was not believed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sendoff.testing.sandbox import Recent, timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN: Final = 100
_KEYS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """One event as it came; `key` is the Idempotency-Key of its request, empty for none."""

    id: int
    at: float
    key: str
    event: dict[str, Any]

    def shown(self) -> dict[str, object]:
        """The event on the page; `name` says in a word or two what it is."""
        name = (self.event.get(part) for part in ("type", "event"))
        return {
            "id": self.id,
            "at": timestamp(self.at),
            "name": " ".join(text for text in name if isinstance(text, str))[:100],
            "idempotency_key": self.key,
            "event": self.event,
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that did not prove who sent it."""

    id: int
    at: float
    reason: str

    def shown(self) -> dict[str, object]:
        """The failure on the page."""
        return {"id": self.id, "at": timestamp(self.at), "reason": self.reason}


class Receipts:
    """The last 1000 events, repeats and failures, and exact counts of them all.

    A request is a repeat if its Idempotency-Key is one of the last 100,000.
    """

    def __init__(self) -> None:
        self.events: Recent[Receipt] = Recent()
        self.repeats: Recent[Receipt] = Recent()
        self.failures: Recent[Failure] = Recent()
        self._keys: OrderedDict[bytes, None] = OrderedDict()

    def take(self, events: Sequence[dict[str, Any]], size: int, key: str, at: float) -> bool:
        """Keep the events of one request, `size` bytes together; whether they are a repeat."""
        repeated = bool(key) and self._seen(key)
        kept = self.repeats if repeated else self.events
        for event in events:
            kept.add(Receipt(kept.added + 1, at, key[:200], event), size // len(events))
        return repeated

    def fail(self, reason: str, at: float) -> None:
        """Note a request that was not believed."""
        self.failures.add(Failure(self.failures.added + 1, at, reason), len(reason))

    def counts(self) -> dict[str, object]:
        """How many events came, how many came again, how many requests were not believed."""
        return {
            "events": self.events.added,
            "repeats": self.repeats.added,
            "failures": self.failures.added,
        }

    def contents(self) -> dict[str, object]:
        """The last hundred of each."""
        return {
            "events": [each.shown() for each in self.events.last(_SHOWN)],
            "repeats": [each.shown() for each in self.repeats.last(_SHOWN)],
            "failures": [each.shown() for each in self.failures.last(_SHOWN)],
        }

    def _seen(self, key: str) -> bool:
        digest = sha256(key.encode()).digest()  # of one length, however long the key
        if digest in self._keys:
            return True
        self._keys[digest] = None
        if len(self._keys) > _KEYS:
            self._keys.popitem(last=False)
        return False
