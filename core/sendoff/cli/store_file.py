"""The store of a pipeline, as commands look into it: opened for a while, and where it lies."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sendoff.cli.interruption import interruptible
from sendoff.errors import UsageError
from sendoff.examination import apart
from sendoff.pipeline import Sendoff
from sendoff.store.failures import StoreError
from sendoff.store.sqlite.place import place_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from sendoff.pipeline_file import Pipeline, Surroundings

T = TypeVar("T")

NO_WORKER: Final = "no process delivers now: `sendoff worker` does, `sendoff worker --once` once"
"""What to say where something waits in a store that no process has open."""

_TRIES: Final = 10
_BETWEEN_TRIES: Final = 0.1  # seconds
_PARTS: Final = ("", "-wal", "-shm")
"""What the file's name ends with, for each of the files that SQLite makes of it."""


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A store that is a file: `size` in bytes, with its log.

    `is_open` tells that another process has it open now, `owner` which, where the system says.
    """

    path: Path
    size: int
    is_open: bool
    owner: int | None

    def as_json(self) -> dict[str, Any]:
        """As `sendoff status --json` tells it."""
        return {
            "file": str(self.path), "bytes": self.size, "open": self.is_open, "owner": self.owner,
        }  # fmt: skip


def path_of(pipeline: Pipeline) -> Path | None:
    """Where the store of a pipeline lies, None where it is no file."""
    scheme, _, address = pipeline.store.partition(":")
    return place_of(address, Path(pipeline.file).parent) if scheme == "sqlite" else None


def of(pipeline: Pipeline) -> StoreFile | None:
    """The file of a pipeline's store; None where it has none."""
    path = path_of(pipeline)
    if path is None:
        return None
    size = 0
    for part in _PARTS:
        with suppress(OSError):
            size += path.with_name(path.name + part).stat().st_size
    return StoreFile(path, size, *_owner(path))


def _owner(path: Path) -> tuple[bool, int | None]:
    """Whether a process answers for the file, and which."""
    # Most commands open no store, and need not wait for SQLite.
    from sendoff.store.remote.sockets import process_behind, reach  # noqa: PLC0415
    from sendoff.store.sqlite.opening import socket_path  # noqa: PLC0415

    try:
        line = reach(socket_path(path))
    except OSError:
        return False, None
    with line:
        return True, process_behind(line)


def must_last(pipeline: Pipeline) -> None:
    """Raise UsageError where the store of a pipeline ends with the process that opened it."""
    if pipeline.store == "memory":
        raise UsageError(
            "`store: memory` holds nothing once a command has ended (name a file in"
            f" {pipeline.file}, such as `store: sqlite:./sendoff.db`)"
        )


@asynccontextmanager
async def opened(pipeline: Pipeline, around: Surroundings) -> AsyncIterator[Sendoff]:
    """The pipeline with its store, while nothing is delivered here; raises like `must_last`.

    A store that is not there yet is empty, and is not made: whoever looks first may be somebody
    whose file the service could not use.
    """
    must_last(pipeline)
    path = path_of(pipeline)
    if path is not None and not path.exists():
        pipeline = apart(pipeline)
    async with Sendoff.open(pipeline, around=around) as sendoff:
        yield sendoff


def looked_into(
    pipeline: Pipeline, around: Surroundings, work: Callable[[Sendoff], Coroutine[Any, Any, T]],
    *, repeatable: bool = True,
) -> T:  # fmt: skip
    """What the work gives on an opened pipeline; a signal ends it in good order.

    Work that is `repeatable` begins again where the process that had the store open ends meanwhile:
    it must have shown nothing yet.
    """

    async def working() -> T:
        left = _TRIES if repeatable else 1
        while True:
            left -= 1
            file = of(pipeline)
            try:
                async with opened(pipeline, around) as sendoff:
                    return await work(sendoff)
            except StoreError:
                if not left or file is None or not file.is_open:
                    raise
            await asyncio.sleep(_BETWEEN_TRIES)

    return asyncio.run(interruptible(working()))
