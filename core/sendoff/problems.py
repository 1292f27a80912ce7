"""A problem in a document: where, what, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; line and column count from 1, as editors do."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a document.

    Collected, never raised one by one: a reader reports every problem of a file at once.
    """

    position: Position
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.position}: {self.message}" + (f" ({self.fix})" if self.fix else "")
