"""CPU time of programs that do the same work, taken in turns: A B C, A B C, ...

A noisy machine slows all of them alike when they alternate, so a ratio holds where a time does not.
Processor time is counted, not the clock's: waiting for a busy core costs nothing. The garbage
collector stays on, as in production, and starts each pass with nothing to collect.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Work = Callable[[Sequence[bytes]], int | None]
    """Goes over all lines once; gives how many payloads it made, None where it makes none."""

    Candidate = Callable[[], "Pass"]
    """Makes one pass and says what it took."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Once over all events: CPU microseconds an event, and the payloads made."""

    microseconds: float
    delivered: int | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """One program's time divided by another's: of the medians, and the extremes of any round."""

    of_medians: float
    lowest: float
    highest: float


def in_process(prepare: Callable[[], Work], lines: Sequence[bytes]) -> Candidate:
    """A candidate that runs here. `prepare` is called before each pass and is not timed."""

    def run() -> Pass:
        work = prepare()
        gc.collect()
        before = time.process_time()
        delivered = work(lines)
        spent = time.process_time() - before
        return Pass(spent / len(lines) * 1e6, delivered)

    return run


def compare(
    candidates: Mapping[str, Candidate], *, warm_ups: int, rounds: int
) -> dict[str, list[Pass]]:
    """The passes of each candidate, one a round; those of the warm-up rounds are thrown away."""
    passes: dict[str, list[Pass]] = {name: [] for name in candidates}
    for round_number in range(warm_ups + rounds):
        for name, candidate in candidates.items():
            one = candidate()
            if round_number >= warm_ups:
                passes[name].append(one)
    return passes


def middle(passes: Sequence[Pass]) -> float:
    """The median of the passes, in CPU microseconds an event."""
    return median(one.microseconds for one in passes)


def ratio(above: Sequence[Pass], below: Sequence[Pass]) -> Ratio:
    """How many times as long `above` took as `below`."""
    pairs = [a.microseconds / b.microseconds for a, b in zip(above, below, strict=True)]
    return Ratio(middle(above) / middle(below), min(pairs), max(pairs))
