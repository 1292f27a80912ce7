"""PyYAML's marks as positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.problems import Position

if TYPE_CHECKING:
    from yaml._yaml import Mark as CMark
    from yaml.error import Mark


def marked(mark: Mark | CMark | None, file: str) -> Position:
    """The position of a mark, which counts from 0; the start of the file for no mark."""
    return Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
