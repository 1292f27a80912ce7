"""What every store promises, whatever engine is behind it.

Bodies are bytes and leases are opaque. Durations cross this line, never timestamps: each engine
reads its own clock. What crosses a store's socket is read by these types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.deaths import DeadCount, DeadLetter, DeadQuery, Redecided
from sendoff.store.resends import Reply, Resend, Sent, Target


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A message as it came. `fallback_key` is its event key should it carry no message id."""

    body: bytes
    fallback_key: str = ""


class Appended(msgspec.Struct, frozen=True, gc=False):
    """A message in the store. `number` counts up in the order of appending."""

    number: int
    body: bytes
    received_at: datetime
    fallback_key: str = ""


class Decided(msgspec.Struct, frozen=True, gc=False):
    """What was decided about one message.

    `key` is the event's, by which it is known should it come again. `deliveries` are those of its
    *send* decisions; `facts` what is to be remembered of it from now on.
    """

    number: int
    key: str
    decisions: Sequence[Decision]
    deliveries: Sequence[Delivery] = ()
    message_id: str | None = None
    facts: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What was decided about one message, one decision per route, without event and payload."""

    number: int
    message_id: str | None
    decisions: Sequence[Decision]


class Fact(msgspec.Struct, frozen=True, gc=False):
    """Something known of somebody. A mapping is merged into the one that is known already."""

    kind: str
    key: str
    value: Any


class Earlier(msgspec.Struct, frozen=True, gc=False):
    """An event that was decided before under some key, and the digest of its content.

    The digest is blank where the message is damaged: then nothing has the same content.
    """

    number: int
    digest: bytes


class Lease(msgspec.Struct, frozen=True, gc=False):
    """A delivery lent to one worker: `token` is opaque, `age` seconds since its first attempt."""

    token: int
    delivery: Delivery
    age: float = 0.0


class Done(msgspec.Struct, frozen=True, gc=False):
    """Settled for good: delivered, or skipped for a reason."""

    kind: Literal["delivered", "skipped"]
    reason: str = ""
    detail: str = ""


class Later(msgspec.Struct, frozen=True, gc=False):
    """To be leased again, never earlier than `after` seconds from now.

    `counts` tells that the attempt counts against the retry policy; `maybe_delivered` that it may
    have worked.
    """

    after: float
    reason: str = ""
    counts: bool = True
    maybe_delivered: bool = False


class Dead(msgspec.Struct, frozen=True, gc=False):
    """Given up: kept with its reason, can be replayed."""

    reason: str
    detail: str = ""


Settlement = Done | Later | Dead


@dataclass(frozen=True, slots=True)
class Grant:
    """What a gate gave: `granted` requests may leave now; else ask again in `wait` seconds."""

    granted: int
    wait: float


@dataclass(frozen=True, slots=True)
class GateState:
    """How an account's gate stands; seconds are from now, None is what nobody has said.

    `rate` is requests a second, as last asked for; `total` and `remaining` the quota as an answer
    told it, of which the share `reserve` is left to others. No request leaves for `held_for`
    seconds, and none for `quota_wait` because the quota is spent.
    """

    rate: float | None = None
    total: float | None = None
    remaining: float | None = None
    reserve: float = 0.0
    held_for: float = 0.0
    quota_wait: float = 0.0


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
        """Keep messages as they came; their numbers, in order.

        Raises StoreFull where it takes no new message, also for no message at all: so it is asked.
        """

    async def undecided(self, limit: int, max_bytes: int | None = None) -> Sequence[Appended]:
        """The oldest messages that no decision was made about.

        Together they stay within `max_bytes`, but one always comes where there is any.
        """

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
        waits: another call may take what is due, and one that is cancelled takes nothing. Several
        deliveries of one order key come together, in order; while they are out, nobody else gets
        that key. Together they stay within `max_bytes`, each counted with one byte for the line
        break or comma beside it and all with one more, but one always comes. Of a lease that runs
        out, the delivery may have been delivered.
        """

    async def extend(self, leases: Sequence[Lease], lease_for: float) -> Sequence[Lease]:
        """Lend on; those that were lost meanwhile."""

    async def settle(self, settled: Sequence[tuple[Lease, Settlement]]) -> Sequence[Lease]:
        """Say how deliveries ended; those whose lease was lost, of which nothing was changed."""

    async def dead(self, query: DeadQuery) -> Sequence[DeadLetter]:
        """Dead letters, oldest first, at most `query.limit` of them."""

    async def count_dead(self, query: DeadQuery) -> Sequence[DeadCount]:
        """How many letters fit a query, whatever its limit, by route, reason and rule."""

    async def replay(self, ids: Sequence[str]) -> Sequence[str]:
        """Let dead deliveries be tried again as they were recorded; the ids of those that will be.

        Each becomes a new delivery at the end of its line, with the next resend number, no attempts
        and nothing in doubt. A letter without a delivery is left: it has to be decided anew.
        """

    async def redecide(self, redecided: Sequence[Redecided]) -> Sequence[str]:
        """Put new decisions in the place of dead letters, at once; the ids of those replaced."""

    async def discard(self, ids: Sequence[str]) -> Sequence[str]:
        """Give dead letters up for good; the ids of those that were there."""

    async def sent(self, targets: Sequence[Target]) -> Sequence[Sent]:
        """How the deliveries of events on routes stand, each in its place."""

    async def resend(self, resends: Sequence[Resend]) -> Sequence[Reply]:
        """Let deliveries that have ended be sent again, at once; what becomes of each.

        One that is queued is a new delivery at the end of its line, like a replayed one, and its
        event is kept until it has ended. Of one that is refused nothing is changed.
        """

    async def event(self, number: int) -> Appended | None:
        """A message as it came, None where it is no longer kept."""

    async def decisions(self, numbers: Sequence[int]) -> Sequence[Verdicts]:
        """What was decided about messages, in their order, as far as they are kept."""

    async def numbers_of(self, message_id: str) -> Sequence[int]:
        """The messages that came with this message id, oldest first, as far as they are kept."""

    async def totals(self) -> Mapping[str, Mapping[str, int]]:
        """What became of everything since the store was made, by route and then by what.

        What: `delivered`, `skipped R`, `dropped R`, `dead R` (died ever) by reason, and under the
        route `""`: `events`, `invalid`, `duplicates`.
        """

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

    async def gates(self) -> Mapping[str, GateState]:
        """The gates of all accounts that were asked for or are held, by account."""

    async def facts(self, kind: str, keys: Sequence[str]) -> Mapping[str, Any]:
        """Facts by key; those that are not known are left out."""

    async def remember(self, facts: Sequence[Fact]) -> None:
        """Remember facts; see `Fact` for mappings."""

    async def forget(self, kind: str, key: str) -> None:
        """Forget a fact."""

    async def note(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Keep records of the journal, the newest so many; returns before they are durable."""

    async def notes(
        self, after: int = 0, limit: int = 1000, *, wait: float = 0.0
    ) -> Sequence[tuple[int, Mapping[str, Any]]]:
        """Records of the journal behind the number `after`, or the newest so many if negative."""

    async def close(self) -> None:
        """Give back leases and whatever the engine holds open."""
