"""A document that was read: its value, and where each part of it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sendoff.problems import Position, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is written, and where the keys and values inside it are."""

    start: Position
    keys: Mapping[str, Position] = field(default_factory=dict)
    inside: Mapping[str | int, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping of plain values (dict, list, str, int, float, bool, None) with positions.

    `file` is the name shown to people. The keys of every dict are text. `place` is where the
    value is written; without it every position is the start of the file. `problems` are mistakes
    of YAML that left a value to check: whoever asked for such a document tells them.
    """

    file: str
    value: Any
    place: Place | None = field(default=None, repr=False, compare=False)
    problems: tuple[Problem, ...] = field(default=(), repr=False, compare=False)

    def position(
        self, path: tuple[str | int, ...], *, of: Literal["key", "value"] = "key"
    ) -> Position:
        """Where the key or item at `path` stands, or its value.

        For a path that does not exist it is the nearest thing around it that does; `()` is the
        document's first key. What came by an alias stands where the anchor wrote it.
        """
        place = self.place or Place(Position(self.file, 1, 1))
        position = place.start
        for step in path:
            child = place.inside.get(step)
            if child is None:
                break
            position = child.start
            if of == "key" and isinstance(step, str):
                position = place.keys[step]
            place = child
        return position
