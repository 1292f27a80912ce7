"""What is measured, and what it came to beside what was promised."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from measure import Ratio, middle, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from measure import Pass

    Passes = Mapping[str, Sequence[Pass]]


def arguments(
    description: str | None, count: int, rounds: int, what: str = "events"
) -> argparse.ArgumentParser:
    """What every benchmark may be told: how many, how often, and to give JSON."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(f"--{what}", type=int, default=count, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=rounds, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    return parser


@dataclass(frozen=True, slots=True)
class Target:
    """A promise about `above` ÷ `below`: at most `limit`, or at least."""

    above: str
    below: str
    limit: float
    at_most: bool

    def met_by(self, measured: Ratio) -> bool:
        value = measured.of_medians
        return value <= self.limit if self.at_most else value >= self.limit


def verdicts(passes: Passes, targets: Sequence[Target]) -> list[tuple[Target, Ratio | None]]:
    """Each target with its ratio; None where one side was not measured."""
    return [
        (target, ratio(passes[target.above], passes[target.below]))
        if target.above in passes and target.below in passes
        else (target, None)
        for target in targets
    ]


def word(target: Target, measured: Ratio | None) -> str:
    if measured is None:
        return "NOT MEASURED"
    return "MET" if target.met_by(measured) else "MISSED"


def print_table(
    names: Sequence[str],
    passes: Passes,
    missing: Mapping[str, str],
    targets: Sequence[Target],
    title: str = "CPU time an event",
) -> None:
    print(f"\n{title:<42}{'median':>10}{'lowest':>10}{'highest':>10}")
    for name in names:
        if name in missing:
            print(f"{name:<42}not measured: {missing[name]}")
            continue
        times = [one.microseconds for one in passes[name]]
        figures = (middle(passes[name]), min(times), max(times))
        print(f"{name:<42}" + "".join(f"{figure:>7.2f} us" for figure in figures))
    print(f"\n{'ratio of medians':<42}{'':>10}{'lowest':>10}{'highest':>10}  target")
    for target, measured in verdicts(passes, targets):
        numbers = (measured.of_medians, measured.lowest, measured.highest) if measured else ()
        cells = "".join(f"{number:>10.2f}" for number in numbers) or f"{'-':>10}" * 3
        bound = f"at {'most' if target.at_most else 'least'} {target.limit}"
        quotient = f"{target.above} / {target.below}"
        print(f"{quotient:<42}{cells}  {bound}: {word(target, measured)}")


def document(
    passes: Passes, missing: Mapping[str, str], targets: Sequence[Target]
) -> dict[str, object]:
    return {
        "microseconds_an_event": {
            name: {"median": middle(done), "rounds": [one.microseconds for one in done]}
            for name, done in passes.items()
        },
        "not_measured": dict(missing),
        "targets": [
            asdict(target)
            | {"ratio": asdict(measured) if measured else None, "verdict": word(target, measured)}
            for target, measured in verdicts(passes, targets)
        ],
    }
