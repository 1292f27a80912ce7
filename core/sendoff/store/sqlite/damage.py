"""What is read and is not what was written: a dead letter, that stops nothing else.

What cannot be one, since it stands for no message and no delivery, is the trouble of the file.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import apsw

from sendoff.store.deaths import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Iterator

REASON: Final = "damaged"
_DETAIL: Final = "what the store read is not what it had written (see to the disk)"


def of_message(number: int) -> DeadLetter:
    """The letter of a damaged message."""
    return DeadLetter(f"event {number}", None, REASON, _DETAIL, number)


def of_delivery(number: int, route: str, event: int) -> DeadLetter:
    """The letter of a damaged delivery, which nobody can say the id of any more."""
    return DeadLetter(f"delivery {number}", route, REASON, _DETAIL, event)


@contextmanager
def reading(table: str) -> Iterator[None]:
    """Inside, a value of a table that cannot be read is told of as SQLite tells of a bad page."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        raise apsw.CorruptError(f"{table}: {type(error).__name__}") from error


def make_sure_of_order(table: str, before: int, number: int) -> None:
    """Raise where rows do not come in their order: a page is in another's place."""
    if number <= before:
        raise apsw.CorruptError(f"{table}: rows out of order")
