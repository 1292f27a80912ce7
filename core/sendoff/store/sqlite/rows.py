"""A delivery as it comes from the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from sendoff.delivery import Delivery


class Row(msgspec.Struct):
    """One delivery; None for one that is damaged. `wake` and `began` are times of day."""

    number: int
    event: int
    delivery: Delivery | None
    wake: float = 0.0
    attempt: int = 1
    maybe: bool = False
    began: float | None = None
