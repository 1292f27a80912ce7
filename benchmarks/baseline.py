"""A bare JSON round trip of every line: what the cost of an event is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure import Work

ORJSON = "orjson loads + dumps"


def orjson_candidate() -> Work:
    def work(lines: Sequence[bytes]) -> None:
        loads, dumps = orjson.loads, orjson.dumps
        for line in lines:
            dumps(loads(line))

    return work
