"""What a run did, step by step, when somebody wants to know."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Trace:
    """A recorder that a run writes into as it goes: the trace is the run, not a second one.

    `entries` is a tree of plain JSON-able mappings: each has `step` (what it is), its facts, and
    `steps` where something happened inside it.
    """

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._open = self.entries

    def add(self, step: str, **facts: Any) -> dict[str, Any]:
        """Record one step; the entry is returned so that its outcome can be added later."""
        entry: dict[str, Any] = {"step": step, **facts}
        self._open.append(entry)
        return entry

    @contextmanager
    def inside(self, step: str, **facts: Any) -> Iterator[dict[str, Any]]:
        """Record a step that has steps of its own."""
        entry = self.add(step, **facts)
        outer, self._open = self._open, entry.setdefault("steps", [])
        try:
            yield entry
        finally:
            self._open = outer
