"""What every store promises, whatever engine is behind it.

Bodies are bytes and leases are opaque. Durations cross this line, never timestamps: each engine
reads its own clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sendoff.decision import Decision
    from sendoff.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came. `fallback_key` is its event key should it carry no message id."""

    body: bytes
    fallback_key: str = ""


@dataclass(frozen=True, slots=True)
class Appended:
    """A message in the store. `number` counts up in the order of appending."""

    number: int
    body: bytes
    received_at: datetime
    fallback_key: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about one message.

    `digest` is that of its content, so that the same id with another content can be told from a
    duplicate. `deliveries` are those of its *send* decisions.
    """

    number: int
    key: str
    digest: bytes
    decisions: Sequence[Decision]
    deliveries: Sequence[Delivery] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """An event that was decided before under some key."""

    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """A delivery lent to one worker: `token` is opaque, `age` seconds since its first attempt."""

    token: int
    delivery: Delivery
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """Settled for good: delivered, or skipped for a reason."""

    kind: Literal["delivered", "skipped"]
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """To be leased again, never earlier than `after` seconds from now.

    `counts` tells that the attempt counts against the retry policy; `maybe_delivered` that it may
    have worked.
    """

    after: float
    reason: str = ""
    counts: bool = True
    maybe_delivered: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """Given up: kept with its reason, can be replayed."""

    reason: str
    detail: str = ""


Settlement = Done | Later | Dead


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead event or delivery. `id` is the delivery's, or the event key where none was made."""

    id: str
    route: str | None
    reason: str
    detail: str
    event_number: int
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a gate gave: `granted` requests may leave now; else ask again in `wait` seconds."""

    granted: int
    wait: float


@dataclass(frozen=True, slots=True)
class Depth:
    """How much of a route is not settled: `due` now, `delayed`, and `leased`."""

    due: int = 0
    delayed: int = 0
    leased: int = 0

    @property
    def waiting(self) -> int:
        """All of it."""
        return self.due + self.delayed + self.leased


class Store(Protocol):
    """The promise. A method returns when what it did is as durable as the engine makes it."""

    async def append(self, incoming: Sequence[Incoming]) -> Sequence[int]:
        """Keep messages as they came; their numbers, in order."""

    async def undecided(self, limit: int) -> Sequence[Appended]:
        """The oldest messages that no decision was made about."""

    async def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier]:
        """Which of these event keys were decided before, within the window that is kept."""

    async def decide(self, decided: Sequence[Decided]) -> Sequence[int]:
        """Keep decisions and their deliveries, and take the messages off the undecided: at once.

        Gives the numbers that were still undecided; of the others nothing is changed.
        """

    async def lease(  # noqa: PLR0913 - one name for each bound
        self, route: str, limit: int, *, max_bytes: int | None = None, wait: float = 0.0,
        linger: float = 0.0, lease_for: float = 60.0,
    ) -> Sequence[Lease]:  # fmt: skip
        """Up to `limit` deliveries that are due, lent for `lease_for` seconds.

        Waits up to `wait` seconds for the first, and then, until that has been due for `linger`
        seconds, for others to join it, unless they fill a batch before. Nothing is lent while it
        waits: another call may take what is due, and one that is cancelled takes nothing.

        Several deliveries of one order key come together, in order; while they are out, nobody
        else gets that key. Together they stay within `max_bytes`, each counted with one byte for
        the line break or comma beside it and all with one more, but one always comes.
        """

    async def extend(self, leases: Sequence[Lease], lease_for: float) -> Sequence[Lease]:
        """Lend on; those that were lost meanwhile."""

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        """Say how deliveries ended; those whose lease was lost, of which nothing was changed."""

    async def dead(self, route: str | None = None) -> Sequence[DeadLetter]:
        """The dead letters of a route, or all of them, oldest first."""

    async def depth(self, route: str) -> Depth:
        """How much of a route is not settled."""

    async def take(self, account: str, want: int, rate: float | None) -> Grant:
        """Ask the account's gate for requests; `rate` is requests a second, None for no limit."""

    async def hold(self, account: str, seconds: float) -> None:
        """Let no request of the account leave for that long; never shortens a hold."""

    async def observe(
        self, account: str, total: float | None, remaining: float | None, reserve: float
    ) -> None:
        """Tell the gate the account's quota; `reserve` is the share to be left to others."""

    async def get(self, kind: str, key: str) -> Any:
        """A fact, None when it is not known."""

    async def set(self, kind: str, key: str, value: Any) -> None:
        """Remember a fact."""

    async def forget(self, kind: str, key: str) -> None:
        """Forget a fact."""

    async def close(self) -> None:
        """Give back leases and whatever the engine holds open."""
