"""Which deliveries the file names as perhaps out, so that a crash leaves no doubt about others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

AHEAD: Final = 64
"""So many beyond those that are lent are named at once: one write for as many deliveries."""


class Cover:
    """The deliveries that may be lent, as the file has it or is about to.

    Each naming replaces the one before and has the next `version`. What was settled is not covered
    any more, though the file may still name it.
    """

    def __init__(self, version: int) -> None:
        self.version = version
        self._covered: set[int] = set()
        self._coming: dict[int, set[int]] = {}

    @property
    def left(self) -> int:
        """How many are named, be they lent or not yet."""
        return len(self._covered)

    def covers(self, numbers: Collection[int]) -> bool:
        """Whether all of these are named in the file, and by what is on its way there."""
        return all(named.issuperset(numbers) for named in (self._covered, *self._coming.values()))

    def begin(self, numbers: Iterable[int]) -> int:
        """These are about to be named; under which version."""
        self.version += 1
        self._coming[self.version] = set(numbers)
        return self.version

    def named(self, version: int) -> None:
        """The file has it."""
        self._covered = self._coming.pop(version)

    def failed(self, version: int) -> None:
        """The file has what it had before."""
        del self._coming[version]

    def uncover(self, numbers: Collection[int]) -> None:
        """Deliveries are no longer out: should they be lent again, they have to be named again."""
        for covered in (self._covered, *self._coming.values()):
            covered.difference_update(numbers)
