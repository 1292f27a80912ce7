"""What a sandbox was asked, and what it answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from sendoff.testing.sandbox.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEPT_OF_A_BODY = 16_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its end; `status` is 0 where the connection was cut instead.

    `path` has the query, names of `headers` are in lower case, `body` is as it was sent, cut at
    16 KB, and `at` is seconds since the epoch.
    """

    method: str
    path: str
    headers: Mapping[str, str]
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
        self._kept: Recent[Exchange] = Recent(most=1000)
        self.by_status: Counter[int] = Counter()

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, exchange: Exchange) -> None:
        """Keep this exchange, and let the oldest go."""
        headers = sum(len(name) + len(value) for name, value in exchange.headers.items())
        self._kept.add(exchange, len(exchange.body) + headers)
        self.by_status[exchange.status] += 1

    def last(self, count: int) -> list[Exchange]:
        """The newest `count`, oldest first."""
        return self._kept.last(count)


def cut_body(body: bytes) -> bytes:
    """As much of a body as a log keeps."""
    return body[:_KEPT_OF_A_BODY]


def timestamp(seconds: float) -> str:
    """Seconds since the epoch as text, such as `2026-01-02T14:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
