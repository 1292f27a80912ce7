"""Large values on a page: as much of them as people read. The JSON twin leaves nothing out."""

from __future__ import annotations

from typing import Any, Final

NODES: Final = 2_000
"""Values of a tree that are shown."""
CHARACTERS: Final = 4_000
"""Of a text, or of a name, that are shown."""
_MARK: Final = "\N{HORIZONTAL ELLIPSIS}"


class Excerpt:
    """The beginning of a JSON-able `value`, and whether it `is_cut`."""

    def __init__(self, value: Any) -> None:
        self.is_cut = False
        self._left = NODES
        self.value = self._of(value)

    def _of(self, value: Any) -> Any:
        self._left -= 1
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return self._members(value)
        if isinstance(value, list | tuple):
            return self._items(value)
        return value

    def _text(self, text: str) -> str:
        if len(text) <= CHARACTERS:
            return text
        self.is_cut = True
        return f"{text[:CHARACTERS]}{_MARK} {len(text) - CHARACTERS:,} more characters"

    def _members(self, members: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for index, (name, value) in enumerate(members.items()):
            if self._left <= 0:
                self.is_cut = True
                return kept | {_MARK: f"{len(members) - index:,} more"}
            kept[self._text(name)] = self._of(value)
        return kept

    def _items(self, items: list[Any] | tuple[Any, ...]) -> list[Any]:
        kept: list[Any] = []
        for index, value in enumerate(items):
            if self._left <= 0:
                self.is_cut = True
                return [*kept, f"{_MARK} {len(items) - index:,} more"]
            kept.append(self._of(value))
        return kept
