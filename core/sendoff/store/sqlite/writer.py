"""The one thread that reads and writes the file, and what it is asked to do.

What is asked while it commits goes into the next transaction, all together: so many who append at
once share one sync of the disk, and who comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sendoff.store.failures import StoreError
from sendoff.store.sqlite.transaction import Transactions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sendoff.store.sqlite.opened import Opened
    from sendoff.store.sqlite.pruning import Pruning
    from sendoff.store.sqlite.tables import Tables

T = TypeVar("T")

AT_ONCE: Final = 100
"""How many operations share a transaction at most."""
_LAZY_SECONDS: Final = 0.05


@dataclass(slots=True, eq=False)
class Operation:
    """Something to do in the thread, and who is told of its end, in the loop it came from.

    `applied` is called with the result, also when nobody waits for it any more: what is done is
    done. `failed` is called with the error. One that is `lazy` may wait a moment for others to
    share a transaction with.
    """

    work: Callable[[Tables], Any]
    reads: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any] | None = None
    applied: Callable[[Any], None] | None = None
    failed: Callable[[BaseException], None] | None = None
    lazy: bool = False
    result: Any = None
    error: BaseException | None = None

    def end(self) -> None:
        """Tell of the end; in the loop."""
        if self.error is not None:
            if self.failed is not None:
                self.failed(self.error)
        elif self.applied is not None:
            self.applied(self.result)
        if self.future is None or self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Does what it is asked, one transaction after the other, until it is closed."""

    def __init__(self, name: str, open_file: Callable[[], Opened], pruning: Pruning) -> None:
        """Raises what opening raised; `opened` is what it found."""
        self._name = name
        self._asked: queue.SimpleQueue[Operation | None] = queue.SimpleQueue()
        self._opened: queue.SimpleQueue[Opened | BaseException] = queue.SimpleQueue()
        self._closed = False
        # Daemonic: a program that forgets to close the store still ends, as by a crash.
        self._thread = threading.Thread(
            target=self._run, args=(open_file, pruning), name=f"sendoff {name}", daemon=True
        )
        self._thread.start()
        opened = self._opened.get()
        if isinstance(opened, BaseException):
            self._thread.join()
            raise opened
        self.opened: Final = opened

    async def read(self, work: Callable[[Tables], T]) -> T:
        """What the work finds; it may come before what was asked to be written earlier."""
        return await self._waiting(work, reads=True)

    async def write(
        self, work: Callable[[Tables], T], applied: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> T:  # fmt: skip
        """What the work gives, once it is durable. Raises StoreError, and then nothing was done.

        Who is cancelled while waiting has asked all the same: it is done, and `applied` is called.
        """
        return await self._waiting(work, applied=applied, failed=failed)

    def begin(
        self, work: Callable[[Tables], T], applied: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None, *,
        reads: bool = False, lazy: bool = False,
    ) -> None:  # fmt: skip
        """Have something done without waiting for it; nothing where the store was closed."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        self._ask(Operation(work, reads, loop, None, applied, failed, lazy))

    async def close(self, last: Callable[[Tables], object]) -> None:
        """Do what was asked, one last thing, and close the file. Does nothing the second time."""
        if self._closed:
            return
        done = self._waiting(last)
        self._closed = True
        self._asked.put(None)
        try:
            await done
        finally:
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _waiting(
        self, work: Callable[[Tables], T], *, reads: bool = False,
        applied: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> asyncio.Future[T]:  # fmt: skip
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._ask(Operation(work, reads, loop, future, applied, failed))
        return future

    def make_sure_it_is_open(self) -> None:
        """Raise StoreError where the store was closed."""
        if self._closed:
            raise StoreError(f"{self._name}: the store was closed (open it again)")

    def _ask(self, operation: Operation) -> None:
        self.make_sure_it_is_open()
        self._asked.put(operation)

    def _run(self, open_file: Callable[[], Opened], pruning: Pruning) -> None:
        try:
            opened = open_file()
        except BaseException as failure:  # noqa: BLE001 - raised where it was asked for
            self._opened.put(failure)
            return
        self._opened.put(opened)
        tables = opened.tables
        transactions = Transactions(tables, pruning)
        while group := self._next():
            reads = [each for each in group if each.reads]
            transactions.read(reads)
            _tell(reads)
            writes = [each for each in group if not each.reads]
            if writes:
                transactions.write(writes)
                _tell(writes)
            while transactions.tidy() and self._asked.empty():
                pass
        with suppress(Exception):  # there is nobody left to tell, and what was written is durable
            tables.db.close()

    def _next(self) -> Sequence[Operation]:
        """What to do now; nothing when there is nothing left to do."""
        first = self._asked.get()
        if first is None:
            return ()
        group = [first]
        if first.lazy:
            self._linger(group)
        with suppress(queue.Empty):
            while len(group) < AT_ONCE:
                another = self._asked.get_nowait()
                if another is None:
                    self._asked.put(None)
                    break
                group.append(another)
        return group

    def _linger(self, group: list[Operation]) -> None:
        with suppress(queue.Empty):
            while group[-1].lazy and len(group) < AT_ONCE:
                another = self._asked.get(timeout=_LAZY_SECONDS)
                if another is None:
                    self._asked.put(None)
                    break
                group.append(another)


def _tell(ended: Iterable[Operation]) -> None:
    """Tell each loop once of everything that ended there."""
    loops: dict[asyncio.AbstractEventLoop, list[Operation]] = {}
    for operation in ended:
        loops.setdefault(operation.loop, []).append(operation)
    for loop, operations in loops.items():
        with suppress(RuntimeError):  # the loop is closed, and whoever waited there is gone
            loop.call_soon_threadsafe(_end, loop, operations)


def _end(loop: asyncio.AbstractEventLoop, operations: Sequence[Operation]) -> None:
    # At once and in their order: what one of them finds out may be what the next begins with.
    for operation in operations:
        try:
            operation.end()
        except Exception as error:  # noqa: BLE001 - should one fail, the others end all the same
            loop.call_exception_handler(
                {"message": "the end of an operation failed", "exception": error}
            )
