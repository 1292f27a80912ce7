"""Events on their way through a pipeline, to the end or to an interruption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.cli import output
from sendoff.cli.account import Account
from sendoff.cli.background import taken
from sendoff.cli.elsewhere import Elsewhere
from sendoff.cli.exits import Exit
from sendoff.cli.feeding import Feed
from sendoff.cli.interruption import interruptible
from sendoff.cli.progress import shown_progress
from sendoff.pipeline import Sendoff
from sendoff.sources import read_batches
from sendoff.waiting import kept_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sendoff.cli.journal_file import JournalFile
    from sendoff.cli.ledger import Ledger
    from sendoff.pipeline_file import Pipeline, Surroundings
    from sendoff.sources import Readable
    from sendoff.tally import Tally


class Shipment:
    """Delivers what a stream holds, and knows what became of it, also when it was interrupted.

    What an earlier run left in the store goes on as well. `patience` is how many seconds to wait
    without an attempt ending; `first` is shown the first line. `stopped_at` is the last line read,
    where reading on led nowhere.
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
        self.account = Account(route.name for route in pipeline.enabled)
        self.stopped_at: int | None = None
        self._around = around
        self._patience = patience
        self._journal = journal
        self._first = first

    async def run(self, stream: Readable) -> None:
        """Deliver, until all is settled or nothing moves. Raises `Interrupted` for a signal."""
        await interruptible(self._run(stream))

    @property
    def is_kept(self) -> bool:
        """Whether what waits at the end is still there afterwards."""
        return self.pipeline.store != "memory"

    @property
    def tally(self) -> Tally:
        """The counts of the events of this run."""
        return self.account.tally

    @property
    def resumed(self) -> Tally:
        """The counts of what earlier runs left, and other processes put there meanwhile."""
        return self.account.others

    @property
    def ledger(self) -> Ledger:
        """What is to be told of single events."""
        return self.account.ledger

    @property
    def code(self) -> Exit:
        """The exit code this comes to."""
        tallies = self.tally, self.resumed
        routes = [route for tally in tallies for route in tally.routes.values()]
        if any(route.held and route.waiting for route in routes):
            return Exit.HELD
        if any(tally.invalid or tally.waiting for tally in tallies):
            return Exit.NO
        failed = self._journal is not None and self._journal.failed
        return Exit.NO if failed or any(route.dead for route in routes) else Exit.DONE

    def as_json(self) -> dict[str, Any]:
        """The counts as `sendoff run --json` prints them."""
        counts = self.tally.as_json()
        return counts | {"resumed": self.resumed.as_json()} if self.is_kept else counts

    async def _run(self, stream: Readable) -> None:
        async with Sendoff.open(
            self.pipeline, work=True, around=self._around, watchers=[self.account]
        ) as sendoff:
            if self._journal is not None:
                sendoff.journal.subscribe(self._journal.write)
            if waiting := self.resumed.waiting:
                output.note(f"note: deliveries of before that waited go on: {waiting:,}")
            try:
                with shown_progress(self.tally):
                    await self._deliver(sendoff, stream)
            finally:
                await self.account.close(sendoff.store)

    async def _deliver(self, sendoff: Sendoff, stream: Readable) -> None:
        feed = Feed(sendoff, self.account, self._patience, self._first)
        elsewhere = Elsewhere(sendoff.store, self.account)
        await elsewhere.begin()  # before there is anything of this run that others could take
        async with kept_up(elsewhere.follow()):
            await feed.run(taken(read_batches(stream)))
            self.stopped_at = feed.stopped_at
            await sendoff.drain(self._patience)
        await elsewhere.catch_up()
