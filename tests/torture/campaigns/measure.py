"""A process that opens a store and measures itself: `python -m campaigns.measure STORE LEASES`.

Prints what it found as one JSON object: seconds to open, bytes of memory, deliveries
leased and settled a second, and CPU seconds for each.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from campaigns.opening import open_store
from campaigns.workload import ROUTE
from sendoff.store.promise import Done

_TOGETHER = 100


async def main(store: str, leases: str) -> dict[str, float]:
    """Open, lease and settle so many deliveries, close."""
    began = time.perf_counter()
    opened = open_store(Path(store))
    waiting = (await opened.depth(ROUTE)).waiting
    took = time.perf_counter() - began
    began, worked = time.perf_counter(), time.process_time()
    for _ in range(0, int(leases), _TOGETHER):
        lent = await opened.lease(ROUTE, _TOGETHER)
        await opened.settle([(lease, Done("delivered")) for lease in lent])
    found = {
        "open": took,
        "waiting": waiting,
        "rate": int(leases) / (time.perf_counter() - began),
        "cpu": (time.process_time() - worked) / int(leases),
        "memory": _resident(),
    }
    await opened.close()
    return found


def _resident() -> int:
    """Bytes of memory that this process has in use."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(each for each in status.splitlines() if each.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(*sys.argv[1:]))))
