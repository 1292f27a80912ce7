"""An engine: what opens a store for the `store:` values of one scheme."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.clock import Clock
    from sendoff.store.promise import Store

WEEK = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What a pipeline says of its store beside the address.

    `keep` is how many seconds settled events are kept (`events.keep`); a relative path in the
    address is meant as seen from `folder`, that of the pipeline file.
    """

    keep: float = WEEK
    folder: Path = Path()


@dataclass(frozen=True, slots=True)
class Engine:
    """`name` is the scheme (`memory`); `open` gets what follows `name:`, a clock, and options.

    It is called inside the event loop that will use the store. It raises UsageError for an address
    that it cannot use, and StoreError where the store cannot be opened.
    """

    name: str
    summary: str
    open: Callable[[str, Clock, StoreOptions], Store]
