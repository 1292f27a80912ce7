"""The store as a process has it that does not own the file, for as long as that process likes.

It outlives the owner: when that ends, whoever asks first takes its place, and the others go to the
new one.
"""

from __future__ import annotations

import asyncio
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from sendoff.store.failures import StoreError
from sendoff.store.promise import Store
from sendoff.store.remote.client import RemoteStore
from sendoff.store.remote.link import CutOff, OwnerGone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
    from pathlib import Path

    from sendoff.clock import Clock
    from sendoff.store.promise import Lease

P = ParamSpec("P")
T = TypeVar("T")

_OWNERS: Final = 5
"""How many owners may end in a row while they are asked the same."""


def _asked(
    promised: Callable[Concatenate[Store, P], Coroutine[Any, Any, T]], *, again: bool
) -> Callable[Concatenate[GuestStore, P], Coroutine[Any, Any, T]]:
    """A method of the promise; `again` tells that it may be asked twice without a difference."""
    name = promised.__name__

    async def ask(self: GuestStore, /, *given: P.args, **named: P.kwargs) -> T:
        def work(store: Store) -> Awaitable[T]:
            answer: Awaitable[T] = getattr(store, name)(*given, **named)
            return answer

        return await self._ask(work, again=again)

    update_wrapper(ask, promised)
    return ask


class GuestStore:
    """The whole promise, kept by the process that holds the file open, and then by the next one.

    When the owner ends, this becomes the owner or goes on with whoever did; exactly one does. What
    only looks or waits goes on; what was to change something raises CutOff while it is under way:
    it may have been done. What was on loan here is lost, as `settle` and `extend` say of it.

    Raises StoreInUse where the owner neither ends nor answers. It belongs to one event loop.
    """

    def __init__(
        self, first: Store, path: Path, clock: Clock, renew: Callable[[], Awaitable[Store]]
    ) -> None:
        """`renew` gives the store anew, owned or not; it may raise StoreError."""
        self._store = first
        self._path = path
        self._clock = clock
        self._renew = renew
        self._renewal: asyncio.Task[None] | None = None
        self._closed = False

    append = _asked(Store.append, again=False)
    undecided = _asked(Store.undecided, again=True)
    earlier = _asked(Store.earlier, again=True)
    decide = _asked(Store.decide, again=False)
    extend = _asked(Store.extend, again=True)
    settle = _asked(Store.settle, again=False)
    dead = _asked(Store.dead, again=True)
    count_dead = _asked(Store.count_dead, again=True)
    replay = _asked(Store.replay, again=False)
    redecide = _asked(Store.redecide, again=False)
    discard = _asked(Store.discard, again=False)
    sent = _asked(Store.sent, again=True)
    resend = _asked(Store.resend, again=False)
    event = _asked(Store.event, again=True)
    decisions = _asked(Store.decisions, again=True)
    numbers_of = _asked(Store.numbers_of, again=True)
    totals = _asked(Store.totals, again=True)
    depth = _asked(Store.depth, again=True)
    take = _asked(Store.take, again=True)
    hold = _asked(Store.hold, again=True)
    observe = _asked(Store.observe, again=True)
    gates = _asked(Store.gates, again=True)
    facts = _asked(Store.facts, again=True)
    remember = _asked(Store.remember, again=False)
    forget = _asked(Store.forget, again=False)
    note = _asked(Store.note, again=False)

    async def lease(  # noqa: PLR0913 - one name for each bound
        self, route: str, limit: int, *, max_bytes: int | None = None, wait: float = 0.0,
        linger: float = 0.0, lease_for: float = 60.0,
    ) -> Sequence[Lease]:  # fmt: skip
        """Deliveries that are due, lent out; the wait goes on over a change of owners."""
        left = self._left(wait)
        return await self._ask(lambda store: store.lease(
            route, limit, max_bytes=max_bytes, wait=left(), linger=linger, lease_for=lease_for,
        ), again=True)  # fmt: skip

    async def notes(
        self, after: int = 0, limit: int = 1000, *, wait: float = 0.0
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Records of the journal; the wait goes on over a change of owners."""
        left = self._left(wait)
        return await self._ask(
            lambda store: store.notes(after, limit, wait=left()), again=True
        )  # fmt: skip

    async def close(self) -> None:
        """Hang up; or, where this has become the owner, let go of the file."""
        self._closed = True
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait([self._renewal])
        await self._store.close()

    def _left(self, wait: float) -> Callable[[], float]:
        """What is left of a wait that begins now, in seconds."""
        until = self._clock.monotonic() + wait
        return lambda: max(0.0, until - self._clock.monotonic()) if wait else 0.0

    async def _ask(self, work: Callable[[Store], Awaitable[T]], *, again: bool) -> T:
        for _ in range(_OWNERS - 1):
            store = await self._present()
            try:
                return await work(store)
            except CutOff:
                if not again:
                    raise
            except OwnerGone:
                pass
        return await work(await self._present())

    async def _present(self) -> Store:
        """The store as it can be asked now; who asks first finds it anew for all."""
        while not self._closed and isinstance(self._store, RemoteStore) and self._store.is_over:
            if self._renewal is None:
                self._renewal = asyncio.ensure_future(self._renewed())
                self._renewal.add_done_callback(self._was_renewed)
            # Whoever is cancelled here takes it from nobody else.
            await asyncio.shield(self._renewal)
        if self._closed:
            raise StoreError(f"{self._path}: the store was closed here (open it again)")
        return self._store

    async def _renewed(self) -> None:
        await self._store.close()
        self._store = await self._renew()

    def _was_renewed(self, renewal: asyncio.Task[None]) -> None:
        self._renewal = None
        if not renewal.cancelled():
            renewal.exception()  # looked at: who asked may be gone
