"""How hard the pipeline file lets a route push: in words, and in numbers for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sendoff.destination import Limits
    from sendoff.store.promise import GateState

_PER: Final = (("s", 1.0), ("min", 60.0), ("h", 3600.0))


def as_json(limits: Limits) -> dict[str, Any]:
    """`rate` is requests a second, None for no limit of ours; `reserve` a share of the quota."""
    return {"rate": limits.rate, "concurrency": limits.concurrency, "reserve": limits.reserve}


def told(limits: Limits) -> str:
    """The same in words."""
    parts = ["no limit of requests" if limits.rate is None else f"at most {_rate(limits.rate)}"]
    parts.append(f"{limits.concurrency} at once")
    if limits.reserve:
        parts.append(f"{limits.reserve:.0%} of the quota left to others")
    return ", ".join(parts)


def of_account(gate: GateState) -> str:
    """How an account's gate stands, in words; empty where there is nothing to say."""
    parts = []
    if gate.rate is not None:
        parts.append(f"at most {_rate(gate.rate)}")
    if gate.remaining is not None:
        of = f" of {gate.total:g}" if gate.total else ""
        parts.append(f"{gate.remaining:g}{of} requests left")
    if gate.remaining is not None and gate.reserve:
        parts.append(f"{gate.reserve:.0%} of them left to others")
    if gate.held_for:
        parts.append(f"no request for {gate.held_for:.0f} s: asked to wait")
    if gate.quota_wait:
        parts.append(f"no request for {gate.quota_wait:.0f} s: the quota is spent")
    return ", ".join(parts)


def _rate(per_second: float) -> str:
    """A rate as the file would have it, by the shortest time in which it is one or more."""
    unit, seconds = next((each for each in _PER if per_second * each[1] >= 1), _PER[-1])
    return f"{per_second * seconds:g}/{unit}"
