"""When a route stops trying, and how it finds out that it may go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sendoff.delivery import Delivered, NeedsOperator, Rejected, Retry, Skipped, Throttled, TooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.delivery import Delivery, Outcome

HoldKind = Literal["operator", "unreachable"]

FAILURES = 3
"""Retries in a row, from different order keys, that make a host unreachable."""

_NO_CONNECTION = frozenset({"dns", "refused", "unreachable", "tls", "connect_timeout"})
_ANSWERED = (Delivered, Skipped, Rejected, TooLarge)
_FIRST_PROBE: Mapping[HoldKind, float] = {"operator": 60.0, "unreachable": 5.0}
_LONGEST_PROBE = 300.0


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a route waits: for an `operator`, or because its host is `unreachable`."""

    kind: HoldKind
    reason: str
    detail: str
    probes: int
    next_probe: float


class RouteHealth:
    """Watches a route's outcomes: how many deliveries it may have out, and whether it is held.

    It starts with one, doubles with each answer and halves with each failure: wrong credentials
    cost a request or two, a host that goes away gets little more than was on its way, and one that
    has just come back is not overrun. Times are seconds passed in.
    """

    def __init__(self, concurrency: int) -> None:
        self.concurrency = concurrency
        self._failed: list[str] = []
        self.allowed = 1
        self.hold: Hold | None = None

    def may_start(self, busy: int, now: float) -> bool:
        """Whether one more attempt may start while `busy` are out."""
        if self.hold is not None:
            return busy == 0 and now >= self.hold.next_probe
        return busy < min(self.allowed, self.concurrency)

    def seen(self, ended: Sequence[tuple[Delivery, Outcome]], now: float) -> None:
        """Learn from an attempt: its deliveries and their outcomes."""
        if self.hold is not None and now < self.hold.next_probe:
            return  # it began before the hold did, and says nothing new
        outcomes = [outcome for _delivery, outcome in ended]
        needs = next((each for each in outcomes if isinstance(each, NeedsOperator)), None)
        if needs is not None:
            self._begin("operator", needs.reason, needs.detail, now)
        elif any(isinstance(each, _ANSWERED) for each in outcomes):
            self._go_on(min(self.concurrency, self.allowed * 2))
        elif self.hold is None:
            self._failure(ended, now)
        elif self.hold.kind == "unreachable" and isinstance(outcomes[0], Throttled):
            self._go_on(1)
        else:
            self._begin(self.hold.kind, self.hold.reason, self.hold.detail, now)

    def _go_on(self, allowed: int) -> None:
        self.hold = None
        self._failed.clear()
        self.allowed = allowed

    def _failure(self, ended: Sequence[tuple[Delivery, Outcome]], now: float) -> None:
        for delivery, outcome in ended:
            if not isinstance(outcome, Retry) or outcome.reason == "plugin_error":
                continue
            # No connection has nothing to do with what is delivered; an error that only one
            # person's deliveries meet says nothing of the host.
            anybody = outcome.reason in _NO_CONNECTION
            who = f"#{len(self._failed)}" if anybody else delivery.order_key or delivery.id
            if who in self._failed:
                continue
            self._failed.append(who)
            self.allowed = max(1, self.allowed // 2)
            if len(self._failed) >= FAILURES:
                detail = ": ".join(filter(None, (outcome.reason, outcome.detail)))
                self._begin("unreachable", "unreachable", detail, now)
            return  # one attempt is one failure, however much was in it

    def _begin(self, kind: HoldKind, reason: str, detail: str, now: float) -> None:
        again = self.hold is not None and self.hold.kind == kind
        probes = self.hold.probes + 1 if self.hold is not None and again else 0
        wait = min(_LONGEST_PROBE, _FIRST_PROBE[kind] * 2.0 ** min(probes, 10))
        self.hold = Hold(kind, reason, detail, probes, now + wait)
        self._failed.clear()
        self.allowed = 1
