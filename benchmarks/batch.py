"""`make bench`: from lines of events to compressed requests, beside a bare JSON round trip."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from statistics import mean
from typing import TYPE_CHECKING

import usage
from baseline import ORJSON, orjson_candidate
from measure import compare, in_process
from report import Target, arguments, document, print_table
from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.program import compile_program
from sendoff.delivery import Delivery
from sendoff.event import Event
from sendoff.http.coding import compress
from sendoff.plugins import load_plugins
from sendoff.presets import load_presets
from sendoff.router import Route, Router
from sendoff_freshsuccess.batch import body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure import Work

SENDOFF = "sendoff, bytes to compressed batches"
NAMES = (ORJSON, SENDOFF)
TARGETS = (Target(SENDOFF, ORJSON, 4.0, at_most=True),)
BATCH = 500
WARM_UPS = 2


def sendoff_candidate() -> Work:
    """Decides every line with `freshsuccess/default`, frames and compresses; counts the events."""
    plugins = load_plugins()
    destination = plugins.destinations["freshsuccess"]
    blueprint = read_blueprint(load_presets().find("freshsuccess/default").document())
    given = {
        name: schema["default"] for name, schema in blueprint.parameters.items()
        if "default" in schema
    }  # fmt: skip
    program = compile_program(blueprint, destination, plugins.transforms, given)
    router = Router([Route("success", destination, program)])
    now = datetime.now(UTC)

    def work(lines: Sequence[bytes]) -> int:
        sent = 0
        batch: list[Delivery] = []
        for line in lines:
            event = Event.from_message(line, received_at=now)
            key = event.message_id or ""
            [decision] = router.decide(event, key, now)
            if decision.body:
                batch.append(
                    Delivery(
                        id=decision.delivery_id, route="success", action=decision.action,
                        body=decision.body, order_key=decision.order_key, event_key=key,
                    )
                )  # fmt: skip
            if len(batch) >= BATCH:
                compress(body(batch), "gzip")
                sent += len(batch)
                batch = []
        compress(body(batch), "gzip")
        return sent + len(batch)

    return work


def main() -> int:
    """0 whether the target is met or not; 1 when an event did not come out."""
    options = arguments(__doc__, usage.COUNT, 15).parse_args()
    lines = usage.generate(options.events)
    candidates = {
        ORJSON: in_process(orjson_candidate, lines),
        SENDOFF: in_process(sendoff_candidate, lines),
    }
    passes = compare(candidates, warm_ups=WARM_UPS, rounds=options.rounds)
    size = mean(map(len, lines))
    if options.json:
        workload = {"events": len(lines), "mean_bytes": size}
        print(json.dumps(workload | document(passes, {}, TARGETS)))
    else:
        print(f"\n{len(lines):,} usage events of {size:.0f} bytes on average, {BATCH} a request")
        print_table(NAMES, passes, {}, TARGETS)
    due = usage.due(lines)
    came = {one.delivered for one in passes[SENDOFF]}
    if came != {due}:
        print(f"{came} events came out, where {due:,} were due", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
