"""Operations in one transaction, and what a failure does to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw

from sendoff.store.failures import StoreError, StoreFull
from sendoff.store.sqlite.pruning import shrink
from sendoff.store.sqlite.trouble import trouble_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.store.sqlite.pruning import Pruning
    from sendoff.store.sqlite.tables import Tables
    from sendoff.store.sqlite.writer import Operation

_WAL_PAGES: Final = 4000
"""The log is written back into the file when it has so many pages of 4 KiB."""


class Transactions:
    """Runs operations on one connection.

    When the disk failed in a way after which nothing is known of what it holds, it runs none: only
    whoever opens the file anew reads what is really there.
    """

    def __init__(self, tables: Tables, pruning: Pruning) -> None:
        self._tables = tables
        self._db = tables.db
        self._pruning = pruning
        self._wal_pages = 0
        self._stopped: StoreError | None = None
        self._db.set_wal_hook(self._committed)

    def read(self, operations: Sequence[Operation]) -> None:
        """Run what only reads."""
        for operation in operations:
            try:
                self._go_on()
                operation.result = operation.work(self._tables)
            except Exception as error:  # noqa: BLE001 - raised where it was asked for
                operation.error = self._understood(error)

    def write(self, operations: Sequence[Operation]) -> None:
        """Run operations and commit them all, those that fail by themselves excepted.

        Where the commit fails, so has each of them; on a full disk once more, with the room that
        was kept for it.
        """
        failure = self._tried(operations)
        if isinstance(failure, StoreFull) and self._tables.room.free():
            failure = self._tried(operations)
        for operation in operations:
            operation.error = operation.error or failure

    def tidy(self) -> bool:
        """Do a little of what nobody waits for; whether there is more of that."""
        if self._stopped is not None:
            return False
        try:
            if self._wal_pages >= _WAL_PAGES:
                self._wal_pages = 0
                self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
            if self._pruning.is_due:
                with self._db:
                    self._pruning.step(self._tables)
                with self._db:
                    shrink(self._tables)
        except Exception as error:  # noqa: BLE001 - nobody asked for it, and others come after
            self._understood(error)
            return False
        return self._pruning.is_due

    def _tried(self, operations: Sequence[Operation]) -> Exception | None:
        for operation in operations:
            operation.error = None
        try:
            self._go_on()
            self._commit(operations)
        except Exception as error:  # noqa: BLE001 - raised where it was asked for
            self._undo()
            return self._understood(error)
        return None

    def _commit(self, operations: Sequence[Operation]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        alone = len(operations) == 1
        for operation in operations:
            if alone:
                operation.result = operation.work(self._tables)
            else:
                self._step(operation)
        self._db.execute("COMMIT")

    def _step(self, operation: Operation) -> None:
        """Run one of several: where it fails by itself, only what it did is undone."""
        self._db.execute("SAVEPOINT operation")
        try:
            operation.result = operation.work(self._tables)
        except Exception as error:
            if trouble_of(error, self._tables.path):
                raise  # and so it would be for the others
            operation.error = error
            self._tables.forget()
            self._db.execute("ROLLBACK TO operation")
        self._db.execute("RELEASE operation")

    def _undo(self) -> None:
        self._tables.forget()
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except apsw.Error as error:
            self._understood(error)

    def _go_on(self) -> None:
        if self._stopped is not None:
            raise self._stopped

    def _understood(self, error: Exception) -> Exception:
        """The error for whoever asked. After one of the disk but a full one, nothing goes on."""
        trouble = trouble_of(error, self._tables.path)
        if trouble is not None and not isinstance(trouble, StoreFull):
            self._stopped = trouble
        return trouble or error

    def _committed(self, _db: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK
