"""The store that is one SQLite file: durable, without a server."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sendoff.store.engine import Engine

if TYPE_CHECKING:
    from sendoff.clock import Clock
    from sendoff.store.engine import StoreOptions
    from sendoff.store.promise import Store
    from sendoff.store.sqlite.store import SqliteStore

__all__ = ["SQLITE", "SqliteStore", "open_sqlite"]


def __getattr__(name: str) -> Any:
    # Imported when first used: most commands open no store, and need not wait for SQLite.
    if name != "SqliteStore":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("sendoff.store.sqlite.store").SqliteStore


def open_sqlite(address: str, clock: Clock, options: StoreOptions) -> Store:
    """The store in a file, or the way to it through the process that has it open.

    See `sendoff.store.sqlite.opening.open_store`.
    """
    from sendoff.store.sqlite.opening import open_store  # noqa: PLC0415 - as above

    return open_store(address, clock, options)


SQLITE = Engine("sqlite", "a file beside the pipeline: durable, without a server", open_sqlite)
