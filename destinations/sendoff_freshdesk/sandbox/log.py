"""What the sandbox was asked, and what it answered."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff_freshdesk.sandbox.request import Request

_KEPT = 1000
_KEPT_OF_A_BODY = 16_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its end; `status` is 0 where the connection was cut instead.

    `path` has the query, `body` is cut at 16 KB, `at` is seconds since the epoch.
    """

    method: str
    path: str
    body: bytes
    status: int
    reason: str
    at: float

    @property
    def payload(self) -> object:
        """The body as JSON; None where it is none."""
        try:
            decoded: object = msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return None
        return decoded


class Log:
    """The last 1000 exchanges, oldest first, and how many there were with each status."""

    def __init__(self) -> None:
        self._kept: deque[Exchange] = deque(maxlen=_KEPT)
        self.by_status: Counter[int] = Counter()

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, request: Request, status: int, reason: str, at: float) -> None:
        """Keep this exchange, and let the oldest go."""
        body = request.body[:_KEPT_OF_A_BODY]
        self._kept.append(Exchange(request.method, request.target, body, status, reason, at))
        self.by_status[status] += 1
