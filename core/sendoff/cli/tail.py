"""`sendoff tail`: the journal as it grows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click

from sendoff import records
from sendoff.cli import configuration, options, output, store_file
from sendoff.cli.interruption import interruptible
from sendoff.pipeline_file import Surroundings
from sendoff.redact import Redactor
from sendoff.report.display import Display
from sendoff.report.lines import told
from sendoff.store.failures import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.pipeline_file import Pipeline
    from sendoff.store.promise import Store

    Record = Mapping[str, Any]

_EARLIER: Final = 10
_AT_ONCE: Final = 100
"""Entries of the journal, of which each may stand for hundreds of records."""
_MOST: Final = 10_000_000
"""More records than a journal ever stands for."""
_LOOKED_THROUGH: Final = 1_000
"""Records that are looked through for those of one route."""
_WAIT: Final = 30.0
_PAUSE: Final = 1.0
"""Seconds between two looks into a store that nobody else has open."""


@click.command("tail")
@click.option("--route", metavar="NAME", help="Only what concerns this route.")
@click.option(
    "-n", "earlier", metavar="N", type=click.IntRange(0, _MOST), default=_EARLIER,
    show_default=True, help="How many records from before to begin with.",
)  # fmt: skip
@click.option("--once", is_flag=True, help="End after those from before.")
@options.config
@options.clear
@options.as_json
def command(  # noqa: PLR0913 - one name for each option
    *, route: str | None, earlier: int, once: bool, config: str, clear: bool, as_json: bool
) -> None:
    """Show decisions, requests, attempts and holds as they happen, until interrupted.

    It begins with the newest from before. Every process that uses the store is heard.

    \b
    sendoff tail
    sendoff tail --once -n 100
    sendoff tail --route support -n 100 --json
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=False)
    configuration.tell_unknown_route(pipeline, route)
    redactor, display = Redactor(pipeline.secrets), Display(pipeline, clear=clear)

    def show(record: Record) -> None:
        if as_json:
            output.json_result(record, redactor)
        else:
            output.result(told(record, display))

    following = Following(show, route, earlier)
    if once:
        store_file.looked_into(
            pipeline, around, lambda sendoff: following.look(sendoff.store, 0.0), repeatable=False
        )
    else:
        asyncio.run(interruptible(_followed(pipeline, around, following)))


class Following:
    """Shows the newest records, and then each as it comes; `route` leaves out those of others."""

    def __init__(self, show: Callable[[Record], None], route: str | None, earlier: int) -> None:
        self._show = show
        self._route = route
        self._earlier = earlier
        self._last: int | None = None

    async def look(self, store: Store, wait: float) -> None:
        """Show what is new, waiting so many seconds for it; the first time, some from before."""
        if self._last is None:
            await self._begin(store)
        else:
            await self._go_on(store, self._last, wait)
        output.flush()

    async def _begin(self, store: Store) -> None:
        many = _LOOKED_THROUGH if self._route else self._earlier
        self._last, found = await records.newest(store, many)
        mine = [record for record in found if self._concerns(record)]
        for record in mine[len(mine) - min(self._earlier, len(mine)) :]:
            self._show(record)

    async def _go_on(self, store: Store, last: int, wait: float) -> None:
        while True:
            self._last, found = await records.after(store, last, _AT_ONCE, wait=wait)
            if self._last == last:
                break
            last, wait = self._last, 0.0
            for record in found:
                if self._concerns(record):
                    self._show(record)

    def _concerns(self, record: Record) -> bool:
        return self._route is None or record.get("route") == self._route


async def _followed(pipeline: Pipeline, around: Surroundings, following: Following) -> None:
    while True:
        file = store_file.of(pipeline)
        # Who opens a file first is asked by all others: a look must not become that for long.
        alone = file is not None and not file.is_open
        async with store_file.opened(pipeline, around) as sendoff:
            await following.look(sendoff.store, 0.0)
            with suppress(StoreError):  # who had it open has ended: look again
                while not alone:
                    await following.look(sendoff.store, _WAIT)
        await asyncio.sleep(_PAUSE)
