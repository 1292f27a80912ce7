"""What went into the file just now and is asked for next: it need not be read again."""

from __future__ import annotations

from collections import deque
from itertools import count, islice, takewhile
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sendoff.store.promise import Appended

_MOST_BYTES: Final = 16 << 20
_MOST_FACTS: Final = 10_000


class Fresh:
    """Messages and facts as the file has them, some of them.

    All of it is forgotten when a transaction is undone.
    """

    def __init__(self) -> None:
        self.facts: dict[tuple[str, str], Any] = {}
        """Facts by kind and key; none of them may be changed."""
        self.asked: dict[str, bytes] = {}
        """What stands for the keys that were asked for last: what is decided next has them."""
        self._messages: deque[Appended] = deque()
        self._bytes = 0

    def appended(self, messages: Sequence[Appended]) -> None:
        """Messages were put at the end; they are passed over where there are too many."""
        size = sum(len(each.body) for each in messages)
        if self._bytes + size <= _MOST_BYTES:
            self._bytes += size
            self._messages.extend(messages)

    def messages_after(self, number: int, limit: int) -> list[Appended]:
        """The messages that come next after one, as far as they are here."""
        while self._messages and self._messages[0].number <= number:
            self._bytes -= len(self._messages.popleft().body)
        found = list(islice(self._messages, limit))
        if found and found[-1].number == number + len(found):  # numbers go up: there is no gap
            return found
        wanted = count(number + 1)
        return [*takewhile(lambda message: message.number == next(wanted), found)]

    def know(self, kind: str, facts: Iterable[tuple[str, Any]]) -> None:
        """Remember what facts are, until there are too many."""
        if len(self.facts) >= _MOST_FACTS:
            self.facts.clear()
        self.facts.update(((kind, key), value) for key, value in facts)
