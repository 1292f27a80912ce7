"""A process whose every write is recorded: `python -m campaigns.recorded STORE RECORDING EVENTS`.

`--unsynced` runs it with `synchronous=OFF`, whatever the store asks for; `--fault KIND:N` on a disk
that fails (see `faults`).
"""

from __future__ import annotations

import argparse
import asyncio
from contextlib import suppress
from pathlib import Path

import apsw

from campaigns.faults import read_fault
from campaigns.opening import open_store
from campaigns.recording import Recording, RecordingVFS
from campaigns.sink import Reply
from campaigns.workload import Load, Run
from sendoff.store.failures import StoreError

PADDING = 6_000


async def main(asked: argparse.Namespace) -> None:
    """Do it, and save the recording."""
    recording = Recording()
    vfs = RecordingVFS(recording, read_fault(asked.fault))
    if asked.unsynced:
        apsw.connection_hooks.append(_never_sync)
    try:
        store = open_store(asked.store)
        await Run(store, Reply(), recording).work(Load(asked.events, padding=PADDING))
        with suppress(StoreError):  # it may have had to stop
            await store.close()
    except StoreError as error:
        recording.note("refused", [type(error).__name__, str(error)], done=True)
    recording.save(asked.recording)
    del vfs  # in use until here


def _never_sync(connection: apsw.Connection) -> None:
    connection.execute("PRAGMA synchronous=OFF")

    def ignore(action: int, first: str | None, *_: str | None) -> int:
        asks = action == apsw.SQLITE_PRAGMA and (first or "").lower() == "synchronous"
        return apsw.SQLITE_IGNORE if asks else apsw.SQLITE_OK

    connection.authorizer = ignore


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("recording", type=Path)
    parser.add_argument("events", type=int)
    parser.add_argument("--unsynced", action="store_true")
    parser.add_argument("--fault", default="")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(_arguments()))
