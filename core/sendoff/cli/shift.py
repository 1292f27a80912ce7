"""A worker's shift: from the opening of the store until everything is settled or a signal comes."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from sendoff.cli import signals
from sendoff.cli.exits import Interrupted
from sendoff.cli.ledger import Ledger
from sendoff.cli.progress import shown_progress
from sendoff.errors import SendoffError
from sendoff.pipeline import Sendoff
from sendoff.report.remedies import remedy
from sendoff.tally import Tally
from sendoff.waiting import end_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sendoff.journal import Attempted, DecidedEvent
    from sendoff.pipeline_file import Pipeline, Surroundings
    from sendoff.worker import Worker

    Came = asyncio.Queue[signal.Signals]


class Shift:
    """Delivers, counts and tells what people should know.

    Without `patience` it goes on until a signal comes; else it ends when everything is settled, or
    nothing was for so many seconds. `reread` gives the pipeline of now when SIGHUP asks for it.
    """

    def __init__(  # noqa: PLR0913 - one name for each part it is made of
        self, pipeline: Pipeline, around: Surroundings, *, grace: float, patience: float | None,
        reread: Callable[[], Pipeline], tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.tally = Tally(route.name for route in pipeline.enabled)
        self.ledger = Ledger()
        self._pipeline = pipeline
        self._around = around
        self._grace = grace
        self._patience = patience
        self._reread = reread
        self._tell = tell

    async def work(self) -> None:
        """Deliver to the end. Raises `Interrupted` for a signal, SendoffError where it cannot."""
        with signals.heard() as came, shown_progress(self.tally):
            async with Sendoff.open(
                self._pipeline, work=True, around=self._around,
                watchers=[self.tally, self.ledger, HoldTeller(self._tell)],
            ) as sendoff:  # fmt: skip
                if self._patience is None:
                    self._tell(f"delivering what {self._pipeline.store} holds, until interrupted")
                await self._deliver(sendoff, came)

    async def _deliver(self, sendoff: Sendoff, came: Came) -> None:
        if sendoff.worker is None:
            return
        working = asyncio.ensure_future(self._until_done(sendoff, sendoff.worker))
        try:
            while (number := await _next(came, working)) is signal.SIGHUP:
                await self._reload(sendoff)
            if number is None:
                working.result()
                return
            await self._wind_up(sendoff.worker, came)
            raise Interrupted(number)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _until_done(self, sendoff: Sendoff, worker: Worker) -> None:
        if self._patience is None:
            await worker.failure()
        else:
            await sendoff.drain(self._patience)

    async def _reload(self, sendoff: Sendoff) -> None:
        try:
            await sendoff.reload(self._reread())
        except SendoffError as error:
            self._tell(f"the pipeline file was not taken over: {error}")
        else:
            self._pipeline = sendoff.pipeline
            self._tell(f"{sendoff.pipeline.file} was read again")

    async def _wind_up(self, worker: Worker, came: Came) -> None:
        """Let what is out end; another signal cuts that short."""
        self._tell(f"ending: what is on its way gets {self._grace:.0f} s (a second signal: none)")
        stopping = asyncio.ensure_future(self._stop(worker))
        while await _next(came, stopping) is signal.SIGHUP:
            pass
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)

    async def _stop(self, worker: Worker) -> None:
        """Begin nothing new, and let what is out end."""
        await worker.stop(drain=self._grace)


class HoldTeller:
    """Tells of holds as they begin, with what to do, and end."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def decided(self, events: Sequence[DecidedEvent]) -> None:
        """Nothing to tell."""

    def attempted(self, attempts: Sequence[Attempted]) -> None:
        """Nothing to tell."""

    def held(self, route: str, reason: str | None, detail: str) -> None:
        """A route is held for a reason, or goes on."""
        if not reason:
            self._tell(f"{route} goes on")
            return
        why = ": ".join(filter(None, (reason, detail)))
        todo = remedy(reason)
        self._tell(f"{route} is held: {why}{f' ({todo})' if todo else ''}")


async def _next(came: Came, work: asyncio.Future[None]) -> signal.Signals | None:
    """The next signal, None where the work ends before."""
    coming = asyncio.ensure_future(came.get())
    await end_of(coming, work)
    if coming.done():
        return coming.result()
    coming.cancel()
    return None
