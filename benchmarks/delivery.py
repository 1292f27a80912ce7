"""`make bench`: an event from appended to delivered, all of it, beside a bare JSON round trip."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import least
import usage
from baseline import ORJSON, orjson_candidate
from measure import Pass, compare, in_process
from report import Target, arguments, document, print_table
from sendoff.pipeline import Sendoff
from server import answering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure import Candidate

COUNT = 5_000
AT_ONCE = 500
WARM_UPS = 1
SENDOFF = "sendoff, append to delivered"
LEAST = "the least: keys, rows, requests"
NAMES = (ORJSON, LEAST, SENDOFF)
TARGETS = (Target(SENDOFF, ORJSON, 8.0, at_most=True),)


def sendoff_candidate(lines: Sequence[bytes], url: str) -> Candidate:
    """CPU of the whole process, the thread of the store included, from open to drained."""

    async def deliver(folder: Path) -> Pass:
        config = folder / "sendoff.yaml"
        config.write_text(usage.pipeline(url))
        async with Sendoff.open(config, work=True) as sendoff:
            gc.collect()
            before = time.process_time()
            for start in range(0, len(lines), AT_ONCE):
                await sendoff.send_many(lines[start : start + AT_ONCE])
            counts = await sendoff.drain(timeout=60)
            spent = time.process_time() - before
        return Pass(spent / len(lines) * 1e6, counts["routes"]["success"]["delivered"])

    def run() -> Pass:
        with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
            return asyncio.run(deliver(Path(folder)))

    return run


def least_candidate(lines: Sequence[bytes], url: str) -> Candidate:
    """What is left when all is left out that a script would not have."""

    def run() -> Pass:
        with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
            return asyncio.run(least.deliver(lines, url, Path(folder), AT_ONCE))

    return run


def main() -> int:
    """0 whether the target is met or not; 1 when an event was not delivered."""
    options = arguments(__doc__, COUNT, 7).parse_args()
    lines = usage.generate(options.events)
    with answering(200, "") as url:
        candidates = {
            ORJSON: in_process(orjson_candidate, lines),
            LEAST: least_candidate(lines, url),
            SENDOFF: sendoff_candidate(lines, url),
        }
        passes = compare(candidates, warm_ups=WARM_UPS, rounds=options.rounds)
    size = mean(map(len, lines))
    if options.json:
        workload = {"events": len(lines), "mean_bytes": size}
        print(json.dumps(workload | document(passes, {}, TARGETS)))
    else:
        print(f"\n{len(lines):,} usage events of {size:.0f} bytes on average, kept in SQLite,")
        print("decided, and delivered to a server in another process")
        print_table(NAMES, passes, {}, TARGETS)
    due = usage.due(lines)
    came = {one.delivered for name in (LEAST, SENDOFF) for one in passes[name]}
    if came != {due}:
        print(f"{came} events were delivered, where {due:,} were due", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
