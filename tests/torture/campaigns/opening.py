"""The store as a user's process opens it: with its lock, its socket and its ballast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.clock import SystemClock
from sendoff.store.engine import StoreOptions
from sendoff.store.sqlite import SQLITE

if TYPE_CHECKING:
    from pathlib import Path

    from sendoff.store.promise import Store

WEEK = 7 * 86_400.0


def open_store(path: Path) -> Store:
    """Open it inside the running loop."""
    return SQLITE.open(str(path), SystemClock(), StoreOptions(keep=WEEK, folder=path.parent))
