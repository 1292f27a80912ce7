"""What a query string or a form asks for: texts by name, of which blank ones ask for nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Self

_MOST_DIGITS: Final = 18
"""Of a number that every store can look for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Derive from it, with a field of text for each name that a page knows.

    Fields that are not given but made of others (`init=False`) are nobody's to ask for.
    """

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Self:
        """That of a query string or a form; raises what making one of these texts raises."""
        return cls(**{name: str(asked.get(name, "")).strip() for name in _names(cls)})

    @property
    def texts(self) -> dict[str, str]:
        """Every text by name, blank ones included."""
        return {name: getattr(self, name) for name in _names(type(self))}

    @property
    def given(self) -> dict[str, str]:
        """What asks for something, by name."""
        return {name: value for name, value in self.texts.items() if value}


def _names(kind: type[Asked]) -> Iterator[str]:
    return (each.name for each in fields(kind) if each.init)


def number_named(text: str, name: str) -> int | None:
    """The whole number that a text writes, None for a blank; raises ValueError, in words."""
    if not text:
        return None
    found = whole_number(text)
    if found is None:
        raise ValueError(f"`{name}` is no number")
    return found


def whole_number(text: str) -> int | None:
    """The whole number that a text writes, such as that of an event; None for any other."""
    written = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if written else None
