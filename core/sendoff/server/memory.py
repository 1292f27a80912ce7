"""A bound on the memory that all requests have together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sendoff.server.refusal import busy

if TYPE_CHECKING:
    from collections.abc import Iterator


class Budget:
    """So many bytes for all; who needs more is refused, and asked to come again."""

    def __init__(self, most: int) -> None:
        self._left = most

    @contextmanager
    def share(self) -> Iterator[Share]:
        """A share that goes back at the end of a block."""
        share = Share(self)
        try:
            yield share
        finally:
            self._left += share.taken

    def take(self, size: int) -> None:
        """Take so many bytes, or raise Refused."""
        if size > self._left:
            raise busy("too much is being sent at once: send it again later")
        self._left -= size


class Share:
    """What one request has taken, in bytes."""

    def __init__(self, budget: Budget) -> None:
        self.taken = 0
        self._budget = budget

    def grow(self, size: int) -> None:
        """Take so many more, or raise Refused."""
        self._budget.take(size)
        self.taken += size
