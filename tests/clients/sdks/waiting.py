"""Waiting for something to become true, with a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE = 0.02


def until(
    holds: Callable[[], object], *, within: float = 20, told: Callable[[], object] = str
) -> None:
    """Return as soon as `holds()`; AssertionError with `told()` if it does not within seconds."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not come true within {within:g} s: {told()}")
        time.sleep(_PAUSE)
