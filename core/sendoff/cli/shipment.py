"""Events on their way through a pipeline, to the end or to an interruption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.cli.background import taken
from sendoff.cli.exits import Exit
from sendoff.cli.feeding import Feed
from sendoff.cli.interruption import interruptible
from sendoff.cli.ledger import Ledger
from sendoff.cli.progress import shown_progress
from sendoff.pipeline import Sendoff
from sendoff.sources import read_batches
from sendoff.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.cli.journal_file import JournalFile
    from sendoff.journal import Watcher
    from sendoff.pipeline_file import Pipeline, Surroundings
    from sendoff.sources import Readable


class Shipment:
    """Delivers what a stream holds, and knows what became of it, also when it was interrupted.

    `patience` is how many seconds to wait without an attempt ending; `first` is shown the first
    line. `stopped_at` is the last line read, where reading on led nowhere.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        around: Surroundings,
        *,
        patience: float,
        journal: JournalFile | None = None,
        first: Callable[[bytes], None] = lambda _line: None,
    ) -> None:
        self.pipeline = pipeline
        self.ledger = Ledger()
        self.tally = Tally(route.name for route in pipeline.enabled)
        self.stopped_at: int | None = None
        self._around = around
        self._patience = patience
        self._journal = journal
        self._first = first

    async def run(self, stream: Readable) -> None:
        """Deliver, until all is settled or nothing moves. Raises `Interrupted` for a signal."""
        await interruptible(self._run(stream))

    @property
    def code(self) -> Exit:
        """The exit code this comes to."""
        routes = self.tally.routes.values()
        if any(route.held and route.waiting for route in routes):
            return Exit.HELD
        if self.tally.invalid or self.tally.waiting or any(route.dead for route in routes):
            return Exit.NO
        return Exit.NO if self._journal and self._journal.failed else Exit.DONE

    async def _run(self, stream: Readable) -> None:
        watchers: list[Watcher] = [self.tally, self.ledger]
        async with Sendoff.open(
            self.pipeline, work=True, around=self._around, watchers=watchers
        ) as sendoff:
            if self._journal is not None:
                sendoff.journal.subscribe(self._journal.write)
            feed = Feed(sendoff, self.ledger, self._patience, self._first)
            with shown_progress(self.tally):
                await feed.run(taken(read_batches(stream)))
                self.stopped_at = feed.stopped_at
                await sendoff.drain(self._patience)
