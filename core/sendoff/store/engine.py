"""An engine: what opens a store for the `store:` values of one scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.clock import Clock
    from sendoff.store.promise import Store


@dataclass(frozen=True, slots=True)
class Engine:
    """`name` is the scheme (`memory`); `open` gets what follows `name:`, and the clock."""

    name: str
    summary: str
    open: Callable[[str, Clock], Store]
