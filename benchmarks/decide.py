"""`make bench`: what a decision costs, beside a bare JSON round trip and beside Segment's kit."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from statistics import mean
from typing import TYPE_CHECKING

import msgspec

import events
import segment
from baseline import ORJSON, orjson_candidate
from measure import Pass, compare, in_process
from report import Target, arguments, document, print_table
from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.program import compile_program
from sendoff.event import Event
from sendoff.plugins import load_plugins
from sendoff.presets import load_presets
from sendoff.router import Route, Router

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from measure import Candidate, Work

MSGSPEC = "msgspec decode"
SENDOFF = "sendoff decide"
SEGMENT = "@segment/actions-core"
NAMES = (ORJSON, MSGSPEC, SENDOFF, SEGMENT)
WARM_UPS = 3

TARGETS = (
    Target(SENDOFF, ORJSON, 2.5, at_most=True),
    Target(SEGMENT, SENDOFF, 3.0, at_most=False),
)


def sendoff_candidate() -> Work:
    """Decides every line with the preset `freshdesk/default`, region GB; counts the payloads.

    Called before each pass and not timed: a fresh program, so that whatever it remembers of phone
    numbers is learnt within the pass, from the numbers that repeat there.
    """
    plugins = load_plugins()
    destination = plugins.destinations["freshdesk"]
    blueprint = read_blueprint(load_presets().find("freshdesk/default").document())
    program = compile_program(blueprint, destination, plugins.transforms, {"default_region": "GB"})
    router = Router([Route("support", destination, program)])
    now = datetime.now(UTC)

    def work(lines: Sequence[bytes]) -> int:
        payloads = 0
        for line in lines:
            event = Event.from_message(line, received_at=now)
            for decision in router.decide(event, event.message_id or "", now):
                payloads += bool(decision.body)
        return payloads

    return work


def msgspec_candidate() -> Work:
    def work(lines: Sequence[bytes]) -> None:
        decode = msgspec.json.decode
        for line in lines:
            decode(line)

    return work


def measure(lines: Sequence[bytes], rounds: int) -> tuple[dict[str, list[Pass]], dict[str, str]]:
    """The passes of those that could run, and for the others the reason why not."""
    missing: dict[str, str] = {}
    candidates: dict[str, Candidate] = {
        ORJSON: in_process(orjson_candidate, lines),
        MSGSPEC: in_process(msgspec_candidate, lines),
        SENDOFF: in_process(sendoff_candidate, lines),
    }
    with ExitStack() as stack:
        try:
            candidates[SEGMENT] = stack.enter_context(segment.peer(lines))
        except segment.Unavailable as reason:
            missing[SEGMENT] = str(reason)
        return compare(candidates, warm_ups=WARM_UPS, rounds=rounds), missing


def unequal(passes: Mapping[str, Sequence[Pass]], due: int) -> list[str]:
    """A sentence for each program that made another number of payloads than was due."""
    return [
        f"{name} made {delivered:,} payloads where {due:,} were due: not the same work"
        for name, done in passes.items()
        for delivered in {one.delivered for one in done} - {None, due}
    ]


def main() -> int:
    """0 whether the targets are met or not; 1 when the programs did not do the same work."""
    options = arguments(__doc__, events.COUNT, 15).parse_args()
    lines = events.generate(options.events)
    due = events.outcomes(options.events).count("send")
    passes, missing = measure(lines, options.rounds)
    size = mean(map(len, lines))
    if options.json:
        workload = {"events": len(lines), "mean_bytes": size, "to_deliver": due}
        print(json.dumps(workload | document(passes, missing, TARGETS)))
    else:
        print(f"{len(lines):,} events of {size:.0f} bytes on average, {due:,} to deliver;", end=" ")
        print(f"medians of {options.rounds} rounds, taken in turns")
        print_table(NAMES, passes, missing, TARGETS)
    problems = unequal(passes, due)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
