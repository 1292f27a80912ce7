"""A secret in memory: usable on purpose, never shown by accident."""

from __future__ import annotations

import hmac
from typing import Final, NoReturn, Self

MASK: Final = "***"
"""What stands wherever a secret stood."""


class Secret:
    """A text that `print`, a log, a traceback's repr and JSON do not give away.

    It is compared in constant time, takes no hash, and copies to itself.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself: call it where the request is built, and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._value), _bytes(other._value))

    __hash__ = None  # type: ignore[assignment]  # a hash would tell equal secrets apart in a dump

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled: it would be written out in clear")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
