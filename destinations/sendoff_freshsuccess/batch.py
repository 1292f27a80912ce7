"""The body of a request: a line for each event."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.delivery import Delivery


def body(deliveries: Iterable[Delivery]) -> bytes:
    r"""The events one a line, with `\n` between them and none at the end.

    Freshsuccess reads line by line: it takes no array and no commas between events. A payload is
    written without white space, and a line break in a text is escaped, so each is one line.
    """
    return b"\n".join(delivery.body for delivery in deliveries)
