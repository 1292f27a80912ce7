"""Whose deliveries a request is made for, and whether one with them may have left."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from sendoff.http.deadline import Deadline

    Throttle = Callable[[float], None]


class Departures:
    """Which deliveries may have left.

    A plugin may have a way out of its own: until it asks for a request of ours, anything it was
    given may have left.
    """

    def __init__(self) -> None:
        self._unknown: set[str] = set()
        self._left: set[str] = set()

    def __contains__(self, delivery: str) -> bool:
        return delivery in self._left or delivery in self._unknown

    def hand_over(self, ids: Iterable[str]) -> None:
        """A plugin is given these."""
        self._unknown.update(ids)

    def wait(self) -> None:
        """The plugin asks for a request, which may have to wait."""
        self._unknown.clear()

    def leave(self, ids: Iterable[str]) -> None:
        """A request with these is leaving."""
        self._left.update(ids)

    def come_back(self, ids: Iterable[str]) -> None:
        """These were refused: it is as if they had not left."""
        self._left.difference_update(ids)
        self._unknown.difference_update(ids)


@dataclass(frozen=True, slots=True)
class Errand:
    """What requests are made for: deliveries, by their ids. Its `deadline` is the plugin's.

    `throttled` hears at once how many seconds an answer asks the whole account to wait.
    """

    deliveries: tuple[str, ...]
    departures: Departures
    deadline: Deadline | None = None
    throttled: Throttle | None = None

    async def ask(self) -> None:
        """A request is asked for. Never returns for an errand that was broken off."""
        self.departures.wait()
        if self._is_broken_off:
            # An error would be caught by who has not heard of the end either, and asks again.
            await asyncio.get_running_loop().create_future()

    def waiting(self) -> AbstractContextManager[None]:
        """Inside, the request waits for its turn: the time is not the plugin's."""
        return nullcontext() if self.deadline is None else self.deadline.standing_still()

    def set_out(self) -> None:
        """The request has its turn. Raises CancelledError where the errand was broken off."""
        if self._is_broken_off:
            raise asyncio.CancelledError

    @property
    def _is_broken_off(self) -> bool:
        return self.deadline is not None and self.deadline.is_closed

    def leave(self) -> None:
        """The request is leaving."""
        self.departures.leave(self.deliveries)

    def asked_to_wait(self, seconds: float) -> None:
        """An answer says that the account has to wait."""
        if self.throttled is not None:
            self.throttled(seconds)


_errand: ContextVar[Errand | None] = ContextVar("errand", default=None)


@contextmanager
def under(
    deliveries: Sequence[str],
    departures: Departures | None = None,
    deadline: Deadline | None = None,
    throttled: Throttle | None = None,
) -> Iterator[None]:
    """Inside, requests are made for these delivery ids, also in tasks started there.

    Their exchanges are recorded under the ids. `departures` learns which have left, `deadline` when
    a request waits, `throttled` how long the account has to; without, those of the block around do.
    """
    around = current()
    errand = Errand(
        tuple(deliveries), departures or around.departures, deadline or around.deadline,
        throttled or around.throttled,
    )  # fmt: skip
    token = _errand.set(errand)
    try:
        yield
    finally:
        _errand.reset(token)


def current() -> Errand:
    """What a request made now is for."""
    return _errand.get() or Errand((), Departures())
