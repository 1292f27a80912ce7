"""A process that works for a store until it is done, or is killed.

`python -m campaigns.program STORE PORT WITNESS EVENTS [--early]`: `--early` believes the store
before it has answered.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from campaigns.opening import open_store
from campaigns.sink import Client
from campaigns.witness import EarlyWitness, FileWitness
from campaigns.workload import Load, Run


async def main(store: str, port: str, witness: str, events: str, early: str = "") -> None:
    """Do it."""
    kept = FileWitness(Path(witness))
    opened = open_store(Path(store))
    await Run(opened, Client(int(port)), EarlyWitness(kept) if early else kept).work(
        Load(int(events))
    )
    await opened.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
