"""A mark for each route: a letter or two and a tone, so that colour never tells alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

TONES: Final = 8
"""How many colours the style sheet has for routes."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands for a route: one or two letters, and the number of its colour."""

    letters: str
    tone: int


def marks(routes: Iterable[str]) -> Mapping[str, Mark]:
    """A mark for each route by name; the same names in the same order get the same marks."""
    return _marks(tuple(routes))


def shown_mark(routes: Iterable[str], name: str | None) -> dict[str, str | int | None]:
    """The mark of one of these routes as a page takes it; a question mark for any other."""
    mark = marks(routes).get(name or "")
    return {"letters": mark.letters if mark else "?", "tone": mark.tone if mark else None}


@lru_cache(maxsize=16)  # every row of a page asks
def _marks(routes: tuple[str, ...]) -> Mapping[str, Mark]:
    taken: set[str] = set()
    found = {}
    for index, name in enumerate(routes):
        letters = next(each for each in _candidates(name) if each not in taken)
        taken.add(letters)
        found[name] = Mark(letters, index % TONES)
    return found


def _candidates(name: str) -> Iterator[str]:
    """The first letter, then with each of the following, then a number."""
    first, *others = [each for each in name if each.isalnum()] or ["?"]
    yield first.upper()
    yield from (first.upper() + each.lower() for each in others)
    yield from map(str, count(1))
